// SwimCore: member exchange, while views differ, and contact with the dead. See swim_core.h.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/planted_bug.h"
#include "gossip/swim_core.h"
#include "gossip/wire/bucket_cutter.h"

namespace vf {

// ---------------------------------------------------------------------------------------------
// Agreement of views

// A peer's view differs from ours: news is on its way, as a rule. If it still differs after a
// while, buckets are compared.
template <MemberTablePolicy Table>
void SwimCore<Table>::NoteView(TimePoint now, const Source& source, const PacketHeader& header) {
  if (header.view_hash == 0) return;  // It has not joined.
  view_holders_.OnHeard(now, source.key);
  if (!joined_ || VF_PLANTED(kViewsNotCompared)) return;
  if (header.view_hash == table_.view_hash()) {
    counters_.view_agreed_at = now;
    view_difference_.OnAgreement(source.key);
    return;
  }
  if (exchange_.running()) return;
  const Member* member = table_.Find(source.key);
  // Who falls silent and comes back compares views itself when it can. Were all others to ask it
  // each time, they would mostly ask in vain.
  if (member->record.state != MemberState::kAlive || flaps_.IsDegraded(source.key)) return;
  view_difference_.OnDifference(now, source.key, header.view_members, OwnView(now));
}

template <MemberTablePolicy Table>
ViewDifference::Own SwimCore<Table>::OwnView(TimePoint now) const {
  return {table_.view_hash(), table_.live(), queue_.size(), view_pace_.IsRush(now),
          view_pace_.WasRush(now, ViewDifference::kAfterRush)};
}

template <MemberTablePolicy Table>
void SwimCore<Table>::CheckView(TimePoint now) {
  if (joined_ && !exchange_.running() && !healed_.empty()) {
    const MemberKey peer = healed_.back();
    healed_.pop_back();
    BeginExchange(now, peer, true);
  }
  if (view_difference_.NextDeadline() > now) return;
  const MemberKey peer = view_difference_.TakeDue(now, OwnView(now));
  if (peer != kNoMember && !exchange_.running()) BeginExchange(now, peer);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::BeginExchange(TimePoint now, MemberKey peer, bool much) {
  const Member* member = table_.Find(peer);
  if (member == nullptr || !member->record.IsLive() || peer == self_.key() || IsSilent()) return;
  ++counters_.digests;
  exchange_.Begin(now, peer, joined_ ? kNoMember : self_.key());
  if (config_.streams && (much || !joined_)) WishForExchange(now);
  ContinueExchange(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::WishForExchange(TimePoint now) {
  const Member* peer = table_.Find(exchange_.peer());
  VF_CHECK(peer != nullptr, "an exchange with somebody unknown");
  if (++exchange_wishes_ == 0) ++exchange_wishes_;
  exchange_.BeginStream(now, exchange_wishes_);
  outputs_.exchanges.push_back(
      {exchange_wishes_, peer->record.endpoint, peer->record.key(), !joined_});
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnExchangeOutcome(TimePoint now, std::uint32_t number,
                                        ExchangeOutcome outcome) {
  BeginTurn(now);
  if (!left_ && number != 0 && exchange_.stream() == number) {
    switch (outcome) {
      case ExchangeOutcome::kDone:
        if (!joined_ && !exchange_.KnowsJoiner()) AskToBeLetIn(now, exchange_.peer());
        if (joined_) NameAway(now, exchange_.peer());
        exchange_.End();
        if (!joined_) FinishJoin(now);
        break;
      case ExchangeOutcome::kBusy:
        ExchangeElsewhere(now);
        break;
      case ExchangeOutcome::kFailed:
        exchange_.FallBack(now);
        break;
    }
    ContinueExchange(now);
  }
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ExchangeElsewhere(TimePoint now) {
  const MemberKey busy = exchange_.peer();
  const auto others = table_.SampleLive(rng_, 1, [&](const Member& member) {
    return member.record.state == MemberState::kAlive && member.record.key() != busy &&
           HasView(member.record);
  });
  if (others.empty() || exchange_.moves() == kMaxExchangeMoves) return exchange_.FallBack(now);
  exchange_.MoveTo(now, others.front());
  WishForExchange(now);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnExchangePart(TimePoint now, const PeerHello& from, const Exchange& part) {
  BeginTurn(now);
  if (!left_) {
    const Standing standing = StandingOf(from.key, Boot32(from.boot));
    const Member* member = table_.Find(from.key);
    const bool known = standing == Standing::kMember || standing == Standing::kGone;
    if (!known || member == nullptr || from.foundation != foundation_) {
      const bool old_boot = standing == Standing::kOldBoot;
      Count(old_boot ? DropReason::kOldBoot : DropReason::kUnknownSender);
      // What it says counts for nothing, so nobody has told us anything when it is done.
      if (exchange_.stream() != 0 && exchange_.peer() == from.key) FallBackFromStream(now);
    } else {
      OnExchange(now, Source{from.key, member->record.endpoint}, part);
      if (exchange_.stream() != 0 && exchange_.peer() == from.key) exchange_.OnProgress(now);
    }
  }
  EndTurn();
}

template <MemberTablePolicy Table>
bool SwimCore<Table>::MayTell(const PeerHello& asker) const {
  return joined_ && !left_ && asker.foundation == foundation_;
}

template <MemberTablePolicy Table>
Exchange SwimCore<Table>::Bucket(TimePoint now, std::size_t bucket) const {
  Exchange part;
  part.bucket = static_cast<std::uint8_t>(bucket);
  table_.ForEachInBucket(now, bucket, [&](const MemberRecord& r) {
    (r.IsLive() ? part.members : part.tombstones).push_back(r);
  });
  return part;
}

template <MemberTablePolicy Table>
PeerHello SwimCore<Table>::Hello() const {
  PeerHello hello;
  hello.cluster_hash = config_.cluster_hash;
  hello.foundation = foundation_;
  hello.key = self_.key();
  hello.boot = self_.boot;
  hello.incarnation = self_.incarnation;
  hello.replicas = settings_.replicas;
  hello.partition_digits = settings_.partition_digits;
  return hello;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ContinueExchange(TimePoint now) {
  // TCP that leads nowhere is no reason to try another member yet.
  if (exchange_.HasFailed(now) && exchange_.stream() != 0) FallBackFromStream(now);
  if (exchange_.HasFailed(now)) {
    ++counters_.exchanges_failed;
    exchange_.End();
    if (!joined_) {
      contacts_.AskAgain(now);
      AskContacts(now);
    }
    return;
  }
  if (!exchange_.running()) return;
  const Member* peer = table_.Find(exchange_.peer());
  if (peer == nullptr) return exchange_.End();
  for (const MemberExchange::Question& question : exchange_.TakeQuestions(now)) {
    Send(peer->record.endpoint, kNoMember, MakeDigest(question));
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::FallBackFromStream(TimePoint now) {
  ++counters_.stream_fallbacks;
  exchange_.FallBack(now);
}

template <MemberTablePolicy Table>
Digest SwimCore<Table>::MakeDigest(const MemberExchange::Question& question) const {
  const std::size_t first_bucket = question.first_bucket;
  Digest digest;
  digest.first_bucket = question.first_bucket;
  digest.brief = question.brief;
  if (question.everything) return digest;
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
  if (digest.first_bucket % kDigestBuckets != 0 ||
      (!digest.hashes.empty() && digest.hashes.size() != kDigestBuckets)) {
    return Count(DropReason::kInvalidRecord);
  }
  return digest.answer ? OnDigestAnswer(now, source, digest) : OnQuestion(now, source, digest);
}

template <MemberTablePolicy Table>
typename SwimCore<Table>::Comparison SwimCore<Table>::CompareWith(const Digest& digest) const {
  const std::size_t first = digest.first_bucket;
  Comparison comparison{
      {}, std::vector<bool>(kDigestBuckets, false), std::vector<bool>(kDigestBuckets, false)};
  for (std::size_t i = 0; i < kDigestBuckets; ++i) {
    const std::size_t count = table_.CountInBucket(first + i);
    if (digest.hashes.empty()) {
      if (count > 0) comparison.differing.push_back(first + i);
      continue;
    }
    comparison.hash_agrees[i] = digest.hashes[i] == table_.bucket_hash(first + i);
    comparison.count_agrees[i] = count >= digest.counts[i];
    if (!comparison.hash_agrees[i]) comparison.differing.push_back(first + i);
  }
  return comparison;
}

// A joiner is not known everywhere yet: it has to show that it can be reached where it says.
template <MemberTablePolicy Table>
void SwimCore<Table>::OnQuestion(TimePoint now, const Source& source, const Digest& question) {
  // Our own view counts for something only when we have one.
  if (!joined_ && foundation_.IsFounded()) return;
  const Member* asker = table_.Find(source.key);
  const bool member = asker != nullptr && asker->record.endpoint == source.endpoint;
  switch (askers_.OnQuestion(now, source.endpoint, member, question.first_bucket / kDigestBuckets,
                             question.hashes.empty(), next_seq_)) {
    case ExchangeAskers::Answer::kNow:
      return AnswerQuestion(now, source.endpoint, question);
    case ExchangeAskers::Answer::kAfterPing:
      return Send(source.endpoint, kNoMember,
                  Ping{next_seq_++, kNoMember, 0, MemberState::kAlive, 0});
    case ExchangeAskers::Answer::kNot:
      return;
    case ExchangeAskers::Answer::kTooMany:
      return Count(DropReason::kOverload);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::AnswerQuestion(TimePoint now, const Endpoint& to, const Digest& question) {
  if (paced_.Answers(to, question.first_bucket)) return;  // It asks again too soon.
  const bool begins = question.hashes.empty() && !paced_.Answers(to);
  if (begins && !paced_.IsShort()) {
    if (!waiting_askers_.Add(now, {to, question.first_bucket})) Count(DropReason::kOverload);
    return;
  }
  if (paced_.IsLong()) return Count(DropReason::kOverload);
  const std::vector<std::size_t> differing = CompareWith(question).differing;
  if (!question.brief || differing.size() <= kMaxDatagramBuckets) SendBuckets(now, to, differing);
  DatagramBuilder builder = NewDatagram();
  Digest answer = MakeDigest({question.first_bucket, false, false});
  answer.answer = true;
  builder.Add(answer);
  PutPaced(now, to, builder, question.first_bucket);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SendPaced(TimePoint now) {
  for (PacedDatagrams::Datagram& datagram : paced_.TakeDue(now)) {
    ++counters_.datagrams_out;
    counters_.bytes_out += datagram.bytes.size();
    outputs_.datagrams.push_back({datagram.to, std::move(datagram.bytes)});
  }
  while (paced_.IsShort()) {
    const auto next = waiting_askers_.TakeNext(now);
    if (!next) break;
    AnswerQuestion(now, next->from, QuestionForAll(next->first_bucket));
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnDigestAnswer(TimePoint now, const Source& source, const Digest& answer) {
  if (!exchange_.running() || exchange_.peer() != source.key || answer.hashes.empty()) return;
  if (exchange_.stream() != 0) return;  // TCP has taken it over.
  const Member* peer = table_.Find(source.key);
  if (peer == nullptr) return;
  const Comparison comparison = CompareWith(answer);
  if (comparison.differing.size() > kMaxDatagramBuckets && exchange_.asks_briefly()) {
    return WishForExchange(now);
  }
  // What the other had came before its hashes; what differs still is what we have and it lacks. A
  // joiner says so too: a newcomer that it introduced may be unknown to everybody else, and then
  // neither would ever agree with anybody. To the address of its record, whoever has answered.
  SendBuckets(now, peer->record.endpoint, comparison.differing);
  const bool complete =
      exchange_.OnAnswer(now, answer, comparison.hash_agrees, comparison.count_agrees);
  if (complete && joined_) NameAway(now, source.key);
  if (complete) FinishExchange(now);
  if (!complete && !joined_ && exchange_.answers() % kAnswersBeforeJoin == 0 &&
      !exchange_.KnowsJoiner()) {
    AskToBeLetIn(now, source.key);
  }
}

// It has never heard of us, perhaps since those who let us in died too soon. Then what we say
// counts for nothing there.
template <MemberTablePolicy Table>
void SwimCore<Table>::AskToBeLetIn(TimePoint now, MemberKey peer) {
  const Member* member = table_.Find(peer);
  if (member != nullptr) contacts_.AddPassing(now, member->record.endpoint);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::FinishExchange(TimePoint now) {
  ++counters_.exchanges_done;
  if (!joined_) FinishJoin(now);
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
    BucketCutter cutter(bucket, kRecordsAtOnce, add);
    table_.ForEachInBucket(now, bucket, [&](const MemberRecord& r) { cutter.Add(r); });
    cutter.Finish();
  }
  if (!builder.empty()) PutPaced(now, to, builder);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::PutPaced(TimePoint now, const Endpoint& to, DatagramBuilder& builder,
                               std::optional<std::uint8_t> answers) {
  const std::size_t kind = builder.kind();
  std::vector<std::byte> bytes = builder.Take();
  const std::size_t size = bytes.size();
  if (!paced_.Put(now, {to, std::move(bytes), answers})) return Count(DropReason::kOverload);
  counters_.packets_out.Add(kind, size);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnExchange(TimePoint now, const Source& source, const Exchange& exchange) {
  // A death learnt like this is a suspicion first. What a joiner learns, everybody else knows.
  const Source told = source.Doubted().Quieted(!joined_);
  for (const MemberRecord& r : exchange.members) ApplyAlive(now, told, r);
  std::vector<MemberRecord> newer;
  for (const MemberRecord& r : exchange.tombstones) {
    if (!ApplyTombstone(now, told, r)) continue;
    if (const auto known = table_.FindGone(now, r.key())) newer.push_back(*known);
  }
  if (joined_) TellGone(now, source.endpoint, newer);
  if (exchange_.running() && exchange_.peer() == source.key && exchange_.OnPart(now, exchange)) {
    FinishExchange(now);
  }
}

// ---------------------------------------------------------------------------------------------
// Healing

// About as many pings a second in the whole cluster as there are dead, and at most one from here:
// somebody who was only cut off is met again within seconds, whatever the size.
template <MemberTablePolicy Table>
void SwimCore<Table>::HealTick(TimePoint now) {
  heal_at_ = now + config_.heal_interval;
  if (!foundation_.IsFounded() || IsSilent()) return;
  if (!joined_) SeekMembers(now);
  ConsiderNaming();
  if (VF_PLANTED(kNoHealing)) return;
  const std::size_t dead = table_.healable();
  if (!rng_.Chance(dead, std::max(members(), std::size_t{1}))) return;
  const MemberRecord record = *table_.FindRecord(table_.RandomHealable(rng_));
  HealPing(record);
}

// Who was told of its cluster by others may have no contact that gives it the members: the one that
// told it had none to give yet, or has gone before they were handed over. Whoever it has met since
// will do.
template <MemberTablePolicy Table>
void SwimCore<Table>::SeekMembers(TimePoint now) {
  if (exchange_.running()) return;
  auto met = table_.SampleLive(rng_, 1, [this](const Member& member) {
    return member.record.state == MemberState::kAlive && HasView(member.record);
  });
  if (met.empty()) {
    met = table_.SampleLive(
        rng_, 1, [](const Member& member) { return member.record.state == MemberState::kAlive; });
  }
  if (met.empty()) return;
  // It may never have heard of us, if those who let us in are gone; and what strangers say of
  // themselves counts for nothing.
  contacts_.AddPassing(now, table_.Find(met.front())->record.endpoint);
  AskContacts(now);
  BeginExchange(now, met.front());
}

template <MemberTablePolicy Table>
void SwimCore<Table>::HealPing(const MemberRecord& record) {
  ++counters_.heal_pings;
  Send(record.endpoint, record.key(), MakePing(next_seq_++, record), true);
}

}  // namespace vf
