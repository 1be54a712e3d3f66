// SwimCore: turns, the timer, sending, the snapshot. See swim_core.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/check.h"
#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
SwimCore<Table>::SwimCore(std::shared_ptr<const SwimConfig> config, const MemberRecord& self,
                          Table table, TimePoint now, WallTime wall, Rng rng)
    : shared_config_(std::move(config)),
      config_(*shared_config_),
      self_(self),
      rng_(rng.Fork("swim")),
      table_(std::move(table)),
      round_(rng.Fork("probe round")),
      probes_(config_),
      round_trips_(config_),
      isolation_(config_),
      suspicions_(config_),
      haste_(config_),
      newcomers_(config_),
      direct_(config_),
      contacts_(config_),
      view_difference_(config_),
      exchange_(config_),
      askers_(config_),
      paced_(config_),
      waiting_askers_(config_),
      push_tokens_(now, config_.push_rate, config_.push_burst),
      report_tokens_(now, kMaxReportsASecond, kMaxReportsASecond),
      wall_(wall),
      wall_at_(now),
      now_(now),
      last_turn_(now) {
  VF_CHECK(config_.Validate().ok(), "the configuration was not validated");
  VF_CHECK(self.key() != kNoMember && self.boot != 0, "no identity");
  self_.state = MemberState::kAlive;
  self_.proto_min = self_.proto_max = kProtocol;
  if (!self_.IsStorage()) self_.seat = 0;
  next_seq_ = static_cast<std::uint32_t>(rng_.Next());
  probe_at_ = now + rng_.Between(Duration::zero(), config_.probe_interval);
  outputs_.members_changed = true;
}

template <MemberTablePolicy Table>
SwimCore<Table>::SwimCore(std::shared_ptr<const SwimConfig> config, const MemberRecord& self,
                          const ClusterSettings& given, Table table, TimePoint now, WallTime wall,
                          Rng rng)
    : SwimCore(std::move(config), self, std::move(table), now, wall, rng) {
  given_ = given;
  self_.incarnation = 0;
  self_.phase = Phase::kJoining;
  self_.meta_version = 1;
  self_.replicas = self_.partition_digits = 0;
  table_.SetSelf(now, self_);
  if (self_.IsStorage()) {
    if (config_.contacts == 0) {
      Found(now);
    } else {
      founding_look_at_ = now;
    }
  }
  EndTurn();
}

