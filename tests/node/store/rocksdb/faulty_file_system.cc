#include "tests/node/store/rocksdb/faulty_file_system.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>

namespace vf {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

std::string ReadAll(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

}  // namespace

struct FaultyFileSystem::State {
  struct Size {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };
  // A name that is new, or new to these contents, since its folder was synced.
  struct NewName {
    std::string name;
    std::optional<std::string> before;  // its contents; none: there was no such file
  };

  // Notes a call; not OK: the power is off.
  IOStatus Note(Call call) {
    if (!cut && calls.size() >= cut_before) cut = true;
    if (cut) return IOStatus::IOError("the power is off");
    calls.push_back(call);
    return IOStatus::OK();
  }

  std::mutex mutex;
  bool cut = false;
  std::uint64_t cut_before = UINT64_MAX;
  std::vector<Call> calls;
  std::map<std::string, Size> sizes;
  std::vector<NewName> new_names;
  IOStatus append_fault;
  IOStatus sync_fault;
  IOStatus read_fault;
  std::uint64_t free_bytes = std::uint64_t{1} << 40;
};

namespace {

using State = FaultyFileSystem::State;
using Call = FaultyFileSystem::Call;

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::shared_ptr<State> state, std::string name,
             std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        state_(std::move(state)),
        name_(std::move(name)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    const std::lock_guard lock(state_->mutex);
    if (IOStatus off = state_->Note(Call::kAppend); !off.ok()) return off;
    const bool fails = !state_->append_fault.ok();
    const rocksdb::Slice taken(data.data(), fails ? data.size() / 2 : data.size());
    IOStatus status = target()->Append(taken, options, debug);
    if (status.ok()) state_->sizes[name_].written += taken.size();
    return fails ? state_->append_fault : status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(state_->mutex);
    if (state_->cut) return IOStatus::IOError("the power is off");
    State::Size& known = state_->sizes[name_];
    known.written = size;
    known.synced = std::min(known.synced, size);
    return target()->Truncate(size, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return NoteSync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return NoteSync(); }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  IOStatus NoteSync() {
    const std::lock_guard lock(state_->mutex);
    if (IOStatus off = state_->Note(Call::kSync); !off.ok()) return off;
    if (!state_->sync_fault.ok()) return state_->sync_fault;
    State::Size& size = state_->sizes[name_];
    size.synced = size.written;
    return IOStatus::OK();
  }

  const std::shared_ptr<State> state_;
  const std::string name_;
};

class FaultyReader final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultyReader(std::shared_ptr<State> state, std::unique_ptr<rocksdb::FSRandomAccessFile> file)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options,
                rocksdb::Slice* result, char* scratch, IODebugContext* debug) const override {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->read_fault.ok()) return state_->read_fault;
    }
    return target()->Read(offset, size, options, result, scratch, debug);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->read_fault.ok()) return state_->read_fault;
    }
    return target()->MultiRead(requests, count, options, debug);
  }

 private:
  const std::shared_ptr<State> state_;
};

class FaultyFolder final : public rocksdb::FSDirectory {
 public:
  FaultyFolder(std::shared_ptr<State> state, std::string name)
      : state_(std::move(state)), name_(std::move(name)) {
    while (name_.ends_with('/')) name_.pop_back();
  }

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(state_->mutex);
    if (IOStatus off = state_->Note(Call::kSyncFolder); !off.ok()) return off;
    std::erase_if(state_->new_names, [this](const State::NewName& created) {
      return fs::path(created.name).parent_path() == fs::path(name_);
    });
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<State> state_;
  std::string name_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem()
    : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(std::make_shared<State>()) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::CutBefore(std::uint64_t call) {
  const std::lock_guard lock(state_->mutex);
  state_->cut_before = call;
}
void FaultyFileSystem::Cut() {
  const std::lock_guard lock(state_->mutex);
  state_->cut = true;
}
bool FaultyFileSystem::IsCut() const {
  const std::lock_guard lock(state_->mutex);
  return state_->cut;
}
const std::vector<FaultyFileSystem::Call>& FaultyFileSystem::calls() const { return state_->calls; }

void FaultyFileSystem::Restore(Rng* rng) {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [name, size] : state_->sizes) {
    if (!fs::exists(name)) continue;
    const std::uint64_t unsynced = size.written - size.synced;
    fs::resize_file(name, size.synced + (rng == nullptr ? 0 : rng->Uniform(unsynced + 1)));
  }
  for (auto created = state_->new_names.rbegin(); created != state_->new_names.rend(); ++created) {
    fs::remove(created->name);
    if (created->before) std::ofstream(created->name, std::ios::binary) << *created->before;
  }
  state_->sizes.clear();
  state_->new_names.clear();
  state_->calls.clear();
  state_->cut = false;
  state_->cut_before = UINT64_MAX;
}

