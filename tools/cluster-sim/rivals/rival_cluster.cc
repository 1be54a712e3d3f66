#include "tools/cluster-sim/rivals/rival_cluster.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace vf::sim {
namespace {

constexpr std::uint32_t kTimer = 1;
constexpr std::uint32_t kArrival = 2;
constexpr std::uint32_t kWork = 3;

// Late enough for all that began before.
constexpr TimePoint kStart{hours(1)};

constexpr std::uint64_t kDatagramHeaders = 28;
constexpr std::uint64_t kSegmentHeaders = 40;
constexpr std::uint64_t kSegmentBytes = 1460;

// Datagrams count as one, segments of a connection each.
NodeTraffic TrafficOf(const RivalSend& send) {
  if (send.way == RivalSend::Way::kDatagram) return {send.bytes + kDatagramHeaders, 1};
  std::uint64_t segments = (send.bytes + kSegmentBytes - 1) / kSegmentBytes;
  if (send.way == RivalSend::Way::kNewConnection) segments += 3;
  return {send.bytes + segments * kSegmentHeaders, segments};
}

void AddTo(TraceHash& trace, TimePoint now, HostNumber from, HostNumber to,
           const RivalMessage& message) {
  std::array<std::byte, 24> bytes;
  StoreLittleEndian(bytes.data(), from);
  StoreLittleEndian(bytes.data() + 4, message.sequence);
  StoreLittleEndian(bytes.data() + 8, message.target);
  StoreLittleEndian(bytes.data() + 12, static_cast<std::uint32_t>(message.updates.size()));
  std::uint64_t updates = 0;
  for (const RivalUpdate& update : message.updates) {
    updates = updates * 1'000'003 + update.subject;
    updates = updates * 1'000'003 + update.incarnation;
    updates = updates * 1'000'003 + update.from;
    updates = updates * 1'000'003 + static_cast<std::uint64_t>(update.state);
  }
  StoreLittleEndian(bytes.data() + 16, updates);
  trace.Add(now, static_cast<std::uint32_t>(message.kind), to, bytes);
}

}  // namespace

RivalCluster::RivalCluster(const RivalClusterOptions& options, const MakeRival& make,
                           const Rng& rng, RivalLearned learned)
    : make_(make),
      rng_(rng.Fork("members")),
      learned_(std::move(learned)),
      queue_(kStart),
      network_(options.network, options.members, rng.Fork("network")) {
  Rng phases = rng.Fork("phases");
  hosts_.resize(options.members);
  for (HostNumber host = 0; host < options.members; ++host) {
    const TimePoint born = kStart - phases.Between(Duration::zero(), options.phases);
    hosts_[host].protocol = make_(host, options.members, born, RngOf(host));
    Arm(host);
  }
}

Rng RivalCluster::RngOf(HostNumber host) const { return rng_.Fork(std::uint64_t{host}); }

bool RivalCluster::Step(TimePoint until) {
  Event event;
  if (!queue_.Pop(until, event)) return false;
  ++events_;
  if (event.kind == kArrival) {
    Arrive(event.target, event.payload);
    return true;
  }
  if (event.kind == kWork) {
    OnWork(event.target);
    return true;
  }
  Host& host = hosts_[event.target];
  if (event.at != host.armed) return true;  // an earlier deadline took its place
  host.armed = kNever;
  if (host.crashed || (host.stopped && !host.stopped->timers_run)) return true;
  if (host.starved != nullptr) {
    BeginWork(event.target);
    return true;
  }
  // The deadline may have been put off since.
  if (host.protocol->NextDeadline() <= event.at) {
    host.protocol->OnTimer(event.at);
    Drain(event.target);
  }
  Arm(event.target);
  return true;
}

void RivalCluster::RunUntil(TimePoint until) {
  while (Step(until)) {
  }
}

void RivalCluster::Crash(HostNumber host) { hosts_.at(host).crashed = true; }

void RivalCluster::Starve(HostNumber number, Duration cost) {
  Host& host = hosts_.at(number);
  VF_CHECK(!host.crashed && host.stopped == nullptr && host.starved == nullptr,
           "only what runs at its ease can be starved");
  host.starved = std::make_unique<Starved>(cost);
  host.starved->cpu.BeginSlot();
}

void RivalCluster::BeginWork(HostNumber number) {
  const Host& host = hosts_[number];
  if (host.starved->waiting.empty() && host.protocol->NextDeadline() > now()) return Arm(number);
  const TimePoint done = host.starved->cpu.Begin(now());
  if (done != kNever) queue_.Push(done, kWork, number, 0);
}

void RivalCluster::OnWork(HostNumber number) {
  Host& host = hosts_[number];
  Starved& starved = *host.starved;
  if (host.crashed || !starved.cpu.IsDone(now())) return;
  const bool timer_is_due = host.protocol->NextDeadline() <= now();
  if (timer_is_due && (starved.waiting.empty() || !starved.timer_was_last)) {
    starved.timer_was_last = true;
    host.protocol->OnTimer(now());
    Drain(number);
  } else if (!starved.waiting.empty()) {
    starved.timer_was_last = false;
    const std::uint64_t flight = starved.waiting.front();
    starved.waiting.pop_front();
    if (flights_[flight].way == RivalSend::Way::kDatagram) {
      starved.buffer.Give(flights_[flight].bytes);
    }
    Deliver(number, flight);
  }
  BeginWork(number);
}

