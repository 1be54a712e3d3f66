// Many threads on few keys: what is left is the merge of all that was put. For ThreadSanitizer too.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "node/store/memory_engine.h"
#include "tests/node/store/random_records.h"

namespace vf {
namespace {

constexpr int kThreads = 4;
constexpr int kPutsAThread = 5'000;

TEST(StoreThreadsTest, ConcurrentPutsGetsAndScansEndInTheMergeOfAll) {
  MemoryEngine store({.partition_count = 2});
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&store, t] {
      Rng rng(static_cast<std::uint64_t>(t));
      for (int i = 0; i < kPutsAThread; ++i) {
        const std::string key = "key" + std::to_string(rng.Uniform(200));
        const auto partition = static_cast<Partition>(rng.Uniform(2));
        store.Put(partition, RandomRecord(rng, key));
        const RecordRef here = store.Get(partition, key);
        EXPECT_EQ(here.key(), key);
        if (i % 100 == 0) {
          for (const RecordRef& record : store.Scan(partition, rng.Next(), 500).records) {
            EXPECT_FALSE(record.key().empty());
          }
          store.Stats();
          store.Digest(partition);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  MemoryEngine expected({.partition_count = 2});
  for (int t = 0; t < kThreads; ++t) {
    Rng rng(static_cast<std::uint64_t>(t));
    for (int i = 0; i < kPutsAThread; ++i) {
      const std::string key = "key" + std::to_string(rng.Uniform(200));
      const auto partition = static_cast<Partition>(rng.Uniform(2));
      expected.Put(partition, RandomRecord(rng, key));
      if (i % 100 == 0) rng.Next();
    }
  }
  for (Partition p = 0; p < 2; ++p) {
    EXPECT_EQ(store.Digest(p), expected.Digest(p));
    EXPECT_EQ(store.RecordCount(p), expected.RecordCount(p));
  }
  EXPECT_EQ(store.Stats().bytes, expected.Stats().bytes);
  EXPECT_EQ(store.Stats().live_records, expected.Stats().live_records);
  EXPECT_EQ(store.Stats().tombstones, expected.Stats().tombstones);
  EXPECT_EQ(store.Stats().memory_bytes, expected.Stats().memory_bytes);
}

TEST(StoreThreadsTest, WhatExpiresWhileOthersPutIsATombstoneOrNewer) {
  MemoryEngine store({.partition_count = 2});
  constexpr std::uint64_t kKeys = 200;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&store, t] {
      Rng rng(t);
      for (std::uint64_t i = 0; i < kPutsAThread; ++i) {
        const std::uint64_t number = rng.Uniform(kKeys);
        store.Put(static_cast<Partition>(number % 2),
                  RecordRef::Make({.key = "key" + std::to_string(number),
                                   .value = "v",
                                   .version = {i * 3 + t},
                                   .expiry_ms = rng.Chance(1, 4) ? 0 : i}));
      }
    });
  }
  threads.emplace_back([&store] {
    for (std::uint64_t wall = 0; wall < kPutsAThread; wall += 5) store.Expire({wall}, 50);
  });
  for (std::thread& thread : threads) thread.join();
  while (store.Expire({kPutsAThread}, 1'000).expired > 0) {
  }
  const StoreStats stats = store.Stats();
  EXPECT_EQ(stats.expiring_records, 0u);
  EXPECT_EQ(stats.live_records + stats.tombstones, store.RecordCount(0) + store.RecordCount(1));
  for (Partition p = 0; p < 2; ++p) {
    std::uint64_t digest = 0;
    for (const RecordRef& record : store.Scan(p, 0, SIZE_MAX).records) digest ^= record.hash();
    EXPECT_EQ(store.Digest(p), digest);
  }
}

}  // namespace
}  // namespace vf
