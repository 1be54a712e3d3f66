#include "node/replication/move_progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "tests/node/replication/sync_plan_fixture.h"

namespace vf {
namespace {

constexpr Partition kCount = 16;
const TimePoint kStart = TimePoint(hours(1));

TEST(MoveProgressTest, NoMoveRunsWhereNothingIsIncomplete) {
  const MoveProgress progress(kCount);
  EXPECT_FALSE(progress.figures());
  EXPECT_EQ(progress.incomplete(), 0u);
}

TEST(MoveProgressTest, CountsPartitionsRecordsAndBytesAndEndsWithTheLastCopy) {
  MoveProgress progress(kCount);
  progress.OnIncomplete(kStart, 3);
  progress.OnIncomplete(kStart + seconds(1), 4);
  progress.OnStep(kStart + seconds(2), 10, 1000);
  progress.OnStep(kStart + seconds(3), 5, 500);
  progress.OnComplete(kStart + seconds(4), 4);
  const auto figures = progress.figures();
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->partitions, 2u);
  EXPECT_EQ(figures->complete, 1u);
  EXPECT_EQ(figures->records, 15u);
  EXPECT_EQ(figures->bytes, 1500u);
  EXPECT_EQ(figures->began, kStart);
  EXPECT_EQ(figures->advanced, kStart + seconds(4));
  progress.OnComplete(kStart + seconds(5), 3);
  EXPECT_FALSE(progress.figures());
}

TEST(MoveProgressTest, TheNextMoveBeginsAtZero) {
  MoveProgress progress(kCount);
  progress.OnIncomplete(kStart, 3);
  progress.OnIncomplete(kStart, 4);
  progress.OnStep(kStart, 10, 1000);
  progress.OnComplete(kStart, 3);
  progress.OnComplete(kStart, 4);
  progress.OnIncomplete(kStart + hours(1), 4);
  const auto figures = progress.figures();
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->partitions, 1u);
  EXPECT_EQ(figures->complete, 0u);
  EXPECT_EQ(figures->records, 0u);
  EXPECT_EQ(figures->bytes, 0u);
  EXPECT_EQ(figures->began, kStart + hours(1));
  EXPECT_EQ(figures->advanced, kStart + hours(1));
}

TEST(MoveProgressTest, ACopyThatIsDoubtedAgainCountsOnce) {
  MoveProgress progress(kCount);
  progress.OnIncomplete(kStart, 3);
  progress.OnIncomplete(kStart, 4);
  progress.OnComplete(kStart, 3);
  progress.OnIncomplete(kStart, 3);
  ASSERT_TRUE(progress.figures());
  EXPECT_EQ(progress.figures()->partitions, 2u);
  EXPECT_EQ(progress.figures()->complete, 0u);
}

TEST(MoveProgressTest, WhatIsLostIsNoPartOfTheMove) {
  MoveProgress progress(kCount);
  for (const Partition p : {1u, 2u, 3u}) progress.OnIncomplete(kStart, p);
  progress.OnComplete(kStart, 1);
  progress.OnLost(1, /*incomplete=*/false);
  progress.OnLost(2, /*incomplete=*/true);
  ASSERT_TRUE(progress.figures());
  EXPECT_EQ(progress.figures()->partitions, 1u);
  EXPECT_EQ(progress.figures()->complete, 0u);
  progress.OnLost(3, /*incomplete=*/true);
  EXPECT_FALSE(progress.figures()) << "nothing is left to complete";
}

TEST(MoveProgressTest, WhatWasLostInAnEarlierMoveChangesNothing) {
  MoveProgress progress(kCount);
  progress.OnIncomplete(kStart, 1);
  progress.OnComplete(kStart, 1);
  progress.OnIncomplete(kStart, 2);
  progress.OnLost(1, /*incomplete=*/false);
  EXPECT_EQ(progress.figures()->partitions, 1u);
}

TEST(MoveProgressTest, AMoveThatRunsIsNeverWholeWhateverHappens) {
  Rng rng(7);
  MoveProgress progress(kCount);
  enum class Copy { kNone, kIncomplete, kComplete };
  std::vector<Copy> copies(kCount, Copy::kNone);
  for (int step = 0; step < 20'000; ++step) {
    const auto p = static_cast<Partition>(rng.Uniform(kCount));
    if (rng.Chance(1, 5)) {
      if (copies[p] != Copy::kNone) progress.OnLost(p, copies[p] == Copy::kIncomplete);
      copies[p] = Copy::kNone;
    } else if (copies[p] == Copy::kIncomplete) {
      progress.OnComplete(kStart, p);
      copies[p] = Copy::kComplete;
    } else {
      progress.OnIncomplete(kStart, p);
      copies[p] = Copy::kIncomplete;
    }
    const auto left =
        static_cast<std::size_t>(std::count(copies.begin(), copies.end(), Copy::kIncomplete));
    ASSERT_EQ(progress.incomplete(), left);
    ASSERT_EQ(progress.figures().has_value(), left > 0);
    if (left == 0) continue;
    ASSERT_LT(progress.figures()->complete, progress.figures()->partitions);
    ASSERT_EQ(progress.figures()->partitions - progress.figures()->complete, left);
    ASSERT_LE(progress.figures()->partitions, kCount);
  }
}

