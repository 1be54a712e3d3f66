// What every engine does with records that expire.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tests/node/store/colliding_keys.h"
#include "tests/node/store/store_conformance.h"

namespace vf {
namespace {

class StoreExpiryTest : public StoreConformanceTest {};

TEST_P(StoreExpiryTest, AtItsExpiryARecordBecomesATombstoneOfItsVersion) {
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

TEST_P(StoreExpiryTest, SaysWhatExpiresNext) {
  EXPECT_EQ(store_->Expire({5}, 10).next_ms, UINT64_MAX);
  Put(1, {.key = "a", .value = "v", .version = {1}, .expiry_ms = 300});
  Put(6, {.key = "b", .value = "v", .version = {1}, .expiry_ms = 200});
  Put(7, {.key = "c", .value = "v", .version = {1}});
  EXPECT_EQ(store_->Expire({100}, 10).next_ms, 200u);
  EXPECT_EQ(store_->Expire({200}, 10).next_ms, 300u);
  EXPECT_EQ(store_->Expire({300}, 10).next_ms, UINT64_MAX);
  EXPECT_TRUE(IsLive(store_->Get(7, "c").view(), {UINT64_MAX}));
}

TEST_P(StoreExpiryTest, OnlyTheExpiryOfTheNewestRecordCounts) {
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

TEST_P(StoreExpiryTest, AMassOfEqualExpiriesGoesInTurnsOfBoundedWork) {
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

TEST_P(StoreExpiryTest, KeysOfOneHashExpireEachByItself) {
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
TEST_P(StoreExpiryTest, RandomPutsAndTurnsLeaveOnlyWhatIsLive) {
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

INSTANTIATE_TEST_SUITE_P(Engines, StoreExpiryTest, testing::ValuesIn(kEngines), NameOf);

}  // namespace
}  // namespace vf
