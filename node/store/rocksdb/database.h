// One open RocksDB, with what it needs as long as it lives.
//
// Which of its options are not the defaults, and why, stands in database.cc.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "node/store/rocksdb/rocks_log.h"

namespace vf::disk {

inline rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

struct DatabaseOptions {
  std::string folder;
  std::uint64_t memory_bytes = 0;                     // block cache and write buffers together
  std::shared_ptr<rocksdb::FileSystem> file_system;   // none: the system's
  const rocksdb::CompactionFilter* filter = nullptr;  // outlives the database
};

// What RocksDB says of failures, besides the statuses that it returns. Threads: any.
class RocksEvents final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status*) override {
    if (reason == rocksdb::BackgroundErrorReason::kWriteCallback) log_failed.store(true);
  }
  // What is in memory is to be flushed, and another log has begun.
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override { log_failed.store(false); }

  // The current file of the log takes nothing more.
  std::atomic<bool> log_failed{false};
};

struct Database {
  std::shared_ptr<rocksdb::Env> env;
  std::shared_ptr<RocksLog> log;
  std::shared_ptr<RocksEvents> events;
  std::shared_ptr<rocksdb::Cache> cache;
  std::unique_ptr<rocksdb::DB> db;  // closed first
  bool existed = false;             // the folder held one already
  bool log_missing = false;         // ... but no file of its log
};

// Errors: a line that says what is wrong with the folder, and what would be right.
absl::StatusOr<Database> OpenDatabase(const DatabaseOptions& options);

// How a status of RocksDB is told: `what` could not be done.
std::string Describe(std::string_view what, const rocksdb::Status& status);

}  // namespace vf::disk
