// What the driver adds to the objects that it brings together, in one process that owns everything.
#include "node/data/data_driver.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/data/membership_follower.h"
#include "node/placement/partition.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

constexpr MemberKey kSelf = 1;
constexpr MemberKey kOther = 2;
constexpr WallTime kWall{1'800'000'000'000};

class DataDriverTest : public testing::Test, public DriverShell {
 protected:
  DataDriverTest() {
    plane_.learn = [this](std::vector<MemberRecord>, std::function<void()> done) {
      learned_.push_back(std::move(done));
    };
    plane_.report = [this](MemberKey member, std::uint64_t boot, const Complaint&) {
      reports_.emplace_back(member, boot);
    };
    plane_.on_copies_doubted = [this] { ++doubts_; };
    plane_.on_behind = [this](const std::vector<Partition>& partitions, MemberKey holder) {
      behind_.emplace_back(partitions, holder);
    };
    plane_.announce_ready = [](const std::vector<MemberKey>&) {};
  }

  // DriverShell
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) override {
    EXPECT_EQ(now, now_);
    sent_.emplace_back(to.key(), message);
  }
  void Post(DriverTask task) override { tasks_.push_back(std::move(task)); }
  void OnDeadlineMoved() override {}

  void Show(const std::vector<MemberRecord>& records, int replicas = 1) {
    follower_.OnMembership(now_, std::make_shared<MembershipSnapshot>(
                                     TestSnapshot(kSelf, replicas, 1, records, now_)));
    driver_.OnViewPublished(now_, kWall);
  }
  KvStatus Get(const std::string& key) {
    KvStatus status = KvStatus::kOverloaded;
    driver_.Get(now_, kWall, key, {}, [&](const KvResult& result) { status = result.status; });
    return status;
  }
  void Put(const std::string& key, KvCallback done) {
    driver_.Put(now_, kWall, key, "value", {}, std::move(done));
  }

  template <typename Message>
  Message LastSent() const {
    for (auto sent = sent_.rbegin(); sent != sent_.rend(); ++sent) {
      if (const auto* message = std::get_if<Message>(&sent->second)) return *message;
    }
    ADD_FAILURE() << "nothing of this kind was sent";
    return {};
  }

  TimePoint now_{hours(1)};
  DataPlane plane_{kSelf, {}};
  MembershipFollower follower_{plane_, 0};
  DataDriver driver_{plane_, *this, Rng(1), /*runs_sync=*/true};
  std::vector<DriverTask> tasks_;
  std::vector<std::pair<MemberKey, PeerMessage>> sent_;
  std::vector<std::function<void()>> learned_;
  std::vector<std::pair<MemberKey, std::uint64_t>> reports_;
  int doubts_ = 0;
  std::vector<std::pair<std::vector<Partition>, MemberKey>> behind_;
};

