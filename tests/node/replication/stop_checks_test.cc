#include "node/replication/stop_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

constexpr MemberKey kSelf = 1;
const TimePoint kStart{hours(1)};

// Member 1 is asked; what the others would answer is said by `in_sync` and `lists`.
struct Fixture {
  explicit Fixture(int members, int replicas = 3, StopCheckConfig config = {})
      : records(TestMembers(members)),
        views(kSelf, replicas, /*digits=*/1),
        store({.partition_count = 16, .max_memory_bytes = UINT64_MAX}),
        states(16),
        copies{store, states},
        checks(config, &copies, views) {
    views.Set(records, kStart, kStart);
  }

  MemberRecord& Record(MemberKey key) { return records.at(key - 1); }
  void See(TimePoint at) { views.Set(records, at, kStart); }

  void Start() {
    checks.Start(now, ++started);
    Drain();
  }
  // Of every one that was asked: in sync for all.
  void AnswerAll() {
    for (const MemberKey member : Asked()) Answer(member, [](Partition) { return true; });
  }
  template <typename InSync>
  void Answer(MemberKey member, const InSync& in_sync) {
    const auto it = std::find_if(open.begin(), open.end(),
                                 [&](const auto& one) { return one.first == member; });
    ASSERT_NE(it, open.end()) << "member " << member << " was not asked";
    InSyncReply reply;
    reply.request = it->second.request;
    for (const ListedPartition& one : it->second.partitions) {
      reply.in_sync.push_back(in_sync(one.partition));
    }
    open.erase(it);
    checks.OnReply(now, member, std::move(reply));
    Drain();
  }
  void Drain() {
    StopCheckOutputs out;
    checks.TakeOutputs(out);
    for (PeerSend& send : out.sends) {
      if (const auto* notice = std::get_if<ListNotice>(&send.request)) {
        notices.push_back(send.to);
        EXPECT_FALSE(notice->members.empty());
      } else {
        open.emplace_back(send.to, std::get<InSyncRequest>(send.request));
      }
    }
    for (auto& members : out.learn) learned.insert(learned.end(), members.begin(), members.end());
    for (auto& done : out.done) verdicts.push_back(std::move(done.reasons));
  }
  std::vector<MemberKey> Asked() const {
    std::vector<MemberKey> members;
    for (const auto& one : open) members.push_back(one.first);
    return members;
  }
  std::string Address(MemberKey key) { return Record(key).endpoint.ToString(); }
  std::vector<Partition> Owned() {
    std::vector<Partition> owned;
    const SharedClusterView view = views.view();
    for (Partition p = 0; p < 16; ++p) {
      if (view->ListOf(p).IsOwner(kSelf)) owned.push_back(p);
    }
    return owned;
  }

  using Verdicts = std::vector<std::vector<std::string>>;

  TimePoint now = kStart;
  std::vector<MemberRecord> records;
  TestViews views;
  MemoryEngine store;
  CopyStates states;
  LocalCopies copies;
  StopChecks checks;
  StopCheckId started = 0;
  std::vector<std::pair<MemberKey, InSyncRequest>> open;
  std::vector<MemberKey> notices;
  std::vector<MemberRecord> learned;
  Verdicts verdicts;  // of the checks that are done
};

const Fixture::Verdicts kSafe = {{}};

TEST(StopChecksTest, SafeWhenAllOtherOwnersAreInSync) {
  Fixture f(3);
  f.Start();
  EXPECT_EQ(f.Asked(), (std::vector<MemberKey>{2, 3}));
  EXPECT_TRUE(f.verdicts.empty()) << "nothing is known before they have answered";
  f.AnswerAll();
  EXPECT_EQ(f.verdicts, kSafe);
  EXPECT_EQ(f.checks.NextDeadline(), kNever);
}

TEST(StopChecksTest, AsksEachOwnerForWhatBothOwnByTheListsOfNow) {
  Fixture f(5, /*replicas=*/2);
  f.Start();
  const SharedClusterView view = f.views.view();
  std::size_t asked = 0;
  for (const auto& [member, request] : f.open) {
    for (const ListedPartition& one : request.partitions) {
      const PartitionList& list = view->ListOf(one.partition);
      EXPECT_TRUE(list.IsOwner(member) && list.IsOwner(kSelf));
      EXPECT_EQ(one.list_hash, list.hash);
      ++asked;
    }
  }
  EXPECT_EQ(asked, f.Owned().size());
}

