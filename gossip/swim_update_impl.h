// SwimCore: statements about members, whoever brings them. See swim_core.h.
#pragma once

#include <utility>
#include <variant>

#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::Apply(TimePoint now, const Source& source, const Update& update) {
  struct Visitor {
    SwimCore& core;
    TimePoint now;
    const Source& source;
    void operator()(const Alive& u) {
      const bool own = source.on_ping && u.record.key() == source.key;
      core.ApplyAlive(now, source.Quieted(own), u.record);
    }
    void operator()(const Suspect& u) { core.ApplySuspect(now, source, u); }
    void operator()(const Dead& u) { core.ApplyDead(now, source, u); }
    void operator()(const Left& u) { core.ApplyLeft(now, source, u); }
  };
  std::visit(Visitor{*this, now, source}, update);
}

// Whether a live record may be in our table: made by somebody honest, of our cluster's settings.
template <MemberTablePolicy Table>
bool SwimCore<Table>::IsAdmissible(TimePoint now, const Source& source, const MemberRecord& r) {
  if (!IsPlausible(r, WallAt(now)) || r.endpoint == self_.endpoint) {
    Count(DropReason::kInvalidRecord);
    return false;
  }
  if (r.replicas == settings_.replicas && r.partition_digits == settings_.partition_digits) {
    return true;
  }
  DropFrom(now, source.endpoint, DropReason::kSettings, [&] {
    return "a member with other settings (" + SettingsText({r.replicas, r.partition_digits, 0}) +
           ") is not admitted";
  });
  return false;
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::NeedsProof(const MemberRecord& r) const {
  const Member* member = table_.Find(r.key());
  return member != nullptr && member->record.IsLive() && member->verified &&
         member->record.endpoint != r.endpoint && CompareDescription(r, member->record) > 0;
}

// A live member is said to have moved. Traffic moves when it answers there.
template <MemberTablePolicy Table>
void SwimCore<Table>::ProveMove(TimePoint now, const MemberRecord& record) {
  switch (moves_.Add(now, record, next_seq_, now + config_.exchange_deadline)) {
    case MoveProofs::Answer::kPing:
      return Send(record.endpoint, kNoMember,
                  Ping{next_seq_++, record.key(), Boot32(record.boot), MemberState::kAlive,
                       record.incarnation});
    case MoveProofs::Answer::kUnderWay:
      return;
    case MoveProofs::Answer::kTooMany:
      return Count(DropReason::kOverload);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyAlive(TimePoint now, const Source& source, const MemberRecord& record) {
  if (record.key() == self_.key()) return OnOwnRecord(now, record);
  if (!record.IsLive()) return Count(DropReason::kInvalidRecord);
  if (record.endpoint == self_.endpoint) OnRecordAtOwnAddress(now, record);
  if (!IsAdmissible(now, source, record)) return;
  if (!source.first_hand && NeedsProof(record)) return ProveMove(now, record);
  const MemberKey key = record.key();
  const Member* known = table_.Find(key);
  if (known == nullptr && source.key == key && record.phase == Phase::kJoining &&
      BootAtAddressOf(record) >= record.boot) {
    // It speaks, so it lives, and who had its address before it is gone: its clock went back. It
    // takes a boot number above the other's as soon as it is told of that one.
    return Count(DropReason::kOldBoot);
  }
  const bool was_ready =
      known != nullptr && known->record.boot == record.boot && known->record.phase == Phase::kReady;
  const MergeResult result = table_.Merge(now, record);
  if (result.refused) return Count(DropReason::kTableFull);
  const MemberRecord* stored = table_.FindRecord(key);
  if (result.stale && stored->state != MemberState::kAlive) {
    return TellNewer(now, source.endpoint, source.key, key);
  }
  if (stored->state == MemberState::kSuspect && record.state == MemberState::kSuspect) {
    suspicions_.Accuse(now, key, {stored->boot, stored->incarnation}, source.key, false,
                       WorthOf(now, source.key, key));
  }
  // Whoever tells a process that comes back of its cluster has its word for that.
  if (source.first_hand || restoring_) table_.SetVerified(key);
  AfterMerge(now, source, result, key);
  const Member* member = table_.Find(key);
  if (joined_ && (self_.roles & kRoleController) != 0 && source.key == key && !was_ready &&
      member != nullptr && member->record.IsLive() && member->record.phase == Phase::kReady) {
    Introduce(now, key);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SpreadSuperseded(TimePoint now, const Source& source,
                                       const MergeResult& result) {
  for (const MemberKey older : result.superseded) {
    AfterEnd(older);
    Spread(now, Statement(table_.Find(older)->record), Urgency::kLife, source.key);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AfterMerge(TimePoint now, const Source& source, const MergeResult& result,
                                 MemberKey key) {
  SpreadSuperseded(now, source, result);
  if (!result.changed()) return;
  remembered_.NoteKnown(key);
  const Member* member = table_.Find(key);
  if (member == nullptr || !member->record.IsLive()) {
    outputs_.members_changed = true;
    return;  // Superseded by a newer member at its address.
  }
  const MemberRecord r = member->record;
  const bool newcomer = result.added || result.new_boot;
  // Those who have been there for long are no rush, though a joiner hears of all of them at once.
  if (newcomer && (joined_ || r.phase == Phase::kJoining)) view_pace_.OnNewcomer(now);
  if (newcomer || !result.status_changed) {
    view_pace_.Hold(now);
  } else {
    outputs_.members_changed = true;
  }
  if ((r.roles & kRoleController) != 0) {
    contacts_.Remember(now, r.endpoint, key, [this](MemberKey other) { return IsAlive(other); });
  }
  if (r.state == MemberState::kAlive) OnAlive(now, result, key);
  if (IsBack(result)) OnBack(now, source, result, key);
  SpreadMerged(now, source, result, r);
  if (newcomer && !source.first_hand) {
    ProbeWithChance(now, key, ProbeCause::kReason);
  }
}

// Something about a member that is alive now is news.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnAlive(TimePoint now, const MergeResult& result, MemberKey key) {
  if (suspicions_.Runs(key)) {
    ++counters_.suspicions_refuted;
    haste_.OnRefutation(now);
  }
  const bool founded = suspicions_.IsFounded(key);
  suspicions_.End(key);
  if (result.status_changed) refusals_.End(key);
  // It has spoken since those who were to confirm the suspicion began to ask. Were each of them
  // to accuse it anew, a member on a lossy link would never come to rest.
  const Probe* probe = probes_.FindOf(key);
  if (result.status_changed && probe != nullptr && probe->confirms) probes_.End(key);
  if (result.new_boot) {
    scores_.OnEnded(key);
  } else {
    scores_.OnRefuted(key);
    if (result.status_changed && result.before) NoteReturn(now, key, *result.before, founded);
  }
  table_.SetDegraded(key, flaps_.IsDegraded(key));
}

// Perhaps a cut has healed: whoever it has spoken to compares the views, and a few of the others.
// Were it everybody, each member that comes back would be asked by all at once.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnBack(TimePoint now, const Source& source, const MergeResult& result,
                             MemberKey key) {
  ++counters_.heal_contacts;
  // Whom we go on to avoid is told when we no longer do.
  if (!joined_ || flaps_.IsDegraded(key)) return;
  if (healed_.size() < kMaxHealed &&
      (source.key == key ||
       rng_.Chance(static_cast<std::uint64_t>(config_.suspicion_samplers), members()))) {
    healed_.push_back(key);
  }
  if (result.before == MemberState::kDead) TellReturned(now, key);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SpreadMerged(TimePoint now, const Source& source, const MergeResult& result,
                                   const MemberRecord& r) {
  const bool newcomer = result.added || result.new_boot;
  if (source.introduced && newcomer) return SpreadNewcomer(now, r, source.key);
  if (source.quiet) return;
  const bool life = newcomer || result.status_changed;
  // The description may be news while a suspicion is too: one record carries both.
  // A refutation passes storm control here too: after a cut there are as many as members.
  const bool refuted =
      r.state == MemberState::kAlive && (IsBack(result) || result.before == MemberState::kSuspect);
  Spread(now, Alive{r}, life ? Urgency::kLife : Urgency::kDescription, source.key, refuted);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::NoteReturn(TimePoint now, MemberKey key, MemberState before, bool founded) {
  bool degraded = false;
  if (before == MemberState::kSuspect && founded) degraded = flaps_.OnRefuted(now, key);
  if (before == MemberState::kDead) degraded = flaps_.OnReturned(now, key);
  if (!degraded) return;
  ++counters_.degradations;
  Warn(now,
       table_.Find(key)->record.endpoint.ToString() +
           " is degraded: it falls silent and comes back again and again; avoided until it has "
           "been quiet for a while");
}

template <MemberTablePolicy Table>
void SwimCore<Table>::NoteReused(TimePoint now, MemberKey key) {
  const Member* member = table_.Find(key);
  if (member == nullptr) return;
  const bool alive = member->record.state == MemberState::kAlive;
  table_.SetDegraded(key, false);
  outputs_.members_changed = true;
  if (alive && joined_) TellReturned(now, key);
}

template <MemberTablePolicy Table>
const Member* SwimCore<Table>::FindLife(const Source& source, const Update& update, MemberKey key,
                                        std::uint32_t boot32, std::uint32_t incarnation) {
  const Member* member = table_.Find(key);
  if (member == nullptr) {
    if (table_.FindRecord(key) == nullptr) ForwardOnce(update, boot32, incarnation);
    return nullptr;
  }
  const std::uint64_t boot = ExpandBoot(boot32, member->record.boot);
  if (boot == member->record.boot) return member;
  if (boot > member->record.boot) {
    ForwardOnce(update, boot32, incarnation);
  } else {
    TellNewer(now_, source.endpoint, source.key, key);
  }
  return nullptr;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplySuspect(TimePoint now, const Source& source, const Suspect& suspect) {
  if (suspect.incarnation == kFinalIncarnation) return Count(DropReason::kInvalidRecord);
  if (suspect.key == self_.key()) {
    if (suspect.boot32 != Boot32(self_.boot) || suspect.incarnation < self_.incarnation) return;
    Refute(now, suspect.incarnation);
    return SendUpdate(source.endpoint, Statement(self_));
  }
  const Member* member =
      FindLife(source, suspect, suspect.key, suspect.boot32, suspect.incarnation);
  if (member == nullptr) return;
  MemberRecord record = member->record;
  record.state = MemberState::kSuspect;
  record.incarnation = suspect.incarnation;
  const MergeResult result = table_.Merge(now, record);
  if (result.stale) return TellNewer(now, source.endpoint, source.key, suspect.key);
  const MemberRecord& stored = table_.Find(suspect.key)->record;
  if (stored.state != MemberState::kSuspect) return;
  const std::uint64_t boot = stored.boot;
  const bool refused = (suspect.evidence & kEvidenceRefused) != 0;
  scores_.OnAccusation(now, suspect.from, suspect.key);
  const Suspicions::Worth worth = WorthOf(now, suspect.from, suspect.key);
  const bool credible = worth != Suspicions::Worth::kNothing;
  if (!credible) ++counters_.accusations_discounted;
  const bool news = suspicions_.Accuse(now, suspect.key, {boot, stored.incarnation}, suspect.from,
                                       refused, worth);
  const bool by_stream = (suspect.evidence & kEvidenceTcp) != 0;
  if (credible && refused && (by_stream || (suspect.evidence & kEvidenceUdp) != 0)) {
    refusals_.Add(suspect.key, boot, suspect.from,
                  by_stream ? RefusedBy::kStream : RefusedBy::kDatagram);
  }
  if (result.status_changed) {
    OnFirstSuspicion(now, suspect.key);
    if (result.before == MemberState::kAlive) ++counters_.suspicions_heard;
    outputs_.members_changed = true;
    direct_.DropTarget(suspect.key);
  }
  if (BuryIfRefused(now, suspect.key)) return;
  if (news) Spread(now, suspect, Urgency::kSuspicion, source.key);
  if (result.status_changed) {
    FinishPhase(now);
    ProbeWithChance(now, suspect.key, ProbeCause::kSuspicion);
  }
}

// The word of those who are accused themselves, or fall silent again and again, counts for nothing:
// who does not hear the others takes them all for silent.
template <MemberTablePolicy Table>
bool SwimCore<Table>::IsBelieved(TimePoint now, MemberKey accuser) const {
  const Member* member = table_.Find(accuser);
  const bool accused_itself = member != nullptr && member->record.state != MemberState::kAlive;
  return !accused_itself && !flaps_.IsDegraded(accuser) && !scores_.IsDiscredited(now, accuser);
}

template <MemberTablePolicy Table>
Suspicions::Worth SwimCore<Table>::WorthOf(TimePoint now, MemberKey accuser,
                                           MemberKey accused) const {
  if (!IsBelieved(now, accuser)) return Suspicions::Worth::kNothing;
  return flaps_.IsDegraded(accused) ? Suspicions::Worth::kNoHaste : Suspicions::Worth::kFull;
}

// A death that is the word of one member alone, and not of one that is believed: its suspicion may
// have reached nobody, the accused included. Of a refused one there are three witnesses.
template <MemberTablePolicy Table>
bool SwimCore<Table>::IsHearsay(TimePoint now, const Dead& dead) const {
  return dead.reason == DeathReason::kTimeout && !suspicions_.IsFounded(dead.key) &&
         !IsBelieved(now, dead.from);
}

// Whom nobody accused until now, as far as we know.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnFirstSuspicion(TimePoint now, MemberKey key) {
  flaps_.OnSuspected(now, key);
  if (flaps_.IsDegraded(key)) return;
  const Duration before = ProbeInterval(now);
  haste_.OnSuspicion(now, key);
  const Duration interval = ProbeInterval(now);
  // The next one is on its way already: nearer by as much.
  if (interval < before && probe_at_ > now)
    probe_at_ = now + (probe_at_ - now) / (before / interval);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyDead(TimePoint now, const Source& source, const Dead& dead) {
  const bool final_reason =
      dead.reason == DeathReason::kSuperseded || dead.reason == DeathReason::kOperator;
  if (final_reason != (dead.incarnation == kFinalIncarnation)) {
    return Count(DropReason::kInvalidRecord);
  }
  if (dead.key == self_.key()) {
    if (dead.boot32 != Boot32(self_.boot)) return OnEndOfOwnKey(now, dead.boot32);
    if (final_reason) return OnOwnDeath(now, dead);
    if (dead.incarnation < self_.incarnation) {
      // Refuted already; but requests went past this process for as long as it was believed.
      outputs_.suspected_self = true;
      return;
    }
    Refute(now, dead.incarnation);
    return SendUpdate(source.endpoint, Statement(self_));
  }
  const bool hearsay = IsHearsay(now, dead);
  if (!final_reason && (source.doubtful || hearsay)) {
    ApplySuspect(now, source,
                 {dead.key, dead.boot32, dead.incarnation, dead.from, std::uint8_t{0}});
    if (hearsay) return;  // All are told of it, and some of them ask.
    // Few such deaths are news that passed us by: we see for ourselves. Many are a cut that heals,
    // and everybody at once would be too much.
    const Member* member = table_.Find(dead.key);
    if (member != nullptr && member->record.state == MemberState::kSuspect &&
        suspicions_.size() <= kFewSuspicions) {
      BeginProbe(now, dead.key);
    }
    return;
  }
  if (const MemberRecord* known = table_.FindRecord(dead.key);
      final_reason && known != nullptr && table_.Find(dead.key) == nullptr) {
    return FinishTombstone(now, source, MemberRecord(*known), dead);
  }
  const Member* member = FindLife(source, dead, dead.key, dead.boot32, dead.incarnation);
  if (member == nullptr) return;
  MemberRecord record = member->record;
  record.state = MemberState::kDead;
  record.incarnation = dead.incarnation;
  record.death_reason = dead.reason;
  record.age_s = dead.age_s;
  EndLife(now, source, record, dead);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyLeft(TimePoint now, const Source& source, const Left& left) {
  if (left.incarnation == kFinalIncarnation) return Count(DropReason::kInvalidRecord);
  if (left.key == self_.key()) {
    if (left.boot32 != Boot32(self_.boot)) return OnEndOfOwnKey(now, left.boot32);
    if (left.incarnation < self_.incarnation) return;
    return Refute(now, left.incarnation);
  }
  const Member* member = FindLife(source, left, left.key, left.boot32, left.incarnation);
  if (member == nullptr) return;
  MemberRecord record = member->record;
  record.state = MemberState::kLeft;
  record.incarnation = left.incarnation;
  record.leave_kind = left.kind;
  record.age_s = left.age_s;
  EndLife(now, source, record, left);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::EndLife(TimePoint now, const Source& source, const MemberRecord& record,
                              const Update& update) {
  const MergeResult result = table_.Merge(now, record);
  if (result.stale) return TellNewer(now, source.endpoint, source.key, record.key());
  if (result.levelled) outputs_.members_changed = true;
  if (!result.status_changed) return;
  AfterEnd(record.key());
  Spread(now, update, Urgency::kLife, source.key);
  FinishPhase(now);
}

// A dead or left member out of a member exchange, or behind an answer of the data path.
template <MemberTablePolicy Table>
bool SwimCore<Table>::ApplyTombstone(TimePoint now, const Source& source,
                                     const MemberRecord& record) {
  if (record.key() == self_.key()) {
    OnOwnRecord(now, record);
    return false;
  }
  if (!IsPlausible(record, WallAt(now))) {
    Count(DropReason::kInvalidRecord);
    return false;
  }
  if (record.endpoint == self_.endpoint) OnRecordAtOwnAddress(now, record);
  const Member* member = table_.Find(record.key());
  const bool live = member != nullptr && member->record.IsLive();
  if (live && record.boot == member->record.boot) {
    const std::uint32_t boot32 = Boot32(record.boot);
    if (record.state == MemberState::kLeft) {
      ApplyLeft(now, source,
                {record.key(), boot32, record.incarnation, record.leave_kind, record.age_s});
    } else {
      ApplyDead(now, source,
                {record.key(), boot32, record.incarnation, source.key, record.death_reason,
                 record.age_s});
    }
    return false;
  }
  if (live && record.boot < member->record.boot) return false;
  // Unknown, or gone in our view too: nobody's life hangs on it.
  remembered_.NoteKnown(record.key());
  const MemberRecord* before = table_.FindRecord(record.key());
  const bool know_more = before != nullptr && CompareStatus(record, *before) < 0;
  const MergeResult result = table_.Merge(now, record);
  if (result.refused) {
    Count(DropReason::kTableFull);
    return false;
  }
  SpreadSuperseded(now, source, result);
  if (result.changed() || result.levelled) outputs_.members_changed = true;
  if (live && result.changed()) {
    AfterEnd(record.key());
  } else if (const MemberRecord* known = table_.FindRecord(record.key());
             known != nullptr && !known->IsLive()) {
    ForgetContact(*known);
  }
  return know_more;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AfterEnd(MemberKey key) {
  const MemberRecord& r = table_.Find(key)->record;
  if (r.state == MemberState::kDead) {
    ++counters_.deaths[static_cast<std::size_t>(r.death_reason)];
    if (suspicions_.Runs(key)) ++counters_.suspicions_confirmed;
  }
  ForgetContact(r);
  outputs_.members_changed = true;
  suspicions_.End(key);
  refusals_.End(key);
  busy_members_.Remove(key);
  untold_.erase(key);
  scores_.OnEnded(key);
  probes_.End(key);
  direct_.DropTarget(key);
  if (exchange_.running() && exchange_.peer() == key && joined_) exchange_.End();
  view_difference_.Forget(key);
}

// A death that only we know of may be a cut's, so the other is told to suspect: then its side asks
// the member, and neither side of a cut that heals buries the other's members.
template <MemberTablePolicy Table>
void SwimCore<Table>::TellNewer(TimePoint now, const Endpoint& to, MemberKey peer,
                                MemberKey subject) {
  const MemberRecord* record = table_.FindRecord(subject);
  if (record == nullptr) return;
  if (table_.Find(subject) != nullptr && !told_.Take(now, subject)) return;
  if (replies_.size() >= kMaxReplies) return Count(DropReason::kOverload);
  Update update = Statement(*record);
  if (record->state == MemberState::kDead && !IsFinal(*record) && peer != subject) {
    update = Suspect{subject, Boot32(record->boot), record->incarnation, self_.key(), 0};
  }
  replies_.emplace_back(to, std::move(update));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Learn(TimePoint now, std::span<const MemberRecord> records) {
  BeginTurn(now);
  const Source source = Source::DataPath();
  for (const MemberRecord& record : records) {
    if (left_) break;
    if (record.IsLive()) {
      ApplyAlive(now, source, record);
    } else {
      ApplyTombstone(now, source, record);
    }
  }
  if (view_pace_.IsHeld()) outputs_.members_changed = true;  // Who had to learn it waits for it.
  EndTurn();
}

}  // namespace vf
