// A cluster of one rival in virtual time: members, the network between them, crashes and joins.
//
// Equal options and equal calls give equal runs. Thread: none of its own; one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/engine/event_queue.h"
#include "tools/cluster-sim/engine/trace_hash.h"
#include "tools/cluster-sim/membership/measurement.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/rivals/rival.h"

namespace vf::sim {

// Makes the member of a host; `warm` and `born` as in the constructors of the protocols.
using MakeRival = std::function<std::unique_ptr<RivalProtocol>(HostNumber self, HostNumber warm,
                                                               TimePoint born, const Rng& rng)>;
// A member's belief has changed.
using RivalLearned =
    std::function<void(TimePoint now, HostNumber observer, const RivalEvent& event)>;

struct RivalClusterOptions {
  HostNumber members = 0;  // at the start; all know each other
  NetworkSpec network;
  // Members began at random moments of so long before the start: the longest of their periods.
  // Zero: all began at the start, and all their ticks coincide.
  Duration phases = seconds(1);
};

class RivalCluster {
 public:
  RivalCluster(const RivalClusterOptions& options, const MakeRival& make, const Rng& rng,
               RivalLearned learned);

  TimePoint now() const { return queue_.now(); }
  // Handles the next event. False: there is none up to `until`, which is now the time.
  bool Step(TimePoint until);
  void RunUntil(TimePoint until);

  // The host is gone, or the process: neither rival asks the network why nobody answers.
  void Crash(HostNumber host);
  // A new member, which joins through `contact`. Its number is the next one.
  HostNumber Join(HostNumber contact);
  void Announce(HostNumber host);

  std::size_t hosts() const { return hosts_.size(); }
  bool crashed(HostNumber host) const { return hosts_.at(host).crashed; }
  const RivalProtocol& member(HostNumber host) const { return *hosts_.at(host).protocol; }
  // What it has sent: 28 bytes of headers with each datagram; with what goes over connections 40
  // bytes a segment, and three empty segments for each connection that it opened.
  const NodeTraffic& traffic(HostNumber host) const { return hosts_.at(host).traffic; }

  std::uint64_t events() const { return events_; }
  std::uint64_t trace_hash() const { return trace_.value(); }

 private:
  struct Host {
    std::unique_ptr<RivalProtocol> protocol;
    TimePoint armed = kNever;  // of the timer event that counts
    bool crashed = false;
    NodeTraffic traffic;
  };
  struct Flight {
    HostNumber from = 0;
    RivalMessage message;
  };

  void Drain(HostNumber host);
  void Dispatch(HostNumber from, RivalSend& send);
  void Arrive(HostNumber from, HostNumber to, TimePoint at, RivalMessage message);
  void Deliver(HostNumber to, std::uint64_t flight);
  void Arm(HostNumber host);
  Rng RngOf(HostNumber host) const;

  MakeRival make_;
  Rng rng_;  // only forked
  RivalLearned learned_;
  EventQueue queue_;
  Network network_;
  std::vector<Host> hosts_;
  std::vector<Flight> flights_;
  std::vector<std::uint64_t> free_flights_;
  RivalOutputs outputs_;
  std::uint64_t events_ = 0;
  TraceHash trace_;
};

}  // namespace vf::sim
