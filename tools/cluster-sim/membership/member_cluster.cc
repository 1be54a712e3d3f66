#include "tools/cluster-sim/membership/member_cluster.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "gossip/members/member_order.h"
#include "gossip/swim_core_impl.h"

namespace vf::sim {
namespace {

constexpr TimePoint kStart{seconds(1'000)};
constexpr std::uint64_t kWallAtStartMs = 1'800'000'000'000;
constexpr std::uint32_t kClusterHash = 0x1234abcd;
constexpr std::uint16_t kPort = 8000;
constexpr ClusterSettings kSettings = {kDefaultReplicas, kDefaultPartitionDigits,
                                       kDefaultTombstoneAgeS};

std::shared_ptr<const SwimConfig> Complete(SwimConfig config, std::size_t contacts, bool streams) {
  config.streams = streams;
  config.cluster_hash = kClusterHash;
  config.contacts = contacts;
  return std::make_shared<const SwimConfig>(config);
}

}  // namespace

template <MemberStorage Storage>
BasicMemberCluster<Storage>::BasicMemberCluster(const MemberClusterOptions& options)
    : config_(Complete(options.config, options.islands.empty() ? 0 : 1, options.streams)),
      identities_(Rng(options.seed).Fork("identities")),
      processes_rng_(Rng(options.seed).Fork("processes")),
      queue_(kStart),
      network_(options.network, options.nodes, Rng(options.seed).Fork("network")),
      processes_(options.nodes) {
  std::vector<MemberRecord> members;
  members.reserve(options.nodes);
  for (HostNumber host = 0; host < options.nodes; ++host) {
    MemberRecord& r = members.emplace_back(NewIdentity(host));
    r.seat = identities_.Next();
    r.phase = Phase::kReady;
    r.meta_version = 1;
    r.replicas = kSettings.replicas;
    r.partition_digits = kSettings.partition_digits;
  }
  const Foundation foundation{kWallAtStartMs, identities_.Next()};
  std::vector<std::vector<MemberRecord>> islands(1);
  const auto island_of = [&options](HostNumber host) {
    return options.islands.empty() ? 0 : static_cast<std::size_t>(options.islands[host]);
  };
  for (HostNumber host = 0; host < options.nodes; ++host) {
    if (island_of(host) >= islands.size()) islands.resize(island_of(host) + 1);
    islands[island_of(host)].push_back(members[host]);
  }
  for (std::vector<MemberRecord>& island : islands) tables_.emplace_back(kStart, std::move(island));
  for (HostNumber host = 0; host < options.nodes; ++host) {
    const MemberRecord& self = members[host];
    processes_[host].core =
        std::make_unique<Core>(config_, self, foundation, kSettings,
                               Table(tables_[island_of(host)].Make(self.key()), journal_), kStart,
                               Wall(), processes_rng_.Fork(host));
    Finish(host);
  }
}

template <MemberStorage Storage>
BasicMemberCluster<Storage>::~BasicMemberCluster() = default;

// 10.0.0.1 and following.
template <MemberStorage Storage>
Endpoint BasicMemberCluster<Storage>::EndpointOf(HostNumber host) {
  const HostNumber number = host + 1;
  return Endpoint::V4({10, static_cast<std::uint8_t>(number >> 16),
                       static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)},
                      kPort);
}

template <MemberStorage Storage>
HostNumber BasicMemberCluster<Storage>::HostAt(const Endpoint& endpoint) {
  return (LoadBigEndian<std::uint32_t>(endpoint.address_bytes().data()) & 0xffffff) - 1;
}

template <MemberStorage Storage>
WallTime BasicMemberCluster<Storage>::Wall() const {
  return {kWallAtStartMs + static_cast<std::uint64_t>(ToMilliseconds(queue_.now() - kStart))};
}

template <MemberStorage Storage>
MemberRecord BasicMemberCluster<Storage>::NewIdentity(HostNumber host) {
  MemberRecord r;
  do {
    StoreBigEndian(r.id.bytes.data(), identities_.Next());
    StoreBigEndian(r.id.bytes.data() + 8, identities_.Next());
  } while (r.key() == kNoMember || !host_of_key_.Insert(r.key(), host));
  r.boot = BootAt(Wall());
  r.endpoint = EndpointOf(host);
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  return r;
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Crash(HostNumber host, bool host_up) {
  Process& process = processes_[host];
  VF_CHECK(process.core != nullptr, "it is gone already");
  process.core.reset();
  process.starved.reset();
  process.host_up = host_up;
}

template <MemberStorage Storage>
HostNumber BasicMemberCluster<Storage>::Join(HostNumber contact) {
  const auto host = static_cast<HostNumber>(processes_.size());
  processes_.emplace_back();
  network_.AddHost();
  Begin(host, contact);
  return host;
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Restart(HostNumber host, HostNumber contact) {
  VF_CHECK(processes_[host].core == nullptr, "it still runs");
  processes_[host].host_up = true;
  ++lives_;
  Begin(host, contact);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Begin(HostNumber host, HostNumber contact) {
  const MemberRecord self = NewIdentity(host);
  // A later life draws other numbers than the one before.
  const Rng rng = lives_ == 0 ? processes_rng_.Fork(host) : processes_rng_.Fork(host).Fork(lives_);
  processes_[host].core =
      std::make_unique<Core>(Complete(*config_, 1, config_->streams), self, ClusterSettings(),
                             Table(typename Table::Base(self.key()), journal_), now(), Wall(), rng);
  processes_[host].flaps_revision = 0;
  processes_[host].degraded.clear();
  processes_[host].core->SetContact(now(), 0, {EndpointOf(contact)});
  Finish(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::SetPhase(HostNumber host, Phase phase) {
  processes_[host].core->SetPhase(now(), phase, {});
  Finish(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::SetContact(HostNumber host, HostNumber contact) {
  processes_[host].core->SetContact(now(), 0, {EndpointOf(contact)});
  Finish(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::RunUntil(TimePoint until) {
  Event event;
  while (queue_.Pop(until, event)) {
    PrepareNext();
    const auto kind = static_cast<Kind>(event.kind);
    if (kind == kTimer) {
      if (processes_[event.target].timer_at == event.at) OnTimer(event.target);
    } else if (kind == kWork) {
      OnWork(event.target);
    } else {
      OnArrival(event.target, kind, event.payload);
    }
  }
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::OnArrival(HostNumber host, Kind kind, std::uint64_t payload) {
  Stopped* const stopped = processes_[host].stopped.get();
  Starved* const starved = processes_[host].starved.get();
  // A connection is accepted by the kernel.
  const bool by_kernel = kind == kEcho && echoes_[payload].leg == EchoLeg::kConnect;
  if ((stopped == nullptr && starved == nullptr) || by_kernel) {
    return Take(host, kind, payload, now());
  }
  SocketBuffer& buffer = starved != nullptr ? starved->buffer : stopped->buffer;
  if (kind == kDatagram && !buffer.Take(flights_[payload].bytes.size())) {
    free_flights_.push_back(static_cast<std::uint32_t>(payload));
    return;
  }
  if (starved != nullptr) {
    starved->waiting.push_back({kind, payload, now()});
    return BeginWork(host);
  }
  stopped->timers_run = false;
  stopped->waiting.push_back({kind, payload, now()});
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Take(HostNumber host, Kind kind, std::uint64_t payload,
                                       TimePoint received) {
  if (kind == kDatagram) return Deliver(host, payload, received);
  if (kind == kEcho) return DeliverEcho(static_cast<std::uint32_t>(payload));
  DeliverRefusal(host, static_cast<HostNumber>(payload));
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Starve(HostNumber host, Duration cost) {
  Process& process = processes_[host];
  VF_CHECK(process.core != nullptr && process.stopped == nullptr && process.starved == nullptr,
           "only what runs at its ease can be starved");
  process.starved = std::make_unique<Starved>(cost);
  process.starved->cpu.BeginSlot();
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::BeginWork(HostNumber host) {
  Process& process = processes_[host];
  if (process.starved->waiting.empty() && process.deadline > now()) return;
  const TimePoint done = process.starved->cpu.Begin(now());
  if (done != kNever) queue_.Push(done, kWork, host, 0);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::OnWork(HostNumber host) {
  Process& process = processes_[host];
  Starved* const starved = process.starved.get();
  if (starved == nullptr || !starved->cpu.IsDone(now())) return;  // It ended meanwhile.
  const bool timer_is_due = process.deadline <= now();
  const bool reads =
      !starved->waiting.empty() && (!timer_is_due || starved->reads < kReadsBeforeTimer);
  if (reads) {
    ++starved->reads;
    const Arrival arrival = starved->waiting.front();
    starved->waiting.pop_front();
    if (arrival.kind == kDatagram) {
      starved->buffer.Give(flights_[arrival.payload].bytes.size());
    }
    Take(host, arrival.kind, arrival.payload, arrival.at);
  } else if (timer_is_due) {
    starved->reads = 0;
    ++events_;
    const TimePoint heard = starved->waiting.empty() ? now() : starved->waiting.front().at;
    process.core->OnTimer(now(), Wall(), heard);
    Finish(host);
  }
  BeginWork(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Stop(HostNumber host) {
  Process& process = processes_[host];
  if (process.starved != nullptr) return process.starved->cpu.EndSlot(now());
  VF_CHECK(process.core != nullptr && process.stopped == nullptr, "only what runs can be stopped");
  process.stopped = std::make_unique<Stopped>();
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Block(HostNumber host) {
  VF_CHECK(processes_[host].starved == nullptr, "its CPU is what it lacks");
  Stop(host);
  processes_[host].stopped->timers_run = true;
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Continue(HostNumber host) {
  if (processes_[host].starved != nullptr) {
    processes_[host].starved->cpu.BeginSlot();
    return BeginWork(host);
  }
  VF_CHECK(processes_[host].stopped != nullptr, "it was not stopped");
  const std::unique_ptr<Stopped> stopped = std::move(processes_[host].stopped);
  for (OutgoingDatagram& datagram : stopped->held) SendDatagram(host, datagram);
  for (const EchoWish& wish : stopped->held_echoes) BeginEcho(host, wish);
  for (const auto& arrival : stopped->waiting) {
    Take(host, arrival.kind, arrival.payload, arrival.at);
  }
  SetTimer(host);
}

// Each event in three steps, since each leads to where the next one looks; and a core in two
// halves, since a processor waits for a limited number of lines and forgets what is asked for
// beyond it.
template <MemberStorage Storage>
void BasicMemberCluster<Storage>::PrepareNext() {
  constexpr std::size_t kFewProcesses = 200;  // that stay in the cache
  static_assert(2 * kStep < kAhead && kAhead < kShown);
  if (processes_.size() < kFewProcesses) return;
  if (ahead_ > 0) --ahead_;
  while (ahead_ < kAhead) {
    const Event* next = queue_.LookAhead();
    if (next == nullptr) return;
    PrepareProcess(*next);
    shown_[shows_ % kShown] = *next;
    if (shows_ >= kStep) PrepareCore(shown_[(shows_ - kStep) % kShown], 0, kWarmBytes / 2);
    ++shows_;
    ++ahead_;
  }
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::PrepareRest() {
  if (rests_ == shows_ || shows_ <= 2 * kStep) return;
  rests_ = shows_;
  const Event& event = shown_[(shows_ - 1 - kStep) % kShown];
  PrepareCore(event, kWarmBytes / 2, kWarmBytes);
  PrepareCore(event, sizeof(Core) - 2 * kCacheLine, sizeof(Core));
  if (event.kind == kDatagram) {
    __builtin_prefetch(flights_[event.payload].bytes.data());
    tables_.front().PrepareKey(flights_[event.payload].key);
  }
  const Event& sooner = shown_[(shows_ - 1 - 2 * kStep) % kShown];
  if (sooner.kind == kDatagram) tables_.front().PrepareRow(flights_[sooner.payload].key);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::PrepareProcess(const Event& event) const {
  __builtin_prefetch(&processes_[event.target]);
  network_.PrepareSender(event.target);
  if (event.kind == kDatagram) __builtin_prefetch(&flights_[event.payload]);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::PrepareCore(const Event& event, std::size_t from,
                                              std::size_t to) const {
  const auto* core = reinterpret_cast<const std::byte*>(processes_[event.target].core.get());
  if (core == nullptr) return;
  for (std::size_t at = from; at < to; at += kCacheLine) __builtin_prefetch(core + at);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::OnTimer(HostNumber host) {
  Process& process = processes_[host];
  process.timer_at = kNever;
  if (process.core == nullptr || (process.stopped && !process.stopped->timers_run)) return;
  if (process.deadline > now()) return SetTimer(host);  // It was put off meanwhile.
  if (process.starved != nullptr) return BeginWork(host);
  ++events_;
  process.core->OnTimer(now(), Wall());
  Finish(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Deliver(HostNumber host, std::uint64_t number,
                                          TimePoint received) {
  Flight& flight = flights_[number];
  const HostNumber from = flight.from;
  const std::vector<std::byte> bytes = std::move(flight.bytes);
  free_flights_.push_back(static_cast<std::uint32_t>(number));
  Process& process = processes_[host];
  ++events_;
  trace_.Add(now(), kDatagram, host, bytes);
  if (process.core == nullptr) {
    if (process.host_up && !network_.IsCut(host, from, Traffic::kDatagrams) &&
        icmp_limits_.Take(now(), host, from)) {
      queue_.Push(now() + network_.Delay(host, from), kRefusal, from, host);
    }
    return;
  }
  process.core->OnDatagram(now(), Wall(), EndpointOf(from), bytes, received);
  Finish(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::DeliverRefusal(HostNumber host, HostNumber from) {
  ++events_;
  trace_.Add(now(), kRefusal, host);
  if (processes_[host].core == nullptr) return;
  processes_[host].core->OnRefused(now(), EndpointOf(from));
  Finish(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::BeginEcho(HostNumber from, const EchoWish& wish) {
  if (free_echoes_.empty()) {
    free_echoes_.push_back(static_cast<std::uint32_t>(echoes_.size()));
    echoes_.emplace_back();
  }
  const std::uint32_t number = free_echoes_.back();
  free_echoes_.pop_back();
  echoes_[number] = {EchoLeg::kConnect, from, HostAt(wish.to), wish, {}};
  SendEcho(number, EchoLeg::kConnect);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::SendEcho(std::uint32_t number, EchoLeg leg) {
  EchoFlight& echo = echoes_[number];
  const bool forth = leg == EchoLeg::kConnect || leg == EchoLeg::kQuestion;
  const HostNumber sender = forth ? echo.from : echo.to;
  const HostNumber receiver = forth ? echo.to : echo.from;
  echo.leg = leg;
  const TimePoint at = network_.SendSegment(now(), sender, receiver);
  if (at == kNever) return EndEcho(number);
  queue_.Push(at, kEcho, receiver, number);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::DeliverEcho(std::uint32_t number) {
  EchoFlight& echo = echoes_[number];
  ++events_;
  trace_.Add(now(), kEcho, static_cast<std::uint32_t>(echo.leg));
  const bool at_target = echo.leg == EchoLeg::kConnect || echo.leg == EchoLeg::kQuestion;
  Process& process = processes_[at_target ? echo.to : echo.from];
  if (process.core == nullptr) {
    if (!at_target || !process.host_up) return EndEcho(number);
    echo.result.outcome = EchoResult::Outcome::kRefused;
    return SendEcho(number, EchoLeg::kAnswer);
  }
  switch (echo.leg) {
    case EchoLeg::kConnect:
      return SendEcho(number, EchoLeg::kAccepted);
    case EchoLeg::kAccepted:
      return SendEcho(number, EchoLeg::kQuestion);
    case EchoLeg::kQuestion: {
      const HostNumber host = echo.to;
      const EchoAnswer answer = process.core->AnswerEcho(
          now(), {echo.wish.target, echo.wish.boot, echo.wish.status, echo.wish.incarnation});
      echo.result = {EchoResult::Outcome::kAnswered, answer.key, answer.boot, answer.incarnation};
      SendEcho(number, EchoLeg::kAnswer);
      return Finish(host);
    }
    case EchoLeg::kAnswer: {
      const HostNumber host = echo.from;
      process.core->OnEcho(now(), echo.wish.seq, echo.result);
      EndEcho(number);
      return Finish(host);
    }
  }
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Finish(HostNumber host) {
  PrepareRest();
  processes_[host].core->TakeOutputs(outputs_);
  TellDegraded(host);
  for (const BeliefChange& change : journal_) {
    const HostNumber* subject = host_of_key_.Find(change.subject);
    if (on_belief && subject != nullptr) on_belief(host, *subject, change);
  }
  journal_.clear();
  if (on_view && outputs_.members_changed) on_view(host);
  Stopped* const stopped = processes_[host].stopped.get();
  if (stopped == nullptr) {
    for (OutgoingDatagram& datagram : outputs_.datagrams) SendDatagram(host, datagram);
    for (const EchoWish& wish : outputs_.echoes) BeginEcho(host, wish);
  } else if (!outputs_.datagrams.empty() || !outputs_.echoes.empty()) {
    stopped->timers_run = false;
    std::move(outputs_.datagrams.begin(), outputs_.datagrams.end(),
              std::back_inserter(stopped->held));
    stopped->held_echoes.insert(stopped->held_echoes.end(), outputs_.echoes.begin(),
                                outputs_.echoes.end());
  }
  if (!outputs_.exchanges.empty()) {
    for (const ExchangeWish& wish : outputs_.exchanges) {
      processes_[host].core->OnExchangeOutcome(now(), wish.number, ExchangeOutcome::kFailed);
    }
    return Finish(host);
  }
  processes_[host].deadline = processes_[host].core->NextDeadline();
  SetTimer(host);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::TellDegraded(HostNumber host) {
  Process& process = processes_[host];
  const FlapDamping& flaps = process.core->flaps();
  if (process.flaps_revision == flaps.revision()) return;
  process.flaps_revision = flaps.revision();
  const std::set<MemberKey> before = std::exchange(process.degraded, flaps.degraded());
  const auto tell = [&](const std::set<MemberKey>& some, const std::set<MemberKey>& others,
                        bool degraded) {
    for (const MemberKey key : some) {
      const HostNumber* subject = host_of_key_.Find(key);
      if (on_degraded && subject != nullptr && !others.contains(key)) {
        on_degraded(host, *subject, degraded);
      }
    }
  };
  tell(before, process.degraded, false);
  tell(process.degraded, before, true);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::SendDatagram(HostNumber from, OutgoingDatagram& datagram) {
  const HostNumber to = HostAt(datagram.to);
  if (on_send) on_send(from, to, datagram.bytes);
  const Fate fate = network_.SendDatagram(now(), from, to);
  if (fate.arrivals == 2) Launch(fate.at[1], from, to, datagram.bytes);
  if (fate.arrivals >= 1) Launch(fate.at[0], from, to, std::move(datagram.bytes));
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::SetTimer(HostNumber host) {
  Process& process = processes_[host];
  if (process.deadline >= process.timer_at) return;
  process.timer_at = std::max(process.deadline, now());
  queue_.Push(process.timer_at, kTimer, host, 0);
}

template <MemberStorage Storage>
void BasicMemberCluster<Storage>::Launch(TimePoint at, HostNumber from, HostNumber to,
                                         std::vector<std::byte> bytes) {
  std::uint32_t number = 0;
  if (free_flights_.empty()) {
    number = static_cast<std::uint32_t>(flights_.size());
    flights_.emplace_back();
  } else {
    number = free_flights_.back();
    free_flights_.pop_back();
  }
  const Core* core = processes_[from].core.get();
  flights_[number] = {from, core == nullptr ? kNoMember : core->self_key(), std::move(bytes)};
  queue_.Push(at, kDatagram, to, number);
}

template class BasicMemberCluster<SharedMembers>;
template class BasicMemberCluster<OwnMembers>;

}  // namespace vf::sim
