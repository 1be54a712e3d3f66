// What a store on disk still knows when it is opened again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tests/node/store/random_records.h"
#include "tests/node/store/rocksdb/disk_folder.h"

namespace vf {
namespace {

namespace fs = std::filesystem;
using Outcome = PutResult::Outcome;

constexpr std::uint64_t kBornMs = 1'800'000'000'000;
constexpr std::uint64_t kAgeMs = 3'600'000;

RecordView Deleted(std::string_view key, std::uint64_t ms) {
  return {.key = key, .version = {ms << 16}, .tombstone = true};
}

// All that a store says of its records.
struct Contents {
  explicit Contents(const Store& store, WallTime wall = {}) : stats(store.Stats()) {
    for (Partition p = 0; p < store.partition_count(); ++p) {
      digests.push_back(store.Digest(p));
      buckets.push_back(store.DigestsOfBuckets(p, wall));
      counts.push_back(store.RecordCount(p));
      for (const RecordRef& record : store.Scan(p, 0, SIZE_MAX).records) {
        hashes.push_back(record.hash());
      }
    }
  }
  void ExpectEqual(const Contents& other) const {
    EXPECT_EQ(digests, other.digests);
    EXPECT_EQ(buckets, other.buckets);
    EXPECT_EQ(counts, other.counts);
    EXPECT_EQ(hashes, other.hashes);
    EXPECT_EQ(stats.live_records, other.stats.live_records);
    EXPECT_EQ(stats.expiring_records, other.stats.expiring_records);
    EXPECT_EQ(stats.tombstones, other.stats.tombstones);
    EXPECT_EQ(stats.bytes, other.stats.bytes);
  }

  std::vector<std::uint64_t> digests, counts, hashes;
  std::vector<BucketDigests> buckets;
  StoreStats stats;
};

TEST(DiskRestartTest, AFolderIsNewThenClosedInOrder) {
  DiskFolder folder;
  StartReport report = folder.Open();
  EXPECT_FALSE(report.existed);
  EXPECT_TRUE(report.clean);
  EXPECT_EQ(report.records, 0u);
  folder.Put({.key = "k", .value = "v", .version = {1}});
  for (int i = 0; i < 2; ++i) {
    report = folder.Open();
    EXPECT_TRUE(report.existed);
    EXPECT_TRUE(report.clean);
    EXPECT_EQ(report.damage, "");
    EXPECT_EQ(report.records, 1u);
  }
}

TEST(DiskRestartTest, RandomRecordsDigestsAndFiguresAreThereAgain) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Rng rng(seed);
    DiskFolder folder;
    folder.Open();
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 400; ++i) {
        const auto partition = static_cast<Partition>(rng.Uniform(4));
        folder.store->Put(partition, RandomRecord(rng, "key" + std::to_string(rng.Uniform(150))));
        if (rng.Chance(1, 50)) {
          const std::string large(1'000 + rng.Uniform(40'000), 'v');
          folder.Put({.key = "large" + std::to_string(rng.Uniform(5)),
                      .value = large,
                      .version = {rng.Uniform(100)}},
                     partition);
        }
        if (rng.Chance(1, 200)) folder.store->DropAll(partition, folder.store->Digest(partition));
        if (rng.Chance(1, 100)) folder.store->Expire({rng.Uniform(10)}, 20);
      }
      const Contents before(*folder.store);
      folder.Open();
      Contents(*folder.store).ExpectEqual(before);
    }
  }
}

