// What every engine must do, written against the interface. A further engine joins by a line in
// kEngines.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/hash64.h"
#include "base/rng.h"
#include "node/store/memory_engine.h"
#include "node/store/store.h"
#include "tests/node/store/colliding_keys.h"
#include "tests/node/store/random_records.h"

namespace vf {
namespace {

constexpr Partition kPartitions = 16;
constexpr std::size_t kEverything = SIZE_MAX;
using Outcome = PutResult::Outcome;

struct Engine {
  const char* name;
  std::function<std::unique_ptr<Store>()> make;  // kPartitions partitions, no memory limit
};
const Engine kEngines[] = {
    {"Memory",
     [] {
       return std::make_unique<MemoryEngine>(MemoryEngineOptions{.partition_count = kPartitions});
     }},
};

class StoreConformanceTest : public testing::TestWithParam<Engine> {
 protected:
  Outcome Put(Partition partition, const RecordView& view) {
    return store_->Put(partition, RecordRef::Make(view)).outcome;
  }
  Outcome Put(const RecordView& view) { return Put(0, view); }

  // All records of a partition, page by page; checks what every page promises.
  std::vector<RecordRef> ScanAll(Partition partition, std::size_t max_bytes) const {
    std::vector<RecordRef> all;
    std::uint64_t from = 0;
    for (;;) {
      const StorePage page = store_->Scan(partition, from, max_bytes);
      std::size_t bytes = 0, bytes_before_last_order = 0;
      std::uint64_t last_order = from;
      for (std::size_t i = 0; i < page.records.size(); ++i) {
        const RecordView view = page.records[i].view();
        const std::uint64_t order = ScanOrder(view.key);
        EXPECT_GE(order, last_order);
        if (!page.last) {
          EXPECT_LT(order, page.next);
        }
        if (i == 0 || order != last_order) bytes_before_last_order = bytes;
        last_order = order;
        bytes += view.key.size() + view.value.size();
      }
      EXPECT_TRUE(bytes_before_last_order < max_bytes || bytes_before_last_order == 0);
      all.insert(all.end(), page.records.begin(), page.records.end());
      if (page.last) return all;
      EXPECT_GT(page.next, from);
      EXPECT_FALSE(page.records.empty());
      if (page.next <= from || page.records.empty()) return all;
      from = page.next;
    }
  }

