#include "tools/cluster-sim/rivals/paper_swim.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace vf::sim {
namespace {

using Kind = RivalMessage::Kind;
using Way = RivalSend::Way;

constexpr std::size_t kHeaderBytes = 15;
constexpr std::size_t kUpdateBytes = 20;

// Whether `update` says more than what is believed.
bool Overrides(const RivalUpdate& update, const RivalEntry& believed) {
  if (believed.state == RivalState::kUnknown) return true;
  if (believed.state == RivalState::kDead) return false;
  switch (update.state) {
    case RivalState::kAlive:
      return update.incarnation > believed.incarnation;
    case RivalState::kSuspect:
      return believed.state == RivalState::kAlive ? update.incarnation >= believed.incarnation
                                                  : update.incarnation > believed.incarnation;
    case RivalState::kDead:
      return true;
    case RivalState::kUnknown:
      break;
  }
  return false;
}

}  // namespace

PaperSwim::PaperSwim(const PaperSwimOptions& options, HostNumber self, HostNumber warm,
                     TimePoint born, Rng rng)
    : RivalProtocol(self, warm, born, std::move(rng)),
      options_(options),
      next_period_(born + options.period) {
  VF_CHECK(2 * options.ping_timeout <= options.period, "relays have no time to answer");
}

void PaperSwim::SetBlocked(TimePoint /*now*/, bool blocked) { blocked_ = blocked; }

TimePoint PaperSwim::NextDeadline() const {
  if (blocked_) return kNever;
  TimePoint next = next_period_;
  if (probe_) next = std::min(next, probe_->ask_relays_at);
  for (const Suspicion& suspicion : suspicions_) next = std::min(next, suspicion.deadline);
  return next;
}

void PaperSwim::OnTimer(TimePoint now) {
  if (probe_ && probe_->ask_relays_at <= now) AskRelays();
  if (next_period_ <= now) BeginPeriod(now);
  std::vector<HostNumber> over;
  for (const Suspicion& suspicion : suspicions_) {
    if (suspicion.deadline <= now) over.push_back(suspicion.subject);
  }
  for (const HostNumber subject : over) {
    Apply(now, {subject, view_.Get(subject).incarnation, RivalState::kDead, self_});
  }
}

void PaperSwim::BeginPeriod(TimePoint now) {
  // One that it slept through is no period.
  next_period_ += options_.period * (1 + (now - next_period_) / options_.period);
  while (relayed_.TakeOverdue(now)) {
  }
  if (probe_) {
    const Probe probe = *probe_;
    probe_.reset();
    CountProbe(!probe.answered);
    if (!probe.answered) {
      Apply(now, {probe.target, probe.incarnation, RivalState::kSuspect, self_});
    }
  }
  const std::optional<RivalEntry> target = PickTarget();
  if (!target) return;
  probe_ =
      Probe{target->host, target->incarnation, NextSequence(), now + options_.ping_timeout, false};
  SendWithNews(target->host, {Kind::kPing, probe_->sequence, target->host, {}, {}});
}

std::optional<RivalEntry> PaperSwim::PickTarget() {
  const auto eligible = [this](const RivalEntry& entry) {
    return entry.host != self_ &&
           (entry.state == RivalState::kAlive || entry.state == RivalState::kSuspect);
  };
  if (!options_.round_robin) {
    const auto drawn = view_.Draw(rng_, 1, eligible);
    if (drawn.empty()) return std::nullopt;
    return view_.Get(drawn.front());
  }
  for (std::size_t seen = 0; seen <= view_.places(); ++seen) {
    if (order_.Done()) order_.Reset(view_.places());
    const RivalEntry entry = view_.Get(view_.HostAt(order_.Next(rng_)));
    if (eligible(entry)) return entry;
  }
  return std::nullopt;
}

void PaperSwim::AskRelays() {
  probe_->ask_relays_at = kNever;
  const HostNumber target = probe_->target;
  const auto relays =
      view_.Draw(rng_, static_cast<std::size_t>(options_.relays), [&](const RivalEntry& entry) {
        return entry.host != self_ && entry.host != target && entry.state != RivalState::kDead;
      });
  for (const HostNumber relay : relays) {
    SendWithNews(relay, {Kind::kPingRequest, probe_->sequence, target, {}, {}});
  }
}

