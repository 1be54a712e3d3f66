// SwimCore: datagrams, and what they say about members. See swim_core.h.
#pragma once

#include <algorithm>
#include <utility>
#include <variant>

#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::OnDatagram(TimePoint now, WallTime wall, const Endpoint& from,
                                 ByteSpan bytes) {
  BeginTurn(now);
  wall_ = wall;
  wall_at_ = now;
  ++counters_.datagrams_in;
  counters_.bytes_in += bytes.size();
  if (left_) return EndTurn();
  std::variant<Packet, DropReason> decoded = DecodePacket(bytes);
  if (const DropReason* reason = std::get_if<DropReason>(&decoded)) {
    Count(*reason);
    return EndTurn();
  }
  const Packet& packet = std::get<Packet>(decoded);
  const PacketHeader& header = packet.header;
  if (header.cluster_hash != config_.cluster_hash) {
    Count(DropReason::kForeignCluster);
    return EndTurn();
  }
  if (header.key == self_.key()) {
    OnOwnKey(now, from, packet);
    return EndTurn();
  }
  bool old_boot = false;
  const Standing standing = StandingOf(header, old_boot);
  if (old_boot) {
    Count(DropReason::kOldBoot);
    TellNewer(now, from, header.key);
    return EndTurn();
  }
  Source source;
  source.key = header.key;
  source.endpoint = from;
  source.doubtful = standing != Standing::kMember;
  source.on_ping = std::any_of(packet.messages.begin(), packet.messages.end(),
                               [](const Message& m) { return std::holds_alternative<Ping>(m); });
  // It lives, so it can speak for itself once it knows what is said of it.
  if (standing == Standing::kGone) TellNewer(now, from, header.key);
  for (const Message& message : packet.messages) {
    OnMessage(now, source, standing, header, message);
    if (left_) break;
  }
  if (table_.Find(header.key) != nullptr) NoteView(now, source, header);
  EndTurn();
}

template <MemberTablePolicy Table>
typename SwimCore<Table>::Standing SwimCore<Table>::StandingOf(const PacketHeader& header,
                                                               bool& old_boot) const {
  const MemberRecord* known = table_.FindRecord(header.key);
  if (known == nullptr) return Standing::kUnknown;
  const std::uint64_t boot = ExpandBoot(header.boot32, known->boot);
  if (boot < known->boot) old_boot = true;
  if (boot > known->boot) return Standing::kNewLife;
  return known->IsLive() ? Standing::kMember : Standing::kGone;
}

// Our key, but not from our hand: either our own question came back, since a contact is this
// process, or two processes have one id.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnKey(TimePoint now, const Endpoint& from, const Packet& packet) {
  if (packet.header.boot32 == Boot32(self_.boot)) {
    for (const Message& message : packet.messages) {
      const Join* join = std::get_if<Join>(&message);
      if (join == nullptr || join->record.boot != self_.boot) continue;
      contacts_.SetOwn(from);
      return;
    }
    Count(DropReason::kOwnKey);
    return;
  }
  Count(DropReason::kOwnKey);
  const std::uint64_t boot = ExpandBoot(packet.header.boot32, self_.boot);
  if (boot < self_.boot) {
    SendUpdate(from, Statement(self_));  // The other one learns that it is the older.
    return;
  }
  if (boot > BootAt(WallAt(now)) + kMaxBootLead) return;
  OnRefusal("another process runs with the id of this one at " + from.ToString());
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnMessage(TimePoint now, const Source& source, Standing standing,
                                const PacketHeader& header, const Message& message) {
  // Statements count from members only. Of itself, a member may also speak in a new life.
  const auto may_speak_of = [&](MemberKey subject) {
    if (standing == Standing::kMember || standing == Standing::kGone) return true;
    if (standing == Standing::kNewLife && subject == source.key) return true;
    Count(DropReason::kUnknownSender);
    return false;
  };
  const auto apply = [&](const Update& update) {
    if (may_speak_of(SubjectOf(update))) Apply(now, source, update);
  };
  struct Visitor {
    SwimCore& core;
    TimePoint now;
    const Source& source;
    const PacketHeader& header;
    decltype(may_speak_of)& may_speak;
    decltype(apply)& update;

    void operator()(const Ping& m) { core.OnPing(now, source, m); }
    void operator()(const PingAck& m) { core.OnPingAck(now, source, m); }
    void operator()(const PingReq& m) {
      if (may_speak(m.target)) core.OnPingReq(now, source, m);
    }
    void operator()(const PingNack& m) { core.OnPingNack(now, source, m); }
    void operator()(const NotMe& m) { core.OnNotMe(now, source, m); }
    void operator()(const Alive& m) { update(m); }
    void operator()(const Suspect& m) { update(m); }
    void operator()(const Dead& m) { update(m); }
    void operator()(const Left& m) { update(m); }
    void operator()(const Join& m) { core.OnJoin(now, source, m); }
    void operator()(const JoinOk& m) { core.OnJoinOk(now, source, header, m); }
    void operator()(const JoinNo& m) { core.OnJoinNo(now, source, m); }
    void operator()(const Digest& m) { core.OnDigest(now, source, m); }
    void operator()(const Exchange& m) {
      if (may_speak(kNoMember)) core.OnExchange(now, source, m);
    }
    void operator()(const vf::Report& m) {
      if (!may_speak(kNoMember)) return;
      for (const ReportEntry& entry : m.entries) {
        if (!core.TakeTokens(now, 1)) return core.Count(DropReason::kOverload);
        const MemberEntry* member = core.table_.Find(entry.key);
        if (member == nullptr || Boot32(member->record.boot) != entry.boot32) continue;
        core.BeginProbe(now, entry.key);
      }
    }
    void operator()(const Batch& m) {
      for (const Update& u : m.updates) update(u);
    }
  };
  std::visit(Visitor{*this, now, source, header, may_speak_of, apply}, message);
}

