// SwimCore: turns, sending, news, the own record, the timer. See swim_core.h.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
SwimCore<Table>::SwimCore(const SwimConfig& config, const MemberRecord& self,
                          const ClusterSettings& given, TimePoint now, WallTime wall, Rng rng)
    : config_(config),
      given_(given),
      self_(self),
      rng_(rng.Fork("swim")),
      table_(self.key()),
      round_(rng.Fork("probe round")),
      round_trips_(config),
      suspicions_(config),
      direct_(config),
      contacts_(config),
      exchange_(config),
      paced_(config),
      wall_(wall),
      wall_at_(now),
      now_(now),
      last_turn_(now) {
  VF_CHECK(config.Validate().ok(), "the configuration was not validated");
  VF_CHECK(self.key() != kNoMember && self.boot != 0, "no identity");
  self_.incarnation = 0;
  self_.state = MemberState::kAlive;
  self_.phase = Phase::kJoining;
  self_.meta_version = 1;
  self_.proto_min = self_.proto_max = kProtocol;
  self_.replicas = self_.partition_digits = 0;
  if (!self_.IsStorage()) self_.seat = 0;
  if ((self_.roles & kRoleController) != 0) config_.evict_after = config.controller_evict_after;
  next_seq_ = static_cast<std::uint32_t>(rng_.Next());
  tokens_ = config.push_burst;
  tokens_at_ = now;
  table_.SetSelf(now, self_);
  probe_at_ = now + rng_.Between(Duration::zero(), config.probe_interval);
  heal_at_ = now + rng_.Between(Duration::zero(), config.heal_interval);
  outputs_.members_changed = true;
  if (self_.IsStorage()) {
    if (config.contacts == 0) {
      Found(now);
    } else {
      founding_look_at_ = now;
    }
  }
  EndTurn();
}

// ---------------------------------------------------------------------------------------------
// Turns

