// SwimCore: probes, suspicion, death. See swim_core.h.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/planted_bug.h"
#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::ProbeNext(TimePoint now) {
  const std::optional<std::size_t> slot = round_.Next(
      table_.slots(), [&](std::size_t s) { return table_.ProbeTargetAt(s) != nullptr; });
  if (slot) BeginProbe(now, table_.ProbeTargetAt(*slot)->record.key(), ProbeCause::kRound);
}

// Who is in bad health itself has no haste.
template <MemberTablePolicy Table>
Duration SwimCore<Table>::ProbeInterval(TimePoint now) const {
  if (health_.score() > 0) return config_.probe_interval * health_.Factor();
  return config_.probe_interval / haste_.Factor(now);
}

// Out of turn too: Report(), suspicions heard, newcomers. After a refusal no ping is needed.
template <MemberTablePolicy Table>
bool SwimCore<Table>::BeginProbe(TimePoint now, MemberKey target, ProbeCause cause) {
  const Member* member = table_.Find(target);
  if (member == nullptr || !member->record.IsLive() || target == self_.key() || IsSilent()) {
    return false;
  }
  constexpr std::uint32_t kNumbers = kMaxProbePings;
  if (next_seq_ > ~std::uint32_t{0} - kNumbers) next_seq_ = 0;
  Probe probe;
  probe.seq = next_seq_;
  probe.target = target;
  probe.boot = member->record.boot;
  probe.endpoint = member->record.endpoint;
  probe.random = cause == ProbeCause::kRound;
  probe.refused = cause == ProbeCause::kRefusal;
  probe.confirms = cause == ProbeCause::kSuspicion;
  probe.sent[0] = now;
  probe.rto = Rto();
  // Of a member that flaps and is accused just now nobody needs more evidence.
  const bool once =
      member->record.state == MemberState::kSuspect && flaps_.IsDegraded(target) && !probe.refused;
  probe.ping_at = once ? kNever : now + probe.rto;
  probe.verdict_at = now + std::max(round_trips_.VerdictAfter() * health_.Factor(), 2 * probe.rto);
  if (!probes_.Begin(probe)) return false;
  next_seq_ += kNumbers;
  ++counters_.probes;
  if (probe.refused) return true;
  const Ping ping = MakePing(probe.seq, member->record);
  if (const auto named = probe.random ? TakeNamed(now) : std::nullopt) {
    Send(probe.endpoint, target, std::vector<Message>{ping, *named});
  } else {
    Send(probe.endpoint, target, ping);
  }
  return true;
}

