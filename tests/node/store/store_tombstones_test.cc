// What every engine does with tombstones: it forgets them at their age, and collects them.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "tests/node/store/store_conformance.h"

namespace vf {
namespace {

class StoreTombstonesTest : public StoreConformanceTest {};

constexpr std::uint64_t kAgeMs = 3'600'000;
constexpr std::uint64_t kBornMs = 1'800'000'000'000;

Version At(std::uint64_t ms, std::uint64_t counter = 0) { return {ms << 16 | counter}; }

RecordView Deleted(std::string_view key, std::uint64_t ms) {
  return {.key = key, .version = At(ms), .tombstone = true};
}

TEST_P(StoreTombstonesTest, TombstonesLeaveTheDigestAtTheirAgeAndStayInTheStore) {
  Put(Deleted("gone", kBornMs));
  Put({.key = "k", .value = "v", .version = At(1)});
  const std::uint64_t live = RecordHash(store_->Get(0, "k").view());
  const std::uint64_t all = store_->Digest(0);
  for (const std::uint64_t forgotten_at : {std::uint64_t{0}, kBornMs, kBornMs + 2 * kAgeMs}) {
    store_->Forget({forgotten_at});
    EXPECT_EQ(store_->wall(), WallTime{forgotten_at});
    EXPECT_EQ(store_->Digest(0, {kBornMs + kAgeMs - 1}), all);
    EXPECT_EQ(store_->Digest(0, {kBornMs + kAgeMs}), live);
    EXPECT_EQ(store_->DigestsOfBuckets(0, {kBornMs + kAgeMs})[BucketOf(ScanOrder("k"))], live);
    EXPECT_EQ(store_->Digest(0), all) << "what is held";
  }
  EXPECT_FALSE(store_->IsForgotten(store_->Get(0, "gone").view(), {kBornMs + kAgeMs - 1}));
  EXPECT_TRUE(store_->IsForgotten(store_->Get(0, "gone").view(), {kBornMs + kAgeMs}));
  EXPECT_FALSE(store_->IsForgotten(store_->Get(0, "k").view(), {UINT64_MAX}));
  EXPECT_EQ(Put({.key = "gone", .value = "old", .version = At(kBornMs - 1)}), Outcome::kSuperseded);
  EXPECT_EQ(Put({.key = "gone", .value = "new", .version = At(kBornMs + 1)}), Outcome::kStored);
}

TEST_P(StoreTombstonesTest, OlderRecordsThatForgottenTombstonesTurnAwayAreCounted) {
  Put(Deleted("gone", kBornMs));
  const RecordView older{.key = "gone", .value = "old", .version = At(kBornMs - 1)};
  Put(older);
  EXPECT_EQ(store_->Tombstones(0).refused, 0u) << "not forgotten yet";
  store_->Forget({kBornMs + kAgeMs});
  Put(older);
  Put(Deleted("gone", kBornMs));
  EXPECT_EQ(store_->Tombstones(0).refused, 1u);
}

// What a round would collect now.
TombstoneSweep SweepOf(Store& store, Partition partition) {
  TombstoneSweep sweep;
  sweep.versions_below_ms = store.Tombstones(partition).forgotten_below_ms;
  sweep.stamps_below = store.NextStamp(partition);
  return sweep;
}

TEST_P(StoreTombstonesTest, CollectsWhatIsForgottenAndWasPutBeforeTheStamp) {
  Put(Deleted("old", kBornMs));
  Put(Deleted("young", kBornMs + 1));
  Put({.key = "value", .value = "v", .version = At(kBornMs - 5)});
  store_->Forget({kBornMs + kAgeMs});
  TombstoneSweep sweep = SweepOf(*store_, 0);
  Put(Deleted("late", kBornMs));
  EXPECT_EQ(store_->Collect(0, sweep, 100), 1u);
  EXPECT_TRUE(sweep.done);
  EXPECT_FALSE(store_->Get(0, "old"));
  EXPECT_TRUE(store_->Get(0, "young"));
  EXPECT_TRUE(store_->Get(0, "late"));
  EXPECT_TRUE(store_->Get(0, "value"));
  EXPECT_EQ(store_->Stats().tombstones, 2u);
  EXPECT_EQ(store_->RecordCount(0), 3u);
  EXPECT_EQ(store_->Tombstones(0).oldest_ms, kBornMs);
  std::uint64_t digest = 0;
  for (const RecordRef& record : ScanAll(0, kEverything)) digest ^= record.hash();
  EXPECT_EQ(store_->Digest(0), digest);
}

TEST_P(StoreTombstonesTest, AReplacedTombstoneCountsFromWhenItWasReplaced) {
  Put(Deleted("k", kBornMs - 10));
  TombstoneSweep sweep = SweepOf(*store_, 0);
  Put(Deleted("k", kBornMs));
  store_->Forget({kBornMs + kAgeMs});
  sweep.versions_below_ms = store_->Tombstones(0).forgotten_below_ms;
  EXPECT_EQ(store_->Collect(0, sweep, 100), 0u);
  EXPECT_TRUE(store_->Get(0, "k"));
}

TEST_P(StoreTombstonesTest, CollectsInTurnsOfBoundedWork) {
  for (std::uint64_t i = 0; i < 2'000; ++i)
    Put(Deleted("key" + std::to_string(i), kBornMs + i % 3));
  store_->Forget({kBornMs + kAgeMs + 5});
  TombstoneSweep sweep = SweepOf(*store_, 0);
  std::size_t collected = 0;
  for (int turns = 0; !sweep.done; ++turns) {
    ASSERT_LT(turns, 20);
    const std::size_t now = store_->Collect(0, sweep, 200);
    EXPECT_LE(now, 256u);
    collected += now;
  }
  EXPECT_EQ(collected, 2'000u);
  EXPECT_EQ(store_->RecordCount(0), 0u);
  EXPECT_EQ(store_->Digest(0), 0u);
  EXPECT_EQ(store_->Digest(0, {0}), 0u);
  Put({.key = "k", .value = "v", .version = At(1)});
  EXPECT_EQ(store_->Digest(0, {0}), store_->Get(0, "k").hash());
}

// Whatever was put and forgotten in whatever order: the digest at a time is that of what is there
// but forgotten tombstones, in all stores that hold the same.
TEST_P(StoreTombstonesTest, RandomDigestsAreThoseOfWhatIsNotForgotten) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    store_ = GetParam().make();
    for (int i = 0; i < 600; ++i) {
      const std::uint64_t ms = kBornMs + rng.Uniform(50);
      const std::string key = "key" + std::to_string(rng.Uniform(80));
      const bool tombstone = rng.Chance(2, 3);
      Put({.key = key,
           .value = tombstone ? "" : "v",
           .version = At(ms, rng.Uniform(3)),
           .tombstone = tombstone});
      if (rng.Chance(1, 20)) store_->Forget({kBornMs + kAgeMs + rng.Uniform(60)});
      if (rng.Chance(1, 60)) {
        TombstoneSweep sweep = SweepOf(*store_, 0);
        while (!sweep.done) store_->Collect(0, sweep, 1 + rng.Uniform(20));
      }
      const WallTime wall{kBornMs + kAgeMs + rng.Uniform(60)};
      if (!rng.Chance(1, 10)) continue;
      BucketDigests buckets{};
      std::uint64_t digest = 0, tombstones = 0;
      for (const RecordRef& record : ScanAll(0, kEverything)) {
        tombstones += record.view().tombstone ? 1 : 0;
        if (store_->IsForgotten(record.view(), wall)) continue;
        digest ^= record.hash();
        buckets[BucketOf(ScanOrder(record.key()))] ^= record.hash();
      }
      ASSERT_EQ(store_->Digest(0, wall), digest) << "seed " << seed;
      ASSERT_EQ(store_->DigestsOfBuckets(0, wall), buckets) << "seed " << seed;
      ASSERT_EQ(store_->Stats().tombstones, tombstones);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreTombstonesTest, testing::ValuesIn(kEngines), NameOf);

}  // namespace
}  // namespace vf