  std::unique_ptr<Store> store_ = GetParam().make();
};

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

// --- Expiry ---

TEST_P(StoreConformanceTest, AtItsExpiryARecordBecomesATombstoneOfItsVersion) {
  Put({.key = "k", .value = "value", .version = {7}, .expiry_ms = 1'000});
  EXPECT_EQ(store_->Expire({999}, 10).expired, 0u);
  EXPECT_EQ(store_->Get(0, "k").view().value, "value");

  EXPECT_EQ(store_->Expire({1'000}, 10).expired, 1u);
  const RecordView tombstone{.key = "k", .version = {7}, .tombstone = true};
  EXPECT_EQ(store_->Get(0, "k").view(), tombstone);
  EXPECT_EQ(store_->Digest(0), RecordHash(tombstone));
  const StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.live_records, 0u);
  EXPECT_EQ(stats.expiring_records, 0u);
  EXPECT_EQ(stats.tombstones, 1u);
  EXPECT_EQ(stats.bytes, 0u);
  // What it was does not come back; what is newer does.
  EXPECT_EQ(Put({.key = "k", .value = "value", .version = {7}, .expiry_ms = 1'000}),
            Outcome::kSuperseded);
  EXPECT_EQ(Put({.key = "k", .value = "again", .version = {8}}), Outcome::kStored);
}

TEST_P(StoreConformanceTest, SaysWhatExpiresNext) {
  EXPECT_EQ(store_->Expire({5}, 10).next_ms, UINT64_MAX);
  Put(1, {.key = "a", .value = "v", .version = {1}, .expiry_ms = 300});
  Put(6, {.key = "b", .value = "v", .version = {1}, .expiry_ms = 200});
  Put(7, {.key = "c", .value = "v", .version = {1}});
  EXPECT_EQ(store_->Expire({100}, 10).next_ms, 200u);
  EXPECT_EQ(store_->Expire({200}, 10).next_ms, 300u);
  EXPECT_EQ(store_->Expire({300}, 10).next_ms, UINT64_MAX);
  EXPECT_TRUE(IsLive(store_->Get(7, "c").view(), {UINT64_MAX}));
}

TEST_P(StoreConformanceTest, OnlyTheExpiryOfTheNewestRecordCounts) {
  const auto put = [&](const char* key, std::uint64_t version, std::uint64_t expiry_ms) {
    Put({.key = key, .value = "v", .version = {version}, .expiry_ms = expiry_ms});
  };
  put("later", 1, 100);
  put("later", 2, 900);
  put("never", 1, 100);
  put("never", 2, 0);
  put("earlier", 1, 900);
  put("earlier", 2, 100);
  put("older comes last", 2, 900);
  put("older comes last", 1, 100);
  put("deleted", 1, 100);
  Put({.key = "deleted", .version = {2}, .tombstone = true});
  EXPECT_EQ(store_->Stats().expiring_records, 3u);
  const ExpiryTurn turn = store_->Expire({100}, 10);
  EXPECT_EQ(turn.expired, 1u);
  EXPECT_EQ(turn.next_ms, 900u);
  EXPECT_TRUE(store_->Get(0, "earlier").view().tombstone);
  EXPECT_FALSE(store_->Get(0, "later").view().tombstone);
  EXPECT_EQ(store_->Get(0, "deleted").version(), Version{2});
  EXPECT_EQ(store_->Expire({900}, 10).expired, 2u);
  EXPECT_FALSE(store_->Get(0, "never").view().tombstone);
}

TEST_P(StoreConformanceTest, AMassOfEqualExpiriesGoesInTurnsOfBoundedWork) {
  constexpr std::uint64_t kRecords = 5'000;
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    Put(static_cast<Partition>(i % kPartitions),
        {.key = "key" + std::to_string(i), .value = "v", .version = {1}, .expiry_ms = 50});
  }
  std::uint64_t expired = 0;
  for (int turns = 0; expired < kRecords; ++turns) {
    ASSERT_LT(turns, 51);
    const ExpiryTurn turn = store_->Expire({50}, 100);
    EXPECT_EQ(turn.expired, 100u);
    expired += turn.expired;
    EXPECT_EQ(turn.next_ms, expired < kRecords ? 50u : UINT64_MAX);
    EXPECT_EQ(store_->Stats().tombstones, expired);
  }
  EXPECT_EQ(store_->Stats().live_records, 0u);
}

TEST_P(StoreConformanceTest, KeysOfOneHashExpireEachByItself) {
  const std::vector<std::string> keys = CollidingKeys(100);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Put({.key = keys[i], .value = "v", .version = {1}, .expiry_ms = i % 2 == 0 ? 10u : 20u});
  }
  Put({.key = keys[0], .value = "v", .version = {2}});
  EXPECT_EQ(store_->Expire({10}, 1'000).expired, 49u);
  EXPECT_EQ(store_->Expire({20}, 1'000).expired, 50u);
  EXPECT_EQ(store_->Stats().live_records, 1u);
}

// Puts and turns in any order: what is left is live, the digest and the figures are those of what
// is there, and stores that were told the same agree.
TEST_P(StoreConformanceTest, RandomPutsAndTurnsLeaveOnlyWhatIsLive) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    std::vector<RecordRef> puts;
    for (std::uint64_t i = 1; i <= 400; ++i) {
      const std::string key = "key" + std::to_string(rng.Uniform(60));
      const bool tombstone = rng.Chance(1, 8);
      puts.push_back(RecordRef::Make({.key = key,
                                      .value = tombstone ? "" : "v",
                                      .version = {i},
                                      .expiry_ms = rng.Chance(1, 3) ? 0 : 1 + rng.Uniform(500),
                                      .tombstone = tombstone}));
    }
    std::set<std::uint64_t> digests;
    for (int order = 0; order < 3; ++order) {
      rng.Shuffle(puts);
      store_ = GetParam().make();
      std::uint64_t wall = 0;
      for (const RecordRef& record : puts) {
        store_->Put(3, record);
        if (!rng.Chance(1, 10)) continue;
        wall = std::min<std::uint64_t>(wall + rng.Uniform(30), 400);
        store_->Expire({wall}, rng.Uniform(20));
      }
      while (store_->Expire({400}, 7).next_ms <= 400) {
      }
      std::uint64_t digest = 0, live = 0, expiring = 0;
      for (const RecordRef& record : ScanAll(3, kEverything)) {
        const RecordView view = record.view();
        EXPECT_TRUE(view.tombstone || IsLive(view, {400}));
        digest ^= record.hash();
        live += view.tombstone ? 0 : 1;
        expiring += WillExpire(view) ? 1 : 0;
      }
      EXPECT_EQ(store_->Digest(3), digest);
      EXPECT_EQ(store_->Stats().live_records, live);
      EXPECT_EQ(store_->Stats().expiring_records, expiring);
      digests.insert(digest);
    }
    EXPECT_EQ(digests.size(), 1u) << "seed " << seed;
  }
}

// --- Tombstones ---

constexpr std::uint64_t kAgeMs = 3'600'000;
constexpr std::uint64_t kBornMs = 1'800'000'000'000;

Version At(std::uint64_t ms, std::uint64_t counter = 0) { return {ms << 16 | counter}; }

RecordView Deleted(std::string_view key, std::uint64_t ms) {
  return {.key = key, .version = At(ms), .tombstone = true};
}

TEST_P(StoreConformanceTest, TombstonesLeaveTheDigestAtTheirAgeAndStayInTheStore) {
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

TEST_P(StoreConformanceTest, OlderRecordsThatForgottenTombstonesTurnAwayAreCounted) {
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

TEST_P(StoreConformanceTest, CollectsWhatIsForgottenAndWasPutBeforeTheStamp) {
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

TEST_P(StoreConformanceTest, AReplacedTombstoneCountsFromWhenItWasReplaced) {
  Put(Deleted("k", kBornMs - 10));
  TombstoneSweep sweep = SweepOf(*store_, 0);
  Put(Deleted("k", kBornMs));
  store_->Forget({kBornMs + kAgeMs});
  sweep.versions_below_ms = store_->Tombstones(0).forgotten_below_ms;
  EXPECT_EQ(store_->Collect(0, sweep, 100), 0u);
  EXPECT_TRUE(store_->Get(0, "k"));
}

TEST_P(StoreConformanceTest, CollectsInTurnsOfBoundedWork) {
  for (int i = 0; i < 2'000; ++i) Put(Deleted("key" + std::to_string(i), kBornMs + i % 3));
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
TEST_P(StoreConformanceTest, RandomDigestsAreThoseOfWhatIsNotForgotten) {
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
  const StoreStats stats = store_->Stats();
  EXPECT_EQ(stats.live_records, empty.live_records);
  EXPECT_EQ(stats.expiring_records, empty.expiring_records);
  EXPECT_EQ(store_->Expire({9'000}, 10'000).next_ms, UINT64_MAX);
  EXPECT_EQ(stats.tombstones, empty.tombstones);
  EXPECT_EQ(stats.bytes, empty.bytes);
  EXPECT_EQ(stats.memory_bytes, empty.memory_bytes);
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

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformanceTest, testing::ValuesIn(kEngines),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace vf
