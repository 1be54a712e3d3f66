// The folder of --data-dir: held by one process at a time, with its identity and member file.
//
//   lock                 held as long as the process lives
//   members              see gossip/members/member_file.h
//   members.damaged-N    what could not be read, set aside
//   records/             of a node that stores data: its engine's
//
// The records belong to the identity in `members`, and are never given to another: a copy of them
// under a new id would bring back what was deleted while nobody waited for it.
//
// Thread: one owner.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "base/os/atomic_file.h"
#include "base/os/common_options.h"
#include "gossip/members/member_file.h"
#include "gossip/types.h"

namespace vf {

class MemberFolder {
 public:
  // Takes options.data_dir, reads what is there, and gives this process of `roles` its identity:
  // the id and the seat of the folder, and a boot number above all that it has had, on disk before
  // this returns. A new id and seat: in an empty folder; if another process has the old id (kNew);
  // or if a node's records are gone, with a line in the log. A damaged file is set aside, with a
  // line in the log, and nothing is remembered. Errors, one line for people: held by another
  // process; not readable or not writable; of another cluster, of another kind of process, of other
  // settings than those given, or written by a later release; records whose identity is damaged,
  // missing, or another process's. REQUIRES: options.data_dir is not empty.
  enum class Id { kKept, kNew };
  static absl::StatusOr<MemberFolder> Open(const CommonOptions& options, std::uint8_t roles,
                                           Id id = Id::kKept);

  // What the folder held, with the new identity.
  const MemberFile& file() const { return file_; }
  // It is not needed any more, and may be large. The lock and the paths stay.
  void Forget() { file_ = {}; }
  // The record of this process; see NewSelfRecord().
  MemberRecord NewSelf() const;
  // The path of the member file.
  const std::string& path() const { return path_; }
  // Where the engine keeps its files; it may not exist yet.
  const std::string& records_path() const { return records_path_; }

 private:
  MemberFolder(FolderLock lock, const std::string& folder);
  absl::Status TakeIdentity(const CommonOptions& options, std::uint8_t roles, Id id);

  FolderLock lock_;
  std::string path_;
  std::string records_path_;
  MemberFile file_;
};

}  // namespace vf
