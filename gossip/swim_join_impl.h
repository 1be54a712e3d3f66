// SwimCore: joining, founding, member exchange, healing. See swim_core.h.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "base/cluster_limits.h"
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
  const auto is_alive = [&](MemberKey key) {
    const MemberEntry* entry = table_.Find(key);
    return entry != nullptr && entry->record.state == MemberState::kAlive;
  };
  for (const Endpoint& to : contacts_.TakeDue(now, is_alive)) Ask(to);
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
bool SwimCore<Table>::IsComplete(const ClusterSettings& s) const {
  return s.replicas >= 1 && s.replicas <= kMaxReplicas &&
         s.partition_digits >= kMinPartitionDigits && s.partition_digits <= kMaxPartitionDigits &&
         s.tombstone_age_s >= 1;
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
      return OnRefusal("the cluster at " + source.endpoint.ToString() + " has " +
                       SettingsText(join.settings) + "; given here: " + SettingsText(given_));
    }
    Adopt(now, join.foundation, join.settings, 0);
    contacts_.AddPassing(now, source.endpoint);
    AskContacts(now);
  } else if (foundation_.IsFounded() && join.foundation.IsFounded() &&
             foundation_ != join.foundation) {
    Log(now, "refused " + source.endpoint.ToString() + ": it belongs to another cluster");
    return RefuseJoin(source, JoinRefusal::kOtherFoundation,
                      "this is another cluster, founded on its own; the two never merge");
  } else if (foundation_.IsFounded() && !SettingsFit(join.settings, settings_)) {
    return RefuseJoin(source, JoinRefusal::kSettings,
                      "this cluster has " + SettingsText(settings_) + "; you were given " +
                          SettingsText(join.settings));
  }
  if (join.foundation == foundation_) {
    if (const std::uint64_t boot = BootAtAddressOf(r); boot >= r.boot) {
      return RefuseJoin(source, JoinRefusal::kAddressHeld,
                        r.endpoint.ToString() + " belonged to a process that started later", boot);
    }
    const MemberEntry* before = table_.Find(r.key());
    const bool known =
        before != nullptr && before->record.IsLive() && before->record.boot == r.boot;
    Source admitted = source;
    admitted.first_hand = source.endpoint == r.endpoint;
    // What it says of itself with our foundation in hand is as good as a member's word.
    admitted.doubtful = false;
    ApplyAlive(now, admitted, r);
    if (!known && joined_ && table_.Find(r.key()) != nullptr) PushToFrontends(now, r.key());
  }
  AnswerJoin(source, join);
}

// The seat of the memory-only storage member whose address the joiner has now.
template <MemberTablePolicy Table>
std::uint64_t SwimCore<Table>::InheritedSeat(const MemberRecord& joiner) const {
  if (!joiner.IsStorage() || joiner.seat != 0) return 0;
  std::uint64_t seat = 0;
  std::uint64_t newest = 0;
  table_.ForEach([&](const MemberEntry& entry) {
    const MemberRecord& r = entry.record;
    if (r.endpoint != joiner.endpoint || r.key() == joiner.key() || r.boot > joiner.boot) return;
    if (!r.IsStorage() || !r.IsMemoryOnly() || r.boot < newest) return;
    newest = r.boot;
    seat = r.seat;
  });
  return seat;
}

