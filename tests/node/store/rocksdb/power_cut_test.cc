// The power goes at each of the calls that a store makes: what was called durable is there
// afterwards, and without syncs a prefix of what was put.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tests/node/store/rocksdb/disk_folder.h"
#include "tests/node/store/rocksdb/faulty_file_system.h"

namespace vf {
namespace {

using Outcome = PutResult::Outcome;

constexpr std::uint64_t kPuts = 120;

// Large enough that buffers are flushed several times in a run.
RecordRef Written(std::uint64_t number) {
  const std::string value(number % 3 == 0 ? 60'000 : 200, static_cast<char>('a' + number % 26));
  return RecordRef::Make({.key = "key" + std::to_string(number),
                          .value = value,
                          .version = {number + 1},
                          .expiry_ms = number % 5 == 0 ? number + 1'000 : 0});
}

struct PowerCut {
  explicit PowerCut(bool sync)
      : files(std::make_shared<FaultyFileSystem>()),
        folder({.sync = sync, .reserve_bytes = 0, .file_system = files}) {}

  // Puts all; returns how many were called durable before the power went.
  std::uint64_t Run() {
    std::uint64_t durable = 0;
    absl::StatusOr<DiskStore> opened = folder.TryToOpen();
    if (!opened.ok()) return 0;
    folder.store = std::move(opened->store);
    for (std::uint64_t i = 0; i < kPuts; ++i) {
      if (folder.store->Put(0, Written(i)).outcome != Outcome::kStored) break;
      if (i % 4 == 3 && folder.Wait() && !files->IsCut()) durable = i + 1;
    }
    folder.store.reset();
    return durable;
  }

  // What is there is a prefix of at least `least`; its digest and index are its own.
  void ExpectPrefix(std::uint64_t least) {
    folder.Open();
    const Store& store = *folder.store;
    const std::uint64_t here = store.RecordCount(0);
    EXPECT_GE(here, least);
    std::uint64_t digest = 0, expiring = 0;
    for (std::uint64_t i = 0; i < kPuts; ++i) {
      const RecordRef put = Written(i);
      const RecordRef found = store.Get(0, put.key());
      ASSERT_EQ(bool(found), i < here) << i << " of " << here;
      if (!found) continue;
      ASSERT_EQ(found.view(), put.view());
      digest ^= put.hash();
      expiring += put.view().expiry_ms != 0 ? 1 : 0;
    }
    EXPECT_TRUE(store.readable());
    EXPECT_EQ(store.Digest(0), digest);
    EXPECT_EQ(store.Stats().expiring_records, expiring);
    EXPECT_EQ(folder.store->Expire({1'000'000}, 10'000).expired, expiring);
    folder.store.reset();
  }

  const std::shared_ptr<FaultyFileSystem> files;
  DiskFolder folder;
};

// Every `step`-th call of a run is tried.
void CutEverywhere(bool sync, std::uint64_t step) {
  std::uint64_t calls = 0;
  {
    PowerCut whole(sync);
    EXPECT_EQ(whole.Run(), kPuts);
    calls = whole.files->calls().size();
    for (const auto kind : {FaultyFileSystem::Call::kCreate, FaultyFileSystem::Call::kAppend,
                            FaultyFileSystem::Call::kSync, FaultyFileSystem::Call::kRename,
                            FaultyFileSystem::Call::kSyncFolder}) {
      EXPECT_TRUE(std::count(whole.files->calls().begin(), whole.files->calls().end(), kind) > 0);
    }
  }
  for (std::uint64_t call = 0; call < calls; call += step) {
    SCOPED_TRACE("cut before call " + std::to_string(call) + " of " + std::to_string(calls));
    PowerCut cut(sync);
    cut.files->CutBefore(call);
    const std::uint64_t durable = cut.Run();
    cut.files->Cut();
    Rng rng(call);
    cut.files->Restore(call % 2 == 0 ? nullptr : &rng);
    cut.ExpectPrefix(sync ? durable : 0);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(DiskPowerCutTest, NothingThatWasCalledDurableIsLost) { CutEverywhere(/*sync=*/true, 3); }

TEST(DiskPowerCutTest, WithoutSyncsAPrefixIsLeft) { CutEverywhere(/*sync=*/false, 5); }

// Closing syncs, and tables are synced before logs go.
TEST(DiskPowerCutTest, WithoutSyncsItLosesWhatCameLastOnly) {
  PowerCut cut(/*sync=*/false);
  cut.folder.Open();
  for (std::uint64_t i = 0; i < kPuts / 2; ++i) cut.folder.store->Put(0, Written(i));
  cut.folder.Open();
  for (std::uint64_t i = kPuts / 2; i < kPuts; ++i) cut.folder.store->Put(0, Written(i));
  cut.files->Cut();
  cut.folder.store.reset();
  cut.files->Restore(nullptr);
  const StartReport report = cut.folder.Open();
  EXPECT_FALSE(report.clean);
  EXPECT_GE(report.records, kPuts / 2);
  EXPECT_LT(report.records, kPuts);
  cut.ExpectPrefix(report.records);
}

}  // namespace
}  // namespace vf
