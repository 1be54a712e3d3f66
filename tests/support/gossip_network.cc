#include "tests/support/gossip_network.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"
#include "gossip/members/member_order.h"

namespace vf {
namespace {

constexpr std::uint64_t kWallAtStartMs = 1'800'000'000'000;

}  // namespace

Endpoint GossipNetwork::EndpointOf(std::size_t index) {
  return Endpoint::V4(
      {10, 0, static_cast<std::uint8_t>(index / 250), static_cast<std::uint8_t>(1 + index % 250)},
      8000);
}

std::size_t GossipNetwork::IndexOf(const Endpoint& endpoint) const {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (EndpointOf(i) == endpoint) return i;
  }
  return processes_.size();
}

WallTime GossipNetwork::wall() const {
  return {kWallAtStartMs + static_cast<std::uint64_t>(ToMilliseconds(now_.time_since_epoch()))};
}

WallTime GossipNetwork::WallOf(const Process& process) const {
  const std::int64_t passed = ToMilliseconds(now_.time_since_epoch()) + process.clock_offset_ms;
  return {kWallAtStartMs + static_cast<std::uint64_t>(passed)};
}

GossipNetwork::Process& GossipNetwork::NewProcess(std::size_t index,
                                                  const GossipProcessOptions& options) {
  if (processes_.size() <= index) processes_.resize(index + 1);
  processes_[index] = std::make_unique<Process>();
  processes_[index]->clock_offset_ms = options.clock_offset_ms;
  const bool own_place = options.at == GossipProcessOptions::kOwnPlace;
  processes_[index]->place = own_place ? index : options.at;
  SetHolder(processes_[index]->place, index);
  return *processes_[index];
}

MemberRecord GossipNetwork::NewIdentity(std::size_t index, const GossipProcessOptions& options) {
  MemberRecord self;
  do {
    StoreBigEndian(self.id.bytes.data(), options.key != kNoMember ? options.key : rng_.Next());
    StoreBigEndian(self.id.bytes.data() + 8, rng_.Next());
  } while (self.key() == kNoMember);
  self.boot = BootAt(WallOf(*processes_[index]));
  self.endpoint = PlaceOf(index);
  self.roles = options.roles;
  processes_[index]->key = self.key();
  return self;
}

void GossipNetwork::Start(std::size_t index, const GossipProcessOptions& options) {
  Process& process = NewProcess(index, options);
  const MemberRecord self = NewIdentity(index, options);
  SwimConfig config = options.config;
  if (config.cluster_hash == 0) config.cluster_hash = kClusterHash;
  config.contacts = options.contacts.size();
  process.swim = std::make_unique<Swim>(config, self, options.given, now_, WallOf(process),
                                        rng_.Fork(rng_.Next()));
  process.swim->Remember(now_, options.remembered);
  for (std::size_t i = 0; i < options.contacts.size(); ++i) {
    process.swim->SetContact(now_, i, {EndpointOf(options.contacts[i])});
  }
  Drain(index);
}

