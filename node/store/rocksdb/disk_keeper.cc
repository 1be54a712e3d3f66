#include "node/store/rocksdb/disk_keeper.h"

#include <rocksdb/convenience.h>
#include <rocksdb/experimental.h>

#include <algorithm>
#include <utility>

namespace vf::disk {
namespace {

// Partitions that are looked after between two looks at the disk.
constexpr std::size_t kPartitionsATurn = 64;

}  // namespace

DiskKeeper::DiskKeeper(Database& database, std::string folder, std::uint64_t reserve_bytes,
                       DiskHealth& health)
    : database_(database),
      db_(*database.db),
      folder_(std::move(folder)),
      reserve_bytes_(reserve_bytes),
      health_(health),
      thread_([this] { Run(); }) {}

DiskKeeper::~DiskKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void DiskKeeper::Clean(Place place) {
  const std::lock_guard lock(mutex_);
  garbage_.push_back(place);
}

void DiskKeeper::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void DiskKeeper::NoteWritten(std::uint64_t bytes) {
  const std::uint64_t unseen = unseen_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (unseen > reserve_bytes_ / kLooksAReserve) LookAtRoom();
}

void DiskKeeper::Run() {
  using Clock = std::chrono::steady_clock;
  Clock::time_point retry{};
  std::vector<Place> garbage;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    const std::size_t some = std::min(garbage_.size(), kPartitionsATurn);
    garbage.assign(garbage_.end() - static_cast<std::ptrdiff_t>(some), garbage_.end());
    garbage_.resize(garbage_.size() - some);
    lock.unlock();

    LookAtRoom();
    if (!health_.writable() && !health_.IsFailedForGood() && health_.has_room() &&
        Clock::now() >= retry) {
      if (Recover()) health_.WritableAgain();
      retry = Clock::now() + kRetry;
    }
    for (const Place place : garbage) GiveBack(place);

    lock.lock();
    wake_.wait_for(lock, kLook, [this] { return stopping_ || woken_; });
  }
}

void DiskKeeper::LookAtRoom() {
  unseen_bytes_.store(0, std::memory_order_relaxed);
  std::uint64_t free_bytes = 0;
  const rocksdb::IOStatus status =
      db_.GetFileSystem()->GetFreeSpace(folder_, rocksdb::IOOptions(), &free_bytes, nullptr);
  // Where nobody can say, writes find out.
  if (!status.ok()) return;
  health_.SetRoom(free_bytes >= reserve_bytes_,
                  "the disk of " + folder_ + " is full: " + std::to_string(free_bytes >> 20) +
                      " MiB free, " + std::to_string(reserve_bytes_ >> 20) + " MiB reserved");
}

// To go on RocksDB flushes what is in memory and begins another log; where nothing is in memory it
// does not, and the old log refuses everything once a write to it has failed (RocksDB issues 11643
// and 12998): only opening it anew helps then. Nothing is put meanwhile, since nothing is writable.
// RocksDB tries by itself, too, every five seconds, and is busy until it has done it.
bool DiskKeeper::Recover() {
  if (!db_.Resume().ok()) return false;
  if (database_.events->log_failed.load()) {
    health_.WriteFailed("the disk was full, and the log cannot be continued: restart this process",
                        /*for_good=*/true);
    return false;
  }
  // So that there is something in memory, should the next write fail again.
  rocksdb::WriteOptions past_the_log;
  past_the_log.disableWAL = true;
  const DiskKey mark = DiskKey::OfMeta("resumed");
  return db_.Put(past_the_log, ToSlice(mark.view()), "").ok();
}

// What is left at the edges of other files goes when these are compacted: see dropped_rows.h.
// Failures do no harm: it stays garbage.
void DiskKeeper::GiveBack(Place place) {
  for (const Space space : {Space::kRows, Space::kTimes, Space::kValues}) {
    const DiskKey first = DiskKey::Begin(space, {place.partition, 0});
    const DiskKey end = DiskKey::Begin(space, place);
    const rocksdb::Slice from = ToSlice(first.view());
    const rocksdb::Slice to = ToSlice(end.view());
    rocksdb::Status status = rocksdb::DeleteFilesInRange(&db_, db_.DefaultColumnFamily(), &from,
                                                         &to, /*include_end=*/false);
    status = rocksdb::experimental::SuggestCompactRange(&db_, &from, &to);
    status.PermitUncheckedError();
  }
}

}  // namespace vf::disk