void RivalCluster::Stop(HostNumber host) {
  if (hosts_.at(host).starved != nullptr) return hosts_[host].starved->cpu.EndSlot(now());
  VF_CHECK(!crashed(host) && !hosts_[host].stopped, "only what runs can be stopped");
  hosts_[host].stopped = std::make_unique<Stopped>();
}

void RivalCluster::Block(HostNumber host) {
  VF_CHECK(hosts_.at(host).starved == nullptr, "its CPU is what it lacks");
  Stop(host);
  hosts_[host].stopped->timers_run = true;
  hosts_[host].protocol->SetBlocked(now(), true);
  Arm(host);
}

void RivalCluster::Continue(HostNumber number) {
  Host& host = hosts_.at(number);
  if (host.starved != nullptr) {
    host.starved->cpu.BeginSlot();
    return BeginWork(number);
  }
  VF_CHECK(host.stopped != nullptr, "it was not stopped");
  const std::unique_ptr<Stopped> stopped = std::move(host.stopped);
  if (stopped->timers_run) host.protocol->SetBlocked(now(), false);
  for (RivalSend& send : stopped->held) Dispatch(number, send);
  if (host.protocol->NextDeadline() <= now()) {
    host.protocol->OnTimer(now());
    Drain(number);
  }
  for (const std::uint64_t flight : stopped->waiting) Deliver(number, flight);
  Arm(number);
}

HostNumber RivalCluster::Join(HostNumber contact) {
  const auto host = static_cast<HostNumber>(hosts_.size());
  network_.AddHost();
  hosts_.emplace_back();
  hosts_[host].protocol = make_(host, 0, now(), RngOf(host));
  hosts_[host].protocol->Join(contact);
  Drain(host);
  Arm(host);
  return host;
}

void RivalCluster::Announce(HostNumber host) {
  VF_CHECK(!crashed(host), "the dead announce nothing");
  hosts_[host].protocol->Announce(now());
  Drain(host);
  Arm(host);
}

void RivalCluster::Arm(HostNumber host) {
  const TimePoint next = hosts_[host].protocol->NextDeadline();
  if (next >= hosts_[host].armed) return;
  hosts_[host].armed = std::max(next, now());
  queue_.Push(hosts_[host].armed, kTimer, host, 0);
}

void RivalCluster::Drain(HostNumber host) {
  hosts_[host].protocol->TakeOutputs(outputs_);
  Stopped* const stopped = hosts_[host].stopped.get();
  for (RivalSend& send : outputs_.sends) {
    if (stopped == nullptr) {
      Dispatch(host, send);
    } else {
      stopped->held.push_back(std::move(send));
    }
  }
  if (learned_) {
    for (const RivalEvent& event : outputs_.events) learned_(now(), host, event);
  }
  outputs_.sends.clear();
  outputs_.events.clear();
}

void RivalCluster::Dispatch(HostNumber from, RivalSend& send) {
  const NodeTraffic sent = TrafficOf(send);
  hosts_[from].traffic.bytes += sent.bytes;
  hosts_[from].traffic.packets += sent.packets;
  if (on_send) on_send(send.to, send.message.kind, sent.bytes);
  Flight flight{from, {}, send.way, send.bytes};
  if (send.way == RivalSend::Way::kDatagram) {
    const Fate fate = network_.SendDatagram(now(), from, send.to);
    if (fate.arrivals == 0) return;
    if (fate.arrivals > 1) {
      flight.message = send.message;
      Launch(fate.at[1], send.to, flight);
    }
    flight.message = std::move(send.message);
    Launch(fate.at[0], send.to, std::move(flight));
    return;
  }
  TimePoint at = now();
  if (send.way == RivalSend::Way::kNewConnection) {
    if (crashed(send.to)) return;
    at = network_.SendSegment(at, from, send.to);
    if (at != kNever) at = network_.SendSegment(at, send.to, from);
  }
  if (at != kNever) at = network_.SendSegment(at, from, send.to);
  if (at == kNever) return;
  flight.message = std::move(send.message);
  Launch(at, send.to, std::move(flight));
}

void RivalCluster::Launch(TimePoint at, HostNumber to, Flight flight) {
  std::uint64_t number = flights_.size();
  if (free_flights_.empty()) {
    flights_.push_back(std::move(flight));
  } else {
    number = free_flights_.back();
    free_flights_.pop_back();
    flights_[number] = std::move(flight);
  }
  queue_.Push(at, kArrival, to, number);
}

void RivalCluster::Arrive(HostNumber to, std::uint64_t flight) {
  Stopped* const stopped = hosts_[to].stopped.get();
  Starved* const starved = hosts_[to].starved.get();
  if (stopped == nullptr && starved == nullptr) {
    Deliver(to, flight);
    if (!crashed(to)) Arm(to);
    return;
  }
  SocketBuffer& buffer = starved != nullptr ? starved->buffer : stopped->buffer;
  const bool datagram = flights_[flight].way == RivalSend::Way::kDatagram;
  if (datagram && !buffer.Take(flights_[flight].bytes)) {
    free_flights_.push_back(flight);
    return;
  }
  if (starved == nullptr) return stopped->waiting.push_back(flight);
  starved->waiting.push_back(flight);
  BeginWork(to);
}

void RivalCluster::Deliver(HostNumber to, std::uint64_t flight) {
  const Flight arrived = std::move(flights_[flight]);
  free_flights_.push_back(flight);
  if (hosts_[to].crashed) return;
  AddTo(trace_, now(), arrived.from, to, arrived.message);
  hosts_[to].protocol->OnMessage(now(), arrived.from, arrived.message);
  Drain(to);
}

}  // namespace vf::sim
