// Keeps the member file up to date, on a thread of its own: the disk may take its time.
//
// Threads: Stop() and the destructor belong to one owner; everything else may be called by any.
// Limits: at most one write every kInterval, of the newest membership; a failed one is repeated.
// Errors: a write that fails is counted and logged, at most once a minute.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/os/metrics.h"
#include "base/time.h"
#include "gossip/members/member_file.h"
#include "gossip/types.h"

namespace vf {

class MemberFileWriter {
 public:
  static constexpr Duration kInterval = seconds(1);
  // How long Stop() waits for the disk. A write that hangs longer is left to itself.
  static constexpr Duration kStopLimit = milliseconds(500);

  // Writes the whole file; may block. Called on the writer's thread only.
  using Write = std::function<absl::Status(ByteSpan bytes)>;

  // `now_held`: what the file holds. `tombstone_age`: see NextMemberFile().
  MemberFileWriter(MemberFile now_held, Duration tombstone_age, Write write);
  ~MemberFileWriter();  // Stop()
  MemberFileWriter(const MemberFileWriter&) = delete;
  MemberFileWriter& operator=(const MemberFileWriter&) = delete;

  // This is how things are now. Never waits for the disk.
  void Put(SharedMembership membership);
  // What was put and not yet written is written at once, then the thread ends.
  void Stop();

  // Adds velourfog_member_file_... to a page.
  void WriteMetrics(MetricsWriter& writer) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // also the thread's: it may outlive this object
};

}  // namespace vf
