#include "node/store/rocksdb/open_store.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "node/store/rocksdb/engine.h"
#include "node/store/rocksdb/start_scan.h"

namespace vf {
namespace disk {
namespace {

constexpr Partition kMostPartitions = 65'536;

// A number that stands in the database under a name. None: it does not.
absl::StatusOr<std::optional<std::uint32_t>> ReadNumber(rocksdb::DB& db, std::string_view name) {
  std::string bytes;
  const rocksdb::Status status =
      db.Get(rocksdb::ReadOptions(), ToSlice(DiskKey::OfMeta(name).view()), &bytes);
  if (status.IsNotFound()) return std::optional<std::uint32_t>();
  const std::optional<std::uint32_t> number = ParseNumber(bytes);
  if (status.ok() && number) return number;
  return absl::DataLossError(Describe("its setting " + std::string(name) + " cannot be read",
                                      status.ok() ? rocksdb::Status::Corruption() : status));
}

void PutNumber(rocksdb::WriteBatch& batch, std::string_view name, std::uint32_t number) {
  batch.Put(ToSlice(DiskKey::OfMeta(name).view()), EncodeNumber(number));
}

}  // namespace

Engine::Engine(const DiskStoreOptions& options)
    : options_(options),
      states_(std::make_unique<PartitionState[]>(options.partition_count)),
      filter_(states_.get(), options.partition_count) {
  VF_CHECK(options.partition_count > 0 && options.partition_count <= kMostPartitions,
           "partitions out of range");
}

// In order: whoever waits is told, then the mark that says so is the last that is written.
Engine::~Engine() {
  if (db_ == nullptr) return;
  keeper_.reset();
  syncer_.reset();
  if (!health_.writable() || !health_.readable()) return;
  rocksdb::WriteBatch batch;
  PutNumber(batch, "closed", start_);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  // Without the mark the next start takes it for not in order: nothing worse.
  db_->Write(synced, &batch).PermitUncheckedError();
}

// The folder is what the options say; and this is another start of it.
absl::Status Engine::CheckSettings(StartReport& report) {
  absl::StatusOr<std::optional<std::uint32_t>> format = ReadNumber(*db_, "format");
  if (!format.ok()) return format.status();
  if (*format && **format > kDiskFormat) {
    return absl::FailedPreconditionError("it was written by a newer release (format " +
                                         std::to_string(**format) + ", this one knows " +
                                         std::to_string(kDiskFormat) + "): start that one");
  }
  if (!*format && database_.existed && db_->GetLatestSequenceNumber() > 0) {
    return absl::DataLossError("it holds a database that does not say its format");
  }
  absl::StatusOr<std::optional<std::uint32_t>> partitions = ReadNumber(*db_, "partitions");
  if (!partitions.ok()) return partitions.status();
  if (*partitions && **partitions != options_.partition_count) {
    return absl::FailedPreconditionError(
        "it holds " + std::to_string(**partitions) + " partitions, not the " +
        std::to_string(options_.partition_count) + " of this cluster: name another folder");
  }
  absl::StatusOr<std::optional<std::uint32_t>> starts = ReadNumber(*db_, "starts");
  if (!starts.ok()) return starts.status();
  absl::StatusOr<std::optional<std::uint32_t>> closed = ReadNumber(*db_, "closed");
  if (!closed.ok()) return closed.status();
  start_ = starts->value_or(0) + 1;
  report.existed = format->has_value();
  report.clean = !report.existed || (*closed && **closed == start_ - 1);
  report.damage = database_.log->damage();
  if (database_.log_missing) report.damage = "its log is missing";
  if (!report.damage.empty()) report.clean = false;

  rocksdb::WriteBatch batch;
  PutNumber(batch, "format", kDiskFormat);
  PutNumber(batch, "partitions", options_.partition_count);
  PutNumber(batch, "starts", start_);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status status = db_->Write(synced, &batch);
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(Describe("it does not take writes", status));
}

absl::Status Engine::LoadGenerations() {
  const DiskKey first = DiskKey::OfGeneration(0);
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(rocksdb::ReadOptions()));
  for (rows->Seek(ToSlice(first.view())); rows->Valid(); rows->Next()) {
    const std::string_view key = ToView(rows->key());
    if (key.front() != first.view().front()) break;
    const std::optional<Partition> partition = ParseGenerationKey(key);
    const std::optional<std::uint32_t> generation = ParseNumber(ToView(rows->value()));
    if (!partition || !generation || *partition >= options_.partition_count) {
      return absl::DataLossError("the generation of a partition cannot be read");
    }
    states_[*partition].generation.store(*generation, std::memory_order_relaxed);
  }
  if (rows->status().ok()) return absl::OkStatus();
  return absl::DataLossError(Describe("the generations cannot be read", rows->status()));
}

absl::StatusOr<StartReport> Engine::Open() {
  absl::StatusOr<Database> database = OpenDatabase({.folder = options_.folder,
                                                    .memory_bytes = options_.memory_bytes,
                                                    .file_system = options_.file_system,
                                                    .filter = &filter_});
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  db_ = database_.db.get();
  StartReport report;
  absl::Status status = CheckSettings(report);
  if (status.ok()) status = LoadGenerations();
  if (status.ok()) status = ScanRows(*db_, states_.get(), options_.partition_count);
  if (!status.ok()) {
    db_ = nullptr;  // Nothing is to be marked.
    return absl::Status(status.code(), options_.folder + ": " + std::string(status.message()));
  }
  std::uint64_t free_bytes = 0;
  std::uint64_t reserve_bytes = options_.reserve_bytes;
  if (database_.env->GetFreeSpace(options_.folder, &free_bytes).ok()) {
    reserve_bytes = std::min(reserve_bytes, free_bytes / 8);
  }
  keeper_ = std::make_unique<DiskKeeper>(database_, options_.folder, reserve_bytes, health_);
  if (options_.sync) {
    syncer_ = std::make_unique<LogSyncer>([this] { return SyncLog(); });
  }
  for (Partition p = 0; p < options_.partition_count; ++p) {
    const Place place = PlaceOf(p);
    if (place.generation > 0) keeper_->Clean(place);
    Account(states_[p].figures);
    report.records += states_[p].records();
  }
  return report;
}

}  // namespace disk

absl::StatusOr<DiskStore> OpenDiskStore(const DiskStoreOptions& options) {
  auto engine = std::make_unique<disk::Engine>(options);
  absl::StatusOr<StartReport> report = engine->Open();
  if (!report.ok()) return report.status();
  return DiskStore{std::move(engine), *std::move(report)};
}

}  // namespace vf
