// A whole vfnode: membership, store, data threads and pages, put together.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <vector>

#include "node/options.h"

namespace vf {

// Threads: one owner (the main thread).
class Node {
 public:
  // Binds the port, starts the threads and begins to join. Errors: the line that says what went
  // wrong and what to do (port in use, address not of this machine).
  static absl::StatusOr<std::unique_ptr<Node>> Start(const NodeOptions& options);
  ~Node();

  // The orderly end: no new clients, accepted requests are answered, the leave is announced. Takes
  // at most two seconds.
  void Stop();

  // After RequestStop() from inside: why, if the cluster refused this process. OK otherwise.
  absl::Status refusal() const;
  // After RequestStop() from inside: not empty if another process has this one's id. Stop, and
  // start again with these as further contacts: the id will be a new one.
  std::vector<HostPort> rejoin_at() const;

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vf
