// A cluster of members that is measured: what a trial needs of it, whatever protocol it speaks.
//
// Thread: none of its own; one run. Hosts are numbered from 0, those that join behind the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/time.h"
#include "tools/cluster-sim/membership/packet_kind.h"
#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

// What one member believes of another. Dead, left or replaced by another process: kDead.
enum class MemberBelief : std::uint8_t { kUnknown, kAlive, kSuspect, kDead };

// What one member did so far. Bytes with headers of UDP, TCP and IP.
struct MemberCounts {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t accusations = 0;  // that it raised itself
  std::uint64_t queue_peak = 0;   // news to pass on
};

class MeasuredCluster {
 public:
  // `observer` believes `after` of `subject` from now on. They differ.
  using BeliefFn = std::function<void(HostNumber observer, HostNumber subject, MemberBelief before,
                                      MemberBelief after)>;
  // `observer` avoids `subject` from now on though it may be alive, or does so no longer. Comes
  // before a belief that changes at the same moment.
  using DegradedFn = std::function<void(HostNumber observer, HostNumber subject, bool degraded)>;
  // Something was sent; `bytes` as in MemberCounts.
  using PacketFn = std::function<void(HostNumber to, PacketKind kind, std::size_t bytes)>;

  virtual ~MeasuredCluster() = default;

  virtual TimePoint now() const = 0;
  virtual void RunUntil(TimePoint until) = 0;
  virtual Network& network() = 0;

  virtual std::size_t hosts() const = 0;
  virtual bool IsUp(HostNumber host) const = 0;
  // The process is gone; with `host_up` its host refuses. REQUIRES: it is up.
  virtual void Crash(HostNumber host, bool host_up) = 0;
  virtual HostNumber Join(HostNumber contact) = 0;
  // It knows of a process there, and goes on asking it until both are of one cluster. REQUIRES: it
  // is up, and was made to have a contact.
  virtual void SetContact(HostNumber host, HostNumber contact) = 0;
  // SIGSTOP: it does nothing, and what arrives waits in its socket buffers, as far as they go.
  // REQUIRES: it is up and not stopped.
  virtual void Stop(HostNumber host) = 0;
  // Each of its threads stands still from when it next sends or has received something.
  // REQUIRES: as Stop().
  virtual void Block(HostNumber host) = 0;
  // Everything that it takes in, and each turn of its timers, costs so much of its CPU from now on;
  // what waits for that waits in its socket buffers. Stop() and Continue() take the CPU away and
  // give it back. REQUIRES: as Stop(), and not done before.
  virtual void Starve(HostNumber host, Duration cost) = 0;
  // SIGCONT, or the end of the block: what it was to send leaves, timers are late, and everything
  // that waits is there at once. REQUIRES: stopped or blocked.
  virtual void Continue(HostNumber host) = 0;

  // REQUIRES: it is up.
  virtual MemberCounts CountsOf(HostNumber host) const = 0;
  // Equal for members that believe in the same living members.
  virtual std::uint64_t ViewOf(HostNumber host) const = 0;

  virtual std::uint64_t trace_hash() const = 0;
  virtual std::uint64_t events() const = 0;

  BeliefFn on_belief;  // may be empty, as the next
  DegradedFn on_degraded;
  PacketFn on_packet;  // set before anything runs, if at all
};

}  // namespace vf::sim
