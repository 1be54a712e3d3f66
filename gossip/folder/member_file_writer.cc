#include "gossip/folder/member_file_writer.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/os/clocks.h"
#include "base/os/log.h"

namespace vf {

struct MemberFileWriter::Shared {
  void Run();
  // The newest that was put, once it may be written; null: the end.
  SharedMembership Next();
  absl::Status WriteOnce(const MembershipSnapshot& membership);

  // The thread's alone.
  MemberFile file;
  Duration tombstone_age;
  Write write;
  LogLimiter limiter;

  std::mutex mutex;
  std::condition_variable changed;
  SharedMembership newest;  // from here on guarded by mutex; null: all is written
  bool stopping = false;
  bool ended = false;
  std::chrono::steady_clock::time_point next_write;
  std::uint64_t written = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;  // of the last that was written
};

SharedMembership MemberFileWriter::Shared::Next() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return stopping || newest != nullptr; });
  changed.wait_until(lock, next_write, [this] { return stopping; });
  next_write = std::chrono::steady_clock::now() + kInterval;
  return std::exchange(newest, nullptr);
}

absl::Status MemberFileWriter::Shared::WriteOnce(const MembershipSnapshot& membership) {
  const WallTime wall = WallNow();
  MemberFile next = NextMemberFile(file, membership, MonotonicNow(), wall, tombstone_age);
  const std::vector<std::byte> encoded = EncodeMemberFile(next);
  if (absl::Status status = write(encoded); !status.ok()) return status;
  // Those who are alive cannot go from the membership unnoticed: the next one has them.
  std::erase_if(next.remembered.members, [&](const RememberedMember& member) {
    return member.record.IsLive() && member.last_seen == wall;
  });
  next.remembered.members.shrink_to_fit();
  file = std::move(next);
  const std::lock_guard lock(mutex);
  bytes = encoded.size();
  return absl::OkStatus();
}

void MemberFileWriter::Shared::Run() {
  while (SharedMembership membership = Next()) {
    absl::Status status;
    try {
      status = WriteOnce(*membership);
    } catch (const std::exception& error) {
      status = absl::InternalError(error.what());
    }
    if (!status.ok() && limiter.Allow(MonotonicNow(), "member file")) {
      LogWarn("the member file could not be written: " + std::string(status.message()) +
              "; trying again");
    }
    const std::lock_guard lock(mutex);
    ++(status.ok() ? written : failed);
    if (!status.ok() && newest == nullptr && !stopping) newest = std::move(membership);
  }
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

MemberFileWriter::MemberFileWriter(MemberFile now_held, Duration tombstone_age, Write write)
    : shared_(std::make_shared<Shared>()) {
  shared_->file = std::move(now_held);
  shared_->tombstone_age = tombstone_age;
  shared_->write = std::move(write);
  std::thread thread([shared = shared_] { shared->Run(); });
  pthread_setname_np(thread.native_handle(), "member-file");
  thread.detach();
}

MemberFileWriter::~MemberFileWriter() { Stop(); }

void MemberFileWriter::Put(SharedMembership membership) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopping) return;
    shared_->newest = std::move(membership);
  }
  shared_->changed.notify_all();
}

void MemberFileWriter::Stop() {
  std::unique_lock lock(shared_->mutex);
  if (shared_->stopping) return;
  shared_->stopping = true;
  shared_->changed.notify_all();
  if (!shared_->changed.wait_for(lock, kStopLimit, [this] { return shared_->ended; })) {
    LogWarn("the disk is slow: the last change of the member file may be lost");
  }
}

void MemberFileWriter::WriteMetrics(MetricsWriter& writer) const {
  const std::lock_guard lock(shared_->mutex);
  for (const bool ok : {true, false}) {
    writer.AddCounter("velourfog_member_file_writes_total", "Writes of the member file.",
                      {{"result", ok ? "written" : "failed"}},
                      static_cast<double>(ok ? shared_->written : shared_->failed));
  }
  writer.AddGauge("velourfog_member_file_bytes", "Size of the member file as last written.", {},
                  static_cast<double>(shared_->bytes));
}

}  // namespace vf
