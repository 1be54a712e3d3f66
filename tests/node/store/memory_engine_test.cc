// What the memory engine alone promises: its limit, and how little memory it takes.
#include "node/store/memory_engine.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "base/rng.h"

namespace vf {
namespace {

using Outcome = PutResult::Outcome;
constexpr std::uint64_t kLimit = 1 << 20;

class MemoryEngineLimitTest : public testing::Test {
 protected:
  Outcome Put(const std::string& key, std::size_t value_bytes, std::uint64_t version) {
    const std::string value(value_bytes, 'v');
    return engine_.Put(0, RecordRef::Make({.key = key, .value = value, .version = {version}}))
        .outcome;
  }
  Outcome Delete(const std::string& key, std::uint64_t version) {
    return engine_.Put(0, RecordRef::Make({.key = key, .version = {version}, .tombstone = true}))
        .outcome;
  }
  // Fills up to the limit with values of 1,000 bytes; returns how many were taken.
  int Fill() {
    for (int i = 0;; ++i) {
      if (Put("key" + std::to_string(i), 1'000, 10) == Outcome::kNoSpace) return i;
    }
  }

  MemoryEngine engine_{{.partition_count = 1, .max_memory_bytes = kLimit}};
};

TEST_F(MemoryEngineLimitTest, RefusesNewValuesAtTheLimitAndChangesNothing) {
  const int taken = Fill();
  EXPECT_GT(taken, 900);
  EXPECT_LE(engine_.Stats().memory_bytes, kLimit);
  const std::uint64_t digest = engine_.Digest(0);
  EXPECT_EQ(Put("another", 100'000, 10), Outcome::kNoSpace);
  EXPECT_EQ(engine_.Digest(0), digest);
  EXPECT_EQ(engine_.RecordCount(0), static_cast<std::uint64_t>(taken));
  EXPECT_FALSE(engine_.Get(0, "another"));
}

TEST_F(MemoryEngineLimitTest, RefusesAReplacementThatGrowsAndKeepsTheOldOne) {
  Fill();
  EXPECT_EQ(Put("key0", 5'000, 11), Outcome::kNoSpace);
  EXPECT_EQ(engine_.Get(0, "key0").version(), Version{10});
}

TEST_F(MemoryEngineLimitTest, TakesReplacementsThatDoNotGrowAndAllTombstones) {
  const int taken = Fill();
  EXPECT_EQ(Put("key0", 1'000, 11), Outcome::kStored);
  EXPECT_EQ(Put("key1", 10, 11), Outcome::kStored);
  EXPECT_EQ(Delete("key2", 11), Outcome::kStored);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(Delete("unknown" + std::to_string(i), 11), Outcome::kStored);
  }
  EXPECT_EQ(engine_.Stats().tombstones, 10'001u);
  EXPECT_EQ(engine_.Stats().live_records, static_cast<std::uint64_t>(taken) - 1);
  // Beyond the limit now: even so what does not grow is taken.
  EXPECT_EQ(Put("key0", 1'000, 12), Outcome::kStored);
  EXPECT_EQ(Put("key0", 1'001 + 16, 13), Outcome::kNoSpace);
}

TEST_F(MemoryEngineLimitTest, AnOlderRecordIsSupersededAndNotASpaceProblem) {
  Fill();
  EXPECT_EQ(Put("key0", 100'000, 9), Outcome::kSuperseded);
}

TEST_F(MemoryEngineLimitTest, TakesNewValuesAgainAfterDeletes) {
  const int taken = Fill();
  for (int i = 0; i < taken / 2; ++i) Delete("key" + std::to_string(i), 11);
  EXPECT_EQ(Put("another", 100'000, 11), Outcome::kStored);
}

TEST(MemoryEngineTest, AccountsForEveryByteOfARandomLoad) {
  MemoryEngine engine({.partition_count = 4});
  const std::uint64_t empty = engine.Stats().memory_bytes;
  Rng rng(1);
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = "k" + std::to_string(rng.Uniform(300));
    const std::string value(rng.Uniform(2'000), 'v');
    const bool tombstone = rng.Chance(1, 3);
    engine.Put(static_cast<Partition>(rng.Uniform(4)),
               RecordRef::Make({.key = key,
                                .value = tombstone ? std::string_view() : std::string_view(value),
                                .version = {rng.Uniform(100)},
                                .expiry_ms = rng.Uniform(4),
                                .tombstone = tombstone}));
  }
  engine.Expire({1}, 100);
  std::uint64_t records = 0, count = 0;
  for (Partition p = 0; p < 4; ++p) {
    for (const RecordRef& record : engine.Scan(p, 0, SIZE_MAX).records) {
      records += record.allocated_bytes();
      const RecordView view = record.view();
      if (view.tombstone || WillExpire(view)) records += 24;
      ++count;
    }
  }
  const std::uint64_t buckets = 4 * sizeof(BucketDigests);
  const std::uint64_t tables = engine.Stats().memory_bytes - empty - records - buckets;
  EXPECT_GE(tables, 16 * count);
  EXPECT_LE(tables, 30 * count);
}

// Redis takes 217 bytes for such a record.
TEST(MemoryEngineTest, TakesAtMost175BytesForAKeyOf16AndAValueOf100) {
  constexpr int kRecords = 200'000;
  MemoryEngine engine({.partition_count = 256});
  const std::uint64_t empty = engine.Stats().memory_bytes;
  const std::string value(100, 'v');
  double worst = 0;
  for (int i = 0; i < kRecords; ++i) {
    char key[17];
    std::snprintf(key, sizeof(key), "%016x", i);
    engine.Put(static_cast<Partition>(i % 256),
               RecordRef::Make({.key = key, .value = value, .version = {1}}));
    if (i >= kRecords / 2) {
      const double each = static_cast<double>(engine.Stats().memory_bytes - empty) / (i + 1);
      worst = std::max(worst, each);
    }
  }
  std::printf("bytes a record while growing: at most %.1f\n", worst);
  EXPECT_LE(worst, 175.0);
}

TEST(MemoryEngineTest, WhatIsDroppedIsFreedInTurnsOfBoundedSize) {
  constexpr int kRecords = 1'000;
  MemoryEngine engine({.partition_count = 2});
  const std::uint64_t empty = engine.Stats().memory_bytes;
  for (int i = 0; i < kRecords; ++i) {
    const std::string key = "key" + std::to_string(i);
    engine.Put(static_cast<Partition>(i % 2),
               RecordRef::Make({.key = key, .value = "v", .version = {1}}));
  }
  EXPECT_FALSE(engine.Release(100)) << "nothing was dropped";
  EXPECT_TRUE(engine.DropAll(0, engine.Digest(0)));
  EXPECT_TRUE(engine.DropAll(1, engine.Digest(1)));
  engine.Put(1, RecordRef::Make({.key = "key1", .value = "new", .version = {2}}));
  std::uint64_t left = engine.Stats().live_records;
  EXPECT_EQ(left, kRecords + 1u) << "dropping frees nothing";
  int turns = 0;
  for (bool more = true; more; ++turns) {
    more = engine.Release(100);
    const std::uint64_t now = engine.Stats().live_records;
    EXPECT_LE(left - now, 100u);
    left = now;
  }
  EXPECT_GE(turns, kRecords / 100);
  EXPECT_EQ(left, 1u) << "what came since is not touched";
  EXPECT_EQ(engine.Get(1, "key1").view().value, "new");
  EXPECT_TRUE(engine.DropAll(1, engine.Digest(1)));
  EXPECT_FALSE(engine.Release(100));
  EXPECT_EQ(engine.Stats().memory_bytes, empty);
}

TEST(MemoryEngineTest, WhatIsDeletedGivesAllMemoryBackInTheEnd) {
  constexpr std::uint64_t kRecords = 100'000;
  constexpr Partition kPartitions = 16;
  MemoryEngine engine({.partition_count = kPartitions, .tombstone_age = seconds(60)});
  const std::uint64_t empty = engine.Stats().memory_bytes;
  const std::string value(100, 'v');
  const auto put = [&](std::uint64_t ms, bool tombstone) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      const std::string key = "key" + std::to_string(i);
      engine.Put(static_cast<Partition>(i % kPartitions),
                 RecordRef::Make({.key = key,
                                  .value = tombstone ? "" : std::string_view(value),
                                  .version = {ms << 16},
                                  .tombstone = tombstone}));
    }
  };
  put(1'000'000, false);
  const std::uint64_t full = engine.Stats().memory_bytes - empty;
  put(1'000'001, true);
  const std::uint64_t deleted = engine.Stats().memory_bytes - empty;
  EXPECT_LT(deleted, full * 2 / 3);
  engine.Forget({1'000'001 + 60'000});
  for (Partition p = 0; p < kPartitions; ++p) {
    TombstoneSweep sweep;
    sweep.versions_below_ms = engine.Tombstones(p).forgotten_below_ms;
    sweep.stamps_below = engine.NextStamp(p);
    while (!sweep.done) engine.Collect(p, sweep, 512);
  }
  EXPECT_EQ(engine.Stats().memory_bytes, empty);
  std::printf("bytes a record: %.1f live, %.1f deleted, 0 collected\n",
              static_cast<double>(full) / kRecords, static_cast<double>(deleted) / kRecords);
}

TEST(MemoryEngineTest, EmptyPartitionsAreSmall) {
  const MemoryEngine engine({.partition_count = 65'536});
  EXPECT_EQ(engine.partition_count(), 65'536u);
  EXPECT_LE(engine.Stats().memory_bytes, 65'536u * 176 + 1'000);
}

TEST(MemoryEngineTest, RefusesPartitionCountsOutOfRange) {
  EXPECT_DEATH(MemoryEngine({.partition_count = 0}), "partitions out of range");
  EXPECT_DEATH(MemoryEngine({.partition_count = 65'537}), "partitions out of range");
}

}  // namespace
}  // namespace vf
