// Files that are read and written whole, and folders that belong to one process.
//
// Threads: any; the calls block as long as the disk does.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace vf {

// Everything that the file holds; none if there is no such file.
// Errors: cannot be read; OutOfRange if it is longer than `max_bytes`. The text names the path.
absl::StatusOr<std::optional<std::vector<std::byte>>> ReadWholeFile(const std::string& path,
                                                                    std::size_t max_bytes);

// Afterwards the file holds exactly `bytes`, also after a loss of power; if this fails, or the
// process dies meanwhile, it holds what it did before. Written to `path`.tmp, synced, renamed, and
// the folder synced. Not for two writers of one path at a time. Errors: text names path and cause.
absl::Status WriteFileAtomically(const std::string& path, ByteSpan bytes);

// The only process that has this folder, as long as the object lives; released with the process,
// however it ends.
class FolderLock {
 public:
  // Creates the folder, and those above it, if there are none. Errors: one line for people;
  // FailedPrecondition if another process has it.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace vf