// --- As a SyncPlan counts ---

RecordRef RecordOf(Partition partition) {
  return RecordRef::Make(
      {.key = KeyOf(partition, "k"), .value = std::string(100, 'v'), .version = Version{1}});
}

TEST(MoveProgressTest, AJoinerCountsWhatItsPassesBring) {
  SyncPlanFixture f({Joiner(), TestMember(2)});
  ASSERT_TRUE(f.plan.move());
  EXPECT_EQ(f.plan.move()->partitions, 16u);
  EXPECT_EQ(f.plan.move()->complete, 0u);
  EXPECT_EQ(f.plan.move()->began, f.now);
  f.now += seconds(3);
  const RecordRef record = RecordOf(f.RequestOf(0).partition);
  f.AnswerFirstWith({record});
  const auto figures = f.plan.move();
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->complete, 1u);
  EXPECT_EQ(figures->records, 1u);
  EXPECT_EQ(figures->bytes, record.key().size() + 100);
  EXPECT_EQ(figures->advanced, f.now);
  f.AnswerAll();
  EXPECT_FALSE(f.plan.move());
  EXPECT_TRUE(f.ready);
}

TEST(MoveProgressTest, WhatComesIsCountedBeforeThePassIsOver) {
  SyncPlanFixture f({Joiner(), TestMember(2)});
  const PeerSend compared = f.open.front();
  f.open.erase(f.open.begin());
  const RecordRef record = RecordOf(std::get<CompareRequest>(compared.request).partition);
  CompareReply reply;
  reply.request = std::get<CompareRequest>(compared.request).request;
  reply.buckets[BucketOf(Hash64(AsBytes(record.key())))] = record.hash();
  f.Reply(compared.to, reply);
  f.AnswerPull({record}, /*last=*/false);
  EXPECT_EQ(f.plan.move()->complete, 0u);
  EXPECT_EQ(f.plan.move()->records, 1u);
}

TEST(MoveProgressTest, AnswersThatEndAPassAreNoStep) {
  SyncPlanFixture f({Joiner(), TestMember(2)});
  f.now += seconds(3);
  CompareReply refusal;
  refusal.request = f.RequestOf(0).request;
  refusal.outcome = SyncOutcome::kNotStoring;
  f.Reply(f.open[0].to, refusal);
  EXPECT_EQ(f.plan.move()->advanced, f.now - seconds(3));
}

TEST(MoveProgressTest, ADoubtOfAllCopiesIsAMoveOfAll) {
  SyncPlanFixture f({TestMember(1), TestMember(2)});
  f.AnswerAll();
  ASSERT_FALSE(f.plan.move());
  f.now += seconds(60);
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  ASSERT_TRUE(f.plan.move());
  EXPECT_EQ(f.plan.move()->partitions, 16u);
  EXPECT_EQ(f.plan.move()->complete, 0u);
  EXPECT_EQ(f.plan.move()->began, f.now);
  f.AnswerAll();
  EXPECT_FALSE(f.plan.move());
}

TEST(MoveProgressTest, ACopyThatIsBehindIsAMoveOfOne) {
  SyncPlanFixture f({TestMember(1), TestMember(2)});
  f.AnswerAll();
  f.states.Doubt(5);
  f.plan.OnBehind(f.now, 5, 2);
  f.Drain();
  ASSERT_TRUE(f.plan.move());
  EXPECT_EQ(f.plan.move()->partitions, 1u);
  f.AnswerAll();
  EXPECT_FALSE(f.plan.move());
}

TEST(MoveProgressTest, ComparisonsInTurnAreNoMoves) {
  SyncPlanFixture f({TestMember(1), TestMember(2)});
  f.AnswerAll();
  f.Advance(seconds(1));
  ASSERT_FALSE(f.open.empty()) << "a turn";
  EXPECT_FALSE(f.plan.move());
  f.AnswerFirstWith({RecordOf(f.RequestOf(0).partition)});
  EXPECT_FALSE(f.plan.move());
}

}  // namespace
}  // namespace vf
