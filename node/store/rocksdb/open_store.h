// The storage engine that keeps records on disk, in RocksDB: how it is opened.
//
// What it holds in memory is bounded: the cache with the write buffers (memory_bytes), and 2 KiB a
// partition that holds something. Digests and figures are made from the rows at every start, which
// reads keys and short values once, and no long ones.
//
// What Put() has taken survives a kill of the process. With `sync` it survives a power cut, too,
// once Store::WhenDurable() says so; without, a power cut takes the last seconds with it, and what
// is left is what was there at some moment before (StartReport tells).
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/time.h"
#include "node/store/store.h"

namespace rocksdb {
class FileSystem;
}

namespace vf {

struct DiskStoreOptions {
  std::string folder{};                    // made if it is not there; its parent is
  Partition partition_count = 256;         // 1 to 65,536; that of the folder
  Duration tombstone_age = hours(1);       // whole milliseconds
  bool sync = false;                       // see WhenDurable()
  std::uint64_t memory_bytes = 256 << 20;  // cache and write buffers
  // Of the disk: values are refused while less is free. At the start at most an eighth of what is
  // free then, so that small disks can be used.
  std::uint64_t reserve_bytes = 256 << 20;
  std::shared_ptr<rocksdb::FileSystem> file_system{};  // none: the system's. For tests
};

// What was found when it was opened.
struct StartReport {
  bool existed = false;  // there were records, or had been
  // It was closed in order, and nothing was written since: all that was ever put is here.
  bool clean = false;
  // Some of its log was damaged or is missing: what was put last is not here. Empty: nothing
  // damaged was found, which without `clean` proves nothing (a log may end between two records).
  std::string damage;
  std::uint64_t records = 0;
};

struct DiskStore {
  std::unique_ptr<Store> store;  // closes in order; writes of others are over by then
  StartReport report;
};

// Errors: one line that says what is wrong and what would be right. A folder with damaged rows is
// refused, as is one of a newer format, one of another number of partitions, and one in use.
absl::StatusOr<DiskStore> OpenDiskStore(const DiskStoreOptions& options);

}  // namespace vf
