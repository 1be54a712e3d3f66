// What all kinds of client operation have in common.
//
// An operation is a plain object: answers and failures are noted as they come, and Step() decides
// what follows from all that is known. It can be called at any time, as often as one likes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hybrid_clock.h"
#include "base/rng.h"
#include "base/time.h"
#include "node/placement/cluster_view.h"
#include "node/replication/passed_over.h"
#include "node/replication/replica_load.h"
#include "node/store/record.h"

namespace vf {

enum class OperationStatus : std::uint8_t {
  kOk,           // stored; or read, whether or not there is a record
  kBadRequest,   // an option that does not fit this cluster
  kUnavailable,  // too few replicas answered in time
  kOverloaded,   // too many operations in flight: not begun
  kNoSpace,      // the replicas' memory is full
};

// A record that a write lost to, and that began before the write was acknowledged.
struct Rival {
  Version version;
  MemberKey frontend = kNoMember;  // that took it, if anybody remembers
};

struct OperationResult {
  OperationStatus status = OperationStatus::kUnavailable;
  RecordRef record;  // read: the newest, if any (perhaps a tombstone); write: what was stored
  std::string text;  // why not, one line
  std::optional<Rival> rival{};  // write, stored: what it lost to, if it did
};

// How many replicas have to store a write, or may be missing from a read of copies that are not in
// sync: the node's --min-acks, or the cluster's default.
inline int MinAcks(const std::optional<int>& configured, const ClusterView& view) {
  return configured.value_or(view.DefaultMinAcks());
}

struct StepInputs {
  TimePoint now;
  WallTime wall;
  const ClusterView& view;
  const ReplicaLoad& load;
  HybridClock& clock;
  Rng& rng;
  bool may_hedge = false;
};

struct StepOutputs {
  std::vector<MemberKey> send_to;  // send the operation's request to these
  std::vector<MemberKey> repair;   // reads of several: these lack the newest record
  PassedOver::Sends passed_over;   // writes
  bool hedged = false;             // one of them is a hedge
  bool request_changed = false;    // answers to what was sent before mean nothing any more
  bool done = false;
  OperationResult result;  // when done
  TimePoint next_deadline = kNever;
};

}  // namespace vf