template <MemberTablePolicy Table>
std::uint64_t SwimCore<Table>::BootAtAddressOf(const MemberRecord& joiner) const {
  std::uint64_t boot = 0;
  table_.ForEach([&](const MemberEntry& entry) {
    const MemberRecord& r = entry.record;
    if (r.endpoint != joiner.endpoint || r.key() == joiner.key()) return;
    boot = std::max(boot, r.boot);
  });
  return boot;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AnswerJoin(const Source& source, const Join& join) {
  JoinOk ok;
  ok.foundation = foundation_;
  ok.settings = foundation_.IsFounded() ? settings_ : ClusterSettings{};
  ok.seat = InheritedSeat(join.record);
  const auto named = [&](const MemberEntry& entry) {
    return entry.verified && entry.record.state == MemberState::kAlive &&
           entry.record.key() != join.record.key();
  };
  const auto controllers = table_.SampleLive(rng_, kMaxControllers, [&](const MemberEntry& entry) {
    return named(entry) && (entry.record.roles & kRoleController) != 0;
  });
  for (const MemberKey key : controllers) ok.controllers.push_back(table_.Find(key)->record);
  ok.sample.push_back(self_);
  if (foundation_.IsFounded()) {
    for (const MemberKey key : table_.SampleLive(rng_, kMaxSample - 1, named)) {
      ok.sample.push_back(table_.Find(key)->record);
    }
  } else {
    // Who founds the cluster is decided by the smallest key: everybody has to see it.
    table_.ForEach([&](const MemberEntry& entry) {
      const MemberRecord& r = entry.record;
      if (ok.sample.size() == kMaxSample || !r.IsLive() || !r.IsStorage()) return;
      if (r.key() != join.record.key() && r.key() != self_.key()) ok.sample.push_back(r);
    });
  }
  // The bulk comes from anybody, so that a contact is not worn out by a mass start.
  if (joined_) {
    ok.exchange_with = ok.sample[rng_.Uniform(ok.sample.size())].key();
    // Its record has to be there even if the datagram is too small for the whole sample.
    for (std::size_t i = 1; i < ok.sample.size(); ++i) {
      if (ok.sample[i].key() == ok.exchange_with) std::swap(ok.sample[1], ok.sample[i]);
    }
  }
  DatagramBuilder builder(Header());
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
    return OnRefusalBy(now, source.endpoint,
                       source.endpoint.ToString() + " belongs to another cluster");
  }
  if (!foundation_.IsFounded() && founded) {
    if (!SettingsFit(given_, ok.settings)) {
      return OnRefusal("the cluster at " + source.endpoint.ToString() + " has " +
                       SettingsText(ok.settings) + "; given here: " + SettingsText(given_));
    }
    Adopt(now, ok.foundation, ok.settings, ok.seat);
    introducer_ = header.key;
    AskContacts(now);  // This time with the foundation: it makes us a member.
  } else {
    // One that is only joining itself cannot give us the members: it is asked again.
    const bool settled = founded && (joined_ || ok.exchange_with != kNoMember);
    contacts_.OnAnswer(now, source.endpoint, header.key, settled);
  }
  if (ok.foundation != foundation_) return;  // It is unfounded, we are not: it will hear from us.
  Source told = source;
  told.quiet = !joined_ && foundation_.IsFounded();
  for (const MemberRecord& r : ok.sample) ApplyAlive(now, told, r);
  for (const MemberRecord& r : ok.controllers) ApplyAlive(now, told, r);
  if (joined_ || !foundation_.IsFounded() || exchange_.running()) return;
  if (ok.exchange_with != kNoMember) {
    const MemberEntry* peer = table_.Find(ok.exchange_with);
    BeginExchange(now, peer != nullptr ? ok.exchange_with : header.key);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnJoinNo(TimePoint now, const Source& source, const JoinNo& refusal) {
  if (!contacts_.IsAsked(source.endpoint)) return Count(DropReason::kUnknownSender);
  if (!refusal.foundation.IsFounded()) {
    // An unfounded process cannot keep us out of anything; it was told of our cluster.
    return Log(now, source.endpoint.ToString() + " does not fit this cluster: " + refusal.text);
  }
  if (refusal.reason == JoinRefusal::kAddressHeld && refusal.foundation == foundation_ &&
      refusal.holder_boot >= self_.boot &&
      refusal.holder_boot < BootAt(WallAt(now)) + kMaxBootLead) {
    // The address is ours, so the other is gone; only the clock went back since it started.
    self_.boot = refusal.holder_boot + 1;
    self_.incarnation = 0;
    table_.SetSelf(now, self_);
    outputs_.members_changed = true;
    return Ask(source.endpoint);
  }
  OnRefusalBy(now, source.endpoint,
              "refused by " + source.endpoint.ToString() + ": " + refusal.text);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnRefusalBy(TimePoint now, const Endpoint& endpoint, std::string text) {
  if (contacts_.IsGiven(endpoint)) return OnRefusal(std::move(text));
  Log(now, std::move(text));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnRefusal(std::string text) {
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
  table_.ForEach([&](const MemberEntry& entry) {
    const MemberRecord& r = entry.record;
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
  Log(now, "founded a cluster: " + SettingsText(settings));
  FinishJoin(now);  // There is nobody to ask.
  AskContacts(now);
}

// From now on this process belongs to a cluster. What it saw before was no member of it.
template <MemberTablePolicy Table>
void SwimCore<Table>::Adopt(TimePoint now, const Foundation& foundation,
                            const ClusterSettings& settings, std::uint64_t seat) {
  // Those met on the way belong to it too, perhaps: they are told.
  const std::vector<MemberKey> met =
      table_.SampleLive(rng_, kMaxSample, [](const MemberEntry&) { return true; });
  for (const MemberKey key : met) contacts_.AddPassing(now, table_.Find(key)->record.endpoint);
  table_.Clear();
  queue_.Clear();
  fresh_.clear();
  probes_.Clear();
  suspicions_.Clear();
  direct_.Clear();
  exchange_.End();
  moves_.clear();
  healed_.clear();
  differing_peer_ = kNoMember;
  view_check_at_ = kNever;
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
  outputs_.members_changed = true;
  Announce(now, Urgency::kLife);
}

// ---------------------------------------------------------------------------------------------
// Agreement of views

// A peer's view differs from ours: news is on its way, as a rule. If it still differs after a
// while, buckets are compared.
template <MemberTablePolicy Table>
void SwimCore<Table>::NoteView(TimePoint now, const Source& source, const PacketHeader& header) {
  if (header.view_hash == 0 || !joined_) return;
  if (header.view_hash == table_.view_hash()) {
    if (differing_peer_ == source.key) {
      differing_peer_ = kNoMember;
      view_check_at_ = kNever;
    }
    return;
  }
  if (differing_peer_ != kNoMember || exchange_.running()) return;
  const MemberEntry* entry = table_.Find(source.key);
  if (!entry->record.IsLive()) return;
  differing_peer_ = source.key;
  view_differs_since_ = now;
  view_check_at_ = now + config_.view_may_differ;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::CheckView(TimePoint now) {
  if (joined_ && !exchange_.running() && !healed_.empty()) {
    const MemberKey peer = healed_.back();
    healed_.pop_back();
    BeginExchange(now, peer);
  }
  if (view_check_at_ > now) return;
  view_check_at_ = kNever;
  // While news is queued here it may be what the other lacks; but not for ever.
  constexpr int kPatience = 5;
  if (!queue_.empty() && now < view_differs_since_ + kPatience * config_.view_may_differ) {
    view_check_at_ = now + config_.repair_interval;
    return;
  }
  const MemberKey peer = differing_peer_;
  differing_peer_ = kNoMember;
  if (peer != kNoMember && !exchange_.running()) BeginExchange(now, peer);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::BeginExchange(TimePoint now, MemberKey peer) {
  const MemberEntry* entry = table_.Find(peer);
  if (entry == nullptr || !entry->record.IsLive() || peer == self_.key()) return;
  ++counters_.digests;
  exchange_.Begin(now, peer, !joined_);
  ContinueExchange(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ContinueExchange(TimePoint now) {
  if (exchange_.HasFailed(now)) {
    exchange_.End();
    if (!joined_) {
      const auto others = table_.SampleLive(rng_, 1, [](const MemberEntry& entry) {
        return entry.record.state == MemberState::kAlive;
      });
      if (!others.empty()) BeginExchange(now, others.front());
      contacts_.AskAgain(now);
      AskContacts(now);
    }
    return;
  }
  if (!exchange_.running()) return;
  const MemberEntry* peer = table_.Find(exchange_.peer());
  if (peer == nullptr) return exchange_.End();
  for (const MemberExchange::Question& question : exchange_.TakeQuestions(now)) {
    Send(peer->record.endpoint, kNoMember,
         MakeDigest(question.first_bucket, question.everything, false));
  }
}

template <MemberTablePolicy Table>
Digest SwimCore<Table>::MakeDigest(std::size_t first_bucket, bool everything, bool answer) const {
  Digest digest;
  digest.first_bucket = static_cast<std::uint8_t>(first_bucket);
  digest.answer = answer;
  if (everything) return digest;
  constexpr std::size_t kMaxCount = 0xffff;
  for (std::size_t i = 0; i < kDigestBuckets; ++i) {
    digest.hashes.push_back(table_.bucket_hash(first_bucket + i));
    digest.counts.push_back(
        static_cast<std::uint16_t>(std::min(table_.CountInBucket(first_bucket + i), kMaxCount)));
  }
  return digest;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnDigest(TimePoint now, const Source& source, const Digest& digest) {
  const std::size_t first = digest.first_bucket;
  if (first % kDigestBuckets != 0 ||
      (!digest.hashes.empty() && digest.hashes.size() != kDigestBuckets)) {
    return Count(DropReason::kInvalidRecord);
  }
  std::vector<std::size_t> differing;
  std::vector<bool> hash_agrees(kDigestBuckets, false);
  std::vector<bool> count_agrees(kDigestBuckets, false);
  for (std::size_t i = 0; i < kDigestBuckets; ++i) {
    const std::size_t count = table_.CountInBucket(first + i);
    if (digest.hashes.empty()) {
      if (count > 0) differing.push_back(first + i);
      continue;
    }
    hash_agrees[i] = digest.hashes[i] == table_.bucket_hash(first + i);
    count_agrees[i] = count >= digest.counts[i];
    if (!hash_agrees[i]) differing.push_back(first + i);
  }
  if (!digest.answer) {
    // Whoever asks for it may have it: a joiner is not known everywhere yet. Our own view counts
    // for something only when we have one.
    if (!joined_ && foundation_.IsFounded()) return;
    SendBuckets(now, source.endpoint, differing);
    DatagramBuilder builder(Header());
    builder.Add(MakeDigest(first, false, true));
    return PutPaced(now, source.endpoint, builder);
  }
  if (!exchange_.running() || exchange_.peer() != source.key || digest.hashes.empty()) return;
  // What the other had came before its hashes; what differs still is what we have and it lacks. A
  // joiner says so too: a newcomer that it introduced may be unknown to everybody else, and then
  // neither would ever agree with anybody.
  SendBuckets(now, source.endpoint, differing);
  const bool complete = exchange_.OnAnswer(now, first, hash_agrees, count_agrees);
  if (complete && !joined_) FinishJoin(now);
}

// All records of the buckets, in as few datagrams as they need.
template <MemberTablePolicy Table>
void SwimCore<Table>::SendBuckets(TimePoint now, const Endpoint& to,
                                  const std::vector<std::size_t>& buckets) {
  constexpr std::size_t kRecordsAtOnce = 12;  // of 72 bytes at most: always fit a datagram
  DatagramBuilder builder(Header());
  const auto add = [&](const Exchange& part) {
    if (builder.Add(part)) return;
    PutPaced(now, to, builder);
    builder = DatagramBuilder(Header());
    VF_CHECK(builder.Add(part), "a part of a bucket that fits no datagram");
  };
  for (const std::size_t bucket : buckets) {
    Exchange part;
    part.bucket = static_cast<std::uint8_t>(bucket);
    table_.ForEachInBucket(now, bucket, [&](const MemberRecord& r) {
      (r.IsLive() ? part.members : part.tombstones).push_back(r);
      if (part.members.size() + part.tombstones.size() < kRecordsAtOnce) return;
      add(part);
      part.members.clear();
      part.tombstones.clear();
    });
    if (!part.members.empty() || !part.tombstones.empty()) add(part);
  }
  if (!builder.empty()) PutPaced(now, to, builder);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::PutPaced(TimePoint now, const Endpoint& to, const DatagramBuilder& builder) {
  if (!paced_.Put(now, {to, builder.Finish()})) Count(DropReason::kOverload);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnExchange(TimePoint now, const Source& source, const Exchange& exchange) {
  Source told = source;
  told.doubtful = true;   // A death learnt like this is a suspicion first.
  told.quiet = !joined_;  // What a joiner learns, everybody else knows.
  for (const MemberRecord& r : exchange.members) ApplyAlive(now, told, r);
  for (const MemberRecord& r : exchange.tombstones) ApplyTombstone(now, told, r);
}

// ---------------------------------------------------------------------------------------------
// Healing

// About as many pings a second in the whole cluster as there are dead, and at most one from here:
// somebody who was only cut off is met again within seconds, whatever the size.
template <MemberTablePolicy Table>
void SwimCore<Table>::HealTick(TimePoint now) {
  heal_at_ = now + config_.heal_interval;
  if (!foundation_.IsFounded()) return;
  std::vector<MemberRecord> controllers;
  table_.ForEach([&](const MemberEntry& entry) {
    const MemberRecord& r = entry.record;
    if (r.state == MemberState::kDead && !IsFinal(r) && (r.roles & kRoleController) != 0 &&
        controllers.size() < kMaxControllers) {
      controllers.push_back(r);
    }
  });
  for (const MemberRecord& r : controllers) HealPing(r);
  const std::size_t dead = table_.healable();
  if (dead == 0 || !rng_.Chance(dead, std::max(members(), std::size_t{1}))) return;
  const MemberRecord record = *table_.FindRecord(table_.RandomHealable(rng_));
  HealPing(record);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::HealPing(const MemberRecord& record) {
  ++counters_.heal_pings;
  Send(record.endpoint, record.key(), MakePing(next_seq_++, record), true);
}

}  // namespace vf
