// Disks that are full or broken: acknowledgements stop, reads go on, nothing is lost in silence.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tests/node/store/rocksdb/disk_folder.h"
#include "tests/node/store/rocksdb/faulty_file_system.h"
#include "tests/support/eventually.h"

namespace vf {
namespace {

using Outcome = PutResult::Outcome;
using rocksdb::IOStatus;

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40;

class DiskFaultsTest : public testing::Test {
 protected:
  Outcome Put(const std::string& key, std::uint64_t version = 1, std::size_t value_bytes = 10) {
    const std::string value(value_bytes, 'v');
    return folder.Put({.key = key, .value = value, .version = {version}});
  }
  Outcome Delete(const std::string& key, std::uint64_t version) {
    return folder.Put({.key = key, .version = {version}, .tombstone = true});
  }
  // The digest is that of what is there, and of nothing else; now and after a restart.
  void ExpectWhole() {
    for (int i = 0; i < 2; ++i) {
      std::uint64_t digest = 0;
      for (const RecordRef& record : folder.store->Scan(0, 0, SIZE_MAX).records) {
        digest ^= record.hash();
      }
      EXPECT_EQ(folder.store->Digest(0), digest);
      EXPECT_TRUE(folder.store->readable());
      if (i == 0) folder.Open();
    }
  }

