#include "gossip/stream/exchange_ask.h"

#include <utility>
#include <variant>
#include <vector>

#include "gossip/members/view_hash.h"
#include "gossip/stream/stream_codec.h"

namespace vf {
namespace {

constexpr std::uint64_t kRequest = 1;

}  // namespace

void ExchangeAsk::OnUp(TimePoint, const PeerHello& theirs, std::string& out) {
  theirs_ = theirs;
  ExchangeDigests digests;
  for (std::size_t i = 0; !wish_.everything && i < kViewBuckets; ++i) {
    digests.digests.push_back(swim_.BucketHash(i));
  }
  out += EncodeStreamFrame({kRequest, std::move(digests)});
}

bool ExchangeAsk::OnFrame(TimePoint now, const StreamFrame& frame, std::string& out) {
  if (told_ || frame.request != kRequest) return false;
  if (const auto* part = std::get_if<Exchange>(&frame.message)) return OnPart(now, *part);
  if (const auto* end = std::get_if<ExchangeEnd>(&frame.message)) {
    OnEnd(now, *end, out);
    return true;
  }
  if (!std::holds_alternative<ExchangeBusy>(frame.message)) return false;
  done_ = true;
  Tell(now, ExchangeOutcome::kBusy);
  return true;
}

bool ExchangeAsk::OnPart(TimePoint now, const Exchange& part) {
  records_ += part.members.size() + part.tombstones.size();
  if (records_ > kMaxMembers + kMaxTombstones) return false;
  for (const MemberRecord& r : part.members) heard_[BucketOf(r.key())] ^= ViewHashOf(r);
  counters_.parts_in.Add();
  swim_.OnExchangePart(now, theirs_, part);
  return true;
}

void ExchangeAsk::OnEnd(TimePoint now, const ExchangeEnd& end, std::string& out) {
  ExchangeEnd answer;
  std::vector<BucketParts> parts;
  const auto compare = [&](std::size_t bucket) {
    if (swim_.BucketHash(bucket) == heard_[bucket]) return;
    answer.differing.push_back(static_cast<std::uint8_t>(bucket));
    parts.push_back(buckets_.Get(now, bucket));
  };
  if (wish_.everything) {
    for (std::size_t bucket = 0; bucket < kViewBuckets; ++bucket) compare(bucket);
  } else {
    for (const std::uint8_t bucket : end.differing) compare(bucket);
  }
  answer.view_hash = swim_.view_hash();
  answer.view_members = static_cast<std::uint32_t>(swim_.view_members());
  answer_.emplace(kRequest, std::move(parts), std::move(answer));
  Tell(now, ExchangeOutcome::kDone);
  if (out.empty()) OnSent(now, out);
}

void ExchangeAsk::OnSent(TimePoint, std::string& out) {
  if (!answer_ || done_) return;
  counters_.parts_out.Add(answer_->Fill(config_.chunk_bytes, out));
  done_ = answer_->is_empty();
}

void ExchangeAsk::OnOver(TimePoint now, LinkEnd) { Tell(now, ExchangeOutcome::kFailed); }

void ExchangeAsk::Tell(TimePoint now, ExchangeOutcome outcome) {
  if (told_) return;
  told_ = true;
  switch (outcome) {
    case ExchangeOutcome::kDone:
      counters_.exchanges_done.Add();
      break;
    case ExchangeOutcome::kBusy:
      counters_.exchanges_busy.Add();
      break;
    case ExchangeOutcome::kFailed:
      counters_.exchanges_failed.Add();
      break;
  }
  swim_.OnExchangeOutcome(now, wish_.number, outcome);
}

}  // namespace vf
