// The store of one folder, which a test opens and closes again and again.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/check.h"
#include "node/store/rocksdb/open_store.h"
#include "tests/support/temporary_folder.h"

namespace vf {

class DiskFolder {
 public:
  explicit DiskFolder(DiskStoreOptions wanted = {}) : options(std::move(wanted)) {
    options.folder = path();
    options.memory_bytes = std::uint64_t{16} << 20;
    options.partition_count = 16;
  }

  std::string path() const { return folder_ / "store"; }
  absl::StatusOr<DiskStore> TryToOpen() const { return OpenDiskStore(options); }
  // Closes what was open first.
  StartReport Open() {
    store.reset();
    absl::StatusOr<DiskStore> opened = TryToOpen();
    EXPECT_TRUE(opened.ok()) << opened.status();
    VF_CHECK(opened.ok(), "the store opens");
    store = std::move(opened->store);
    return opened->report;
  }
  PutResult::Outcome Put(const RecordView& record, Partition partition = 0) {
    return store->Put(partition, RecordRef::Make(record)).outcome;
  }
  // Waits for what was put. Whether it is durable.
  bool Wait() {
    std::mutex mutex;
    std::condition_variable wake;
    int told = -1;
    store->WhenDurable([&](bool durable) {
      const std::lock_guard lock(mutex);
      told = durable ? 1 : 0;
      wake.notify_one();
    });
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return told >= 0; });
    return told == 1;
  }

 private:
  TemporaryFolder folder_;  // goes last

 public:
  DiskStoreOptions options;
  std::unique_ptr<Store> store;
};

}  // namespace vf
