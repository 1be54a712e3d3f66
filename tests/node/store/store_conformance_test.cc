// What every engine does with records: put, get, scan, count, drop.
#include "tests/node/store/store_conformance.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash64.h"
#include "base/rng.h"
#include "tests/node/store/colliding_keys.h"
#include "tests/node/store/random_records.h"

namespace vf {
namespace {

TEST_P(StoreConformanceTest, StartsEmpty) {
  EXPECT_EQ(store_->partition_count(), kPartitions);
  for (Partition p = 0; p < kPartitions; ++p) {
    EXPECT_FALSE(store_->Get(p, "k"));
    EXPECT_EQ(store_->Digest(p), 0u);
    EXPECT_EQ(store_->Digest(p, {}), 0u);
    EXPECT_EQ(store_->DigestsOfBuckets(p, {}), BucketDigests());
    EXPECT_EQ(store_->RecordCount(p), 0u);
    const StorePage page = store_->Scan(p, 0, kEverything);
    EXPECT_TRUE(page.last);
    EXPECT_TRUE(page.records.empty());
  }
  const StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.live_records, 0u);
  EXPECT_EQ(stats.tombstones, 0u);
  EXPECT_EQ(stats.bytes, 0u);
}

TEST_P(StoreConformanceTest, GivesBackTheExactRecord) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  const std::string large(16 << 20, 'x');
  const RecordView views[] = {
      {.key = every_byte, .value = every_byte, .version = {1}, .expiry_ms = 5},
      {.key = "large", .value = large, .version = {2}},
      {.key = std::string_view("\0", 1), .value = "", .version = {UINT64_MAX}},
  };
  for (const RecordView& view : views) {
    EXPECT_EQ(Put(view), Outcome::kStored);
    EXPECT_EQ(store_->Get(0, view.key).view(), view);
  }
}

TEST_P(StoreConformanceTest, PartitionsAreApart) {
  EXPECT_EQ(Put(1, {.key = "k", .value = "v", .version = {1}}), Outcome::kStored);
  EXPECT_FALSE(store_->Get(0, "k"));
  EXPECT_TRUE(store_->Get(1, "k"));
  EXPECT_EQ(store_->Digest(0), 0u);
  EXPECT_EQ(store_->RecordCount(1), 1u);
}

TEST_P(StoreConformanceTest, KeepsTheGreaterRecordAndNamesTheWinner) {
  const RecordRef older = RecordRef::Make({.key = "k", .value = "old", .version = {1}});
  const RecordRef newer = RecordRef::Make({.key = "k", .value = "new", .version = {2}});
  EXPECT_EQ(store_->Put(0, newer).winner, Version{2});
  const PutResult result = store_->Put(0, older);
  EXPECT_EQ(result.outcome, Outcome::kSuperseded);
  EXPECT_EQ(result.winner, Version{2});
  EXPECT_EQ(store_->Get(0, "k").view().value, "new");
}

TEST_P(StoreConformanceTest, SaysThatTheReplacedRecordHadTheSameVersion) {
  EXPECT_EQ(Put({.key = "k", .value = "a", .version = {1}}), Outcome::kStored);
  EXPECT_EQ(Put({.key = "k", .value = "b", .version = {1}}), Outcome::kTied);
  EXPECT_EQ(Put({.key = "k", .value = "a", .version = {1}}), Outcome::kSuperseded);
  EXPECT_EQ(Put({.key = "k", .value = "c", .version = {2}}), Outcome::kStored);
}

TEST_P(StoreConformanceTest, StoringTheSameAgainIsStored) {
  const RecordView view{.key = "k", .value = "v", .version = {1}};
  EXPECT_EQ(Put(view), Outcome::kStored);
  const std::uint64_t digest = store_->Digest(0);
  EXPECT_EQ(Put(view), Outcome::kStored);
  EXPECT_EQ(store_->Digest(0), digest);
  EXPECT_EQ(store_->RecordCount(0), 1u);
}

TEST_P(StoreConformanceTest, ReturnsTombstonesAndExpiredRecordsAsTheyAre) {
  const RecordView tombstone{.key = "gone", .version = {1}, .tombstone = true};
  const RecordView expired{.key = "expired", .value = "v", .version = {1}, .expiry_ms = 1};
  EXPECT_EQ(Put(tombstone), Outcome::kStored);
  EXPECT_EQ(Put(expired), Outcome::kStored);
  EXPECT_EQ(store_->Get(0, "gone").view(), tombstone);
  EXPECT_EQ(store_->Get(0, "expired").view(), expired);
}