template <MemberTablePolicy Table>
SwimCore<Table>::SwimCore(std::shared_ptr<const SwimConfig> config, const MemberRecord& self,
                          const Foundation& foundation, const ClusterSettings& settings,
                          Table table, TimePoint now, WallTime wall, Rng rng)
    : SwimCore(std::move(config), self, std::move(table), now, wall, rng) {
  VF_CHECK(foundation.IsFounded() && IsComplete(settings), "a running cluster is founded");
  given_ = settings;
  foundation_ = foundation;
  SetSettings(settings);
  joined_ = true;
  ever_ready_ = self_.phase == Phase::kReady;
  table_.SetSelf(now, self_);
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
  health_.OnLag(now, lag, round_trips_.Rto());
  probes_.Postpone(lag);
  relayed_.Postpone(lag);
  suspicions_.Postpone(lag);
  if (left_ || lag <= SuspicionMin(config_, members()) / 2) return;
  // Long enough for others to have given up: the refutation goes out before anybody asks.
  Warn(now, "overslept by " + std::to_string(ToMilliseconds(lag)) + " ms: telling the others");
  ++counters_.pause_notices;
  outputs_.suspected_self = true;
  MintIncarnation(self_.incarnation);
  Announce(now, Urgency::kLife, true);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::EndTurn() {
  SendReplies();
  if (left_) {
    next_deadline_ = goodbye_at_;
    return;
  }
  // Who has nobody to heal or to name, and has joined, has nothing to wake up for.
  if (table_.healable() == 0 && table_.away() == 0 && (joined_ || !foundation_.IsFounded())) {
    heal_at_ = kNever;
  } else if (heal_at_ == kNever) {
    heal_at_ = now_ + rng_.Between(Duration::zero(), config_.heal_interval);
  }
  if (view_pace_.IsDue(now_)) outputs_.members_changed = true;
  if (outputs_.members_changed) view_pace_.OnTold();
  TimePoint next = std::min({push_at_, repair_at_, probe_at_, heal_at_, founding_look_at_,
                             view_difference_.NextDeadline(), superseded_until_});
  next = std::min({next, probes_.NextDeadline(), relayed_.NextDeadline(),
                   suspicions_.NextDeadline(members(), health_.Factor()), flaps_.NextDeadline(),
                   direct_.NextDeadline(), contacts_.NextDeadline(), exchange_.NextDeadline(),
                   paced_.NextDeadline(), newcomers_.NextDeadline(), remembered_.NextDeadline(),
                   view_pace_.NextDeadline(), busy_members_.NextDeadline()});
  next = std::min(next, table_.NextEviction(evict_after(), config_.tombstone_age));
  if (twin_) next = std::min(next, twin_->next);
  next_deadline_ = next;
  counters_.drops[static_cast<std::size_t>(DropReason::kOverload)] += contacts_.TakeDropped();
  counters_.local_health = health_.score();
  counters_.queue_length = queue_.size();
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
void SwimCore<Table>::Log(TimePoint now, SwimLogLine::Level level, std::string text) {
  if (TakeLogLine(now)) outputs_.log.push_back({level, std::move(text)});
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::TakeLogLine(TimePoint now) {
  constexpr int kLinesASecond = 5;
  if (now >= log_at_ + seconds(1)) {
    log_at_ = now;
    log_lines_ = 0;
  }
  return log_lines_++ < kLinesASecond;
}

template <MemberTablePolicy Table>
template <typename Why>
void SwimCore<Table>::DropFrom(TimePoint now, const Endpoint& from, DropReason reason,
                               const Why& why) {
  Count(reason);
  if (!address_log_.IsNew(from, reason) || !TakeLogLine(now)) return;
  address_log_.Note(from, reason);
  outputs_.log.push_back({SwimLogLine::Level::kWarning, "from " + from.ToString() + ": " + why()});
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TakeOutputs(SwimOutputs& out) {
  const auto take = [](auto& to, auto& from) {
    to.clear();
    if (!from.empty()) to.swap(from);
  };
  take(out.datagrams, outputs_.datagrams);
  take(out.exchanges, outputs_.exchanges);
  take(out.echoes, outputs_.echoes);
  take(out.echoes_over, outputs_.echoes_over);
  take(out.refused, outputs_.refused);
  take(out.identity_lost, outputs_.identity_lost);
  take(out.rejoin_at, outputs_.rejoin_at);
  take(out.log, outputs_.log);
  out.members_changed = std::exchange(outputs_.members_changed, false);
  out.suspected_self = std::exchange(outputs_.suspected_self, false);
  out.refusal_ends_process = std::exchange(outputs_.refusal_ends_process, false);
  probes_.TakeEchoesOver(out.echoes_over);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnTimer(TimePoint now, WallTime wall, TimePoint heard_until) {
  BeginTurn(now);
  const TimePoint heard = std::min(now, heard_until);
  wall_ = wall;
  wall_at_ = now;
  if (left_) {
    if (goodbye_at_ <= now) SayGoodbye(now);
    EndTurn();
    return;
  }
  ContinueProbes(now);
  JudgeProbes(now, heard);
  if (probe_at_ <= now) {
    ProbeNext(now);
    const Duration interval = ProbeInterval(now);
    probe_at_ += interval;
    if (probe_at_ <= now) probe_at_ = now + interval;
  }
  EndSuspicions(now, heard);
  if (members() == 1 + suspicions_.size() && isolation_.OnNobodyLeft()) OnIsolationChanged(now);
  for (const MemberKey member : flaps_.Reuse(now)) NoteReused(now, member);
  for (const MemberKey member : busy_members_.TakeDue(now)) BeginProbe(now, member);
  if (superseded_until_ <= now) AskOwnAddress(now);
  if (twin_ && twin_->next <= now) AskTwin(now);
  AskContacts(now);
  ConsiderFounding(now);
  ContinueRemembering(now);
  ContinueExchange(now);
  CheckView(now);
  if (heal_at_ <= now) HealTick(now);
  if (table_.Evict(now, evict_after(), config_.tombstone_age)) {
    outputs_.members_changed = true;
  }
  SendDirectPushes(now);
  for (const MemberKey newcomer : newcomers_.TakeDue(now)) PushSoon(newcomer, now);
  if (push_at_ <= now) PushFresh(now);
  if (repair_at_ <= now) Repair(now);
  SendPaced(now);
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
  header.view_hash = joined_ ? table_.view_hash() : 0;
  header.view_members = static_cast<std::uint32_t>(table_.live());
  header.local_health = static_cast<std::uint8_t>(health_.score());
  return header;
}

template <MemberTablePolicy Table>
DatagramBuilder SwimCore<Table>::NewDatagram(bool heal) const {
  return DatagramBuilder(Header(), heal, config_.max_datagram_bytes);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Emit(const Endpoint& to, DatagramBuilder& builder) {
  const std::size_t kind = builder.kind();
  std::vector<std::byte> bytes = builder.Take();
  counters_.packets_out.Add(kind, bytes.size());
  ++counters_.datagrams_out;
  counters_.bytes_out += bytes.size();
  outputs_.datagrams.push_back({to, std::move(bytes)});
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Send(const Endpoint& to, MemberKey target, std::span<const Message> messages,
                           bool heal) {
  DatagramBuilder builder = NewDatagram(heal);
  for (const Message& message : messages) {
    if (!builder.Add(message)) Count(DropReason::kOverload);
  }
  const Member* member = table_.Find(target);
  if (member != nullptr && member->record.IsLive()) {
    TellAccused(builder, member->record);
    if (!queue_.empty()) {
      queue_.Offer(MaxSends(), [&](const QueuedUpdate& update) {
        if (update.source == target) return UpdateQueue::Answer::kNotForMe;
        return builder.AddUpdate(update.bytes) ? UpdateQueue::Answer::kTaken
                                               : UpdateQueue::Answer::kStop;
      });
      if (!queue_.presses()) repair_at_ = kNever;
    }
  }
  Emit(to, builder);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SendUpdate(const Endpoint& to, const Update& update) {
  DatagramBuilder builder = NewDatagram();
  builder.AddUpdate(EncodeUpdate(update));
  Emit(to, builder);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TellAccused(DatagramBuilder& builder, const MemberRecord& target) {
  if (target.state != MemberState::kSuspect) return;
  builder.AddUpdate(EncodeUpdate(Statement(target)));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SendReplies() {
  if (replies_.empty()) return;
  std::stable_sort(replies_.begin(), replies_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < replies_.size();) {
    const Endpoint to = replies_[i].first;
    DatagramBuilder builder = NewDatagram();
    while (i < replies_.size() && replies_[i].first == to &&
           builder.AddUpdate(EncodeUpdate(replies_[i].second))) {
      ++i;
    }
    Emit(to, builder);
  }
  replies_.clear();
}

template <MemberTablePolicy Table>
Ping SwimCore<Table>::MakePing(std::uint32_t seq, const MemberRecord& target) const {
  return {seq, target.key(), Boot32(target.boot), target.state, target.incarnation};
}

template <MemberTablePolicy Table>
Update SwimCore<Table>::Statement(const MemberRecord& r) const {
  std::uint32_t age_s = 0;
  if (const Member* member = table_.Find(r.key()); member != nullptr && !r.IsLive()) {
    age_s = AgeInSeconds(now_ - member->since);
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

template <MemberTablePolicy Table>
MembershipSnapshot SwimCore<Table>::Snapshot() const {
  MembershipSnapshot snapshot;
  snapshot.self = self_.key();
  snapshot.joined = joined_;
  snapshot.isolated = isolation_.isolated();
  snapshot.unreached = own_reach_.unreached();
  snapshot.foundation = foundation_;
  snapshot.settings = settings_;
  snapshot.view_hash = table_.view_hash();
  snapshot.excluded = excluded_;
  snapshot.members = table_.Members();
  return snapshot;
}

}  // namespace vf

#include "gossip/swim_away_impl.h"      // IWYU pragma: export
#include "gossip/swim_exchange_impl.h"  // IWYU pragma: export
#include "gossip/swim_forget_impl.h"    // IWYU pragma: export
#include "gossip/swim_identity_impl.h"  // IWYU pragma: export
#include "gossip/swim_join_impl.h"      // IWYU pragma: export
#include "gossip/swim_news_impl.h"      // IWYU pragma: export
#include "gossip/swim_probe_impl.h"     // IWYU pragma: export
#include "gossip/swim_receive_impl.h"   // IWYU pragma: export
#include "gossip/swim_refusal_impl.h"   // IWYU pragma: export
#include "gossip/swim_remember_impl.h"  // IWYU pragma: export
#include "gossip/swim_report_impl.h"    // IWYU pragma: export
#include "gossip/swim_self_impl.h"      // IWYU pragma: export
#include "gossip/swim_update_impl.h"    // IWYU pragma: export