void FaultyFileSystem::FailAppends(IOStatus status) {
  const std::lock_guard lock(state_->mutex);
  state_->append_fault = std::move(status);
}
void FaultyFileSystem::FailSyncs(IOStatus status) {
  const std::lock_guard lock(state_->mutex);
  state_->sync_fault = std::move(status);
}
void FaultyFileSystem::FailReads(IOStatus status) {
  const std::lock_guard lock(state_->mutex);
  state_->read_fault = std::move(status);
}
void FaultyFileSystem::SetFreeBytes(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->free_bytes = bytes;
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& name,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                                           IODebugContext* debug) {
  const std::lock_guard lock(state_->mutex);
  if (IOStatus off = state_->Note(Call::kCreate); !off.ok()) return off;
  std::optional<std::string> before;
  if (fs::exists(name)) before = ReadAll(name);
  std::unique_ptr<rocksdb::FSWritableFile> made;
  IOStatus status = target()->NewWritableFile(name, options, &made, debug);
  if (!status.ok()) return status;
  state_->new_names.push_back({name, std::move(before)});
  state_->sizes[name] = {};
  *file = std::make_unique<FaultyFile>(state_, name, std::move(made));
  return status;
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& name,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                                              IODebugContext* debug) {
  const std::lock_guard lock(state_->mutex);
  if (IOStatus off = state_->Note(Call::kCreate); !off.ok()) return off;
  std::unique_ptr<rocksdb::FSWritableFile> made;
  IOStatus status = target()->ReopenWritableFile(name, options, &made, debug);
  if (!status.ok()) return status;
  const std::uint64_t size = fs::file_size(name);
  state_->sizes.try_emplace(name, State::Size{size, size});
  *file = std::make_unique<FaultyFile>(state_, name, std::move(made));
  return status;
}

IOStatus FaultyFileSystem::NewRandomAccessFile(const std::string& name,
                                               const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                               IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> opened;
  IOStatus status = target()->NewRandomAccessFile(name, options, &opened, debug);
  if (status.ok()) *file = std::make_unique<FaultyReader>(state_, std::move(opened));
  return status;
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& name, const IOOptions&,
                                        std::unique_ptr<rocksdb::FSDirectory>* folder,
                                        IODebugContext*) {
  *folder = std::make_unique<FaultyFolder>(state_, name);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                      const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(state_->mutex);
  if (IOStatus off = state_->Note(Call::kRename); !off.ok()) return off;
  std::optional<std::string> before;
  if (fs::exists(to)) before = ReadAll(to);
  IOStatus status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  if (const auto size = state_->sizes.find(from); size != state_->sizes.end()) {
    state_->sizes[to] = size->second;
    state_->sizes.erase(size);
  }
  std::erase_if(state_->new_names, [&](const State::NewName& made) { return made.name == from; });
  state_->new_names.push_back({to, std::move(before)});
  return status;
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                      IODebugContext* debug) {
  const std::lock_guard lock(state_->mutex);
  if (IOStatus off = state_->Note(Call::kDelete); !off.ok()) return off;
  state_->sizes.erase(name);
  std::erase_if(state_->new_names, [&](const State::NewName& made) { return made.name == name; });
  return target()->DeleteFile(name, options, debug);
}

IOStatus FaultyFileSystem::GetFreeSpace(const std::string&, const IOOptions&, std::uint64_t* bytes,
                                        IODebugContext*) {
  const std::lock_guard lock(state_->mutex);
  *bytes = state_->free_bytes;
  return IOStatus::OK();
}

}  // namespace vf