  const std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  DiskFolder folder{{.reserve_bytes = 1 << 20, .file_system = files}};
};

TEST_F(DiskFaultsTest, WithoutRoomValuesAreRefusedAndDeletionsTaken) {
  folder.Open();
  EXPECT_EQ(Put("before"), Outcome::kStored);
  files->SetFreeBytes(1'000);
  ASSERT_TRUE(Eventually([&] { return !folder.store->Health().writable; }));
  EXPECT_NE(folder.store->Health().reason.find("is full"), std::string::npos);
  EXPECT_EQ(Put("another"), Outcome::kNoSpace);
  EXPECT_EQ(Put("before", 0), Outcome::kSuperseded);
  EXPECT_TRUE(folder.store->Get(0, "before"));
  EXPECT_EQ(Delete("before", 2), Outcome::kStored);
  EXPECT_EQ(Delete("unknown", 2), Outcome::kStored);
  files->SetFreeBytes(kPlenty);
  ASSERT_TRUE(Eventually([&] { return folder.store->Health().writable; }));
  EXPECT_EQ(folder.store->Health().reason, "");
  EXPECT_EQ(Put("another"), Outcome::kStored);
  ExpectWhole();
}

class DiskFullTest : public DiskFaultsTest, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Sync, DiskFullTest, testing::Bool());

// A write that finds the disk full after all. RocksDB tries again every five seconds.
TEST_P(DiskFullTest, AfterAFullDiskItGoesOnWithoutARestart) {
  folder.options.sync = GetParam();
  for (const int records_before : {0, 500}) {
    folder.Open();
    for (int i = 0; i < records_before; ++i) Put("before" + std::to_string(i), 1, 1'000);
    for (int round = 0; round < 2; ++round) {
      SCOPED_TRACE(std::to_string(records_before) + " records, round " + std::to_string(round));
      const std::string key = std::to_string(records_before) + "." + std::to_string(round);
      files->FailAppends(IOStatus::NoSpace("no space left"));
      files->SetFreeBytes(0);
      EXPECT_EQ(Put("full" + key), Outcome::kNoSpace);
      EXPECT_EQ(Delete("full" + key, 2), Outcome::kNoSpace);
      EXPECT_FALSE(folder.store->Get(0, "full" + key));
      EXPECT_FALSE(folder.store->Health().writable);
      EXPECT_TRUE(folder.store->readable());
      files->FailAppends(IOStatus::OK());
      files->SetFreeBytes(kPlenty);
      ASSERT_TRUE(Eventually([&] { return folder.store->Health().writable; }))
          << folder.store->Health().reason;
      EXPECT_EQ(Put("after" + key), Outcome::kStored);
      EXPECT_TRUE(folder.Wait());
    }
    ExpectWhole();
    for (int round = 0; round < 2; ++round) {
      const std::string key = std::to_string(records_before) + "." + std::to_string(round);
      EXPECT_TRUE(folder.store->Get(0, "after" + key));
      EXPECT_FALSE(folder.store->Get(0, "full" + key));
    }
  }
}

TEST_F(DiskFaultsTest, AWriteThatFailsStopsWritesUntilItIsOpenedAnew) {
  folder.Open();
  EXPECT_EQ(Put("before"), Outcome::kStored);
  files->FailAppends(IOStatus::IOError("broken"));
  EXPECT_EQ(Put("failed"), Outcome::kFailed);
  files->FailAppends(IOStatus::OK());
  EXPECT_EQ(Put("later"), Outcome::kFailed);
  EXPECT_FALSE(folder.store->DropAll(0, folder.store->Digest(0)));
  const StoreHealth health = folder.store->Health();
  EXPECT_FALSE(health.writable);
  EXPECT_TRUE(health.readable);
  EXPECT_NE(health.reason.find("broken"), std::string::npos) << health.reason;
  EXPECT_TRUE(folder.store->Get(0, "before"));
  const StartReport report = folder.Open();
  EXPECT_FALSE(report.clean);
  EXPECT_EQ(Put("later"), Outcome::kStored);
  EXPECT_TRUE(folder.store->Get(0, "before"));
  ExpectWhole();
}

TEST_F(DiskFaultsTest, AfterAFailedSyncNothingIsCalledDurable) {
  folder.options.sync = true;
  folder.Open();
  EXPECT_EQ(Put("before"), Outcome::kStored);
  EXPECT_TRUE(folder.Wait());
  files->FailSyncs(IOStatus::IOError("not synced"));
  EXPECT_EQ(Put("unsynced"), Outcome::kStored);
  EXPECT_FALSE(folder.store->IsDurable());
  EXPECT_FALSE(folder.Wait());
  files->FailSyncs(IOStatus::OK());
  EXPECT_FALSE(folder.Wait());
  EXPECT_EQ(Put("later"), Outcome::kFailed);
  EXPECT_NE(folder.store->Health().reason.find("not synced"), std::string::npos);
  EXPECT_FALSE(folder.Open().clean);
  EXPECT_EQ(Put("later"), Outcome::kStored);
  EXPECT_TRUE(folder.Wait());
}

TEST_F(DiskFaultsTest, WhatCannotBeReadIsNotCalledAbsent) {
  folder.Open();
  const std::string value(100'000, 'v');
  for (int i = 0; i < 200; ++i) {
    folder.Put({.key = "k" + std::to_string(i), .value = value, .version = {1}});
  }
  folder.Open();  // Tables now, and nothing of them in the cache.
  EXPECT_TRUE(folder.store->readable());
  files->FailReads(IOStatus::IOError("unreadable"));
  EXPECT_FALSE(folder.store->Get(0, "k7"));
  EXPECT_FALSE(folder.store->readable());
  EXPECT_FALSE(folder.store->Health().readable);
  EXPECT_FALSE(folder.store->DropAll(0, folder.store->Digest(0)));
  files->FailReads(IOStatus::OK());
  EXPECT_FALSE(folder.store->readable()) << "until it is opened anew";
  folder.Open();
  EXPECT_TRUE(folder.store->Get(0, "k7"));
}

TEST_F(DiskFaultsTest, ExpiryWaitsWhileTheDiskTakesNothing) {
  folder.Open();
  folder.Put({.key = "k", .value = "v", .version = {1}, .expiry_ms = 5});
  files->FailAppends(IOStatus::IOError("broken"));
  const ExpiryTurn turn = folder.store->Expire({10}, 100);
  EXPECT_EQ(turn.expired, 0u);
  EXPECT_GT(turn.next_ms, 10u);
  EXPECT_LT(turn.next_ms, 10'000u);
  EXPECT_EQ(folder.store->Get(0, "k").view().value, "v");
}

// A real one, of 32 MB, 8 of them of others.
TEST(SmallDiskTest, FillsAndEmptiesAgain) {
  const TemporaryFolder mount_point;
  const std::string path = mount_point / "disk";
  std::filesystem::create_directory(path);
  if (mount("none", path.c_str(), "tmpfs", 0, "size=32m") != 0) {
    GTEST_SKIP() << "needs the right to mount";
  }
  std::ofstream(path + "/ballast") << std::string(8 << 20, 'x');
  {
    absl::StatusOr<DiskStore> opened = OpenDiskStore(
        {.folder = path + "/store", .partition_count = 16, .memory_bytes = std::uint64_t{8} << 20});
    ASSERT_TRUE(opened.ok()) << opened.status();
    Store& store = *opened->store;
    const std::string value(1'000, 'v');
    int taken = 0;
    Outcome outcome = Outcome::kStored;
    for (; taken < 100'000 && outcome == Outcome::kStored; ++taken) {
      outcome =
          store
              .Put(0, RecordRef::Make(
                          {.key = "k" + std::to_string(taken), .value = value, .version = {1}}))
              .outcome;
    }
    EXPECT_EQ(outcome, Outcome::kNoSpace);
    EXPECT_GT(taken, 3'000);
    for (int i = 0; i < taken - 1; i += 100) EXPECT_TRUE(store.Get(0, "k" + std::to_string(i)));
    // What somebody else had there goes.
    std::filesystem::remove(path + "/ballast");
    EXPECT_TRUE(Eventually([&] { return store.Health().writable; })) << store.Health().reason;
    EXPECT_EQ(
        store.Put(1, RecordRef::Make({.key = "again", .value = value, .version = {1}})).outcome,
        Outcome::kStored);
  }
  umount(path.c_str());
}

}  // namespace
}  // namespace vf