TEST_P(StoreConformanceTest, CountsLiveRecordsTombstonesAndBytes) {
  Put(0, {.key = "abc", .value = "12345", .version = {1}});
  Put(1, {.key = "de", .value = "", .version = {1}});
  Put(2, {.key = "f", .version = {1}, .tombstone = true});
  StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.live_records, 2u);
  EXPECT_EQ(stats.tombstones, 1u);
  EXPECT_EQ(stats.bytes, 10u);

  Put(0, {.key = "abc", .value = "1", .version = {2}});
  Put(1, {.key = "de", .version = {2}, .tombstone = true});
  Put(2, {.key = "f", .value = "back", .version = {2}});
  Put(2, {.key = "f", .value = "late", .version = {1}});
  stats = store_->Stats();
  EXPECT_EQ(stats.live_records, 2u);
  EXPECT_EQ(stats.tombstones, 1u);
  EXPECT_EQ(stats.bytes, 9u);
}

TEST_P(StoreConformanceTest, RecordsOutliveTheirReplacement) {
  Put({.key = "k", .value = "first", .version = {1}});
  const RecordRef held = store_->Get(0, "k");
  Put({.key = "k", .value = "second", .version = {2}});
  EXPECT_EQ(held.view().value, "first");
}

// Every order of the same puts ends in the same content, digest and figures: the merge of all.
TEST_P(StoreConformanceTest, RandomPutsInAnyOrderEndInTheMergeOfAll) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    std::vector<RecordRef> puts;
    for (int i = 0; i < 400; ++i) {
      puts.push_back(RandomRecord(rng, "key" + std::to_string(rng.Uniform(60))));
    }
    std::map<std::string, RecordRef> merged;
    for (const RecordRef& record : puts) {
      RecordRef& best = merged[std::string(record.key())];
      if (!best || CompareRecords(best.view(), record.view()) < 0) best = record;
    }
    std::uint64_t digest = 0, bytes = 0, live = 0;
    BucketDigests buckets{};
    for (const auto& [key, record] : merged) {
      const RecordView view = record.view();
      digest ^= RecordHash(view);
      buckets[BucketOf(Hash64(AsBytes(view.key)))] ^= RecordHash(view);
      if (view.tombstone) continue;
      ++live;
      bytes += view.key.size() + view.value.size();
    }
    for (int order = 0; order < 3; ++order) {
      rng.Shuffle(puts);
      store_ = GetParam().make();
      for (const RecordRef& record : puts) {
        const PutResult result = store_->Put(3, record);
        const RecordRef here = store_->Get(3, record.key());
        ASSERT_EQ(result.winner, here.version());
        ASSERT_EQ(result.outcome != Outcome::kSuperseded, here.view() == record.view());
      }
      ASSERT_EQ(store_->Digest(3), digest) << "seed " << seed;
      ASSERT_EQ(store_->DigestsOfBuckets(3, {}), buckets) << "seed " << seed;
      ASSERT_EQ(store_->RecordCount(3), merged.size());
      for (const auto& [key, record] : merged) {
        ASSERT_EQ(store_->Get(3, key).view(), record.view()) << "seed " << seed;
      }
      const StoreStats stats = store_->Stats();
      ASSERT_EQ(stats.live_records, live);
      ASSERT_EQ(stats.tombstones, merged.size() - live);
      ASSERT_EQ(stats.bytes, bytes);
    }
  }
}

