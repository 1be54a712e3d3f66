#include "node/store/rocksdb/database.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <vector>

namespace vf::disk {
namespace {

constexpr std::uint64_t kMostWriteBufferBytes = 64 << 20;
constexpr std::uint64_t kLeastWriteBufferBytes = 1 << 20;
constexpr std::uint64_t kLeastCacheBytes = 8 << 20;

rocksdb::BlockBasedTableOptions TableOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Indexes and filters count as memory, too, and leave it when others are needed more.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.block_size = 8 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  return table;
}

rocksdb::Options OptionsOf(const DatabaseOptions& wanted, const Database& parts) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.env = parts.env.get();
  options.info_log = parts.log;
  options.listeners.push_back(parts.events);
  options.compaction_filter = wanted.filter;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(parts.cache)));

  // Memory: a quarter of it may wait to be written, in two buffers, charged to the cache.
  const std::uint64_t buffers = std::max(wanted.memory_bytes / 4, 2 * kLeastWriteBufferBytes);
  options.write_buffer_size = std::min(buffers / 2, kMostWriteBufferBytes);
  options.max_write_buffer_number = 2;
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(buffers, parts.cache);
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;

  // A start takes what the log has up to the first damage, and RocksLog sees that there was some.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // A full disk is found out by writing, not by reserving room for a log that stays short.
  options.allow_fallocate = false;

  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression};
  options.bytes_per_sync = 1 << 20;
  options.max_background_jobs = 2;
  options.max_open_files = 1'024;

  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

bool HasLog(rocksdb::Env& env, const std::string& folder) {
  std::vector<std::string> names;
  if (!env.GetChildren(folder, &names).ok()) return false;
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.ends_with(".log"); });
}

absl::Status Refusal(const std::string& folder, const rocksdb::Status& status) {
  if (status.IsCorruption()) {
    return absl::DataLossError(
        Describe(folder + " is damaged", status) +
        "; start with an empty folder instead: this node then gets its records from the others");
  }
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    return absl::FailedPreconditionError(Describe(
        folder + " was written by another release, or is no folder of this program", status));
  }
  return absl::UnavailableError(Describe("cannot open " + folder, status));
}

}  // namespace

std::string Describe(std::string_view what, const rocksdb::Status& status) {
  return std::string(what) + " (" + status.ToString() + ")";
}

absl::StatusOr<Database> OpenDatabase(const DatabaseOptions& wanted) {
  Database parts;
  if (wanted.file_system == nullptr) {
    parts.env = std::shared_ptr<rocksdb::Env>(rocksdb::Env::Default(), [](rocksdb::Env*) {});
  } else {
    parts.env = rocksdb::NewCompositeEnv(wanted.file_system);
  }
  if (const rocksdb::Status made = parts.env->CreateDirIfMissing(wanted.folder); !made.ok()) {
    return Refusal(wanted.folder, made);
  }
  parts.log = std::make_shared<RocksLog>();
  parts.events = std::make_shared<RocksEvents>();
  parts.cache = rocksdb::NewLRUCache(std::max(wanted.memory_bytes, kLeastCacheBytes));
  parts.existed = parts.env->FileExists(wanted.folder + "/CURRENT").ok();
  parts.log_missing = parts.existed && !HasLog(*parts.env, wanted.folder);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(OptionsOf(wanted, parts), wanted.folder, &db);
  if (!status.ok()) return Refusal(wanted.folder, status);
  parts.db.reset(db);
  return parts;
}

}  // namespace vf::disk
