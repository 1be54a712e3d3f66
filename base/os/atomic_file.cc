#include "base/os/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace vf {
namespace {

std::string Cause(int error) { return std::generic_category().message(error); }

absl::Status Failed(const std::string& path, const char* doing, int error) {
  return absl::UnavailableError(path + ": cannot " + doing + ": " + Cause(error));
}

// A descriptor that is closed however the function is left.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

template <typename Call>
auto RetryInterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

absl::Status WriteAll(int fd, const std::string& path, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        RetryInterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (written < 0) return Failed(path, "write it", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WriteAndSync(const std::string& path, ByteSpan bytes) {
  const Descriptor file(RetryInterrupted(
      [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); }));
  if (file.get() < 0) return Failed(path, "create it", errno);
  if (absl::Status status = WriteAll(file.get(), path, bytes); !status.ok()) return status;
  if (::fsync(file.get()) != 0) return Failed(path, "sync it", errno);
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const Descriptor opened(
      RetryInterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (opened.get() < 0) return Failed(folder, "open it", errno);
  if (::fsync(opened.get()) != 0) return Failed(folder, "sync it", errno);
  return absl::OkStatus();
}

// Who has the folder, as it wrote into its lock; empty if that is unknown.
std::string HolderText(int fd) {
  char text[32];
  const ssize_t size = ::pread(fd, text, sizeof(text) - 1, 0);
  std::string digits;
  for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i) digits += text[i];
  return digits.empty() ? "" : " (process " + digits + ")";
}

}  // namespace

absl::StatusOr<std::optional<std::vector<std::byte>>> ReadWholeFile(const std::string& path,
                                                                    std::size_t max_bytes) {
  const Descriptor file(
      RetryInterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return Failed(path, "open it", errno);
  }
  std::vector<std::byte> bytes;
  constexpr std::size_t kChunk = std::size_t{1} << 16;
  for (;;) {
    const std::size_t size = bytes.size();
    if (size > max_bytes) {
      return absl::OutOfRangeError(path + ": longer than " + std::to_string(max_bytes) + " bytes");
    }
    bytes.resize(size + kChunk);
    const ssize_t got =
        RetryInterrupted([&] { return ::read(file.get(), bytes.data() + size, kChunk); });
    if (got < 0) return Failed(path, "read it", errno);
    bytes.resize(size + static_cast<std::size_t>(got));
    if (got == 0) return std::optional(std::move(bytes));
  }
}

absl::Status WriteFileAtomically(const std::string& path, ByteSpan bytes) {
  const std::string temporary = path + ".tmp";
  absl::Status status = WriteAndSync(temporary, bytes);
  if (status.ok() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    status = Failed(path, "replace it", errno);
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());  // The error that matters is the one above.
    return status;
  }
  return SyncFolderOf(path);
}

absl::StatusOr<FolderLock> FolderLock::Take(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::UnavailableError(folder + ": cannot create the folder: " + error.message());
  }
  const std::string path = (std::filesystem::path(folder) / "lock").string();
  Descriptor file(
      RetryInterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
  if (file.get() < 0) return Failed(path, "open it", errno);
  if (RetryInterrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return Failed(path, "lock it", errno);
    return absl::FailedPreconditionError(folder + ": another process has this folder" +
                                         HolderText(file.get()) +
                                         "; give each process a folder of its own");
  }
  const std::string holder = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0) return Failed(path, "write it", errno);
  if (absl::Status status = WriteAll(file.get(), path, AsBytes(holder)); !status.ok()) {
    return status;
  }
  return FolderLock(file.Release());
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}
FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

}  // namespace vf
