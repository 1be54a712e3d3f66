// The folder of --data-dir: held by one controller at a time, with its identity and member file.
//
//   lock                 held as long as the process lives
//   members              see gossip/controller/member_file.h
//   members.damaged-N    what could not be read, set aside
//
// Thread: one owner.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "base/os/atomic_file.h"
#include "base/os/common_options.h"
#include "gossip/controller/member_file.h"
#include "gossip/types.h"

namespace vf {

class ControllerFolder {
 public:
  // Takes options.data_dir, reads what is there, and gives this process its identity: the id of the
  // folder (or a new one, if another process has that), and a boot number above all that it has
  // had, on disk before this returns. A damaged file is set aside, with a line in the log, and
  // nothing is remembered. Errors, one line for people: held by another process; not readable or
  // not writable; of another cluster, of other settings than those given, or written by a later
  // release. REQUIRES: options.data_dir is not empty.
  enum class Id { kKept, kNew };
  static absl::StatusOr<ControllerFolder> Open(const CommonOptions& options, Id id = Id::kKept);

  // What the folder held, with the new identity.
  const MemberFile& file() const { return file_; }
  // It is not needed any more, and may be large. The lock and the path stay.
  void Forget() { file_ = {}; }
  // The record of this process; see NewSelfRecord().
  MemberRecord NewSelf() const;
  // The path of the member file.
  const std::string& path() const { return path_; }

 private:
  ControllerFolder(FolderLock lock, std::string path)
      : lock_(std::move(lock)), path_(std::move(path)) {}

  FolderLock lock_;
  std::string path_;
  MemberFile file_;
};

}  // namespace vf
