// SwimCore: the own record: incarnation, refutation, phase, address, good-bye. See swim_core.h.
#pragma once

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "gossip/swim_core.h"

namespace vf {

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
  if (VF_PLANTED(kNoRefutation) || IsSilent()) return;
  health_.OnAccusation();
  outputs_.suspected_self = true;
  if (own_reach_.OnSuspected()) OnOwnReachChanged(now);
  if (own_reach_.unreached()) return;  // They are right.
  ++counters_.refutations;
  MintIncarnation(incarnation);
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
  direct_.DropSubject(self_.key());  // What was told of the phase before.
  pending_phase_ = self_;
  pending_phase_->phase = phase;
  pending_phase_->meta_version = self_.meta_version + 1;
  pending_phase_->incarnation = self_.incarnation + 1;
  if (phase == Phase::kReady) {
    ever_ready_ = true;
    for (const MemberKey key : first) {
      const Member* member = table_.Find(key);
      if (key == self_.key() || member == nullptr) continue;
      if (member->record.state != MemberState::kAlive) continue;
      direct_.Add(now, key, self_.key(), true, next_seq_++);
    }
    SendDirectPushes(now);
  }
  FinishPhase(now);
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
void SwimCore<Table>::SetBusy(TimePoint now, bool busy) {
  BeginTurn(now);
  busy_ = busy;
  EndTurn();
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
  for (const MemberKey key : table_.SampleLive(rng_, kGoodbyeFanout, kAnybody)) {
    SendUpdate(table_.Find(key)->record.endpoint, Statement(self_));
  }
  goodbye_at_ = ++goodbyes_ < kGoodbyes ? now + kGoodbyeInterval : kNever;
}

}  // namespace vf