TEST(DiskRestartTest, WhatExpiresIsKnown) {
  DiskFolder folder;
  folder.Open();
  for (std::uint64_t i = 0; i < 100; ++i) {
    folder.Put({.key = "k" + std::to_string(i), .value = "v", .version = {1}, .expiry_ms = 50 + i});
  }
  folder.Open();
  EXPECT_EQ(folder.store->Expire({49}, 1'000).next_ms, 50u);
  EXPECT_EQ(folder.store->Expire({99}, 1'000).expired, 50u);
  folder.Open();
  EXPECT_EQ(folder.store->Stats().tombstones, 50u);
  const ExpiryTurn turn = folder.store->Expire({1'000}, 1'000);
  EXPECT_EQ(turn.expired, 50u);
  EXPECT_EQ(turn.next_ms, UINT64_MAX);
}

TEST(DiskRestartTest, TombstonesAreForgottenAndCollectedAfterIt) {
  DiskFolder folder;
  folder.Open();
  for (int i = 0; i < 5; ++i) folder.store->NextStamp(0);
  folder.Put(Deleted("old", kBornMs));
  folder.Put({.key = "k", .value = "v", .version = {1}});
  const std::uint64_t live = folder.store->Get(0, "k").hash();
  folder.Open();
  EXPECT_EQ(folder.store->Tombstones(0).oldest_ms, kBornMs);
  EXPECT_EQ(folder.store->Digest(0, {kBornMs + kAgeMs}), live);
  folder.store->Forget({kBornMs + kAgeMs});
  EXPECT_EQ(folder.store->Digest(0, {kBornMs + kAgeMs}), live);
  // Stored by an earlier process, so before the first stamp of this one.
  TombstoneSweep sweep{.versions_below_ms = kBornMs + 1,
                       .stamps_below = folder.store->NextStamp(0)};
  folder.Put(Deleted("young", kBornMs));
  EXPECT_EQ(folder.store->Collect(0, sweep, 100), 1u);
  EXPECT_FALSE(folder.store->Get(0, "old"));
  EXPECT_TRUE(folder.store->Get(0, "young"));
  folder.Open();
  EXPECT_FALSE(folder.store->Get(0, "old")) << "for good";
  EXPECT_EQ(folder.store->Stats().tombstones, 1u);
}

TEST(DiskRestartTest, ADroppedPartitionStaysEmptyAndTakesRecordsAgain) {
  DiskFolder folder;
  folder.Open();
  const std::string large(100'000, 'v');
  for (int i = 0; i < 200; ++i) {
    folder.Put({.key = "k" + std::to_string(i), .value = large, .version = {1}, .expiry_ms = 9}, 3);
  }
  folder.Put({.key = "other", .value = "v", .version = {1}}, 4);
  ASSERT_TRUE(folder.store->DropAll(3, folder.store->Digest(3)));
  folder.Open();
  EXPECT_EQ(folder.store->RecordCount(3), 0u);
  EXPECT_EQ(folder.store->Expire({10}, 10).expired, 0u);
  EXPECT_TRUE(folder.store->Get(4, "other"));
  folder.Put({.key = "k1", .value = "new", .version = {1}}, 3);
  folder.Open();
  EXPECT_EQ(folder.store->RecordCount(3), 1u);
  EXPECT_EQ(folder.store->Get(3, "k1").view().value, "new");
}

// --- What is refused ---

std::string Refusal(const DiskFolder& folder) {
  const absl::StatusOr<DiskStore> opened = folder.TryToOpen();
  EXPECT_FALSE(opened.ok());
  return std::string(opened.status().message());
}

TEST(DiskRestartTest, AFolderWithOtherPartitionsIsRefused) {
  DiskFolder folder;
  folder.Open();
  folder.store.reset();
  folder.options.partition_count = 256;
  EXPECT_NE(Refusal(folder).find("it holds 16 partitions, not the 256"), std::string::npos);
}

TEST(DiskRestartTest, AFolderInUseIsRefused) {
  DiskFolder folder;
  folder.Open();
  EXPECT_NE(Refusal(folder).find("cannot open " + folder.path()), std::string::npos);
}

TEST(DiskRestartTest, AFolderThatIsNoFolderIsRefused) {
  DiskFolder folder;
  std::ofstream(folder.path()) << "a file";
  EXPECT_NE(Refusal(folder), "");
}

// Files of one kind in the folder, each flipped in the middle.
void FlipBits(const DiskFolder& folder, const std::string& ending) {
  int flipped = 0;
  for (const auto& file : fs::directory_iterator(folder.path())) {
    if (!file.path().string().ends_with(ending)) continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(file.path()) / 2);
    bytes.seekg(middle);
    const char byte = static_cast<char>(bytes.get() ^ 0x40);
    bytes.seekp(middle);
    bytes.put(byte);
    ++flipped;
  }
  ASSERT_GT(flipped, 0) << ending;
}

// Some of it in the log, some in tables.
void FillBoth(DiskFolder& folder) {
  folder.Open();
  const std::string value(1'000, 'v');
  for (int i = 0; i < 5'000; ++i) {
    folder.Put({.key = "k" + std::to_string(i), .value = value, .version = {1}},
               static_cast<Partition>(i % 16));
  }
  folder.Open();  // Flushes what the log had.
  folder.Put({.key = "last", .value = value, .version = {1}});
  folder.store.reset();
}

TEST(DiskRestartTest, AFlippedBitInATableIsRefused) {
  DiskFolder folder;
  FillBoth(folder);
  FlipBits(folder, ".sst");
  EXPECT_NE(Refusal(folder).find("start with an empty folder"), std::string::npos);
}

TEST(DiskRestartTest, AMissingTableIsRefused) {
  DiskFolder folder;
  FillBoth(folder);
  for (const auto& file : fs::directory_iterator(folder.path())) {
    if (file.path().extension() == ".sst") fs::remove(file.path());
  }
  EXPECT_NE(Refusal(folder), "");
}

TEST(DiskRestartTest, AFlippedBitInTheLogIsToldAndWhatWasBeforeItIsThere) {
  DiskFolder folder;
  FillBoth(folder);
  FlipBits(folder, ".log");
  const StartReport report = folder.Open();
  EXPECT_FALSE(report.clean);
  EXPECT_NE(report.damage, "");
  EXPECT_EQ(report.records, 5'000u);
}

TEST(DiskRestartTest, ALogThatIsCutAnywhereIsNoCleanStart) {
  DiskFolder folder;
  folder.Open();
  for (int i = 0; i < 20; ++i) {
    folder.Put({.key = "k" + std::to_string(i), .value = "v", .version = {1}});
  }
  folder.store.reset();
  const std::string saved = folder.path() + ".saved";
  fs::copy(folder.path(), saved, fs::copy_options::recursive);
  fs::path log;
  for (const auto& file : fs::directory_iterator(folder.path())) {
    if (file.path().extension() == ".log" && fs::file_size(file.path()) > 0) log = file.path();
  }
  const std::uint64_t size = fs::file_size(log);
  std::uint64_t damaged = 0;
  for (std::uint64_t left = 0; left < size; left += 7) {
    fs::remove_all(folder.path());
    fs::copy(saved, folder.path(), fs::copy_options::recursive);
    fs::resize_file(log, left);
    const absl::StatusOr<DiskStore> opened = folder.TryToOpen();
    if (!opened.ok()) {
      EXPECT_LT(left, 100u) << "only where not even the settings are left: " << opened.status();
      continue;
    }
    EXPECT_FALSE(opened->report.clean && opened->report.existed) << left;
    damaged += opened->report.damage.empty() ? 0 : 1;
    // A prefix of what was put.
    const std::uint64_t records = opened->store->RecordCount(0);
    for (std::uint64_t i = 0; i < 20; ++i) {
      EXPECT_EQ(bool(opened->store->Get(0, "k" + std::to_string(i))), i < records) << left;
    }
  }
  EXPECT_GT(damaged, size / 7 / 2) << "most cuts are within a record";
}

TEST(DiskRestartTest, AMissingLogIsTold) {
  DiskFolder folder;
  FillBoth(folder);
  for (const auto& file : fs::directory_iterator(folder.path())) {
    if (file.path().extension() == ".log") fs::remove(file.path());
  }
  const StartReport report = folder.Open();
  EXPECT_FALSE(report.clean);
  EXPECT_EQ(report.damage, "its log is missing");
  EXPECT_EQ(report.records, 5'000u);
}

}  // namespace
}  // namespace vf