// As many members probe a suspect or newcomer at once as give independent evidence, on average.
template <MemberTablePolicy Table>
void SwimCore<Table>::ProbeWithChance(TimePoint now, MemberKey target, ProbeCause cause) {
  const auto samplers = static_cast<std::uint64_t>(config_.suspicion_samplers);
  if (rng_.Chance(samplers, std::max<std::uint64_t>(members(), 1))) {
    BeginProbe(now, target, cause);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ContinueProbes(TimePoint now) {
  for (Probe* probe : probes_.TakeUnanswered(now)) {
    const Member* member = table_.Find(probe->target);
    if (member == nullptr) continue;
    Send(probe->endpoint, probe->target, MakePing(probe->seq + probe->pings - 1, member->record));
    WidenProbe(now, *probe);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::JudgeProbes(TimePoint now, TimePoint heard) {
  for (const RelayedPing& ping : relayed_.TakeUnanswered(heard)) {
    if (ping.want_nack) Send(ping.asker, kNoMember, PingNack{ping.asker_seq, NackReason::kTimeout});
  }
  for (const Probe& probe : probes_.TakeDue(heard)) ConcludeProbe(now, probe);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::WidenProbe(TimePoint now, Probe& probe) {
  const Member* member = table_.Find(probe.target);
  if (probe.widened || member == nullptr) return;
  probe.widened = true;
  const auto budget =
      static_cast<std::uint32_t>(std::max<std::int64_t>(ToMilliseconds(probe.verdict_at - now), 1));
  const auto wanted = [&](const Member& relay) {
    return relay.record.key() != probe.target && relay.record.state == MemberState::kAlive &&
           !relay.udp_bad;
  };
  probe.relays = table_.SampleLive(rng_, static_cast<std::size_t>(config_.relays), wanted);
  probe.silent_relays = probe.relays;
  for (const MemberKey relay : probe.relays) {
    Send(table_.Find(relay)->record.endpoint, relay,
         PingReq{probe.seq, probe.target, probe.endpoint, true, budget});
  }
  if (!config_.streams) {
    probe.echo = EchoState::kFailed;
    return;
  }
  if (!probes_.BeginEcho(probe)) {
    ++counters_.echoes_failed;
    return;
  }
  ++counters_.echoes;
  outputs_.echoes.push_back({probe.seq, probe.endpoint, probe.target, probe.boot, probe.verdict_at,
                             member->record.state, member->record.incarnation});
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ConcludeProbe(TimePoint now, const Probe& probe) {
  health_.OnFailure(probe.silent_relays.size());
  const bool relay_answered = probe.silent_relays.size() < probe.relays.size();
  NoteProbe(now, probe, relay_answered || probe.echo == EchoState::kAnswered);
  if (probe.echo == EchoState::kUnderWay) ++counters_.echoes_failed;
  if (probe.echo == EchoState::kAnswered) {
    if (probe.reporter != kNoMember) RefuteReport(probe, /*busy=*/false);
    return DoubtUdp(now, probe);
  }
  if (probe.reporter != kNoMember && !ConfirmReport(probe)) return;
  const bool tcp_refused = probe.echo == EchoState::kRefused;
  const bool refused = probe.refused || tcp_refused || !probe.refused_relays.empty();
  std::uint8_t evidence = probe.from_data_path ? kEvidenceDataPath : std::uint8_t{0};
  const auto add = [&](std::uint8_t way, bool failed, bool was_refused) {
    if (refused ? was_refused : failed) evidence = static_cast<std::uint8_t>(evidence | way);
  };
  add(kEvidenceUdp, true, probe.refused);
  add(kEvidenceRelayed, !probe.relays.empty(), !probe.refused_relays.empty());
  add(kEvidenceTcp, probe.echo != EchoState::kNone, tcp_refused);
  add(kEvidenceRefused, false, true);
  Accuse(now, probe.target, probe.boot, evidence);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::NoteProbe(TimePoint now, const Probe& probe, bool answered) {
  const Member* member = table_.Find(probe.target);
  const bool alive = member != nullptr && member->record.state == MemberState::kAlive;
  // That the accused are silent says nothing.
  if (!probe.random || (!answered && !alive)) return;
  if (isolation_.OnProbe(now, answered)) OnIsolationChanged(now);
  if (answered && own_reach_.OnProbeAnswered()) OnOwnReachChanged(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnReachChanged(TimePoint now) {
  outputs_.members_changed = true;
  const std::string address = self_.endpoint.ToString();
  if (!own_reach_.unreached())
    return Inform(now, "members reach this process at " + address + " again");
  ++counters_.unreached;
  Warn(now, "nobody reaches this process at " + address +
                ": members answer it, but none has asked it anything for a while, and they suspect "
                "it; see --advertise, and whether the network lets others begin (UDP and TCP)");
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnIsolationChanged(TimePoint now) {
  outputs_.members_changed = true;
  if (!isolation_.isolated()) return Inform(now, "no longer isolated: members answer again");
  ++counters_.isolations;
  health_.SetWorst();
  Warn(now, "isolated: fewer than half of the probes have brought an answer for " +
                std::to_string(Isolation::kIntervals * ToMilliseconds(config_.probe_interval)) +
                " ms; accusing nobody until answers are back");
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Accuse(TimePoint now, MemberKey key, std::uint64_t boot,
                             std::uint8_t evidence) {
  if (IsSilent()) return;
  ++counters_.probes_failed;
  if (isolation_.isolated()) return;
  const Member* member = table_.Find(key);
  if (member == nullptr || !member->record.IsLive() || member->record.boot != boot) return;
  const bool was_alive = member->record.state == MemberState::kAlive;
  const std::uint32_t incarnation = member->record.incarnation;
  if (was_alive) {
    ++counters_.suspicions_raised;
    MemberRecord record = member->record;
    record.state = MemberState::kSuspect;
    table_.Merge(now, record);
    OnFirstSuspicion(now, key);
    outputs_.members_changed = true;
  }
  if (suspicions_.Accuse(now, key, {boot, incarnation}, self_.key(),
                         (evidence & kEvidenceRefused) != 0, WorthOf(now, self_.key(), key))) {
    Spread(now, Suspect{key, Boot32(boot), incarnation, self_.key(), evidence}, Urgency::kSuspicion,
           kNoMember);
  }
  if (was_alive) {
    direct_.DropTarget(key);
    FinishPhase(now);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::EndSuspicions(TimePoint now, TimePoint heard) {
  // One at a time: each death makes the cluster smaller and so other suspicions shorter.
  while (const auto first = suspicions_.FirstExpired(heard, members(), health_.Factor())) {
    const Suspicions::Expired expired = *first;
    suspicions_.End(expired.key);
    const Member* member = table_.Find(expired.key);
    if (member == nullptr || member->record.state != MemberState::kSuspect ||
        member->record.boot != expired.life.boot ||
        member->record.incarnation != expired.life.incarnation) {
      continue;
    }
    if (VF_PLANTED(kNobodyDies)) continue;
    ++counters_.suspicions_confirmed;
    Bury(now, member->record, expired.refused ? DeathReason::kRefused : DeathReason::kTimeout);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Bury(TimePoint now, const MemberRecord& live, DeathReason reason) {
  MemberRecord record = live;
  record.state = MemberState::kDead;
  if (reason == DeathReason::kSuperseded) record.incarnation = kFinalIncarnation;
  record.death_reason = reason;
  record.age_s = 0;
  table_.Merge(now, record);
  AfterEnd(record.key());
  Spread(now, Statement(table_.Find(record.key())->record), Urgency::kLife, kNoMember);
  FinishPhase(now);
}

}  // namespace vf
