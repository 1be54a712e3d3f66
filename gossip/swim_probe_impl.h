// SwimCore: probes, suspicion, death. See swim_core.h.
#pragma once

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::ProbeNext(TimePoint now) {
  const std::optional<std::size_t> slot = round_.Next(
      table_.slots(), [&](std::size_t s) { return table_.ProbeTargetAt(s) != nullptr; });
  if (slot) BeginProbe(now, table_.ProbeTargetAt(*slot)->record.key(), /*random=*/true);
}

// Out of turn too: Report(), suspicions heard, newcomers.
template <MemberTablePolicy Table>
void SwimCore<Table>::BeginProbe(TimePoint now, MemberKey target, bool random) {
  const MemberEntry* entry = table_.Find(target);
  if (entry == nullptr || !entry->record.IsLive() || target == self_.key()) return;
  constexpr std::uint32_t kNumbers = kMaxProbePings;
  if (next_seq_ > ~std::uint32_t{0} - kNumbers) next_seq_ = 0;
  Probe probe;
  probe.seq = next_seq_;
  probe.target = target;
  probe.boot = entry->record.boot;
  probe.endpoint = entry->record.endpoint;
  probe.random = random;
  probe.sent[0] = now;
  probe.rto = Rto();
  probe.ping_at = now + probe.rto;
  probe.verdict_at = now + std::max(round_trips_.VerdictAfter() * health_.Factor(), 2 * probe.rto);
  if (!probes_.Begin(probe)) return;
  next_seq_ += kNumbers;
  ++counters_.probes;
  Send(probe.endpoint, target, MakePing(probe.seq, entry->record));
}

// As many members probe a suspect or newcomer at once as give independent evidence, on average.
template <MemberTablePolicy Table>
void SwimCore<Table>::ProbeWithChance(TimePoint now, MemberKey target) {
  const auto samplers = static_cast<std::uint64_t>(config_.suspicion_samplers);
  if (rng_.Chance(samplers, std::max<std::uint64_t>(members(), 1))) BeginProbe(now, target);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ContinueProbes(TimePoint now) {
  for (const Probe& probe : probes_.TakeUnanswered(now)) {
    const MemberEntry* entry = table_.Find(probe.target);
    if (entry == nullptr) continue;
    Send(probe.endpoint, probe.target, MakePing(probe.seq + probe.pings - 1, entry->record));
    if (probe.pings > 2) continue;
    const auto budget = static_cast<std::uint32_t>(
        std::max<std::int64_t>(ToMilliseconds(probe.verdict_at - now), 1));
    const auto wanted = [&](const MemberEntry& relay) {
      return relay.record.key() != probe.target && relay.record.state == MemberState::kAlive;
    };
    const std::vector<MemberKey> relays =
        table_.SampleLive(rng_, static_cast<std::size_t>(config_.relays), wanted);
    for (const MemberKey relay : relays) {
      Send(table_.Find(relay)->record.endpoint, relay,
           PingReq{probe.seq, probe.target, probe.endpoint, true, budget});
    }
    probes_.SetRelays(probe.seq, relays);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::JudgeProbes(TimePoint now, TimePoint heard) {
  for (const RelayedPing& ping : relayed_.TakeUnanswered(heard)) {
    if (ping.want_nack) Send(ping.asker, kNoMember, PingNack{ping.asker_seq, NackReason::kTimeout});
  }
  for (const Probe& probe : probes_.TakeFailed(heard)) {
    health_.OnFailure(probe.silent_relays.size());
    const std::uint8_t relayed = probe.relays.empty() ? std::uint8_t{0} : kEvidenceRelayed;
    Accuse(now, probe.target, probe.boot, static_cast<std::uint8_t>(kEvidenceUdp | relayed));
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Accuse(TimePoint now, MemberKey key, std::uint64_t boot,
                             std::uint8_t evidence) {
  probes_.End(key);
  ++counters_.probes_failed;
  const MemberEntry* entry = table_.Find(key);
  if (entry == nullptr || !entry->record.IsLive() || entry->record.boot != boot) return;
  const bool was_alive = entry->record.state == MemberState::kAlive;
  const std::uint32_t incarnation = entry->record.incarnation;
  if (was_alive) {
    ++counters_.suspicions_raised;
    MemberRecord record = entry->record;
    record.state = MemberState::kSuspect;
    table_.Merge(now, record);
    outputs_.members_changed = true;
  }
  if (suspicions_.Accuse(now, key, {boot, incarnation}, self_.key(),
                         (evidence & kEvidenceRefused) != 0)) {
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
    const MemberEntry* entry = table_.Find(expired.key);
    if (entry == nullptr || entry->record.state != MemberState::kSuspect ||
        entry->record.boot != expired.life.boot ||
        entry->record.incarnation != expired.life.incarnation) {
      continue;
    }
    if (VF_PLANTED(kNobodyDies)) continue;
    MemberRecord record = entry->record;
    record.state = MemberState::kDead;
    record.death_reason = expired.refused ? DeathReason::kRefused : DeathReason::kTimeout;
    record.age_s = 0;
    table_.Merge(now, record);
    AfterEnd(expired.key);
    Spread(now, Statement(table_.Find(expired.key)->record), Urgency::kLife, kNoMember);
    FinishPhase(now);
  }
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

}  // namespace vf
