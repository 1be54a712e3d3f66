// SwimCore: datagrams, pings and their answers. See swim_core.h.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes,
                                 TimePoint received) {
  BeginTurn(now);
  received_ = std::min(now, received);
  health_.OnLag(now, now - received_, round_trips_.Rto());
  wall_ = wall;
  wall_at_ = now;
  ++counters_.datagrams_in;
  counters_.bytes_in += bytes.size();
  if (left_) return EndTurn();
  std::variant<Packet, DropReason> decoded = DecodePacket(bytes);
  const Packet* whole = std::get_if<Packet>(&decoded);
  const bool empty = whole == nullptr || whole->messages.empty();
  counters_.packets_in.Add(empty ? kPacketKinds - 1 : whole->messages.front().index(),
                           bytes.size());
  if (const DropReason* reason = std::get_if<DropReason>(&decoded)) {
    DropFrom(now, from, *reason, [&] {
      return std::string("datagrams that are not gossip of this release are dropped (") +
             DropReasonName(*reason) + ")";
    });
    return EndTurn();
  }
  const Packet& packet = std::get<Packet>(decoded);
  const PacketHeader& header = packet.header;
  if (header.cluster_hash != config_.cluster_hash) {
    DropFrom(now, from, DropReason::kForeignCluster,
             [] { return "datagrams of a cluster with another name are dropped"; });
    return EndTurn();
  }
  if (header.key == self_.key()) {
    OnOwnKey(now, from, packet);
    return EndTurn();
  }
  const Standing standing = StandingOf(header.key, header.boot32);
  if (standing == Standing::kOldBoot) {
    Count(DropReason::kOldBoot);
    TellNewer(now, from, header.key, header.key);
    return EndTurn();
  }
  if (packet.heal) ++counters_.heal_asked;
  Source source{header.key, from};
  const Member* sender = table_.Find(header.key);
  source.doubtful = standing != Standing::kMember || now < sender->returned_at + kReturnDoubt;
  source.on_ping = std::any_of(packet.messages.begin(), packet.messages.end(),
                               [](const Message& m) { return std::holds_alternative<Ping>(m); });
  // It lives, so it can speak for itself once it knows what is said of it.
  if (standing == Standing::kGone || standing == Standing::kOusted) {
    TellNewer(now, from, header.key, header.key);
  }
  for (const Message& message : packet.messages) {
    OnMessage(now, source, standing, header, message);
    if (left_) break;
  }
  if (table_.Find(header.key) != nullptr) NoteView(now, source, header);
  EndTurn();
}

