// A cluster of one rival in virtual time: members, the network between them, crashes and joins.
//
// Equal options and equal calls give equal runs. Thread: none of its own; one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/engine/event_queue.h"
#include "tools/cluster-sim/engine/scarce_cpu.h"
#include "tools/cluster-sim/engine/trace_hash.h"
#include "tools/cluster-sim/membership/measurement.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/network/socket_buffer.h"
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
  // It does nothing until it is continued; datagrams wait as far as its socket buffer goes, and
  // what comes over connections waits too. REQUIRES: it lives and is not stopped; is stopped.
  void Stop(HostNumber host);
  // The same, but timers run on as far as the protocol says (SetBlocked()); what it sends waits.
  void Block(HostNumber host);
  // Timers that are due by then come first, each once, as a runtime with timers of its own does it.
  void Continue(HostNumber host);
  // Its CPU is scarce: each message that it takes in and each turn of its timers costs so much of
  // it from now on. Stop() and Continue() take the CPU away and give it back then, in the middle of
  // whatever it does. Timers and messages take turns, as the threads of a runtime do. For the rest
  // of its life. REQUIRES: it lives, is not stopped, and its CPU is not scarce.
  void Starve(HostNumber host, Duration cost);
  void Announce(HostNumber host);

  std::size_t hosts() const { return hosts_.size(); }
  bool crashed(HostNumber host) const { return hosts_.at(host).crashed; }
  const RivalProtocol& member(HostNumber host) const { return *hosts_.at(host).protocol; }
  // What it has sent: 28 bytes of headers with each datagram; with what goes over connections 40
  // bytes a segment, and three empty segments for each connection that it opened.
  const NodeTraffic& traffic(HostNumber host) const { return hosts_.at(host).traffic; }

  Network& network() { return network_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t trace_hash() const { return trace_.value(); }

  // Everything that is sent, as it is sent; bytes as in traffic(). May be empty.
  std::function<void(HostNumber to, RivalMessage::Kind kind, std::size_t bytes)> on_send;

 private:
  // Linux's default, which memberlist asks to be raised, in vain where that needs a privilege.
  static constexpr std::size_t kSocketBuffer = std::size_t{208} << 10;

  struct Stopped {
    bool timers_run = false;
    SocketBuffer buffer{kSocketBuffer};
    std::vector<RivalSend> held;         // to be sent
    std::vector<std::uint64_t> waiting;  // flights, in the order of their arrival
  };
  struct Starved {
    explicit Starved(Duration cost) : cpu(cost) {}
    ScarceCpu cpu;
    SocketBuffer buffer{kSocketBuffer};
    std::deque<std::uint64_t> waiting;  // as above
    bool timer_was_last = false;
  };
  struct Host {
    std::unique_ptr<RivalProtocol> protocol;
    TimePoint armed = kNever;  // of the timer event that counts
    bool crashed = false;
    std::unique_ptr<Stopped> stopped;  // null: it runs
    std::unique_ptr<Starved> starved;  // null: it has all the CPU that it wants
    NodeTraffic traffic;
  };
  struct Flight {
    HostNumber from = 0;
    RivalMessage message;
    RivalSend::Way way = RivalSend::Way::kDatagram;
    std::size_t bytes = 0;
  };

  void Drain(HostNumber host);
  void Dispatch(HostNumber from, RivalSend& send);
  void Launch(TimePoint at, HostNumber to, Flight flight);
  void Arrive(HostNumber to, std::uint64_t flight);
  void Deliver(HostNumber to, std::uint64_t flight);
  // Of a process whose CPU is scarce: it has something to do; a piece of it may be done.
  void BeginWork(HostNumber host);
  void OnWork(HostNumber host);
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
