#include "gossip/stream/stream_answer.h"

#include <utility>
#include <variant>
#include <vector>

#include "gossip/stream/stream_codec.h"

namespace vf {

void StreamAnswer::OnUp(TimePoint, const PeerHello& theirs, std::string&) { theirs_ = theirs; }

bool StreamAnswer::OnFrame(TimePoint now, const StreamFrame& frame, std::string& out) {
  if (const auto* echo = std::get_if<Echo>(&frame.message)) {
    Answer(now, frame.request, *echo, out);
    return true;
  }
  if (const auto* asked = std::get_if<ExchangeDigests>(&frame.message)) {
    return Serve(now, frame.request, *asked, out);
  }
  // The asker speaks when it has heard all.
  if (!telling_ || !telling_->is_empty() || frame.request != request_) return false;
  if (const auto* part = std::get_if<Exchange>(&frame.message)) return Hear(now, *part);
  done_ = std::holds_alternative<ExchangeEnd>(frame.message);
  return done_;
}

void StreamAnswer::Answer(TimePoint now, std::uint64_t request, const Echo& echo,
                          std::string& out) {
  const EchoAnswer answer =
      shared_.swim.AnswerEcho(now, {echo.key, echo.boot, echo.status, echo.incarnation});
  out +=
      EncodeStreamFrame({request, EchoOk{echo.nonce, answer.key, answer.boot, answer.incarnation}});
  shared_.counters.echoes_answered.Add();
}

bool StreamAnswer::Serve(TimePoint now, std::uint64_t request, const ExchangeDigests& asked,
                         std::string& out) {
  if (telling_) return false;
  Swim& swim = shared_.swim;
  if (!swim.MayTell(theirs_) || shared_.serving >= shared_.config.max_served) {
    const auto retry_ms = static_cast<std::uint32_t>(ToMilliseconds(shared_.config.busy_retry));
    out += EncodeStreamFrame({request, ExchangeBusy{retry_ms}});
    shared_.counters.exchanges_refused.Add();
    done_ = true;
    return true;
  }
  ++shared_.serving;
  ExchangeEnd end;
  end.view_hash = swim.view_hash();
  end.view_members = static_cast<std::uint32_t>(swim.view_members());
  std::vector<BucketParts> parts;
  for (std::size_t bucket = 0; bucket < kViewBuckets; ++bucket) {
    if (!asked.digests.empty() && asked.digests[bucket] == swim.BucketHash(bucket)) continue;
    end.differing.push_back(static_cast<std::uint8_t>(bucket));
    parts.push_back(shared_.buckets.Get(now, bucket));
  }
  request_ = request;
  telling_.emplace(request, std::move(parts), std::move(end));
  if (out.empty()) OnSent(now, out);
  return true;
}

void StreamAnswer::OnSent(TimePoint, std::string& out) {
  if (!telling_ || telling_->is_empty()) return;
  shared_.counters.parts_out.Add(telling_->Fill(shared_.config.chunk_bytes, out));
  if (telling_->is_empty()) shared_.counters.exchanges_served.Add();
}

bool StreamAnswer::Hear(TimePoint now, const Exchange& part) {
  records_ += part.members.size() + part.tombstones.size();
  if (records_ > kMaxMembers + kMaxTombstones) return false;
  shared_.counters.parts_in.Add();
  shared_.swim.OnExchangePart(now, theirs_, part);
  return true;
}

void StreamAnswer::OnOver(TimePoint, LinkEnd) {
  if (telling_) --shared_.serving;
}

}  // namespace vf
