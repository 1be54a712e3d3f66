// What can be done to a cluster, and what repairs it: the one table of faults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vf::sim {

enum class FaultKind : std::uint8_t {
  kProcessCrash,   // kill -9: its memory is gone, its host refuses datagrams and connections
  kFrontendCrash,  // the same, of a process that clients use: their writes end half done
  kHostCrash,      // power: nobody answers there
  kRestart,  // a crash of the process; it starts again on its host, without data, after `lasts`
  kPause,    // SIGSTOP for `lasts`
  kSlow,     // every turn of the process takes `strength` times 1 ms
  kJoin,     // a new node
  kLeave,    // SIGTERM
  kPlannedLeave,  // vfctl leave: it hands over what it holds, then it leaves by itself
  kLoss,          // of datagrams, `strength` of them
  kBurstLoss,     // of datagrams, in bursts (Gilbert-Elliott), `strength` of them on average
  kDuplicate,     // of datagrams, `strength` of them arrive twice
  kReorder,       // of datagrams, `strength` of them come later
  kLatency,       // all delays are multiplied by `strength`
  kStall,         // streams of the hosts make no progress for `lasts`; no connection breaks
  kReset,         // connections of the hosts are reset once
  kCut,           // the hosts are cut from all others, both ways
  kCutOneWay,     // nothing from the hosts reaches the others
  kUdpBlocked,    // datagrams from and to the hosts are lost, streams work
  kTcpBlocked,    // connections to and from the hosts cannot be made and stall, datagrams work
  kClockOffset,   // wall clocks of the hosts are `strength` seconds ahead (or behind)
  kClockDrift,    // wall clocks run faster by `strength` parts per million
  kClockJump,     // wall clocks jump by `strength` seconds, once
  kSafeRestarts,  // an operator restarts the hosts one after the other, whenever /safe-to-stop says
                  // that it may be: SIGTERM, and anew a second after the end; for `lasts` at most
};
inline constexpr std::size_t kFaultKinds = 24;

struct FaultTraits {
  FaultKind kind{};
  std::string_view name{};      // as in scenario files: "process-crash"
  std::string_view strength{};  // what the number means; empty: it has none
  double least = 0;             // of the strength
  double most = 0;
  bool takes_hosts = false;  // FaultEvent::hosts may name some
  bool needs_hosts = false;  // and must: it cannot strike everybody
  bool lasts = false;
  // A request that such a host serves meanwhile may end half done: clients use others.
  bool harms_clients = false;
  // Whether what is built today keeps all promises under it and brings everything back after it.
  // The swarm draws no other faults; a scenario may name them, to see what happens.
  bool members_repaired = false;  // nobody is wronged for good, and all agree on the members again
  bool data_repaired = false;     // all owners hold the same records again, if it is
  double data_most = 0;           // if it has a strength: at most so strong
  std::string_view missing{};     // what is to be built or shown first; else empty
  // What an operator does is no fault: scenarios name it, the swarm does not draw it.
  bool by_operator = false;
};

// One row a kind, in their order, the same in every run.
std::span<const FaultTraits> AllFaults();
const FaultTraits& TraitsOf(FaultKind kind);
// None: there is no fault of that name.
std::optional<FaultKind> FaultNamed(std::string_view name);

}  // namespace vf::sim