TEST_F(DataDriverTest, RefusesClientsAndPeersUntilItHasMetTheCluster) {
  EXPECT_EQ(driver_.NextDeadline(), kNever);
  driver_.OnTimer(now_, kWall);
  driver_.OnViewPublished(now_, kWall);
  EXPECT_EQ(Get("key"), KvStatus::kUnavailable);
  KvStatus status = KvStatus::kOk;
  Put("key", [&](const KvResult& result) { status = result.status; });
  EXPECT_EQ(status, KvStatus::kUnavailable);
  const auto reply =
      driver_.OnRequest(now_, kWall, ReadRequest{.request = 5, .list_hash = 0, .key = "key"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<ReadReply>(*reply).outcome, ReadOutcome::kNotStoring);
  EXPECT_EQ(std::get<ReadReply>(*reply).request, 5u);
}

TEST_F(DataDriverTest, WhoIsAnsweredMayAskAtOnceAndLater) {
  Show({TestMember(kSelf)});
  KvStatus first = KvStatus::kAbsent;
  KvStatus second = KvStatus::kAbsent;
  KvStatus read = KvStatus::kAbsent;
  Put("a", [&](const KvResult& result) {
    first = result.status;
    now_ += milliseconds(1);
    Put("b", [&](const KvResult& inner) { second = inner.status; });
    read = Get("a");
  });
  EXPECT_EQ(first, KvStatus::kOk);
  EXPECT_EQ(second, KvStatus::kOk);
  EXPECT_EQ(read, KvStatus::kOk);
  EXPECT_EQ(driver_.counters().own_reads.value(), 1u);
}

TEST_F(DataDriverTest, APauseIsNoticedBeforeAnOwnCopyAnswers) {
  Show({TestMember(kSelf)});
  Get("key");
  EXPECT_EQ(driver_.counters().own_reads.value(), 1u);
  ASSERT_LE(driver_.NextDeadline(), now_ + plane_.longest_turn);
  now_ += plane_.longest_turn;
  Get("key");
  EXPECT_EQ(driver_.counters().own_reads.value(), 2u) << "late, but within the bound";
  now_ += plane_.longest_turn + nanoseconds(1);
  Get("key");
  EXPECT_EQ(driver_.counters().own_reads.value(), 2u);
  EXPECT_EQ(driver_.counters().pauses.value(), 1u);
  EXPECT_EQ(doubts_, 1);
  driver_.MarkAllNotInSync(now_, kWall);  // As it is asked to, later.
  Get("key");
  EXPECT_EQ(driver_.counters().own_reads.value(), 3u) << "nobody else could have newer records";
}

TEST_F(DataDriverTest, AMemberThatRefusesIsReportedWithItsBoot) {
  Show({TestMember(kSelf), TestMember(kOther)}, 2);
  Put("key", [](const KvResult&) {});
  ASSERT_FALSE(sent_.empty());
  EXPECT_EQ(sent_.front().first, kOther);
  driver_.OnPeerFailure(now_, kWall, kOther, PeerFailure::kRefused);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0], std::pair(kOther, TestMember(kOther).boot));
}

TEST_F(DataDriverTest, ANoteIsToldAtOnceAndUntilItIsKnown) {
  Show({TestMember(kSelf), TestMember(kOther)}, 2);
  sent_.clear();
  const auto told = [this] {
    std::vector<BehindRequest> requests;
    for (const auto& [to, message] : sent_) {
      const auto* behind = std::get_if<BehindRequest>(&message);
      if (behind != nullptr && to == kOther) requests.push_back(*behind);
    }
    return requests;
  };
  const auto noted = driver_.OnRequest(now_, kWall, NoteRequest{7, 0, 3, {kOther}});
  ASSERT_TRUE(noted);
  EXPECT_EQ(std::get<NoteReply>(*noted).outcome, NoteOutcome::kNoted);
  EXPECT_TRUE(std::get<NoteReply>(*noted).list.differs());
  ASSERT_EQ(told().size(), 1u);
  EXPECT_EQ(told()[0].partitions, std::vector<Partition>{3});
  EXPECT_EQ(told()[0].holder, kSelf);
  driver_.OnPeerFailure(now_, kWall, kOther, PeerFailure::kReset);
  now_ += milliseconds(30);
  driver_.OnTimer(now_, kWall);
  ASSERT_EQ(told().size(), 2u) << "again";
  driver_.OnReply(now_, kWall, kOther, BehindReply{told()[1].request});
  now_ += milliseconds(300);
  driver_.OnTimer(now_, kWall);
  EXPECT_EQ(told().size(), 2u) << "it knows";
}