void PaperSwim::OnMessage(TimePoint now, HostNumber from, const RivalMessage& message) {
  switch (message.kind) {
    case Kind::kPing:
      SendWithNews(from, {Kind::kAck, message.sequence, 0, {}, {}});
      break;
    case Kind::kAck:
      OnAck(message);
      break;
    case Kind::kPingRequest: {
      const std::uint32_t sequence = NextSequence();
      relayed_.Add({sequence, from, message.sequence, now + options_.period});
      SendWithNews(message.target, {Kind::kPing, sequence, message.target, {}, {}});
      break;
    }
    case Kind::kPushTable:
      SendTable(from, Way::kConnection, Kind::kTableReply);
      Merge(now, *message.table);
      break;
    case Kind::kTableReply:
      Merge(now, *message.table);
      break;
    case Kind::kNack:
    case Kind::kGossip:
    case Kind::kStreamPing:
    case Kind::kStreamAck:
      break;  // memberlist's
  }
  for (const RivalUpdate& update : message.updates) Apply(now, update);
}

void PaperSwim::OnAck(const RivalMessage& message) {
  if (probe_ && probe_->sequence == message.sequence) {
    probe_->answered = true;
    probe_->ask_relays_at = kNever;
    return;
  }
  if (const auto asked = relayed_.TakeAnswered(message.sequence)) {
    SendWithNews(asked->asker, {Kind::kAck, asked->asker_sequence, 0, {}, {}});
  }
}

void PaperSwim::Apply(TimePoint now, const RivalUpdate& update) {
  if (update.subject == self_) {
    if (update.state == RivalState::kSuspect && update.incarnation >= incarnation_) {
      Refute(update.incarnation);
    }
    return;
  }
  const RivalEntry before = view_.Get(update.subject);
  if (!Overrides(update, before)) return;
  const std::size_t places = view_.places();
  view_.Set({update.subject, update.incarnation, update.state,
             before.state == update.state ? before.since : now});
  if (view_.places() != places) order_.Insert(rng_);
  suspicions_.erase(std::remove_if(suspicions_.begin(), suspicions_.end(),
                                   [&](const Suspicion& suspicion) {
                                     return suspicion.subject == update.subject;
                                   }),
                    suspicions_.end());
  if (update.state == RivalState::kDead) ++dead_;
  if (update.state == RivalState::kSuspect) {
    const double scale = std::max(1.0, std::log10(static_cast<double>(view_.size() - dead_)));
    const auto thousandths = static_cast<std::int64_t>(scale * 1000);
    suspicions_.push_back({update.subject, now + options_.suspicion_multiplier * thousandths *
                                                     options_.period / 1000});
  }
  Pass(update);
  Tell({update.subject, before.state, update.state, update.incarnation});
}

void PaperSwim::Refute(std::uint32_t accused) {
  RaiseIncarnation(accused);
  Pass({self_, incarnation_, RivalState::kAlive, self_});
}

void PaperSwim::Announce(TimePoint /*now*/) { Refute(incarnation_); }

void PaperSwim::Merge(TimePoint now, const RivalTable& table) {
  for (HostNumber host = 0; host < table.warm; ++host) {
    if (view_.StateOf(host) != RivalState::kUnknown) continue;
    Apply(now, {host, 1, RivalState::kAlive, host});
  }
  for (const RivalEntry& entry : table.entries) {
    Apply(now, {entry.host, entry.incarnation, entry.state, entry.host});
  }
}

void PaperSwim::Pass(const RivalUpdate& update) { queue_.Add(update, kUpdateBytes); }

void PaperSwim::SendWithNews(HostNumber to, RivalMessage message) {
  std::size_t bytes = kHeaderBytes;
  if (!queue_.empty()) {
    const double members = static_cast<double>(view_.size() - dead_);
    const int limit = std::max(1, static_cast<int>(std::ceil(options_.lambda * std::log(members))));
    bytes += queue_.Take(options_.packet_bytes - kHeaderBytes, 0, limit, message.updates);
  }
  Send(to, Way::kDatagram, bytes, std::move(message));
}

std::size_t PaperSwim::TableBytes(std::size_t members) const {
  return kHeaderBytes + kUpdateBytes * members;
}

}  // namespace vf::sim