TEST_P(StoreConformanceTest, ScanShowsEachRecordOnceInOrderAtAnyPageSize) {
  std::set<std::string> keys;
  for (int i = 0; i < 3'000; ++i) {
    const std::string key = "key" + std::to_string(i);
    keys.insert(key);
    Put(5,
        {.key = key, .value = std::string(static_cast<std::size_t>(i % 50), 'v'), .version = {1}});
  }
  for (const std::size_t max_bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{500}, std::size_t{40'000}, kEverything}) {
    std::set<std::string> seen;
    for (const RecordRef& record : ScanAll(5, max_bytes)) {
      EXPECT_TRUE(seen.insert(std::string(record.key())).second);
    }
    EXPECT_EQ(seen, keys) << max_bytes;
  }
}

TEST_P(StoreConformanceTest, DropsAPartitionIfItIsStillTheSame) {
  const StoreStats empty = store_->Stats();
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "key" + std::to_string(i);
    const bool tombstone = i % 3 == 0;
    const std::uint64_t expiry_ms = i % 3 == 1 ? 1'000 + static_cast<std::uint64_t>(i) : 0;
    Put(5, {.key = key,
            .value = tombstone ? "" : "v",
            .version = {1},
            .expiry_ms = expiry_ms,
            .tombstone = tombstone});
  }
  Put(6, {.key = "other", .value = "v", .version = {1}, .expiry_ms = 5'000});
  const std::uint64_t digest = store_->Digest(5);
  Put(5, {.key = "key1", .value = "w", .version = {2}});
  EXPECT_FALSE(store_->DropAll(5, digest));
  EXPECT_EQ(store_->RecordCount(5), 1'000u);
  EXPECT_TRUE(store_->DropAll(5, store_->Digest(5)));
  EXPECT_EQ(store_->RecordCount(5), 0u);
  EXPECT_EQ(store_->Digest(5), 0u);
  EXPECT_EQ(store_->DigestsOfBuckets(5, {}), BucketDigests());
  EXPECT_FALSE(store_->Get(5, "key1"));
  EXPECT_TRUE(store_->Get(6, "other"));
  const ExpiryTurn turn = store_->Expire({4'000}, 10'000);
  EXPECT_EQ(turn.expired, 0u) << "what is gone expires no more";
  EXPECT_EQ(turn.next_ms, 5'000u);
  EXPECT_TRUE(store_->DropAll(6, store_->Digest(6)));
  EXPECT_EQ(store_->Expire({9'000}, 10'000).next_ms, UINT64_MAX) << "freed or not";
  for (int turns = 0; store_->Release(100); ++turns) ASSERT_LT(turns, 100);
  const StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.live_records, empty.live_records);
  EXPECT_EQ(stats.expiring_records, empty.expiring_records);
  EXPECT_EQ(stats.tombstones, empty.tombstones);
  EXPECT_EQ(stats.bytes, empty.bytes);
  if (GetParam().frees_at_once) {
    EXPECT_EQ(stats.memory_bytes, empty.memory_bytes);
  }
  EXPECT_EQ(Put(5, {.key = "key1", .value = "x", .version = {1}}), Outcome::kStored)
      << "what is gone is forgotten";
}

TEST_P(StoreConformanceTest, AClosedPartitionTakesNothingAndOnlyAnEmptyOneIsClosed) {
  Put(5, {.key = "k", .value = "v", .version = {1}});
  EXPECT_FALSE(store_->Close(5));
  EXPECT_EQ(Put(5, {.key = "k", .value = "w", .version = {2}}), Outcome::kStored);
  EXPECT_TRUE(store_->DropAll(5, store_->Digest(5)));
  EXPECT_TRUE(store_->Close(5));
  EXPECT_TRUE(store_->Close(5)) << "it is";
  EXPECT_EQ(Put(5, {.key = "k", .value = "x", .version = {3}}), Outcome::kClosed);
  EXPECT_EQ(Put(5, {.key = "k", .version = {4}, .tombstone = true}), Outcome::kClosed);
  EXPECT_EQ(store_->RecordCount(5), 0u);
  EXPECT_EQ(Put(6, {.key = "k", .value = "v", .version = {1}}), Outcome::kStored);
}

TEST_P(StoreConformanceTest, ScanBeginsAnywhere) {
  Put({.key = "k", .value = "v", .version = {1}});
  const std::uint64_t order = ScanOrder("k");
  EXPECT_EQ(store_->Scan(0, order, kEverything).records.size(), 1u);
  EXPECT_TRUE(store_->Scan(0, order + (std::uint64_t{1} << 32), kEverything).records.empty());
  EXPECT_TRUE(store_->Scan(0, UINT64_MAX, kEverything).last);
}

TEST_P(StoreConformanceTest, KeysOfOneHashAreApartAndInOnePage) {
  const std::vector<std::string> keys = CollidingKeys(1'000);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(Hash64(AsBytes(keys[i])), Hash64(AsBytes(keys[0])));
    ASSERT_EQ(Put({.key = keys[i], .value = "v", .version = {i}}), Outcome::kStored);
  }
  for (int i = 0; i < 500; ++i) Put({.key = std::to_string(i), .value = "v", .version = {1}});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(store_->Get(0, keys[i]).version(), Version{i});
  }
  const StorePage page = store_->Scan(0, Hash64(AsBytes(keys[0])), 1);
  EXPECT_EQ(page.records.size(), keys.size());
  EXPECT_EQ(ScanAll(0, 1).size(), keys.size() + 500);
}

TEST_P(StoreConformanceTest, RefusesWhatTheInterfaceForbids) {
  EXPECT_DEATH(store_->Get(kPartitions, "k"), "no such partition");
  EXPECT_DEATH(Put({.key = "", .value = "v"}), "key length");
  const std::string key(2'049, 'k');
  EXPECT_DEATH(Put({.key = key, .value = "v"}), "key length");
  EXPECT_EQ(Put({.key = std::string_view(key).substr(1), .value = "v"}), Outcome::kStored);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformanceTest, testing::ValuesIn(kEngines), NameOf);

}  // namespace
}  // namespace vf