TEST(StopChecksTest, OneOwnerThatIsNotInSyncForOnePartitionForbidsIt) {
  Fixture f(3);
  f.Start();
  f.Answer(2, [](Partition p) { return p != 7; });
  f.Answer(3, [](Partition) { return true; });
  EXPECT_EQ(f.verdicts,
            (Fixture::Verdicts{{f.Address(2) + " is not in sync for 1 partition of this node"}}));
}

TEST(StopChecksTest, MinAcksOwnersAreEnough) {
  Fixture f(3, 3, {.min_acks = 1});
  f.Start();
  f.Answer(2, [](Partition) { return false; });
  f.Answer(3, [](Partition) { return true; });
  EXPECT_EQ(f.verdicts, kSafe);
}

TEST(StopChecksTest, WithMinAcksOfAllTheOthersAreEnough) {
  Fixture f(3, 3, {.min_acks = 3});
  f.Start();
  f.AnswerAll();
  EXPECT_EQ(f.verdicts, kSafe);
}

TEST(StopChecksTest, TheOnlyCopyIsNeverSafe) {
  Fixture alone(1);
  alone.Start();
  const std::string text = "16 partitions of this node: no other node owns a copy";
  EXPECT_EQ(alone.verdicts, (Fixture::Verdicts{{text}}));
  Fixture one_replica(3, /*replicas=*/1);
  one_replica.Start();
  ASSERT_EQ(one_replica.verdicts.size(), 1u);
  EXPECT_EQ(one_replica.verdicts[0].size(), 1u);
}

TEST(StopChecksTest, WhoeverTakesThePlaceOfARestartedOwnerCountsOnceItIsReady) {
  Fixture f(3);
  f.Record(2).phase = Phase::kJoining;
  f.See(kStart);
  f.Start();
  EXPECT_EQ(f.Asked(), std::vector<MemberKey>{3});
  f.AnswerAll();
  EXPECT_EQ(
      f.verdicts,
      (Fixture::Verdicts{{f.Address(2) + " is joining, and copies 16 partitions of this node"}}));
}

TEST(StopChecksTest, ANewcomerThatLeavesEnoughOwnersForbidsNothing) {
  Fixture f(4, /*replicas=*/2);
  f.Record(4).phase = Phase::kJoining;
  f.See(kStart);
  f.Start();
  f.AnswerAll();
  EXPECT_EQ(f.verdicts, kSafe);
}

TEST(StopChecksTest, SuspectAndDeadOwnersAreNotAskedAndDoNotCount) {
  for (const MemberState state : {MemberState::kSuspect, MemberState::kDead}) {
    Fixture f(3);
    f.Record(2).state = state;
    f.Record(2).owned_at_end = true;
    f.See(kStart);
    f.Start();
    EXPECT_EQ(f.Asked(), std::vector<MemberKey>{3});
    f.AnswerAll();
    EXPECT_EQ(f.verdicts,
              (Fixture::Verdicts{
                  {f.Address(2) + " is suspect or gone, and owns 16 partitions of this node"}}));
  }
}

TEST(StopChecksTest, AnOwnerThatDiedAfterItsAnswerDoesNotCount) {
  Fixture f(3);
  f.Start();
  f.Answer(2, [](Partition) { return true; });
  f.Record(2).state = MemberState::kSuspect;
  f.See(kStart);
  f.Answer(3, [](Partition) { return true; });
  ASSERT_EQ(f.verdicts.size(), 1u);
  EXPECT_FALSE(f.verdicts[0].empty());
}

TEST(StopChecksTest, NoAnswerInTimeIsNoConsent) {
  Fixture f(3);
  f.Start();
  f.Answer(3, [](Partition) { return true; });
  EXPECT_EQ(f.checks.NextDeadline(), kStart + seconds(1));
  f.now = kStart + seconds(1);
  f.checks.OnTimer(f.now);
  f.Drain();
  EXPECT_EQ(f.verdicts,
            (Fixture::Verdicts{
                {f.Address(2) + " has not answered, and owns 16 partitions of this node"}}));
  f.Answer(2, [](Partition) { return true; });
  EXPECT_EQ(f.verdicts.size(), 1u) << "an answer that comes later changes nothing";
}

TEST(StopChecksTest, ALostConnectionIsNoConsent) {
  Fixture f(3);
  f.Start();
  f.Answer(3, [](Partition) { return true; });
  f.checks.OnPeerFailure(3);  // It has answered.
  f.checks.OnPeerFailure(2);
  f.Drain();
  ASSERT_EQ(f.verdicts.size(), 1u);
  EXPECT_EQ(f.verdicts[0].size(), 1u);
}

