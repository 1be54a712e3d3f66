// SwimCore: joining and founding. See swim_core.h.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "gossip/swim_core.h"

namespace vf {

// ---------------------------------------------------------------------------------------------
// Asking

template <MemberTablePolicy Table>
void SwimCore<Table>::SetContact(TimePoint now, std::size_t index,
                                 const std::vector<Endpoint>& endpoints) {
  BeginTurn(now);
  if (!left_) {
    contacts_.Set(now, index, endpoints);
    contacts_.SetOwn(self_.endpoint);
  }
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AskContacts(TimePoint now) {
  const auto is_alive = [this](MemberKey key) { return IsAlive(key); };
  for (const Endpoint& to : contacts_.TakeDue(now, is_alive)) {
    if (!IsSilent()) Ask(to);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Ask(const Endpoint& to) {
  Join join;
  join.record = self_;
  join.foundation = foundation_;
  join.settings = foundation_.IsFounded() ? settings_ : given_;
  join.want_state = !joined_;
  Send(to, kNoMember, join);
}

// ---------------------------------------------------------------------------------------------
// Answering

template <MemberTablePolicy Table>
std::string SwimCore<Table>::SettingsText(const ClusterSettings& s) const {
  std::string text;
  const auto add = [&text](std::uint32_t value, const char* name, const char* unit) {
    if (value == 0) return;  // Not given.
    if (!text.empty()) text += ", ";
    text += name + std::to_string(value) + unit;
  };
  add(s.replicas, "replicas ", "");
  add(s.partition_digits, "partition digits ", "");
  add(s.tombstone_age_s, "tombstone age ", " s");
  return text;
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::SettingsFit(const ClusterSettings& given,
                                  const ClusterSettings& cluster) const {
  return (given.replicas == 0 || given.replicas == cluster.replicas) &&
         (given.partition_digits == 0 || given.partition_digits == cluster.partition_digits) &&
         (given.tombstone_age_s == 0 || given.tombstone_age_s == cluster.tombstone_age_s);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::RefuseJoin(const Source& source, JoinRefusal reason, std::string text,
                                 std::uint64_t holder_boot) {
  Send(source.endpoint, kNoMember,
       JoinNo{reason, settings_.replicas, settings_.partition_digits, std::move(text), foundation_,
              holder_boot});
}

// A JOIN that carries our foundation (or, while neither has one, no foundation) makes its sender a
// member; one without ours only gets to know it.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnJoin(TimePoint now, const Source& source, const Join& join) {
  if (IsSilent()) return;  // Who counts for nobody can let nobody in.
  const MemberRecord& r = join.record;
  if (r.key() != source.key || !IsPlausible(r, WallAt(now)) || !r.IsLive()) {
    return Count(DropReason::kInvalidRecord);
  }
  if (r.proto_min > kProtocol || r.proto_max < kProtocol) {
    return RefuseJoin(source, JoinRefusal::kProtocol, "no protocol version in common");
  }
  if (join.foundation.IsFounded() && !IsComplete(join.settings)) {
    return Count(DropReason::kInvalidRecord);
  }
  if (!foundation_.IsFounded() && join.foundation.IsFounded()) {
    if (!SettingsFit(given_, join.settings)) {
      RefuseJoin(source, JoinRefusal::kSettings, "other settings were given here");
      return TellJoinRefused("the cluster at " + source.endpoint.ToString() + " has " +
                             SettingsText(join.settings) + "; given here: " + SettingsText(given_));
    }
    Adopt(now, join.foundation, join.settings, 0);
    contacts_.AddPassing(now, source.endpoint);
    AskContacts(now);
  } else if (foundation_.IsFounded() && join.foundation.IsFounded() &&
             foundation_ != join.foundation) {
    DropFrom(now, source.endpoint, DropReason::kOtherFoundation,
             [] { return "it belongs to another cluster and is refused"; });
    return RefuseJoin(source, JoinRefusal::kOtherFoundation,
                      "this is another cluster, founded on its own; the two never merge");
  } else if (foundation_.IsFounded() && !SettingsFit(join.settings, settings_)) {
    DropFrom(now, source.endpoint, DropReason::kSettings, [&] {
      return "a join with other settings (" + SettingsText(join.settings) + ") is refused";
    });
    return RefuseJoin(source, JoinRefusal::kSettings,
                      "this cluster has " + SettingsText(settings_) + "; you were given " +
                          SettingsText(join.settings));
  }
  // Two who have not joined yet know too little to let each other in: whether the address belonged
  // to a process that started later, first of all. The asker comes again.
  const bool may_admit = joined_ || !foundation_.IsFounded() || !join.want_state;
  if (join.foundation == foundation_ && may_admit) {
    if (const std::uint64_t boot = BootAtAddressOf(r); boot >= r.boot) {
      return RefuseJoin(source, JoinRefusal::kAddressHeld,
                        r.endpoint.ToString() + " belonged to a process that started later", boot);
    }
    const Member* before = table_.Find(r.key());
    const bool known =
        before != nullptr && before->record.IsLive() && before->record.boot == r.boot;
    ApplyAlive(now, source.Introduced().Proved(source.endpoint == r.endpoint), r);
    if (!known && joined_) Introduce(now, r.key());
  }
  AnswerJoin(now, source, join);
}

// The seat of the memory-only storage member whose address the joiner has now.
template <MemberTablePolicy Table>
std::uint64_t SwimCore<Table>::InheritedSeat(const MemberRecord& joiner) const {
  if (!joiner.IsStorage() || joiner.seat != 0) return 0;
  std::uint64_t seat = 0;
  std::uint64_t newest = 0;
  table_.ForEachAt(joiner.endpoint, [&](const Member& member) {
    const MemberRecord& r = member.record;
    if (r.key() == joiner.key() || r.boot > joiner.boot) return;
    if (!r.IsStorage() || !r.IsMemoryOnly() || r.boot < newest) return;
    newest = r.boot;
    seat = r.seat;
  });
  return seat;
}

template <MemberTablePolicy Table>
std::uint64_t SwimCore<Table>::BootAtAddressOf(const MemberRecord& joiner) const {
  std::uint64_t boot = 0;
  table_.ForEachAt(joiner.endpoint, [&](const Member& member) {
    const MemberRecord& r = member.record;
    if (r.key() != joiner.key()) boot = std::max(boot, r.boot);
  });
  return boot;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AnswerJoin(TimePoint now, const Source& source, const Join& join) {
  JoinOk ok;
  ok.foundation = foundation_;
  ok.settings = foundation_.IsFounded() ? settings_ : ClusterSettings{};
  ok.seat = InheritedSeat(join.record);
  const auto named = [&](const Member& member) {
    return member.verified && member.record.state == MemberState::kAlive &&
           member.record.key() != join.record.key();
  };
  const auto controllers = table_.SampleLive(rng_, kMaxControllers, [&](const Member& member) {
    return named(member) && (member.record.roles & kRoleController) != 0;
  });
  for (const MemberKey key : controllers) ok.controllers.push_back(table_.Find(key)->record);
  ok.sample.push_back(self_);
  if (foundation_.IsFounded()) {
    for (const MemberKey key : table_.SampleLive(rng_, kMaxSample - 1, named)) {
      ok.sample.push_back(table_.Find(key)->record);
    }
  } else {
    // Who founds the cluster is decided by the smallest key: everybody has to see it.
    table_.ForEach([&](const Member& member) {
      const MemberRecord& r = member.record;
      if (ok.sample.size() == kMaxSample || !r.IsLive() || !r.IsStorage()) return;
      if (r.key() != join.record.key() && r.key() != self_.key()) ok.sample.push_back(r);
    });
  }
  // The bulk comes from anybody, so that a contact is not worn out by a mass start.
  if (joined_) {
    std::vector<const MemberRecord*> givers = {&self_};
    for (const ViewHolders::Holder& holder : view_holders_.all()) {
      const Member* member = table_.Find(holder.member);
      const bool lately = now <= holder.heard_at + kGiverSilence * config_.probe_interval;
      if (lately && member != nullptr && named(*member)) givers.push_back(&member->record);
    }
    const std::size_t first = givers.size() > kManyGivers ? 1 : 0;  // It has enough to do.
    const MemberRecord& giver = *givers[first + rng_.Uniform(givers.size() - first)];
    ok.exchange_with = giver.key();
    // Its record has to be there even if the datagram is too small for the whole sample.
    const auto there = std::find_if(ok.sample.begin(), ok.sample.end(),
                                    [&](const MemberRecord& r) { return r.key() == giver.key(); });
    if (there == ok.sample.end()) {
      if (ok.sample.size() == kMaxSample) ok.sample.pop_back();
      ok.sample.insert(ok.sample.begin() + 1, giver);
    } else if (there != ok.sample.begin()) {
      std::swap(ok.sample[1], *there);
    }
  }
  DatagramBuilder builder = NewDatagram();
  while (!builder.Add(ok)) {
    if (ok.sample.size() > 2) {
      ok.sample.pop_back();
    } else {
      ok.controllers.pop_back();
    }
  }
  Emit(source.endpoint, builder);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnJoinOk(TimePoint now, const Source& source, const PacketHeader& header,
                               const JoinOk& ok) {
  if (!contacts_.IsAsked(source.endpoint)) return Count(DropReason::kUnknownSender);
  const bool founded = ok.foundation.IsFounded();
  if (founded && !IsComplete(ok.settings)) return Count(DropReason::kInvalidRecord);
  if (foundation_.IsFounded() && founded && ok.foundation != foundation_) {
    return OnJoinRefused(now, source.endpoint, DropReason::kOtherFoundation,
                         source.endpoint.ToString() + " belongs to another cluster");
  }
  if (!foundation_.IsFounded() && founded) {
    if (!SettingsFit(given_, ok.settings)) {
      return TellJoinRefused("the cluster at " + source.endpoint.ToString() + " has " +
                             SettingsText(ok.settings) + "; given here: " + SettingsText(given_));
    }
    Adopt(now, ok.foundation, ok.settings, ok.seat);
    AskContacts(now);  // This time with the foundation: it makes us a member.
  } else {
    // One that is only joining itself cannot give us the members: it is asked again.
    const bool settled = founded && (joined_ || ok.exchange_with != kNoMember);
    contacts_.OnAnswer(now, source.endpoint, header.key, settled);
  }
  if (ok.foundation != foundation_) return;  // It is unfounded, we are not: it will hear from us.
  // Nor does its word count for anybody, itself first of all: its boot number may still be below
  // that of a former process at its address.
  if (founded && !joined_ && ok.exchange_with == kNoMember) return;
  const Source told = source.Quieted(!joined_ && foundation_.IsFounded());
  for (const MemberRecord& r : ok.sample) ApplyAlive(now, told, r);
  for (const MemberRecord& r : ok.controllers) ApplyAlive(now, told, r);
  if (joined_ || !foundation_.IsFounded() || exchange_.running()) return;
  if (ok.exchange_with != kNoMember) {
    const Member* peer = table_.Find(ok.exchange_with);
    BeginExchange(now, peer != nullptr ? ok.exchange_with : header.key);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnJoinNo(TimePoint now, const Source& source, const JoinNo& refusal) {
  if (IsSilent() || !contacts_.IsAsked(source.endpoint)) {
    return Count(DropReason::kUnknownSender);
  }
  if (!refusal.foundation.IsFounded()) {
    // An unfounded process cannot keep us out of anything; it was told of our cluster.
    return Warn(now, source.endpoint.ToString() + " does not fit this cluster: " + refusal.text);
  }
  const bool held =
      refusal.reason == JoinRefusal::kAddressHeld && refusal.foundation == foundation_;
  // Of a boot number that is ours no more: several contacts were asked, or the answer came twice.
  if (held && refusal.holder_boot < self_.boot) return;
  if (held && refusal.holder_boot < BootAt(WallAt(now)) + kMaxBootLead) {
    // The address is ours, so the other is gone; only the clock went back since it started.
    SetBoot(now, refusal.holder_boot + 1);
    return Ask(source.endpoint);
  }
  DropReason reason = DropReason::kInvalidRecord;
  if (refusal.reason == JoinRefusal::kSettings) reason = DropReason::kSettings;
  if (refusal.reason == JoinRefusal::kProtocol) reason = DropReason::kVersion;
  if (refusal.reason == JoinRefusal::kOtherFoundation) reason = DropReason::kOtherFoundation;
  OnJoinRefused(now, source.endpoint, reason,
                "refused by " + source.endpoint.ToString() + ": " + refusal.text);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnJoinRefused(TimePoint now, const Endpoint& endpoint, DropReason reason,
                                    std::string text) {
  contacts_.OnForeign(endpoint);
  if (!contacts_.IsGiven(endpoint)) {
    return DropFrom(now, endpoint, reason, [&] { return text; });
  }
  Count(reason);
  TellJoinRefused(std::move(text));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TellJoinRefused(std::string text) {
  outputs_.refused = std::move(text);
  outputs_.refusal_ends_process = !ever_ready_;
}

// ---------------------------------------------------------------------------------------------
// Founding

template <MemberTablePolicy Table>
void SwimCore<Table>::ConsiderFounding(TimePoint now) {
  if (founding_look_at_ > now) return;
  founding_look_at_ = kNever;
  if (foundation_.IsFounded()) return;
  founding_look_at_ = now + kFoundingLook;
  MemberKey smallest = self_.key();
  table_.ForEach([&](const Member& member) {
    const MemberRecord& r = member.record;
    if (r.IsLive() && r.IsStorage()) smallest = std::min(smallest, r.key());
  });
  if (smallest != smallest_ || !contacts_.AllJustAnswered(now)) {
    smallest_ = smallest;
    smallest_since_ = now;
  }
  if (smallest == self_.key() && now >= smallest_since_ + config_.founding_quiet) Found(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Found(TimePoint now) {
  Foundation foundation{WallAt(now).ms, rng_.Next()};
  ClusterSettings settings;
  settings.replicas = given_.replicas != 0 ? given_.replicas : kDefaultReplicas;
  settings.partition_digits =
      given_.partition_digits != 0 ? given_.partition_digits : kDefaultPartitionDigits;
  settings.tombstone_age_s =
      given_.tombstone_age_s != 0 ? given_.tombstone_age_s : kDefaultTombstoneAgeS;
  Adopt(now, foundation, settings, 0);
  Inform(now, "founded a cluster: " + SettingsText(settings));
  FinishJoin(now);  // There is nobody to ask.
  AskContacts(now);
}

// From now on this process belongs to a cluster. What it saw before was no member of it.
template <MemberTablePolicy Table>
void SwimCore<Table>::Adopt(TimePoint now, const Foundation& foundation,
                            const ClusterSettings& settings, std::uint64_t seat) {
  // Those met on the way belong to it too, perhaps: they are told.
  const std::vector<MemberKey> met = table_.SampleLive(rng_, kMaxSample, kAnybody);
  for (const MemberKey key : met) contacts_.AddPassing(now, table_.Find(key)->record.endpoint);
  EndWhatRuns();
  table_.Clear();
  newcomers_.Clear();
  refusals_.Clear();
  busy_members_.Clear();
  view_difference_.Clear();
  view_holders_.Clear();
  foundation_ = foundation;
  SetSettings(settings);
  if (self_.IsStorage() && self_.seat == 0) {
    while (seat == 0) seat = rng_.Next();
    self_.seat = seat;
  }
  ++self_.meta_version;
  MintIncarnation(self_.incarnation);
  table_.SetSelf(now, self_);
  outputs_.members_changed = true;
  contacts_.AskAgain(now);
  founding_look_at_ = kNever;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::FinishJoin(TimePoint now) {
  if (joined_) return;
  joined_ = true;
  restoring_ = false;
  remembered_.CountAnew();
  table_.SetSelf(now, self_);
  view_pace_.Hold(now);
  Spread(now, Statement(self_), Urgency::kLife, kNoMember);
  // Those who let us in learn that there is one more who can give others the members.
  for (const Endpoint& contact : contacts_.Answered()) SendUpdate(contact, Statement(self_));
}

}  // namespace vf
