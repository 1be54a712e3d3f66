// A whole vfcontroller: gossip and operator pages, put together.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <vector>

#include "base/endpoint.h"
#include "base/os/common_options.h"
#include "gossip/folder/member_folder.h"

namespace vf {

// Two threads of its own: gossip, and one for HTTP. Owner: the main thread.
class ControllerProcess {
 public:
  // Binds the port, starts the threads and begins to join. REQUIRES: InstallStopSignals().
  // Errors: the line that says what went wrong and what would help.
  // `id`: kNew after rejoin_at() was not empty.
  static absl::StatusOr<std::unique_ptr<ControllerProcess>> Start(
      const CommonOptions& options, MemberFolder::Id id = MemberFolder::Id::kKept);
  ~ControllerProcess();

  // The orderly end: the leave is announced, requests that have come are answered. Takes at most
  // a second and a half.
  void Stop();

  // Why a cluster refused this process, which then asked for a stop itself. OK: none did.
  absl::Status refusal() const;
  // Not empty: another process has this one's id. Stop, and start again with these as further
  // contacts: the id will be a new one.
  std::vector<HostPort> rejoin_at() const;

 private:
  struct Parts;
  explicit ControllerProcess(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vf
