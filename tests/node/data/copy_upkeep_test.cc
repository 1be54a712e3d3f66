// What CopyUpkeep adds to the objects that it brings together: each hears what is for it alone.
#include "node/data/copy_upkeep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/key_hash.h"
#include "node/placement/partition.h"
#include "node/replication/pass_time.h"
#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

constexpr WallTime kWall{1'800'000'000'000};

// One process, key 1, among many, which holds something that it does not own.
class CopyUpkeepTest : public testing::Test {
 protected:
  CopyUpkeepTest() {
    views_.Set(TestMembers(9), now_);
    while (views_.view()->ListOf(foreign_).HasPlace(1)) ++foreign_;
    int i = 0;
    while (PartitionOf(HashKey("k" + std::to_string(i)), 1) != foreign_) ++i;
    Put("k" + std::to_string(i), 0);
    upkeep_.OnViewChanged(now_, kWall);
    Take();
  }

  void Put(const std::string& key, std::uint64_t expiry_ms) {
    copies_.store.Put(
        foreign_,
        RecordRef::Make({.key = key, .value = "v", .version = {1}, .expiry_ms = expiry_ms}));
  }
  void Take() {
    UpkeepOutputs out;
    upkeep_.TakeOutputs(out);
    for (PeerSend& send : out.sends) sent_.push_back(std::move(send));
    for (LearnWish& wish : out.learn) learn_.push_back(std::move(wish));
  }
  void Pass(Duration duration) {
    for (const TimePoint end = now_ + duration; upkeep_.NextDeadline() <= end;) {
      now_ = std::max(now_, upkeep_.NextDeadline());
      upkeep_.OnTimer(now_, kWall);
      Take();
    }
  }
  // The first comparison that was asked for with these bits in its number; those of the SyncPlan
  // have none.
  PeerSend AskedBy(RequestId bits) const {
    const auto found = std::find_if(sent_.begin(), sent_.end(), [&](const PeerSend& send) {
      const auto* compare = std::get_if<CompareRequest>(&send.request);
      constexpr RequestId kAll = Handoff::kRequestBit | TombstoneRounds::kRequestBit;
      return compare != nullptr && (compare->request & kAll) == bits;
    });
    if (found != sent_.end()) return *found;
    ADD_FAILURE() << "nothing was asked";
    return {};
  }
  // Who was asked works with another list, which `member` is behind.
  void AnswerOtherList(const PeerSend& asked, const MemberRecord& member) {
    CompareReply reply;
    reply.request = std::get<CompareRequest>(asked.request).request;
    reply.outcome = SyncOutcome::kOtherList;
    reply.list = {0x1234, {member}};
    upkeep_.OnReply(now_, kWall, asked.to, reply);
    Take();
  }
  std::vector<MemberKey> Notified() const {
    std::vector<MemberKey> notified;
    for (const PeerSend& send : sent_) {
      if (std::holds_alternative<ListNotice>(send.request)) notified.push_back(send.to);
    }
    return notified;
  }

  TimePoint now_{hours(1)};
  TestViews views_{1, 3, 1};
  StoredCopies copies_{
      KeptCopies{std::make_shared<MemoryEngine>(MemoryEngineOptions{.partition_count = 16}), {}}};
  Counter expired_;
  CopyUpkeep upkeep_{now_, SyncConfig(), copies_, views_, Rng(1), expired_};
  Partition foreign_ = 0;
  std::vector<PeerSend> sent_;
  std::vector<LearnWish> learn_;
};

TEST_F(CopyUpkeepTest, WhatOneOfThemWantedToLearnIsToldToThatOne) {
  Pass(seconds(1));
  const PeerSend by_plan = AskedBy(0);
  const PeerSend by_handoff = AskedBy(Handoff::kRequestBit);
  AnswerOtherList(by_plan, TestMember(77));
  AnswerOtherList(by_handoff, TestMember(78));
  ASSERT_EQ(learn_.size(), 2u);
  EXPECT_EQ(learn_[0].members, std::vector{TestMember(77)});
  EXPECT_EQ(learn_[1].members, std::vector{TestMember(78)});
  EXPECT_NE(learn_[0].ticket, learn_[1].ticket) << "each counts its own from 1";
  upkeep_.OnLearned(now_, learn_[1].ticket);
  Take();
  EXPECT_EQ(Notified(), std::vector{by_handoff.to}) << "whose list is still another one";
  upkeep_.OnLearned(now_, learn_[0].ticket);
  Take();
  EXPECT_EQ(Notified(), (std::vector{by_handoff.to, by_plan.to}));
}

TEST_F(CopyUpkeepTest, WhatAPassBringsExpiresInTheSameMillisecond) {
  Pass(milliseconds(20));
  Put("late", kWall.ms - 1);
  Pass(milliseconds(1));
  EXPECT_EQ(expired_.value(), 0u) << "it looks again within 50 ms";
  upkeep_.OnRecordsGiven(now_, kWall);
  EXPECT_EQ(expired_.value(), 1u);
  EXPECT_TRUE(copies_.store.Get(foreign_, "late").view().tombstone);
}

TEST_F(CopyUpkeepTest, WhatWasDroppedIsFreedByTheTurnsThatFollow) {
  for (int i = 0; i < 5'000; ++i) Put("more" + std::to_string(i), 0);
  const std::uint64_t held = copies_.store.Stats().live_records;
  upkeep_.Drop(now_, {foreign_, copies_.store.Digest(foreign_)});
  EXPECT_EQ(copies_.store.RecordCount(foreign_), 0u);
  EXPECT_EQ(copies_.store.Stats().live_records, held);
  Pass(milliseconds(1));
  EXPECT_GT(copies_.store.Stats().live_records, held / 2) << "one turn is a short one";
  Pass(milliseconds(60));
  EXPECT_EQ(copies_.store.Stats().live_records, 0u);
}

// A process that has just met the cluster would be given all that is forgotten, else.
TEST_F(CopyUpkeepTest, TheFirstPassesNameATimeNearTheClock) {
  const PeerSend asked = AskedBy(0);
  EXPECT_EQ(std::get<CompareRequest>(asked.request).wall, PassTime(copies_.store, kWall));
}

}  // namespace
}  // namespace vf