void GossipNetwork::StartWarm(std::size_t count, const GossipProcessOptions& options) {
  KnownCluster cluster;
  cluster.foundation = {kWallAtStartMs, rng_.Next()};
  cluster.settings = {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
  for (std::size_t i = 0; i < count; ++i) {
    NewProcess(i, options);
    MemberRecord& record = cluster.members.emplace_back(NewIdentity(i, options));
    record.seat = rng_.Next();
    record.phase = Phase::kReady;
    record.meta_version = 1;
    record.replicas = cluster.settings.replicas;
    record.partition_digits = cluster.settings.partition_digits;
  }
  SwimConfig config = options.config;
  config.cluster_hash = kClusterHash;
  for (std::size_t i = 0; i < count; ++i) {
    Process& process = *processes_[i];
    process.swim = std::make_unique<Swim>(Swim::Warm(config, cluster.members[i], cluster, now_,
                                                     WallOf(process), rng_.Fork(rng_.Next())));
    Drain(i);
  }
}

void GossipNetwork::Crash(std::size_t index, bool host_up) {
  processes_[index]->swim.reset();
  processes_[index]->host_up = host_up;
}

void GossipNetwork::Leave(std::size_t index, LeaveKind kind) {
  processes_[index]->swim->Leave(now_, kind);
  Drain(index);
}

void GossipNetwork::Resume(std::size_t index) {
  Process& process = *processes_[index];
  process.paused = false;
  for (auto& [from, bytes] : std::exchange(process.inbox, {})) {
    process.swim->OnDatagram(now_, WallOf(process), from, bytes);
  }
  process.swim->OnTimer(now_, WallOf(process));
  Drain(index);
}

bool GossipNetwork::Separated(std::size_t a, std::size_t b) const {
  const auto side = [&](std::size_t i) {
    const auto it = islands_.find(i);
    return it == islands_.end() ? 0 : it->second;
  };
  return side(a) != side(b);
}

void GossipNetwork::BlockUdp(std::size_t index, bool blocked) {
  blocked ? (void)udp_blocked_.insert(index) : (void)udp_blocked_.erase(index);
}

void GossipNetwork::BlockTcp(std::size_t index, bool blocked) {
  blocked ? (void)tcp_blocked_.insert(index) : (void)tcp_blocked_.erase(index);
}

void GossipNetwork::Schedule(Duration delay, Event event) {
  event.at = now_ + delay;
  event.order = order_++;
  events_.push(std::move(event));
}

// Skewed like a local network: mostly 0.1 to 0.2 ms, now and then several times that.
Duration GossipNetwork::Delay() {
  return rng_.Between(microseconds(100), microseconds(200)) +
         (rng_.Chance(1, 50) ? microseconds(400) : microseconds(0));
}

// Connect, ask, answer: two round trips, or one that ends in a reset.
void GossipNetwork::SendEcho(std::size_t index, const EchoWish& wish) {
  ++echoes_;
  const std::size_t to = IndexOf(wish.to);
  if (to == processes_.size() || !processes_[to]) return;
  if (Separated(index, to) || tcp_blocked_.contains(to)) return;
  Event event;
  event.from = index;
  event.to = to;
  event.kind = Kind::kEcho;
  event.echo = wish;
  Duration delay = Delay();
  if (processes_[to]->swim) delay += Delay() + Delay();
  Schedule(delay, std::move(event));
}

void GossipNetwork::DeliverEcho(const Event& event) {
  if (tcp_proxied_.contains(event.to)) return;  // Connected, and nobody speaks.
  Process& process = *processes_[event.to];
  if (process.paused || (!process.swim && !process.host_up)) return;
  Event back;
  back.from = event.to;
  back.to = event.from;
  back.kind = Kind::kEchoResult;
  back.echo = event.echo;
  back.result.outcome = EchoResult::Outcome::kRefused;
  if (process.swim) {
    const EchoAnswer answer = process.swim->AnswerEcho(
        now_, {event.echo.target, event.echo.boot, event.echo.status, event.echo.incarnation});
    back.result = {EchoResult::Outcome::kAnswered, answer.key, answer.boot, answer.incarnation};
    Drain(event.to);
  }
  Schedule(Delay(), std::move(back));
}

// Sends what the process wants to send.
void GossipNetwork::Drain(std::size_t index) {
  Process& process = *processes_[index];
  SwimOutputs out;
  process.swim->TakeOutputs(out);
  if (out.suspected_self) ++process.seen.suspected_self;
  if (!out.refused.empty()) {
    process.seen.refused = out.refused;
    process.seen.refusal_ends_process = out.refusal_ends_process;
  }
  if (!out.identity_lost.empty()) {
    process.seen.identity_lost = out.identity_lost;
    process.seen.rejoin_at = out.rejoin_at;
  }
  for (SwimLogLine& line : out.log) process.seen.log.push_back(std::move(line.text));
  if (out.members_changed) NoteDeaths(index);
  for (OutgoingDatagram& datagram : out.datagrams) {
    VF_CHECK(datagram.bytes.size() <= 1400, "a datagram that is too long");
    std::size_t to = IndexOf(datagram.to);
    if (const auto holder = holders_.find(to); holder != holders_.end()) to = holder->second;
    if (to >= processes_.size() || !processes_[to]) continue;
    if (filter && filter(index, to, datagram.bytes)) continue;
    if (Separated(index, to) || rng_.Chance(loss_permille_, 1000)) continue;
    if (udp_blocked_.contains(index) || udp_blocked_.contains(to)) continue;
    Event event;
    event.from = index;
    event.to = to;
    event.kind = Kind::kDatagram;
    event.bytes = std::move(datagram.bytes);
    Schedule(Delay(), std::move(event));
  }
  for (const EchoWish& wish : out.echoes) SendEcho(index, wish);
  if (out.exchanges.empty()) return;
  // Echoes are the only streams here: the exchange goes by datagrams.
  for (const ExchangeWish& wish : out.exchanges) {
    process.swim->OnExchangeOutcome(now_, wish.number, ExchangeOutcome::kFailed);
  }
  Drain(index);
}

void GossipNetwork::NoteDeaths(std::size_t index) {
  Process& process = *processes_[index];
  std::set<MemberKey> dead;
  for (const Member& member : process.swim->Snapshot().members) {
    if (member.record.state == MemberState::kDead) dead.insert(member.record.key());
  }
  for (const auto& other : processes_) {
    if (!other || !other->swim || !dead.contains(other->key)) continue;
    if (!process.held_dead.contains(other->key)) ++false_deaths_;
  }
  process.held_dead = std::move(dead);
}

void GossipNetwork::Deliver(const Event& event) {
  Process& process = *processes_[event.to];
  trace_hash_ = Hash64(
      event.bytes, trace_hash_ ^ static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  if (event.kind == Kind::kEcho) return DeliverEcho(event);
  if (!process.swim) {
    if (!process.host_up || event.kind != Kind::kDatagram) return;
    Event refusal;
    refusal.from = event.to;
    refusal.to = event.from;
    refusal.kind = Kind::kRefusal;
    Schedule(microseconds(100), std::move(refusal));
    return;
  }
  if (process.paused) {
    if (event.kind == Kind::kDatagram) {
      process.inbox.push_back({PlaceOf(event.from), event.bytes});
    }
    return;
  }
  if (event.kind == Kind::kRefusal) {
    process.swim->OnRefused(now_, PlaceOf(event.from));
  } else if (event.kind == Kind::kEchoResult) {
    process.swim->OnEcho(now_, event.echo.seq, event.result);
  } else {
    process.swim->OnDatagram(now_, WallOf(process), PlaceOf(event.from), event.bytes);
  }
  Drain(event.to);
}

void GossipNetwork::Inject(const Endpoint& from, std::size_t to, ByteSpan bytes) {
  processes_[to]->swim->OnDatagram(now_, WallOf(*processes_[to]), from, bytes);
  Drain(to);
}

void GossipNetwork::Run(Duration duration) {
  const TimePoint end = now_ + duration;
  while (true) {
    TimePoint next = events_.empty() ? kNever : events_.top().at;
    std::size_t waking = processes_.size();
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      if (!is_up(i) || processes_[i]->paused) continue;
      if (processes_[i]->swim->NextDeadline() >= next) continue;
      next = processes_[i]->swim->NextDeadline();
      waking = i;
    }
    if (next > end) break;
    now_ = std::max(now_, next);
    if (waking < processes_.size()) {
      processes_[waking]->swim->OnTimer(now_, WallOf(*processes_[waking]));
      Drain(waking);
      VF_CHECK(!is_up(waking) || processes_[waking]->swim->NextDeadline() > now_,
               "a deadline that is never met");
    } else {
      const Event event = events_.top();
      events_.pop();
      Deliver(event);
    }
  }
  now_ = end;
}

bool GossipNetwork::RunUntil(const std::function<bool()>& done, Duration limit) {
  const TimePoint end = now_ + limit;
  while (now_ < end) {
    if (done()) return true;
    Run(milliseconds(1));
  }
  return done();
}

const Member* GossipNetwork::Find(const MembershipSnapshot& snapshot, std::size_t subject) {
  for (const Member& member : snapshot.members) {
    if (member.record.key() == processes_[subject]->key) return &member;
  }
  return nullptr;
}

bool GossipNetwork::Believes(std::size_t observer, std::size_t subject, MemberState state) {
  const MembershipSnapshot snapshot = swim(observer).Snapshot();
  const Member* member = Find(snapshot, subject);
  return member != nullptr && member->record.state == state;
}

std::vector<std::size_t> GossipNetwork::Up() const {
  std::vector<std::size_t> up;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (is_up(i)) up.push_back(i);
  }
  return up;
}

bool GossipNetwork::Agree() {
  std::set<MemberKey> wanted;
  for (const std::size_t i : Up()) wanted.insert(key(i));
  Foundation foundation;
  for (const std::size_t i : Up()) {
    const MembershipSnapshot snapshot = swim(i).Snapshot();
    if (!snapshot.joined || !snapshot.foundation.IsFounded()) return false;
    if (foundation.IsFounded() && snapshot.foundation != foundation) return false;
    foundation = snapshot.foundation;
    std::set<MemberKey> live;
    for (const Member& member : snapshot.members) {
      if (member.record.state == MemberState::kAlive) live.insert(member.record.key());
      if (member.record.state == MemberState::kSuspect) return false;
    }
    if (live != wanted) return false;
  }
  return true;
}

std::size_t GossipNetwork::Foundations() {
  std::set<Foundation> foundations;
  for (const std::size_t i : Up()) {
    const Foundation foundation = swim(i).Snapshot().foundation;
    if (foundation.IsFounded()) foundations.insert(foundation);
  }
  return foundations.size();
}

}  // namespace vf
