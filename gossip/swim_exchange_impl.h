// SwimCore: member exchange, while views differ, and contact with the dead. See swim_core.h.
#pragma once

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "gossip/swim_core.h"

namespace vf {

// ---------------------------------------------------------------------------------------------
// Agreement of views

// A peer's view differs from ours: news is on its way, as a rule. If it still differs after a
// while, buckets are compared.
template <MemberTablePolicy Table>
void SwimCore<Table>::NoteView(TimePoint now, const Source& source, const PacketHeader& header) {
  if (header.view_hash == 0 || !joined_ || VF_PLANTED(kViewsNotCompared)) return;
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
      SeekMembers(now);
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
    DatagramBuilder builder = NewDatagram();
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
  DatagramBuilder builder = NewDatagram();
  const auto add = [&](const Exchange& part) {
    if (builder.Add(part)) return;
    PutPaced(now, to, builder);
    builder = NewDatagram();
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
void SwimCore<Table>::PutPaced(TimePoint now, const Endpoint& to, DatagramBuilder& builder) {
  if (!paced_.Put(now, {to, builder.Take()})) Count(DropReason::kOverload);
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
  if (!joined_) SeekMembers(now);
  if (VF_PLANTED(kNoHealing)) return;
  std::vector<MemberRecord> controllers;
  table_.ForEachGone([&](const MemberEntry& entry) {
    const MemberRecord& r = entry.record;
    if (r.state == MemberState::kDead && !IsFinal(r) && (r.roles & kRoleController) != 0 &&
        controllers.size() < kMaxControllers) {
      controllers.push_back(r);
    }
  });
  for (const MemberRecord& r : controllers) HealPing(r);
  const std::size_t dead = table_.healable();
  if (!rng_.Chance(dead, std::max(members(), std::size_t{1}))) return;
  const MemberRecord record = *table_.FindRecord(table_.RandomHealable(rng_));
  HealPing(record);
}

// Who was told of its cluster by others may have no contact that gives it the members: the one that
// told it had none to give yet, and has gone. Whoever it has met since will do.
template <MemberTablePolicy Table>
void SwimCore<Table>::SeekMembers(TimePoint now) {
  if (exchange_.running()) return;
  const auto met = table_.SampleLive(
      rng_, 1, [](const MemberEntry& entry) { return entry.record.state == MemberState::kAlive; });
  if (!met.empty()) BeginExchange(now, met.front());
}

template <MemberTablePolicy Table>
void SwimCore<Table>::HealPing(const MemberRecord& record) {
  ++counters_.heal_pings;
  Send(record.endpoint, record.key(), MakePing(next_seq_++, record), true);
}

}  // namespace vf
