// What the tests of every engine have in common: they are written against the interface, and run
// for each engine. A further one joins by a line in kEngines.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "node/store/memory_engine.h"
#include "node/store/rocksdb/open_store.h"
#include "node/store/store.h"
#include "tests/support/temporary_folder.h"

namespace vf {

inline constexpr Partition kPartitions = 16;
inline constexpr std::size_t kEverything = SIZE_MAX;  // of a page

struct Engine {
  const char* name;
  std::function<std::unique_ptr<Store>()> make;  // kPartitions partitions, no memory limit
  bool frees_at_once = false;                    // memory, when records go; others keep a cache
};

// Each in a folder of its own; all go with the process.
inline std::unique_ptr<Store> MakeDiskStore() {
  static const TemporaryFolder folder;
  static int made = 0;
  absl::StatusOr<DiskStore> opened = OpenDiskStore({.folder = folder / std::to_string(++made),
                                                    .partition_count = kPartitions,
                                                    .memory_bytes = std::uint64_t{16} << 20});
  VF_CHECK(opened.ok(), "a store on disk");
  return std::move(opened->store);
}

inline const Engine kEngines[] = {
    {"Memory",
     [] {
       return std::make_unique<MemoryEngine>(MemoryEngineOptions{.partition_count = kPartitions});
     },
     /*frees_at_once=*/true},
    {"RocksDb", MakeDiskStore},
};

inline std::string NameOf(const testing::TestParamInfo<Engine>& tested) {
  return tested.param.name;
}

class StoreConformanceTest : public testing::TestWithParam<Engine> {
 protected:
  using Outcome = PutResult::Outcome;

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

}  // namespace vf