template <MemberTablePolicy Table>
typename SwimCore<Table>::Standing SwimCore<Table>::StandingOf(MemberKey key,
                                                               std::uint32_t boot32) const {
  const MemberRecord* known = table_.FindRecord(key);
  if (known == nullptr) return Standing::kUnknown;
  const std::uint64_t boot = ExpandBoot(boot32, known->boot);
  if (boot < known->boot) return Standing::kOldBoot;
  if (boot > known->boot) return Standing::kNewLife;
  if (IsFinal(*known)) return Standing::kOusted;
  return known->IsLive() ? Standing::kMember : Standing::kGone;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnMessage(TimePoint now, const Source& source, Standing standing,
                                const PacketHeader& header, const Message& message) {
  // Statements count from members only. Of itself, a member may also speak in a new life.
  const auto may_speak_of = [&](MemberKey subject) {
    if (standing == Standing::kMember || standing == Standing::kGone) return true;
    if (standing == Standing::kNewLife && subject == source.key) return true;
    // Whom we ask to let us in may say that we have been there before, with a later boot number.
    if (subject == self_.key() && contacts_.IsAsked(source.endpoint)) return true;
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
    void operator()(const PingAck& m) { core.OnPingAck(now, source, header, m); }
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
      if (may_speak(kNoMember)) core.OnReport(now, source, m);
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
  if (ping.target != kNoMember && own_reach_.OnAsked()) OnOwnReachChanged(now);
  const bool this_life = ping.target_boot32 == Boot32(self_.boot);
  if (ping.target != kNoMember && this_life && ping.status != MemberState::kAlive &&
      ping.incarnation >= self_.incarnation && ping.incarnation != kFinalIncarnation) {
    Refute(now, ping.incarnation);
  }
  std::uint8_t flags = self_.phase == Phase::kDraining ? kAckDraining : std::uint8_t{0};
  if (busy_) flags |= kAckBusy;
  std::array<Message, 2> answer = {PingAck{ping.seq, 0, flags}};
  std::size_t messages = 1;
  // What it believes is not what is: it gets the record at once.
  if (ping.target != kNoMember &&
      (!this_life || ping.incarnation != self_.incarnation || ping.status != MemberState::kAlive)) {
    answer[messages++] = Alive{self_};
  }
  Send(source.endpoint, source.key, std::span(answer).first(messages));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPingAck(TimePoint now, const Source& source, const PacketHeader& header,
                                const PingAck& ack) {
  if (const std::optional<Probe> probe = probes_.TakeAcked(ack.seq, source.key)) {
    health_.OnAnswer();
    const bool busy = (ack.flags & kAckBusy) != 0;
    if (probe->reporter != kNoMember) RefuteReport(*probe, busy);
    NoteProbe(now, *probe, true);
    if (source.key == probe->target) {
      round_trips_.Add(received_ - probe->SentAt(ack.seq));
      counters_.round_trips.Add(received_ - probe->SentAt(ack.seq));
      const Member* member = table_.Find(probe->target);
      if (member != nullptr && !member->verified) {
        table_.SetVerified(probe->target);
        view_pace_.Hold(now);
        const auto introduced = std::find(introduced_.begin(), introduced_.end(), probe->target);
        if (introduced != introduced_.end()) {
          introduced_.erase(introduced);
          PushToFrontends(now, probe->target);
        }
      }
    }
    refusals_.End(probe->target);
    SetUdpBad(now, probe->target, false);
    NoteBusy(now, probe->target, busy);
    return;
  }
  if (const std::optional<RelayedPing> ping = relayed_.Take(ack.seq, source.key)) {
    NoteBusy(now, source.key, (ack.flags & kAckBusy) != 0);
    Send(ping->asker, kNoMember, PingAck{ping->asker_seq, ack.load, ack.flags});
    return;
  }
  if (const auto moved = moves_.TakeAcked(ack.seq, source.key, source.endpoint)) {
    return ApplyAlive(now, source.Proved(), *moved);
  }
  if (const auto item = remembered_.TakeAnswer(ack.seq, source.key)) {
    return OnRememberedAnswer(now, source, header, *item);
  }
  if (const auto asked = askers_.OnAck(now, source.endpoint, ack.seq)) {
    for (std::size_t half = 0; half < asked->size(); ++half) {
      if (!asked->test(half)) continue;
      AnswerQuestion(now, source.endpoint,
                     QuestionForAll(static_cast<std::uint8_t>(half * kDigestBuckets)));
    }
    return;
  }
  direct_.Confirm(ack.seq, source.key);
  FinishPhase(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::NoteBusy(TimePoint now, MemberKey key, bool busy) {
  const Member* member = table_.Find(key);
  if (member == nullptr || !member->record.IsLive()) return;
  if (busy && !busy_members_.Add(now, key)) return;
  if (!busy) busy_members_.Remove(key);
  if (member->busy == busy) return;
  const std::string address = member->record.endpoint.ToString();
  table_.SetBusy(key, busy);
  outputs_.members_changed = true;
  if (busy) {
    ++counters_.found_busy;
    Warn(now, address + " is busy: its data threads stand still; requests go elsewhere");
  } else {
    Inform(now, address + " is not busy any more");
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPingReq(TimePoint now, const Source& source, const PingReq& request) {
  if (!request.endpoint.IsUsableAsPeer() || request.target == self_.key()) {
    return Count(DropReason::kInvalidRecord);
  }
  // The asker may be in bad health, and patient.
  const Duration budget = std::min<Duration>(milliseconds(request.budget_ms),
                                             config_.probe_interval * (LocalHealth::kWorst + 1));
  RelayedPing relayed{next_seq_++, request.target,    request.endpoint,    source.endpoint,
                      request.seq, request.want_nack, now + budget * 4 / 5};
  if (!relayed_.Add(relayed)) return Count(DropReason::kOverload);
  const Member* member = table_.Find(request.target);
  if (member != nullptr && member->record.endpoint == request.endpoint) {
    Send(request.endpoint, request.target, MakePing(relayed.seq, member->record));
  } else {
    Send(request.endpoint, kNoMember, Ping{relayed.seq, request.target, 0, MemberState::kAlive, 0});
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnPingNack(TimePoint now, const Source& source, const PingNack& nack) {
  Probe* probe = probes_.Find(nack.seq, source.key);
  if (probe == nullptr || source.key == probe->target) return;
  if (std::erase(probe->silent_relays, source.key) == 0) return;
  if (nack.reason == NackReason::kRefused || nack.reason == NackReason::kNotMe) {
    probe->refused_relays.push_back(source.key);
    refusals_.Add(probe->target, probe->boot, source.key, RefusedBy::kDatagram);
  }
  ConsiderProbe(now, probe->target);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnNotMe(TimePoint now, const Source& source, const NotMe& answer) {
  Probe* probe = probes_.Find(answer.seq);
  if (probe != nullptr && probe->endpoint == source.endpoint && probe->target != source.key) {
    const std::uint64_t boot = ExpandBoot(answer.boot32, probe->boot);
    if (IsTakenOver(now, *probe, source.key, boot)) return SupersedeBy(now, *probe);
    return NoteRefusedHere(now, probe->target, RefusedBy::kDatagram);
  }
  const std::optional<RelayedPing> ping = relayed_.TakeMisdirected(answer.seq);
  if (ping && ping->want_nack) {
    Send(ping->asker, kNoMember, PingNack{ping->asker_seq, NackReason::kNotMe});
  }
  // A controller was there, and has come back without its memory: it is told of its cluster.
  const Member* member = table_.FindAt(source.endpoint);
  if (member != nullptr && !member->record.IsLive() && joined_ &&
      (member->record.roles & kRoleController) != 0 && table_.FindRecord(source.key) == nullptr) {
    contacts_.AddPassing(now, source.endpoint);
  }
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::FailRelayed(const Endpoint& endpoint, NackReason reason) {
  const std::vector<RelayedPing> relayed = relayed_.TakeFailed(endpoint);
  for (const RelayedPing& ping : relayed) {
    if (ping.want_nack) Send(ping.asker, kNoMember, PingNack{ping.asker_seq, reason});
  }
  return !relayed.empty();
}

template <MemberTablePolicy Table>
MemberKey SwimCore<Table>::LiveKeyAt(const Endpoint& endpoint) const {
  const Member* member = table_.FindAt(endpoint);
  if (member == nullptr || !member->record.IsLive()) return kNoMember;
  const MemberKey key = member->record.key();
  return key == self_.key() ? kNoMember : key;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnRefused(TimePoint now, const Endpoint& endpoint) {
  BeginTurn(now);
  if (left_) return EndTurn();
  const bool relayed = FailRelayed(endpoint, NackReason::kRefused);
  const MemberKey key = LiveKeyAt(endpoint);
  // Who was only asked to ping there leaves it to the asker: else each relay would ask relays.
  if (key != kNoMember && (!relayed || probes_.IsProbing(key))) {
    NoteRefusedHere(now, key, RefusedBy::kDatagram);
  }
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnUnreachable(TimePoint now, const Endpoint& endpoint) {
  BeginTurn(now);
  if (left_) return EndTurn();
  FailRelayed(endpoint, NackReason::kUnreachable);
  if (Probe* probe = probes_.FindOf(LiveKeyAt(endpoint))) WidenProbe(now, *probe);
  EndTurn();
}

}  // namespace vf