// It says that it is in sync, as it does not know better: nobody may be stopped by its word.
TEST_F(DataDriverTest, WhileAnOwnerIsToldThatItIsBehindThisProcessIsNotSafeToStop) {
  Show({TestMember(kSelf), TestMember(kOther)}, 2);
  const auto ask = [this](const std::function<void()>& meanwhile) {
    std::optional<std::vector<std::string>> verdict;
    driver_.AskSafeToStop(now_, kWall, [&](const auto& reasons) { verdict = reasons; });
    const auto request = LastSent<InSyncRequest>();
    meanwhile();
    InSyncReply reply;
    reply.request = request.request;
    reply.in_sync.assign(request.partitions.size(), true);
    driver_.OnReply(now_, kWall, kOther, reply);
    return verdict.value();
  };
  const auto note = [this] { driver_.OnRequest(now_, kWall, NoteRequest{7, 0, 3, {kOther}}); };
  const auto know = [this] {
    driver_.OnReply(now_, kWall, kOther, BehindReply{LastSent<BehindRequest>().request});
  };
  EXPECT_TRUE(ask([] {}).empty());
  EXPECT_EQ(ask(note).size(), 1u) << "noted during the question";
  EXPECT_EQ(ask([] {}).size(), 1u) << "not told yet";
  driver_.OnPeerFailure(now_, kWall, kOther, PeerFailure::kReset);
  now_ += milliseconds(30);
  driver_.OnTimer(now_, kWall);
  know();
  EXPECT_TRUE(ask([] {}).empty()) << "from now on it answers for itself";
}

TEST_F(DataDriverTest, ACopyThatIsBehindAnswersNoReadsFromThatMomentOn) {
  Show({TestMember(kSelf)});
  EXPECT_EQ(Get("key"), KvStatus::kAbsent);
  const Partition partition = PartitionOf(HashKey("key"), 1);
  const auto reply = driver_.OnRequest(now_, kWall, BehindRequest{9, kOther, {partition}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<BehindReply>(*reply).request, 9u);
  ASSERT_EQ(behind_.size(), 1u);
  EXPECT_FALSE(plane_.copies()->states.IsInSync(partition));
  Get("key");
  EXPECT_EQ(driver_.counters().own_reads.value(), 1u);
  driver_.OnBehind(now_, kWall, behind_[0].first, behind_[0].second);  // As it is asked to, later.
  EXPECT_TRUE(plane_.copies()->states.IsInSync(partition)) << "there is nobody to compare with";
}

TEST_F(DataDriverTest, BeforeItHasMetTheClusterItNotesNothingAndIsNeverBehind) {
  const auto noted = driver_.OnRequest(now_, kWall, NoteRequest{7, 0, 3, {kOther}});
  ASSERT_TRUE(noted);
  EXPECT_EQ(std::get<NoteReply>(*noted).outcome, NoteOutcome::kNotStoring);
  const auto told = driver_.OnRequest(now_, kWall, BehindRequest{9, kOther, {3}});
  ASSERT_TRUE(told);
  EXPECT_EQ(std::get<BehindReply>(*told).request, 9u);
  EXPECT_TRUE(behind_.empty());
}

// An answer waits for the records that came with it; these come back through another thread.
TEST_F(DataDriverTest, WhatWasLearnedCountsFromTheTimeAtWhichItsTaskRuns) {
  Show({TestMember(kSelf), TestMember(kOther)}, 2);
  KvStatus status = KvStatus::kAbsent;
  Put("key", [&](const KvResult& result) { status = result.status; });
  const auto to_other = [&]() -> const StoreRequest& {
    return std::get<StoreRequest>(sent_.back().second);
  };
  StoreReply reply;
  reply.request = to_other().request;
  reply.in_sync = true;
  reply.list.hash = 77;
  reply.list.members = {TestMember(3)};
  driver_.OnReply(now_, kWall, kOther, reply);
  EXPECT_EQ(status, KvStatus::kAbsent) << "answered before it has learned of the other list";
  ASSERT_EQ(learned_.size(), 1u);
  learned_[0]();
  ASSERT_EQ(tasks_.size(), 1u);
  now_ += milliseconds(3);
  tasks_[0](now_, kWall);  // Send() sees that everything that follows has this time.
  EXPECT_EQ(driver_.counters().lists_learned.value(), 1u);
  EXPECT_EQ(status, KvStatus::kOk);
}

}  // namespace
}  // namespace vf
