// SwimCore: disputes about the own address and the own id. See swim_core.h.
//
// Two processes at one address: the later boot has it. The other is *superseded*: it falls silent,
// since whatever it says would only be refuted, asks at its address who is there, and comes back
// with a new boot once that is itself. Two processes with one id (a cloned disk): the later boot
// keeps it, the other needs a new id, which its owner gives it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "gossip/swim_core.h"

namespace vf {

// Our key, but not from our hand: either our own question came back, or two processes have one id.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnKey(TimePoint now, const Endpoint& from, const Packet& packet) {
  if (packet.header.boot32 == Boot32(self_.boot)) {
    for (const Message& message : packet.messages) {
      const Join* join = std::get_if<Join>(&message);
      if (join != nullptr && join->record.boot == self_.boot) return contacts_.SetOwn(from);
      const Ping* ping = std::get_if<Ping>(&message);
      if (ping != nullptr && superseded_until_ != kNever && ping->seq == own_address_seq_) {
        return ReturnWithNewBoot(now);
      }
    }
    return Count(DropReason::kOwnKey);
  }
  Count(DropReason::kOwnKey);
  const std::uint64_t boot = ExpandBoot(packet.header.boot32, self_.boot);
  if (boot < self_.boot) {
    SendUpdate(from, Statement(self_));  // The other one learns that it is the older.
    return;
  }
  if (boot > BootAt(WallAt(now)) + kMaxBootLead || from == self_.endpoint) return;
  LoseIdentity(from);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnDeath(TimePoint now, const Dead& death) {
  outputs_.suspected_self = true;
  if (IsSilent()) return;
  if (death.reason == DeathReason::kOperator) {
    FallSilent(
        "the operator has removed this process from the cluster (vfctl forget); start it anew to "
        "let it join again");
    TellJoinRefused(excluded_);
    return;
  }
  FallSilent("another process has taken over the address " + self_.endpoint.ToString() +
             "; asking there every 30 s");
  Warn(now, excluded_);
  superseded_until_ = now + kSupersededRetry;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::EndWhatRuns() {
  probes_.Clear();
  suspicions_.Clear();
  direct_.Clear();
  queue_.Clear();
  fresh_.clear();
  exchange_.End();
  moves_.Clear();
  healed_.clear();
  introduced_.clear();
}

// Nobody takes its word, and nobody answers it: so it says nothing, and judges nobody.
template <MemberTablePolicy Table>
void SwimCore<Table>::FallSilent(std::string why) {
  excluded_ = std::move(why);
  outputs_.members_changed = true;
  EndWhatRuns();
  probe_at_ = push_at_ = repair_at_ = kNever;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AskOwnAddress(TimePoint now) {
  superseded_until_ = now + kSupersededRetry;
  own_address_seq_ = next_seq_++;
  Send(self_.endpoint, kNoMember, MakePing(own_address_seq_, self_));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ReturnWithNewBoot(TimePoint now) {
  superseded_until_ = kNever;
  excluded_.clear();
  probe_at_ = now + rng_.Between(Duration::zero(), config_.probe_interval);
  SetBoot(now, std::max(self_.boot + 1, BootAt(WallAt(now))));
  Inform(now, "the address " + self_.endpoint.ToString() +
                  " is this process's again: coming back with a new boot number");
  // Should the other's boot number be from a clock that is ahead, somebody who knows it objects.
  for (const MemberKey key : table_.SampleLive(rng_, kMaxControllers, kAnybody)) {
    contacts_.AddPassing(now, table_.Find(key)->record.endpoint);
  }
}

// Somebody tells us of a member with our key.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnOwnRecord(TimePoint now, const MemberRecord& record) {
  if (record.boot < self_.boot || !IsPlausible(record, WallAt(now))) return;
  if (record.boot == self_.boot) {
    if (record.state == MemberState::kDead && IsFinal(record)) {
      OnOwnDeath(now, {record.key(), Boot32(record.boot), record.incarnation, kNoMember,
                       record.death_reason, record.age_s});
    } else if (record.state != MemberState::kAlive && record.incarnation >= self_.incarnation) {
      Refute(now, record.incarnation);
    } else if (record.incarnation > self_.incarnation) {
      MintIncarnation(record.incarnation);
      Announce(now, Urgency::kLife);
    }
    return;
  }
  if (record.endpoint != self_.endpoint && record.IsLive()) {
    // Does it live there? Then it hears that we are the older, and says so.
    if (twin_ && twin_->boot >= record.boot) return;
    twin_ = Twin{record.endpoint, record.boot, 0, now};
    return AskTwin(now);
  }
  TakeBootAbove(now, record.boot);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnEndOfOwnKey(TimePoint now, std::uint32_t boot32) {
  const std::uint64_t boot = ExpandBoot(boot32, self_.boot);
  if (boot < self_.boot || boot > BootAt(WallAt(now)) + kMaxBootLead || IsSilent()) return;
  TakeBootAbove(now, boot);
}

// Of an earlier life of this process, or of another at its address: the clock went back since.
template <MemberTablePolicy Table>
void SwimCore<Table>::TakeBootAbove(TimePoint now, std::uint64_t boot) {
  SetBoot(now, std::max(self_.boot, boot) + 1);
  if (twin_ && twin_->boot < self_.boot) twin_.reset();
  if (!joined_) contacts_.AskAgain(now);
}

// While this process joins, it is told who was at its address: gone or not missed yet, the address
// is ours now, and only the clock went back since that one started. With a boot number below the
// other's we would count as superseded as soon as anybody hears of us. A contact refuses such a
// number too, but that answer may be slower than a member exchange. Once we have joined, the others
// judge between two that live there: were each to outbid the other, they would never come to rest.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnRecordAtOwnAddress(TimePoint now, const MemberRecord& other) {
  if (joined_ || !foundation_.IsFounded() || IsSilent()) return;
  if (other.boot < self_.boot || !IsPlausible(other, WallAt(now))) return;
  TakeBootAbove(now, other.boot);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SetBoot(TimePoint now, std::uint64_t boot) {
  self_.boot = boot;
  self_.incarnation = 0;
  Announce(now, Urgency::kLife, true);
}

// Asked several times before it counts as our own earlier life.
template <MemberTablePolicy Table>
void SwimCore<Table>::AskTwin(TimePoint now) {
  if (twin_->asked++ >= kTwinQuestions) return TakeBootAbove(now, twin_->boot);
  twin_->next = now + config_.rto_high * 2;
  Send(twin_->endpoint, kNoMember, MakePing(next_seq_++, self_));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::LoseIdentity(const Endpoint& twin) {
  FallSilent("another process, which started later, runs with the id of this one at " +
             twin.ToString() + ": joining anew with another id");
  outputs_.rejoin_at = {twin};
  for (const MemberKey key : table_.SampleLive(rng_, kMaxSample, kAnybody)) {
    outputs_.rejoin_at.push_back(table_.Find(key)->record.endpoint);
  }
  outputs_.identity_lost = excluded_;
  superseded_until_ = kNever;
  twin_.reset();
  left_ = true;
  goodbye_at_ = kNever;
}

}  // namespace vf