TEST(StopChecksTest, AnswersOfOthersAndToOthersCountForNothing) {
  Fixture f(3);
  f.Start();
  InSyncReply reply;
  reply.request = f.open[0].second.request;
  reply.in_sync.assign(16, true);
  f.checks.OnReply(f.now, 3, reply);
  reply.request = 99;
  f.checks.OnReply(f.now, 2, reply);
  f.Drain();
  EXPECT_TRUE(f.verdicts.empty());
  f.Answer(3, [](Partition) { return true; });
  reply.request = f.open[0].second.request;
  reply.in_sync.pop_back();
  f.checks.OnReply(f.now, 2, reply);
  f.Drain();
  ASSERT_EQ(f.verdicts.size(), 1u);
  EXPECT_FALSE(f.verdicts[0].empty()) << "an answer about other partitions than were asked about";
}

TEST(StopChecksTest, ListsThatChangedDuringTheQuestionForbidIt) {
  Fixture f(3);
  f.Start();
  f.records.push_back(TestMember(4));
  f.See(kStart);
  f.AnswerAll();
  ASSERT_EQ(f.verdicts.size(), 1u);
  EXPECT_FALSE(f.verdicts[0].empty());
}

TEST(StopChecksTest, BothSidesLearnEachOthersLists) {
  Fixture f(3);
  f.Start();
  InSyncReply reply;
  reply.request = f.open[0].second.request;
  reply.in_sync.assign(16, false);
  reply.partition = 5;
  reply.list = {77, {TestMember(9)}};
  f.checks.OnReply(f.now, 2, reply);
  f.Drain();
  EXPECT_EQ(f.notices, std::vector<MemberKey>{2});
  EXPECT_EQ(f.learned, std::vector<MemberRecord>{TestMember(9)});
}

TEST(StopChecksTest, RecordsHeldForOthersForbidIt) {
  Fixture f(5, /*replicas=*/2);
  const std::vector<Partition> owned = f.Owned();
  Partition foreign = 0;
  while (std::find(owned.begin(), owned.end(), foreign) != owned.end()) ++foreign;
  for (const Partition partition : {owned.front(), foreign}) {
    f.store.Put(partition, RecordRef::Make({.key = "k", .value = "v", .version = {1}}));
  }
  f.Start();
  f.AnswerAll();
  EXPECT_EQ(f.verdicts,
            (Fixture::Verdicts{{"1 record held here for other nodes: not known to be delivered"}}));
}

TEST(StopChecksTest, WhoOwnsNothingIsSafeAtOnce) {
  Fixture f(4);
  f.Record(kSelf).roles = kRoleFrontend;
  f.See(kStart);
  StopChecks frontend({}, nullptr, f.views);
  frontend.Start(kStart, 1);
  StopCheckOutputs out;
  frontend.TakeOutputs(out);
  ASSERT_EQ(out.done.size(), 1u);
  EXPECT_TRUE(out.done[0].reasons.empty());
}

TEST(StopChecksTest, BeforeItHasMetItsClusterNothingIsSafe) {
  TestViews views(kSelf);
  StopChecks checks({}, nullptr, views);
  checks.Start(kStart, 1);
  StopCheckOutputs out;
  checks.TakeOutputs(out);
  ASSERT_EQ(out.done.size(), 1u);
  EXPECT_EQ(out.done[0].reasons.size(), 1u);
}

TEST(StopChecksTest, EachCheckHasAnswersOfItsOwnUpToTheLimit) {
  Fixture f(2);
  f.Start();
  f.Start();
  ASSERT_EQ(f.open.size(), 2u);
  f.Answer(2, [](Partition) { return false; });
  f.Answer(2, [](Partition) { return true; });
  ASSERT_EQ(f.verdicts.size(), 2u);
  EXPECT_FALSE(f.verdicts[0].empty());
  EXPECT_TRUE(f.verdicts[1].empty());
  for (std::size_t i = 0; i <= StopChecks::kMaxChecks; ++i) f.Start();
  EXPECT_EQ(f.open.size(), StopChecks::kMaxChecks);
  ASSERT_EQ(f.verdicts.size(), 3u);
  EXPECT_FALSE(f.verdicts[2].empty());
  f.now += seconds(1);
  f.checks.OnTimer(f.now);
  f.Drain();
  EXPECT_EQ(f.verdicts.size(), 3 + StopChecks::kMaxChecks);
}

}  // namespace
}  // namespace vf