// ---------------------------------------------------------------------------------------------
// Pings

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPing(TimePoint now, const Source& source, const Ping& ping) {
  if (ping.target != kNoMember && ping.target != self_.key()) {
    Send(source.endpoint, source.key,
         NotMe{ping.seq, self_.key(), Boot32(self_.boot), self_.incarnation});
    return;
  }
  const bool this_life = ping.target_boot32 == Boot32(self_.boot);
  if (ping.target != kNoMember && this_life && ping.status != MemberState::kAlive &&
      ping.incarnation >= self_.incarnation && ping.incarnation != kFinalIncarnation) {
    Refute(now, ping.incarnation);
  }
  std::vector<Message> answer = {PingAck{ping.seq, 0, 0}};
  if (self_.phase == Phase::kDraining) std::get<PingAck>(answer[0]).flags = kAckDraining;
  // What it believes is not what is: it gets the record at once.
  if (ping.target != kNoMember &&
      (!this_life || ping.incarnation != self_.incarnation || ping.status != MemberState::kAlive)) {
    answer.push_back(Alive{self_});
  }
  Send(source.endpoint, source.key, answer);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPingAck(TimePoint now, const Source& source, const PingAck& ack) {
  if (const std::optional<Probe> probe = probes_.TakeAcked(ack.seq, source.key)) {
    if (source.key == probe->target) {
      if (!probe->relayed) round_trips_.Add(now - probe->sent);
      const MemberEntry* entry = table_.Find(probe->target);
      if (entry != nullptr && !entry->verified) {
        table_.SetVerified(probe->target);
        outputs_.members_changed = true;
      }
    }
    return;
  }
  if (const std::optional<RelayedPing> ping = relayed_.Take(ack.seq, source.key)) {
    Send(ping->asker, kNoMember, PingAck{ping->asker_seq, ack.load, ack.flags});
    return;
  }
  const auto move = std::find_if(moves_.begin(), moves_.end(), [&](const Move& m) {
    return m.seq == ack.seq && m.record.key() == source.key && m.record.endpoint == source.endpoint;
  });
  if (move != moves_.end()) {
    const MemberRecord record = move->record;
    moves_.erase(move);
    Source proven = source;
    proven.first_hand = true;
    ApplyAlive(now, proven, record);
    return;
  }
  direct_.Confirm(ack.seq, source.key);
  FinishPhase(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPingReq(TimePoint now, const Source& source, const PingReq& request) {
  if (!request.endpoint.IsUsableAsPeer() || request.target == self_.key()) {
    return Count(DropReason::kInvalidRecord);
  }
  const Duration budget =
      std::min<Duration>(milliseconds(request.budget_ms), config_.probe_interval);
  RelayedPing relayed{next_seq_++, request.target,    request.endpoint,    source.endpoint,
                      request.seq, request.want_nack, now + budget * 4 / 5};
  if (!relayed_.Add(relayed)) return Count(DropReason::kOverload);
  const MemberEntry* entry = table_.Find(request.target);
  if (entry != nullptr && entry->record.endpoint == request.endpoint) {
    Send(request.endpoint, request.target, MakePing(relayed.seq, entry->record));
  } else {
    Send(request.endpoint, kNoMember, Ping{relayed.seq, request.target, 0, MemberState::kAlive, 0});
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPingNack(TimePoint now, const Source& source, const PingNack& nack) {
  const Probe* probe = probes_.Find(nack.seq, source.key);
  if (probe == nullptr || source.key == probe->target) return;
  if (nack.reason != NackReason::kRefused && nack.reason != NackReason::kNotMe) return;
  const MemberKey target = probe->target;
  const std::uint64_t boot = probe->boot;
  Accuse(now, target, boot, kEvidenceRelayed | kEvidenceRefused);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnNotMe(TimePoint now, const Source& source, const NotMe& answer) {
  const Probe* probe = probes_.Find(answer.seq);
  if (probe != nullptr && probe->endpoint == source.endpoint && probe->target != source.key) {
    const MemberKey target = probe->target;
    const std::uint64_t boot = probe->boot;
    Accuse(now, target, boot, kEvidenceUdp | kEvidenceRefused);
    return;
  }
  const std::optional<RelayedPing> ping = relayed_.TakeMisdirected(answer.seq);
  if (ping && ping->want_nack) {
    Send(ping->asker, kNoMember, PingNack{ping->asker_seq, NackReason::kNotMe});
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnRefused(TimePoint now, const Endpoint& endpoint) {
  BeginTurn(now);
  if (left_) return EndTurn();
  for (const RelayedPing& ping : relayed_.TakeRefused(endpoint)) {
    if (ping.want_nack) Send(ping.asker, kNoMember, PingNack{ping.asker_seq, NackReason::kRefused});
  }
  const MemberEntry* entry = table_.FindAt(endpoint);
  if (entry != nullptr && entry->record.IsLive() && entry->record.key() != self_.key()) {
    const MemberKey key = entry->record.key();
    const std::uint64_t boot = entry->record.boot;
    Accuse(now, key, boot, kEvidenceUdp | kEvidenceRefused);
  }
  EndTurn();
}

// ---------------------------------------------------------------------------------------------
// Statements about members

template <MemberTablePolicy Table>
void SwimCore<Table>::Apply(TimePoint now, const Source& source, const Update& update) {
  struct Visitor {
    SwimCore& core;
    TimePoint now;
    const Source& source;
    void operator()(const Alive& u) {
      Source told = source;
      told.quiet = source.on_ping && u.record.key() == source.key;
      core.ApplyAlive(now, told, u.record);
    }
    void operator()(const Suspect& u) { core.ApplySuspect(now, source, u); }
    void operator()(const Dead& u) { core.ApplyDead(now, source, u); }
    void operator()(const Left& u) { core.ApplyLeft(now, source, u); }
  };
  std::visit(Visitor{*this, now, source}, update);
}

// Whether a live record may be in our table: made by somebody honest, of our cluster's settings.
template <MemberTablePolicy Table>
bool SwimCore<Table>::IsAdmissible(TimePoint now, const MemberRecord& r) {
  const bool ours =
      r.replicas == settings_.replicas && r.partition_digits == settings_.partition_digits;
  if (IsPlausible(r, WallAt(now)) && r.endpoint != self_.endpoint && ours) return true;
  Count(DropReason::kInvalidRecord);
  return false;
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::NeedsProof(const MemberRecord& r) const {
  const MemberEntry* entry = table_.Find(r.key());
  return entry != nullptr && entry->record.IsLive() && entry->verified &&
         entry->record.endpoint != r.endpoint && CompareDescription(r, entry->record) > 0;
}

// A live member is said to have moved. Traffic moves when it answers there.
template <MemberTablePolicy Table>
void SwimCore<Table>::ProveMove(TimePoint now, const MemberRecord& record) {
  std::erase_if(moves_, [&](const Move& m) { return m.until <= now; });
  for (const Move& move : moves_) {
    if (move.record == record) return;
  }
  if (moves_.size() >= kMaxMoves) return Count(DropReason::kOverload);
  moves_.push_back({record, next_seq_++, now + config_.exchange_deadline});
  Send(record.endpoint, kNoMember,
       Ping{moves_.back().seq, record.key(), Boot32(record.boot), MemberState::kAlive,
            record.incarnation});
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyAlive(TimePoint now, const Source& source, const MemberRecord& record) {
  if (record.key() == self_.key()) return OnOwnRecord(now, record);
  if (!record.IsLive()) return Count(DropReason::kInvalidRecord);
  if (!IsAdmissible(now, record)) return;
  if (!source.first_hand && NeedsProof(record)) return ProveMove(now, record);
  const MergeResult result = table_.Merge(now, record);
  if (result.refused) return Count(DropReason::kTableFull);
  const MemberKey key = record.key();
  const MemberRecord* stored = table_.FindRecord(key);
  if (result.stale && stored->state != MemberState::kAlive) {
    return TellNewer(now, source.endpoint, key);
  }
  if (stored->state == MemberState::kSuspect && record.state == MemberState::kSuspect) {
    suspicions_.Accuse(now, key, {stored->boot, stored->incarnation}, source.key, false);
  }
  if (source.first_hand) table_.SetVerified(key);
  AfterMerge(now, source, result, key);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SpreadSuperseded(TimePoint now, const Source& source,
                                       const MergeResult& result) {
  for (const MemberKey older : result.superseded) {
    AfterDeath(older);
    Spread(now, Statement(table_.Find(older)->record), Urgency::kLife, source.key);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AfterMerge(TimePoint now, const Source& source, const MergeResult& result,
                                 MemberKey key) {
  SpreadSuperseded(now, source, result);
  if (!result.changed()) return;
  outputs_.members_changed = true;
  const MemberEntry* entry = table_.Find(key);
  if (entry == nullptr) return;
  const MemberRecord& r = entry->record;
  if (!r.IsLive()) return;  // Superseded by a newer member at its address.
  if (r.state == MemberState::kAlive) {
    if (suspicions_.Runs(key)) ++counters_.suspicions_refuted;
    suspicions_.End(key);
  }
  const bool back = result.before == MemberState::kDead || result.before == MemberState::kLeft;
  if (back && joined_ && healed_.size() < kMaxMoves) healed_.push_back(key);
  if (!source.quiet) {
    const bool life = result.added || result.new_boot || result.status_changed;
    // The description may be news while a suspicion is too: one record carries both.
    Spread(now, Alive{r}, life ? Urgency::kLife : Urgency::kDescription, source.key);
  }
  if ((result.added || result.new_boot) && !source.first_hand) ProbeWithChance(now, key);
}

template <MemberTablePolicy Table>
const MemberEntry* SwimCore<Table>::FindLife(const Source& source, const Update& update,
                                             MemberKey key, std::uint32_t boot32,
                                             std::uint32_t incarnation) {
  const MemberEntry* entry = table_.Find(key);
  if (entry == nullptr) {
    if (table_.FindRecord(key) == nullptr) ForwardOnce(update, boot32, incarnation);
    return nullptr;
  }
  const std::uint64_t boot = ExpandBoot(boot32, entry->record.boot);
  if (boot == entry->record.boot) return entry;
  if (boot > entry->record.boot) {
    ForwardOnce(update, boot32, incarnation);
  } else {
    TellNewer(now_, source.endpoint, key);
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
  const MemberEntry* entry =
      FindLife(source, suspect, suspect.key, suspect.boot32, suspect.incarnation);
  if (entry == nullptr) return;
  MemberRecord record = entry->record;
  record.state = MemberState::kSuspect;
  record.incarnation = suspect.incarnation;
  const MergeResult result = table_.Merge(now, record);
  if (result.stale) return TellNewer(now, source.endpoint, suspect.key);
  const MemberRecord& stored = entry->record;
  if (stored.state != MemberState::kSuspect) return;
  const bool news = suspicions_.Accuse(now, suspect.key, {stored.boot, stored.incarnation},
                                       suspect.from, (suspect.evidence & kEvidenceRefused) != 0);
  if (result.status_changed) {
    if (result.before == MemberState::kAlive) ++counters_.suspicions_heard;
    outputs_.members_changed = true;
    direct_.DropTarget(suspect.key);
  }
  if (news) Spread(now, suspect, Urgency::kSuspicion, source.key);
  if (result.status_changed) {
    FinishPhase(now);
    ProbeWithChance(now, suspect.key);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyDead(TimePoint now, const Source& source, const Dead& dead) {
  const bool final_reason =
      dead.reason == DeathReason::kSuperseded || dead.reason == DeathReason::kOperator;
  if (final_reason != (dead.incarnation == kFinalIncarnation)) {
    return Count(DropReason::kInvalidRecord);
  }
  if (dead.key == self_.key()) {
    if (dead.boot32 != Boot32(self_.boot)) return;
    if (final_reason) return OnOwnDeath(now, dead);
    if (dead.incarnation < self_.incarnation) return;
    Refute(now, dead.incarnation);
    return SendUpdate(source.endpoint, Statement(self_));
  }
  if (source.doubtful && !final_reason) {
    return ApplySuspect(now, source,
                        {dead.key, dead.boot32, dead.incarnation, dead.from, std::uint8_t{0}});
  }
  const MemberEntry* entry = FindLife(source, dead, dead.key, dead.boot32, dead.incarnation);
  if (entry == nullptr) return;
  MemberRecord record = entry->record;
  record.state = MemberState::kDead;
  record.incarnation = dead.incarnation;
  record.death_reason = dead.reason;
  record.age_s = dead.age_s;
  const MergeResult result = table_.Merge(now, record);
  if (result.stale) return TellNewer(now, source.endpoint, dead.key);
  if (!result.status_changed) return;
  outputs_.members_changed = true;
  AfterDeath(dead.key);
  Spread(now, dead, Urgency::kLife, source.key);
  FinishPhase(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyLeft(TimePoint now, const Source& source, const Left& left) {
  if (left.incarnation == kFinalIncarnation) return Count(DropReason::kInvalidRecord);
  if (left.key == self_.key()) {
    if (left.boot32 != Boot32(self_.boot) || left.incarnation < self_.incarnation) return;
    return Refute(now, left.incarnation);
  }
  const MemberEntry* entry = FindLife(source, left, left.key, left.boot32, left.incarnation);
  if (entry == nullptr) return;
  MemberRecord record = entry->record;
  record.state = MemberState::kLeft;
  record.incarnation = left.incarnation;
  record.leave_kind = left.kind;
  record.age_s = left.age_s;
  const MergeResult result = table_.Merge(now, record);
  if (result.stale) return TellNewer(now, source.endpoint, left.key);
  if (!result.status_changed) return;
  outputs_.members_changed = true;
  suspicions_.End(left.key);
  probes_.End(left.key);
  direct_.DropTarget(left.key);
  Spread(now, left, Urgency::kLife, source.key);
  FinishPhase(now);
}

// A dead or left member out of a member exchange, or behind an answer of the data path.
template <MemberTablePolicy Table>
void SwimCore<Table>::ApplyTombstone(TimePoint now, const Source& source,
                                     const MemberRecord& record) {
  if (record.key() == self_.key()) return OnOwnRecord(now, record);
  if (!IsPlausible(record, WallAt(now))) return Count(DropReason::kInvalidRecord);
  const MemberEntry* entry = table_.Find(record.key());
  const bool live = entry != nullptr && entry->record.IsLive();
  if (live && record.boot == entry->record.boot) {
    const std::uint32_t boot32 = Boot32(record.boot);
    if (record.state == MemberState::kLeft) {
      return ApplyLeft(now, source,
                       {record.key(), boot32, record.incarnation, record.leave_kind, record.age_s});
    }
    return ApplyDead(
        now, source,
        {record.key(), boot32, record.incarnation, source.key, record.death_reason, record.age_s});
  }
  if (live && record.boot < entry->record.boot) return;
  // Unknown, or gone in our view too: nobody's life hangs on it.
  const MergeResult result = table_.Merge(now, record);
  if (result.refused) return Count(DropReason::kTableFull);
  SpreadSuperseded(now, source, result);
  if (!result.changed()) return;
  outputs_.members_changed = true;
  if (live) AfterDeath(record.key());
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AfterDeath(MemberKey key) {
  const MemberRecord& r = table_.Find(key)->record;
  ++counters_.deaths[static_cast<std::size_t>(r.death_reason)];
  outputs_.members_changed = true;
  suspicions_.End(key);
  probes_.End(key);
  direct_.DropTarget(key);
  if (exchange_.running() && exchange_.peer() == key && joined_) exchange_.End();
  if (differing_peer_ == key) differing_peer_ = kNoMember;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TellNewer(TimePoint now, const Endpoint& to, MemberKey subject) {
  const MemberRecord* record = table_.FindRecord(subject);
  if (record == nullptr) return;
  if (const MemberEntry* entry = table_.Find(subject)) {
    if (entry->told_at != TimePoint::min() && now < entry->told_at + kTellInterval) return;
    table_.SetTold(subject, now);
  }
  SendUpdate(to, Statement(*record));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Learn(TimePoint now, std::span<const MemberRecord> records) {
  BeginTurn(now);
  Source source;
  source.doubtful = true;  // A death it tells is a suspicion first.
  for (const MemberRecord& record : records) {
    if (left_) break;
    if (record.IsLive()) {
      ApplyAlive(now, source, record);
    } else {
      ApplyTombstone(now, source, record);
    }
  }
  EndTurn();
}

}  // namespace vf
