// SwimCore: refusals, echoes over TCP, death by witnesses. See swim_core.h.
#pragma once

#include <algorithm>

#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::NoteRefusedHere(TimePoint now, MemberKey target, RefusedBy way) {
  Probe* probe = probes_.FindOf(target);
  if (probe == nullptr) {
    // Something else than a ping was refused; the first ping is spared.
    if (!BeginProbe(now, target, ProbeCause::kRefusal)) return;
    probe = probes_.FindOf(target);
  }
  if (way == RefusedBy::kDatagram) {
    probe->refused = true;
    probe->ping_at = kNever;
  }
  refusals_.Add(target, probe->boot, self_.key(), way);
  WidenProbe(now, *probe);
  ConsiderProbe(now, target);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ConsiderProbe(TimePoint now, MemberKey target) {
  if (BuryIfRefused(now, target)) return;
  const Probe* probe = probes_.FindOf(target);
  if (probe != nullptr && probe->IsSettled()) ConcludeProbe(now, probes_.Take(target));
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::BuryIfRefused(TimePoint now, MemberKey key) {
  const Member* member = table_.Find(key);
  if (member == nullptr || !member->record.IsLive()) return false;
  if (!refusals_.Prove(key, member->record.boot, members())) return false;
  ++counters_.fast_deaths;
  Bury(now, member->record, DeathReason::kRefused);
  return true;
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::IsTakenOver(TimePoint now, const Probe& probe, MemberKey key,
                                  std::uint64_t boot) const {
  return key != probe.target && key != kNoMember && boot > probe.boot &&
         boot <= BootAt(WallAt(now)) + kMaxBootLead;
}

// The new process has told us itself that the old one's address is its own: the old one cannot come
// back. The new one becomes a member by its JOIN, not by this.
template <MemberTablePolicy Table>
void SwimCore<Table>::SupersedeBy(TimePoint now, const Probe& probe) {
  const Member* member = table_.Find(probe.target);
  if (member == nullptr || !member->record.IsLive() || member->record.boot != probe.boot) return;
  Bury(now, member->record, DeathReason::kSuperseded);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnEcho(TimePoint now, std::uint32_t seq, const EchoResult& result) {
  BeginTurn(now);
  Probe* probe = probes_.Find(seq);
  if (left_ || probe == nullptr || probe->echo != EchoState::kUnderWay) return EndTurn();
  const bool answered = result.outcome == EchoResult::Outcome::kAnswered;
  if (result.outcome == EchoResult::Outcome::kFailed) {
    ++counters_.echoes_failed;
    probes_.EndEcho(*probe, EchoState::kFailed);
    ConsiderProbe(now, probe->target);
  } else if (answered && result.key == probe->target && result.boot == probe->boot) {
    ++counters_.echoes_answered;
    probes_.EndEcho(*probe, EchoState::kAnswered);
    OnLifeOverTcp(now, probe->target, result);
    ConsiderProbe(now, probe->target);
  } else {
    ++counters_.echoes_refused;
    probes_.EndEcho(*probe, EchoState::kRefused);
    if (answered && IsTakenOver(now, *probe, result.key, result.boot)) {
      SupersedeBy(now, *probe);
    } else {
      NoteRefusedHere(now, probe->target, RefusedBy::kStream);
    }
  }
  EndTurn();
}

// The member itself has spoken: who was refused there met something in between. If it has refuted a
// suspicion just now, its datagrams may not get through to say so: we do.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnLifeOverTcp(TimePoint now, MemberKey key, const EchoResult& result) {
  refusals_.End(key);
  const Member* member = table_.Find(key);
  if (member == nullptr || !member->record.IsLive()) return;
  if (result.incarnation <= member->record.incarnation) return;
  MemberRecord record = member->record;
  record.state = MemberState::kAlive;
  record.incarnation = result.incarnation;
  ApplyAlive(now, Source{key, record.endpoint}.Proved(), record);
}

// Once may be loss; twice in a row is said aloud.
template <MemberTablePolicy Table>
void SwimCore<Table>::DoubtUdp(TimePoint now, const Probe& probe) {
  if (probe.second) return SetUdpBad(now, probe.target, true);
  const Member* member = table_.Find(probe.target);
  if (member == nullptr || member->udp_bad || !BeginProbe(now, probe.target)) return;
  probes_.FindOf(probe.target)->second = true;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SetUdpBad(TimePoint now, MemberKey key, bool udp_bad) {
  const Member* member = table_.Find(key);
  if (member == nullptr || member->udp_bad == udp_bad) return;
  const std::string address = member->record.endpoint.ToString();
  table_.SetUdpBad(key, udp_bad);
  outputs_.members_changed = true;
  if (!udp_bad) return Inform(now, address + " answers datagrams (UDP) again");
  ++counters_.udp_found_bad;
  Warn(now, address + " answers over TCP only: datagrams (UDP) do not get there and back");
}

template <MemberTablePolicy Table>
EchoAnswer SwimCore<Table>::AnswerEcho(TimePoint now, const EchoQuestion& question) {
  BeginTurn(now);
  if (question.target == self_.key() && own_reach_.OnAsked()) OnOwnReachChanged(now);
  if (!left_ && question.target == self_.key() && question.boot == self_.boot &&
      question.status != MemberState::kAlive && question.incarnation >= self_.incarnation &&
      question.incarnation != kFinalIncarnation) {
    Refute(now, question.incarnation);
  }
  EndTurn();
  return {self_.key(), self_.boot, self_.incarnation};
}

}  // namespace vf