// Every call from outside begins here. Late by more than a little: this process could not listen,
// so nobody may be judged for what it did not hear meanwhile.
template <MemberTablePolicy Table>
void SwimCore<Table>::BeginTurn(TimePoint now) {
  now_ = now;
  const TimePoint expected = std::max(next_deadline_, last_turn_);
  last_turn_ = now;
  if (next_deadline_ == kNever || now <= expected + kLagSlack) return;
  const Duration lag = now - expected;
  ++counters_.clock_lags;
  probes_.Postpone(lag);
  relayed_.Postpone(lag);
  suspicions_.Postpone(lag);
  if (left_ || lag <= SuspicionMin(config_, members()) / 2) return;
  // Long enough for others to have given up: the refutation goes out before anybody asks.
  Log(now, "overslept by " + std::to_string(ToMilliseconds(lag)) + " ms: telling the others");
  outputs_.suspected_self = true;
  MintIncarnation(self_.incarnation);
  Announce(now, Urgency::kLife, true);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::EndTurn() {
  if (left_) {
    next_deadline_ = goodbye_at_;
    return;
  }
  TimePoint next = std::min({push_at_, repair_at_, probe_at_, heal_at_, founding_look_at_,
                             view_check_at_, superseded_until_});
  next = std::min({next, probes_.NextDeadline(), relayed_.NextDeadline(),
                   suspicions_.NextDeadline(members()), direct_.NextDeadline(),
                   contacts_.NextDeadline(), exchange_.NextDeadline(), paced_.NextDeadline()});
  next = std::min(next, table_.NextEviction(config_.evict_after, config_.tombstone_age));
  next_deadline_ = next;
}

template <MemberTablePolicy Table>
WallTime SwimCore<Table>::WallAt(TimePoint now) const {
  const auto passed = std::max<std::int64_t>(ToMilliseconds(now - wall_at_), 0);
  return {wall_.ms + static_cast<std::uint64_t>(passed)};
}

template <MemberTablePolicy Table>
int SwimCore<Table>::MaxSends() const {
  const double digits = std::ceil(std::log10(static_cast<double>(members() + 1)));
  return config_.repair_factor * std::max(1, static_cast<int>(digits));
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::TakeTokens(TimePoint now, int wanted) {
  const double passed = std::chrono::duration<double>(now - tokens_at_).count();
  tokens_ = std::min(tokens_ + passed * config_.push_rate, static_cast<double>(config_.push_burst));
  tokens_at_ = now;
  if (tokens_ < wanted) return false;
  tokens_ -= wanted;
  return true;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Log(TimePoint now, std::string line) {
  constexpr int kLinesASecond = 5;
  if (now >= log_at_ + seconds(1) || log_at_ == TimePoint::min()) {
    log_at_ = now;
    log_lines_ = 0;
  }
  if (log_lines_++ < kLinesASecond) outputs_.log.push_back(std::move(line));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TakeOutputs(SwimOutputs& out) {
  out.datagrams.clear();
  out.log.clear();
  out.refused.clear();
  out.members_changed = out.suspected_self = out.refusal_ends_process = false;
  std::swap(out, outputs_);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnTimer(TimePoint now, WallTime wall) {
  BeginTurn(now);
  wall_ = wall;
  wall_at_ = now;
  if (left_) {
    if (goodbye_at_ <= now) SayGoodbye(now);
    EndTurn();
    return;
  }
  ContinueProbes(now);
  for (const RelayedPing& ping : relayed_.TakeUnanswered(now)) {
    if (ping.want_nack) Send(ping.asker, kNoMember, PingNack{ping.asker_seq, NackReason::kTimeout});
  }
  if (probe_at_ <= now) {
    ProbeNext(now);
    probe_at_ += config_.probe_interval;
    if (probe_at_ <= now) probe_at_ = now + config_.probe_interval;
  }
  EndSuspicions(now);
  if (superseded_until_ <= now) ReturnWithNewBoot(now);
  AskContacts(now);
  ConsiderFounding(now);
  ContinueExchange(now);
  CheckView(now);
  if (heal_at_ <= now) HealTick(now);
  if (table_.Evict(now, config_.evict_after, config_.tombstone_age)) {
    outputs_.members_changed = true;
  }
  SendDirectPushes(now);
  if (push_at_ <= now) PushFresh(now);
  if (repair_at_ <= now) Repair(now);
  for (PacedDatagrams::Datagram& datagram : paced_.TakeDue(now)) {
    ++counters_.datagrams_out;
    counters_.bytes_out += datagram.bytes.size();
    outputs_.datagrams.push_back({datagram.to, std::move(datagram.bytes)});
  }
  EndTurn();
}

// ---------------------------------------------------------------------------------------------
// Sending

template <MemberTablePolicy Table>
PacketHeader SwimCore<Table>::Header() const {
  PacketHeader header;
  header.cluster_hash = config_.cluster_hash;
  header.key = self_.key();
  header.boot32 = Boot32(self_.boot);
  header.incarnation = self_.incarnation;
  header.view_hash = table_.view_hash();
  header.view_members = static_cast<std::uint32_t>(table_.live());
  return header;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Emit(const Endpoint& to, const DatagramBuilder& builder) {
  std::vector<std::byte> bytes = builder.Finish();
  ++counters_.datagrams_out;
  counters_.bytes_out += bytes.size();
  outputs_.datagrams.push_back({to, std::move(bytes)});
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Send(const Endpoint& to, MemberKey target, std::span<const Message> messages,
                           bool heal) {
  DatagramBuilder builder(Header(), heal);
  for (const Message& message : messages) {
    if (!builder.Add(message)) Count(DropReason::kOverload);
  }
  const MemberEntry* entry = table_.Find(target);
  if (entry != nullptr && entry->record.IsLive()) {
    // Lifeguard's buddy rule, in every packet: the accused is told and can refute at once.
    if (entry->record.state == MemberState::kSuspect) {
      builder.AddUpdate(EncodeUpdate(Statement(entry->record)));
    }
    queue_.Offer(MaxSends(), [&](const QueuedUpdate& update) {
      if (update.source == target) return UpdateQueue::Answer::kNotForMe;
      return builder.AddUpdate(update.bytes) ? UpdateQueue::Answer::kTaken
                                             : UpdateQueue::Answer::kStop;
    });
    if (queue_.empty()) repair_at_ = kNever;
  }
  Emit(to, builder);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SendUpdate(const Endpoint& to, const Update& update) {
  DatagramBuilder builder(Header());
  builder.AddUpdate(EncodeUpdate(update));
  Emit(to, builder);
}

template <MemberTablePolicy Table>
Ping SwimCore<Table>::MakePing(std::uint32_t seq, const MemberRecord& target) const {
  return {seq, target.key(), Boot32(target.boot), target.state, target.incarnation};
}

template <MemberTablePolicy Table>
Update SwimCore<Table>::Statement(const MemberRecord& r) const {
  std::uint32_t age_s = 0;
  if (const MemberEntry* entry = table_.Find(r.key()); entry != nullptr && !r.IsLive()) {
    const auto age = std::chrono::duration_cast<seconds>(now_ - entry->since).count();
    age_s = static_cast<std::uint32_t>(std::clamp<std::int64_t>(age, 0, 0xffffffff));
  }
  switch (r.state) {
    case MemberState::kAlive:
      return Alive{r};
    case MemberState::kSuspect:
      return Suspect{r.key(), Boot32(r.boot), r.incarnation, self_.key(), 0};
    case MemberState::kDead:
      return Dead{r.key(), Boot32(r.boot), r.incarnation, self_.key(), r.death_reason, age_s};
    case MemberState::kLeft:
      return Left{r.key(), Boot32(r.boot), r.incarnation, r.leave_kind, age_s};
  }
  VF_CHECK(false, "a state that does not exist");
}

// ---------------------------------------------------------------------------------------------
// News

template <MemberTablePolicy Table>
void SwimCore<Table>::Spread(TimePoint now, const Update& update, Urgency urgency, MemberKey source,
                             bool free_of_charge) {
  const MemberKey subject = SubjectOf(update);
  queue_.Put({subject, source, free_of_charge, EncodeUpdate(update)}, urgency);
  counters_.queue_peak = std::max<std::uint64_t>(counters_.queue_peak, queue_.size());
  if (std::find(fresh_.begin(), fresh_.end(), subject) == fresh_.end()) fresh_.push_back(subject);
  if (push_at_ == kNever) push_at_ = now + config_.push_window;
  if (repair_at_ == kNever) repair_at_ = now + config_.repair_interval;
}

// News at first sight: to a few random members, not back to who told it.
template <MemberTablePolicy Table>
void SwimCore<Table>::PushFresh(TimePoint now) {
  push_at_ = kNever;
  std::vector<const QueuedUpdate*> updates;
  for (const MemberKey subject : fresh_) {
    const QueuedUpdate* update = queue_.Find(subject);
    if (update != nullptr && (update->free_of_charge || TakeTokens(now, 1))) {
      updates.push_back(update);
    }
  }
  fresh_.clear();
  if (updates.empty()) return;
  const MemberKey source = updates.front()->source;
  const bool one_source = std::all_of(updates.begin(), updates.end(),
                                      [&](const QueuedUpdate* u) { return u->source == source; });
  const auto wanted = [&](const MemberEntry& entry) {
    return !one_source || entry.record.key() != source;
  };
  for (const MemberKey key :
       table_.SampleLive(rng_, static_cast<std::size_t>(config_.push_fanout), wanted)) {
    const Endpoint to = table_.Find(key)->record.endpoint;
    DatagramBuilder builder(Header());
    for (const QueuedUpdate* update : updates) {
      if (update->source == key) continue;
      if (builder.AddUpdate(update->bytes)) continue;
      Emit(to, builder);
      ++counters_.pushes;
      builder = DatagramBuilder(Header());
      builder.AddUpdate(update->bytes);
    }
    if (builder.empty()) continue;
    Emit(to, builder);
    ++counters_.pushes;
  }
}

// What the pushes missed.
template <MemberTablePolicy Table>
void SwimCore<Table>::Repair(TimePoint now) {
  repair_at_ = now + config_.repair_interval;
  const std::vector<MemberKey> targets =
      table_.SampleLive(rng_, static_cast<std::size_t>(config_.repair_fanout),
                        [](const MemberEntry&) { return true; });
  bool sent = false;
  for (const MemberKey key : targets) {
    DatagramBuilder builder(Header());
    queue_.Offer(MaxSends(), [&](const QueuedUpdate& update) {
      if (update.source == key) return UpdateQueue::Answer::kNotForMe;
      return builder.AddUpdate(update.bytes) ? UpdateQueue::Answer::kTaken
                                             : UpdateQueue::Answer::kStop;
    });
    if (builder.empty()) continue;
    Emit(table_.Find(key)->record.endpoint, builder);
    sent = true;
  }
  // Nobody is left but those who told us.
  if (!sent) queue_.Clear();
  if (queue_.empty()) repair_at_ = kNever;
}

// Newcomers and ready nodes go to the frontends directly, beside the epidemic, on pings whose acks
// confirm them. Those that do nothing else come first.
template <MemberTablePolicy Table>
void SwimCore<Table>::PushToFrontends(TimePoint now, MemberKey subject) {
  const auto frontends = [&](bool only) {
    return [subject, only](const MemberEntry& entry) {
      const MemberRecord& r = entry.record;
      const bool is_only = (r.roles & kRoleStorage) == 0;
      return (r.roles & kRoleFrontend) != 0 && r.key() != subject &&
             r.state == MemberState::kAlive && is_only == only;
    };
  };
  std::vector<MemberKey> targets = table_.SampleLive(rng_, kMaxDirectFrontends, frontends(true));
  for (const MemberKey key :
       table_.SampleLive(rng_, kMaxDirectFrontends - targets.size(), frontends(false))) {
    targets.push_back(key);
  }
  for (const MemberKey key : targets) {
    if (!TakeTokens(now, 1)) return;
    direct_.Add(now, key, subject, false, next_seq_++);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SendDirectPushes(TimePoint now) {
  for (const DirectPush& push : direct_.TakeDue(now, round_trips_.Rto())) {
    const MemberEntry* target = table_.Find(push.target);
    const MemberRecord* subject = table_.FindRecord(push.subject);
    if (target == nullptr || subject == nullptr || !target->record.IsLive()) {
      direct_.DropTarget(push.target);
      continue;
    }
    if (subject->state != MemberState::kAlive) continue;  // Other news, which spreads by itself.
    const Endpoint to = target->record.endpoint;
    DatagramBuilder builder(Header());
    builder.Add(MakePing(push.seq, target->record));
    const bool own = push.subject == self_.key() && pending_phase_.has_value();
    builder.AddUpdate(EncodeUpdate(Statement(own ? *pending_phase_ : *subject)));
    Emit(to, builder);
    // It does not answer: is it there at all? Then nobody has to wait for it.
    if (push.stubborn && push.sends > config_.direct_retries) BeginProbe(now, push.target);
  }
}

// Accusations about members that we do not know (yet) are not ours to judge, but others may know.
template <MemberTablePolicy Table>
void SwimCore<Table>::ForwardOnce(const Update& update, std::uint32_t boot32,
                                  std::uint32_t incarnation) {
  const std::array<std::uint64_t, 3> mark = {
      SubjectOf(update), (std::uint64_t{boot32} << 32) | incarnation, update.index()};
  if (std::find(forwarded_.begin(), forwarded_.end(), mark) != forwarded_.end()) return;
  if (forwarded_.size() < kForwardedKept) {
    forwarded_.push_back(mark);
  } else {
    forwarded_[next_forwarded_++ % kForwardedKept] = mark;
  }
  for (const MemberKey key : table_.SampleLive(rng_, static_cast<std::size_t>(config_.push_fanout),
                                               [](const MemberEntry&) { return true; })) {
    SendUpdate(table_.Find(key)->record.endpoint, update);
  }
}

// ---------------------------------------------------------------------------------------------
// The own record

// The next incarnation above the own and `above`. At the end of the numbers a new boot begins.
template <MemberTablePolicy Table>
void SwimCore<Table>::MintIncarnation(std::uint32_t above) {
  const std::uint32_t highest = std::max(self_.incarnation, above);
  if (highest >= kFinalIncarnation - 1) {
    ++self_.boot;
    self_.incarnation = 0;
    return;
  }
  self_.incarnation = highest + 1;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Announce(TimePoint now, Urgency urgency, bool free_of_charge) {
  table_.SetSelf(now, self_);
  outputs_.members_changed = true;
  Spread(now, Statement(self_), urgency, kNoMember, free_of_charge);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Refute(TimePoint now, std::uint32_t incarnation) {
  ++counters_.refutations;
  outputs_.suspected_self = true;
  MintIncarnation(incarnation);
  Announce(now, Urgency::kLife, true);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnDeath(TimePoint now, const Dead& death) {
  outputs_.suspected_self = true;
  if (death.reason == DeathReason::kOperator) {
    if (!forgotten_) OnRefusal("the operator has removed this process from the cluster");
    forgotten_ = true;
    return;
  }
  if (superseded_until_ != kNever) return;
  Log(now, "another process took over the address " + self_.endpoint.ToString() +
               "; coming back with a new boot number in 30 s");
  superseded_until_ = now + kSupersededRetry;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ReturnWithNewBoot(TimePoint now) {
  superseded_until_ = kNever;
  self_.boot = std::max(self_.boot + 1, BootAt(WallAt(now)));
  self_.incarnation = 0;
  Announce(now, Urgency::kLife, true);
}

// Somebody tells us of a member with our key.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnRecord(TimePoint now, const MemberRecord& record) {
  if (record.boot < self_.boot || !IsPlausible(record, WallAt(now))) return;
  if (record.boot == self_.boot) {
    if (record.state == MemberState::kDead && IsFinal(record)) {
      OnOwnDeath(now, {record.key(), Boot32(record.boot), record.incarnation, kNoMember,
                       record.death_reason, record.age_s});
    } else if (record.state != MemberState::kAlive && record.incarnation >= self_.incarnation) {
      Refute(now, record.incarnation);
    } else if (record.incarnation > self_.incarnation) {
      MintIncarnation(record.incarnation);
      Announce(now, Urgency::kLife);
    }
    return;
  }
  if (record.endpoint != self_.endpoint && record.IsLive()) {
    OnRefusal("another process runs with the id of this one at " + record.endpoint.ToString());
    return;
  }
  // An earlier life of this process, by a clock that went back since.
  self_.boot = record.boot + 1;
  self_.incarnation = 0;
  Announce(now, Urgency::kLife, true);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SetSettings(const ClusterSettings& settings) {
  settings_ = settings;
  self_.replicas = settings.replicas;
  self_.partition_digits = settings.partition_digits;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SetPhase(TimePoint now, Phase phase, std::span<const MemberKey> first) {
  BeginTurn(now);
  if (left_ || (self_.phase == phase && !pending_phase_)) return EndTurn();
  direct_.Clear();
  pending_phase_ = self_;
  pending_phase_->phase = phase;
  pending_phase_->meta_version = self_.meta_version + 1;
  pending_phase_->incarnation = self_.incarnation + 1;
  if (phase == Phase::kReady) {
    ever_ready_ = true;
    for (const MemberKey key : first) {
      const MemberEntry* entry = table_.Find(key);
      if (key == self_.key() || entry == nullptr) continue;
      if (entry->record.state != MemberState::kAlive) continue;
      direct_.Add(now, key, self_.key(), true, next_seq_++);
    }
    SendDirectPushes(now);
  }
  if (!direct_.Waits(self_.key())) FinishPhase(now);
  EndTurn();
}

// All that had to know first do: now everybody.
template <MemberTablePolicy Table>
void SwimCore<Table>::FinishPhase(TimePoint now) {
  if (!pending_phase_ || direct_.Waits(self_.key())) return;
  self_.phase = pending_phase_->phase;
  self_.meta_version = pending_phase_->meta_version;
  if (self_.incarnation >= pending_phase_->incarnation) {
    MintIncarnation(self_.incarnation);  // A refutation came in between.
  } else {
    self_.incarnation = pending_phase_->incarnation;
  }
  pending_phase_.reset();
  Announce(now, Urgency::kPhase, true);
  if (self_.phase == Phase::kReady) PushToFrontends(now, self_.key());
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SetEndpoint(TimePoint now, const Endpoint& endpoint) {
  BeginTurn(now);
  if (!left_ && endpoint != self_.endpoint) {
    self_.endpoint = endpoint;
    ++self_.meta_version;
    MintIncarnation(self_.incarnation);
    if (pending_phase_) {
      pending_phase_->endpoint = endpoint;
      pending_phase_->meta_version = self_.meta_version + 1;
      pending_phase_->incarnation = self_.incarnation + 1;
    }
    Announce(now, Urgency::kLife, true);
  }
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Leave(TimePoint now, LeaveKind kind) {
  BeginTurn(now);
  if (!left_) {
    self_.state = MemberState::kLeft;
    self_.leave_kind = kind;
    self_.owned_at_end = OwnsPartitions(self_);
    table_.SetSelf(now, self_);
    outputs_.members_changed = true;
    left_ = true;
    goodbyes_ = 0;
    SayGoodbye(now);
  }
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SayGoodbye(TimePoint now) {
  for (const MemberKey key :
       table_.SampleLive(rng_, kGoodbyeFanout, [](const MemberEntry&) { return true; })) {
    SendUpdate(table_.Find(key)->record.endpoint, Statement(self_));
  }
  goodbye_at_ = ++goodbyes_ < kGoodbyes ? now + kGoodbyeInterval : kNever;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Report(TimePoint now, MemberKey member, std::uint64_t boot) {
  BeginTurn(now);
  const MemberEntry* entry = table_.Find(member);
  if (!left_ && entry != nullptr && entry->record.IsLive() && entry->record.boot == boot &&
      member != self_.key() && !probes_.IsProbing(member)) {
    const std::uint32_t boot32 = Boot32(boot);
    BeginProbe(now, member);
    const std::uint64_t ms = WallAt(now).ms;
    const auto controllers = table_.SampleLive(rng_, kMaxControllers, [](const MemberEntry& e) {
      return (e.record.roles & kRoleController) != 0;
    });
    for (const MemberKey key : controllers) {
      if (!TakeTokens(now, 1)) break;
      Send(table_.Find(key)->record.endpoint, key,
           vf::Report{{ReportEntry{member, boot32, 0, 1, ms, ms}}});
    }
  }
  EndTurn();
}

template <MemberTablePolicy Table>
MembershipSnapshot SwimCore<Table>::Snapshot() const {
  MembershipSnapshot snapshot;
  snapshot.self = self_.key();
  snapshot.joined = joined_;
  snapshot.foundation = foundation_;
  snapshot.settings = settings_;
  snapshot.view_hash = table_.view_hash();
  snapshot.members.reserve(table_.size());
  table_.ForEach([&](const MemberEntry& entry) {
    snapshot.members.push_back(
        {entry.record, entry.since, entry.verified, entry.former_owner_until});
  });
  return snapshot;
}

}  // namespace vf

#include "gossip/swim_join_impl.h"     // IWYU pragma: export
#include "gossip/swim_probe_impl.h"    // IWYU pragma: export
#include "gossip/swim_receive_impl.h"  // IWYU pragma: export
