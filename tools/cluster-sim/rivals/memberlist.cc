#include "tools/cluster-sim/rivals/memberlist.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "tools/cluster-sim/rivals/memberlist_sizes.h"

namespace vf::sim {
namespace {

using Kind = RivalMessage::Kind;
using Way = RivalSend::Way;
namespace sizes = memberlist_sizes;

// Up to this many members exchange their tables at the full rate.
constexpr std::size_t kPushPullThreshold = 32;

bool DeadOrUnknown(RivalState state) {
  return state == RivalState::kDead || state == RivalState::kUnknown;
}

}  // namespace

int Memberlist::RetransmitLimit(int multiplier, std::size_t members) {
  return multiplier * static_cast<int>(std::ceil(std::log10(static_cast<double>(members + 1))));
}

Duration Memberlist::SuspicionMin(const MemberlistOptions& options, std::size_t members) {
  // In thousandths, towards zero.
  const double scale = std::max(1.0, std::log10(std::max(1.0, static_cast<double>(members))));
  const auto thousandths = static_cast<std::int64_t>(scale * 1000);
  return options.suspicion_multiplier * thousandths * options.probe_interval / 1000;
}

Duration Memberlist::PushPullInterval(const MemberlistOptions& options, std::size_t members) {
  if (members <= kPushPullThreshold) return options.push_pull_interval;
  const double doublings =
      std::log2(static_cast<double>(members)) - std::log2(static_cast<double>(kPushPullThreshold));
  return options.push_pull_interval * (static_cast<int>(std::ceil(doublings)) + 1);
}

Memberlist::Memberlist(const MemberlistOptions& options, HostNumber self, HostNumber warm,
                       TimePoint born, Rng rng)
    : RivalProtocol(self, warm, born, std::move(rng)),
      options_(options),
      born_(born),
      next_probe_tick_(born + options.probe_interval),
      staggering_(warm == 0) {
  if (warm == 0) {
    Broadcast(born, {self, incarnation_, RivalState::kAlive, self});
    next_push_pull_ = born + rng_.Between(Duration::zero(), options.push_pull_interval);
  } else {
    const Duration interval = PushPullInterval(options, warm);
    next_push_pull_ = born + rng_.Between(Duration::zero(), interval);
  }
}

TimePoint Memberlist::NextTick(TimePoint after, Duration interval) const {
  return born_ + ((after - born_) / interval + 1) * interval;
}

TimePoint Memberlist::NextDeadline() const {
  TimePoint next = std::min({next_suspicion_, push_pull_end_, relayed_.next()});
  if (push_pull_end_ == kNever) next = std::min(next, next_push_pull_);
  if (!gossip_stands_) next = std::min(next, next_gossip_tick_);
  if (probe_stands_) return next;
  return std::min(next, probe_ ? std::min(probe_->ask_relays_at, probe_->end) : next_probe_tick_);
}

void Memberlist::SetBlocked(TimePoint now, bool blocked) {
  blocked_ = blocked;
  if (blocked) return;
  if (probe_stands_ && probe_ && probe_->ask_relays_at != kNever) {
    // The wait for the answer begins when the ping is out; the time of the whole probe goes on.
    probe_->ask_relays_at = std::min(now + options_.probe_timeout, std::max(now, probe_->end));
  }
  gossip_stands_ = probe_stands_ = false;
}

void Memberlist::OnTimer(TimePoint now) {
  // At the same moment, gossip comes first: the end of a probe is armed a little after its tick.
  if (next_gossip_tick_ <= now && !gossip_stands_) {
    OnGossipTick(now);
    gossip_stands_ = blocked_;
  }
  while (const auto asked = relayed_.TakeOverdue(now)) {
    if (!options_.local_health) continue;  // nobody asked for it
    SendWithNews(asked->asker, {Kind::kNack, asked->asker_sequence, 0, {}, {}}, sizes::kNack);
  }
  if (!probe_stands_) OnProbeTimer(now);
  if (next_suspicion_ <= now) {
    std::vector<HostNumber> over;
    for (const Suspicion& suspicion : suspicions_) {
      if (suspicion.deadline <= now) over.push_back(suspicion.subject);
    }
    for (const HostNumber subject : over) {
      ApplyDead(now, {subject, view_.Get(subject).incarnation, RivalState::kDead, self_});
    }
  }
  OnPushPullTimer(now);
}

void Memberlist::OnProbeTimer(TimePoint now) {
  if (probe_ && probe_->ask_relays_at <= now) {
    AskRelays(now);
    probe_stands_ = blocked_;
    if (blocked_) return;
  }
  if (probe_ && probe_->end <= now) FailProbe(now);
  if (!probe_ && next_probe_tick_ <= now) {
    OnProbeTick(now);
    probe_stands_ = blocked_ && probe_;
  }
}

void Memberlist::OnGossipTick(TimePoint now) {
  const auto peers = view_.Draw(rng_, static_cast<std::size_t>(options_.gossip_nodes),
                                [&](const RivalEntry& entry) {
                                  if (entry.host == self_) return false;
                                  if (entry.state != RivalState::kDead) return true;
                                  return now - entry.since <= options_.gossip_to_the_dead;
                                });
  for (const HostNumber peer : peers) {
    if (queue_.empty()) break;
    SendWithNews(peer, {Kind::kGossip, 0, 0, {}, {}}, 0);
  }
  next_gossip_tick_ = queue_.empty() ? kNever : NextTick(now, options_.gossip_interval);
}

void Memberlist::OnProbeTick(TimePoint now) {
  next_probe_tick_ = NextTick(now, options_.probe_interval);
  // Once through all members at most: nobody to probe, nothing to do.
  RivalEntry entry;
  for (std::size_t seen = 0;; ++seen) {
    if (seen > view_.places()) return;
    if (order_.Done()) {
      std::vector<HostNumber> forgotten;
      for (const RivalEntry& known : view_.entries()) {
        if (known.state == RivalState::kDead && now - known.since > options_.gossip_to_the_dead) {
          forgotten.push_back(known.host);
        }
      }
      for (const HostNumber host : forgotten) view_.Set({host, 0, RivalState::kUnknown, now});
      order_.Reset(view_.places());
    }
    entry = view_.Get(view_.HostAt(order_.Next(rng_)));
    if (entry.host != self_ && !DeadOrUnknown(entry.state)) break;
  }
  probe_ = Probe{entry.host,
                 entry.incarnation,
                 NextSequence(),
                 now + options_.probe_timeout * (options_.scales_timeout ? health_ + 1 : 1),
                 now + options_.probe_interval * (health_ + 1),
                 0,
                 0,
                 false};
  RivalMessage ping{Kind::kPing, probe_->sequence, entry.host, {}, {}};
  if (entry.state == RivalState::kAlive || !options_.buddy) {
    SendWithNews(entry.host, std::move(ping), sizes::kPing);
    return;
  }
  // Buddy: a suspect hears what is said of it, and nothing else.
  ping.updates.push_back({entry.host, entry.incarnation, RivalState::kSuspect, self_});
  Send(entry.host, Way::kDatagram,
       sizes::kPing + sizes::Update(RivalState::kSuspect) + sizes::kCompoundHeader +
           2 * sizes::kCompoundPart + sizes::kChecksum,
       std::move(ping));
}

void Memberlist::AskRelays(TimePoint now) {
  Probe& probe = *probe_;
  probe.ask_relays_at = kNever;
  const auto relays = view_.Draw(rng_, static_cast<std::size_t>(options_.indirect_checks),
                                 [&](const RivalEntry& entry) {
                                   return entry.host != self_ && entry.host != probe.target &&
                                          entry.state == RivalState::kAlive;
                                 });
  probe.nacks_expected = static_cast<int>(relays.size());
  for (const HostNumber relay : relays) {
    SendWithNews(relay, {Kind::kPingRequest, probe.sequence, probe.target, {}, {}},
                 sizes::kPingRequest);
  }
  // It has to connect and answer before the probe ends.
  if (options_.stream_pings && now < probe.end) {
    Send(probe.target, Way::kNewConnection, sizes::kPing,
         {Kind::kStreamPing, probe.sequence, probe.target, {}, {}});
  }
}

void Memberlist::FailProbe(TimePoint now) {
  const Probe probe = *probe_;
  if (probe.stream_answered) {
    EndProbe(now);
    return;
  }
  CountProbe(true);
  probe_.reset();
  ApplySuspect(now, {probe.target, probe.incarnation, RivalState::kSuspect, self_});
  const int missing = probe.nacks_expected > 0 ? probe.nacks_expected - probe.nacks : 1;
  ChangeHealth(missing);
}

void Memberlist::EndProbe(TimePoint now) {
  CountProbe(false);
  probe_.reset();
  ChangeHealth(-1);
  if (next_probe_tick_ <= now) OnProbeTick(now);
}

void Memberlist::ChangeHealth(int change) {
  if (!options_.local_health) return;
  health_ = std::clamp(health_ + change, 0, options_.awareness_max - 1);
}

void Memberlist::OnPushPullTimer(TimePoint now) {
  if (push_pull_end_ <= now) {  // it failed
    push_pull_end_ = kNever;
    next_push_pull_ = now + PushPullInterval(options_, view_.size());
    return;
  }
  if (push_pull_end_ != kNever || next_push_pull_ > now) return;
  next_push_pull_ = now + PushPullInterval(options_, view_.size());
  if (std::exchange(staggering_, false)) return;
  const auto peer = view_.Draw(rng_, 1, [&](const RivalEntry& entry) {
    return entry.host != self_ && entry.state == RivalState::kAlive;
  });
  if (peer.empty()) return;
  push_pull_end_ = now + options_.stream_timeout;
  SendTable(peer.front(), Way::kNewConnection, Kind::kPushTable);
}

void Memberlist::Announce(TimePoint now) {
  RaiseIncarnation(incarnation_);
  Broadcast(now, {self_, incarnation_, RivalState::kAlive, self_});
}

void Memberlist::OnMessage(TimePoint now, HostNumber from, const RivalMessage& message) {
  switch (message.kind) {
    case Kind::kPing:
      if (message.target == self_) {
        SendWithNews(from, {Kind::kAck, message.sequence, 0, {}, {}}, sizes::kAck);
      }
      break;
    case Kind::kAck:
      OnAck(now, message);
      break;
    case Kind::kPingRequest: {
      const std::uint32_t sequence = NextSequence();
      const Duration patience = options_.probe_timeout * options_.nack_percent / 100;
      relayed_.Add({sequence, from, message.sequence, now + patience});
      SendWithNews(message.target, {Kind::kPing, sequence, message.target, {}, {}}, sizes::kPing);
      break;
    }
    case Kind::kNack:
      if (probe_ && probe_->sequence == message.sequence) ++probe_->nacks;
      break;
    case Kind::kGossip:
      break;
    case Kind::kStreamPing:
      Send(from, Way::kConnection, sizes::kAck, {Kind::kStreamAck, message.sequence, 0, {}, {}});
      break;
    case Kind::kStreamAck:
      if (probe_ && probe_->sequence == message.sequence) probe_->stream_answered = true;
      break;
    case Kind::kPushTable:
      // Its own table first: what it is told now is not in the answer.
      SendTable(from, Way::kConnection, Kind::kTableReply);
      Merge(now, *message.table);
      break;
    case Kind::kTableReply:
      if (push_pull_end_ != kNever) {
        push_pull_end_ = kNever;
        next_push_pull_ = now + PushPullInterval(options_, view_.size());
      }
      Merge(now, *message.table);
      break;
  }
  for (const RivalUpdate& update : message.updates) Apply(now, update);
}

void Memberlist::OnAck(TimePoint now, const RivalMessage& message) {
  if (probe_ && probe_->sequence == message.sequence) {
    EndProbe(now);
    return;
  }
  if (const auto asked = relayed_.TakeAnswered(message.sequence)) {
    SendWithNews(asked->asker, {Kind::kAck, asked->asker_sequence, 0, {}, {}}, sizes::kAck);
  }
}

void Memberlist::Apply(TimePoint now, const RivalUpdate& update) {
  switch (update.state) {
    case RivalState::kAlive:
      ApplyAlive(now, update);
      break;
    case RivalState::kSuspect:
      ApplySuspect(now, update);
      break;
    case RivalState::kDead:
      ApplyDead(now, update);
      break;
    case RivalState::kUnknown:
      break;
  }
}

void Memberlist::ApplyAlive(TimePoint now, const RivalUpdate& update) {
  if (update.subject == self_) {
    if (update.incarnation > incarnation_) Refute(now, update.incarnation);
    return;
  }
  const RivalEntry before = view_.Get(update.subject);
  if (update.incarnation <= before.incarnation) return;
  DropSuspicion(update.subject);
  const std::size_t places = view_.places();
  Broadcast(now, update);
  Believe(now, before, RivalState::kAlive, update.incarnation);
  if (view_.places() != places) order_.Insert(rng_);
}

void Memberlist::ApplySuspect(TimePoint now, const RivalUpdate& update) {
  if (update.subject == self_) {
    if (update.incarnation >= incarnation_) Refute(now, update.incarnation);
    return;
  }
  const RivalEntry before = view_.Get(update.subject);
  if (before.state == RivalState::kUnknown || update.incarnation < before.incarnation) return;
  const auto suspicion = SuspicionOf(update.subject);
  if (suspicion != suspicions_.end() && suspicion->subject == update.subject) {
    const auto confirmations = static_cast<int>(suspicion->accusers.size()) - 1;
    if (confirmations >= suspicion->wanted) return;
    const auto& accusers = suspicion->accusers;
    if (std::find(accusers.begin(), accusers.end(), update.from) != accusers.end()) return;
    suspicion->accusers.push_back(update.from);
    const double share = std::log(confirmations + 2.0) / std::log(suspicion->wanted + 1.0);
    const double max_s = ToSeconds(suspicion->max);
    const double min_s = ToSeconds(suspicion->min);
    const milliseconds timeout(
        static_cast<std::int64_t>(std::floor(1000 * (max_s - share * (max_s - min_s)))));
    // May be over already: the timer does the rest.
    suspicion->deadline =
        std::max(now, suspicion->start + std::max<Duration>(timeout, suspicion->min));
    FindNextSuspicion();
    Broadcast(now, update);
    return;
  }
  if (before.state != RivalState::kAlive) return;
  Broadcast(now, update);
  Believe(now, before, RivalState::kSuspect, update.incarnation);
  // Independent confirmations come from others than the two concerned; without enough of them none
  // is waited for.
  const std::size_t members = view_.size();
  int wanted = options_.suspicion_multiplier - 2;
  if (!options_.dynamic_suspicion || static_cast<std::int64_t>(members) - 2 < wanted) wanted = 0;
  const Duration min = SuspicionMin(options_, members);
  const Duration max = options_.suspicion_max_multiplier * min;
  suspicions_.insert(
      SuspicionOf(update.subject),
      {update.subject, now, min, max, wanted, {update.from}, now + (wanted < 1 ? min : max)});
  FindNextSuspicion();
}

void Memberlist::ApplyDead(TimePoint now, const RivalUpdate& update) {
  if (update.subject == self_) {
    if (update.incarnation >= incarnation_) Refute(now, update.incarnation);
    return;
  }
  const RivalEntry before = view_.Get(update.subject);
  if (before.state == RivalState::kUnknown || update.incarnation < before.incarnation) return;
  DropSuspicion(update.subject);
  if (before.state == RivalState::kDead) return;
  Broadcast(now, update);
  Believe(now, before, RivalState::kDead, update.incarnation);
}

void Memberlist::Merge(TimePoint now, const RivalTable& table) {
  // Who holds the default of `table.warm` and is not in its entries is alive with incarnation 1;
  // that is news only to those who do not know it.
  auto entry = table.entries.begin();
  if (view_.warm() < table.warm) {
    for (HostNumber host = view_.warm(); host < table.warm; ++host) {
      while (entry != table.entries.end() && entry->host < host) ++entry;
      if (entry != table.entries.end() && entry->host == host) continue;
      ApplyAlive(now, {host, 1, RivalState::kAlive, host});
    }
  }
  std::vector<HostNumber> forgotten;
  for (const RivalEntry& known : view_.entries()) {
    if (known.state == RivalState::kUnknown) forgotten.push_back(known.host);
  }
  for (const HostNumber host : forgotten) {
    const auto named = std::lower_bound(
        table.entries.begin(), table.entries.end(), host,
        [](const RivalEntry& other, HostNumber number) { return other.host < number; });
    if (named != table.entries.end() && named->host == host) continue;
    if (host < table.warm) ApplyAlive(now, {host, 1, RivalState::kAlive, host});
  }
  for (const RivalEntry& remote : table.entries) {
    switch (remote.state) {
      case RivalState::kAlive:
        ApplyAlive(now, {remote.host, remote.incarnation, RivalState::kAlive, remote.host});
        break;
      case RivalState::kSuspect:
      case RivalState::kDead:
        ApplySuspect(now, {remote.host, remote.incarnation, RivalState::kSuspect, self_});
        break;
      case RivalState::kUnknown:
        break;
    }
  }
}

void Memberlist::Refute(TimePoint now, std::uint32_t accused) {
  RaiseIncarnation(accused);
  ChangeHealth(1);
  Broadcast(now, {self_, incarnation_, RivalState::kAlive, self_});
}

void Memberlist::Believe(TimePoint now, const RivalEntry& before, RivalState state,
                         std::uint32_t incarnation) {
  const TimePoint since = before.state == state ? before.since : now;
  view_.Set({before.host, incarnation, state, since});
  Tell({before.host, before.state, state, incarnation});
}

void Memberlist::Broadcast(TimePoint now, const RivalUpdate& update) {
  queue_.Add(update, sizes::Update(update.state));
  if (next_gossip_tick_ == kNever) next_gossip_tick_ = NextTick(now, options_.gossip_interval);
}

void Memberlist::SendWithNews(HostNumber to, RivalMessage message, std::size_t bytes) {
  const std::size_t header = sizes::kCompoundHeader;
  queue_.Take(options_.packet_bytes - header - bytes, sizes::kCompoundPart,
              RetransmitLimit(options_.retransmit_multiplier, view_.size()), message.updates);
  std::size_t parts = bytes > 0 ? 1 : 0;
  std::size_t size = bytes;
  for (const RivalUpdate& update : message.updates) {
    ++parts;
    size += sizes::Update(update.state);
  }
  if (parts > 1) size = sizes::Compressed(size + header + parts * sizes::kCompoundPart);
  if (message.kind == Kind::kGossip) size += sizes::kChecksum;
  if (queue_.empty()) next_gossip_tick_ = kNever;
  Send(to, Way::kDatagram, size, std::move(message));
}

std::size_t Memberlist::TableBytes(std::size_t members) const { return sizes::Table(members); }

std::vector<Memberlist::Suspicion>::iterator Memberlist::SuspicionOf(HostNumber subject) {
  return std::lower_bound(
      suspicions_.begin(), suspicions_.end(), subject,
      [](const Suspicion& suspicion, HostNumber host) { return suspicion.subject < host; });
}

void Memberlist::DropSuspicion(HostNumber subject) {
  const auto suspicion = SuspicionOf(subject);
  if (suspicion == suspicions_.end() || suspicion->subject != subject) return;
  suspicions_.erase(suspicion);
  FindNextSuspicion();
}

void Memberlist::FindNextSuspicion() {
  next_suspicion_ = kNever;
  for (const Suspicion& suspicion : suspicions_) {
    next_suspicion_ = std::min(next_suspicion_, suspicion.deadline);
  }
}

}  // namespace vf::sim
