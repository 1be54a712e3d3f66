// The asking side of a member exchange over TCP.
//
//   EXCHANGE ------>   the own bucket hashes, or none as a joiner
//            <------ PART..., END (or BUSY)
//   PART..., END --->   what this process has and the other has not told
//
// What is told back is found by comparing: the hashes of what came make up the other's bucket
// hashes, so a bucket whose own hash is another one holds something that the other lacks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "gossip/dissemination/exchange_wish.h"
#include "gossip/stream/encoded_buckets.h"
#include "gossip/stream/stream_counters.h"
#include "gossip/stream/stream_session.h"
#include "gossip/swim.h"

namespace vf {

// Hands each PART to the Swim as it comes, and tells it once what became of the wish: done as soon
// as the other has said all.
// Limits: as many records as a view can hold; who tells more is cut.
class ExchangeAsk final : public StreamSession {
 public:
  // The references outlive this object.
  ExchangeAsk(Swim& swim, EncodedBuckets& buckets, const StreamConfig& config,
              StreamCounters& counters, const ExchangeWish& wish)
      : swim_(swim), buckets_(buckets), config_(config), counters_(counters), wish_(wish) {}

  // StreamSession
  void OnUp(TimePoint now, const PeerHello& theirs, std::string& out) override;
  bool OnFrame(TimePoint now, const StreamFrame& frame, std::string& out) override;
  void OnSent(TimePoint now, std::string& out) override;
  bool is_done() const override { return done_; }
  void OnOver(TimePoint now, LinkEnd why) override;

 private:
  bool OnPart(TimePoint now, const Exchange& part);
  void OnEnd(TimePoint now, const ExchangeEnd& end, std::string& out);
  void Tell(TimePoint now, ExchangeOutcome outcome);

  Swim& swim_;
  EncodedBuckets& buckets_;
  const StreamConfig& config_;
  StreamCounters& counters_;
  const ExchangeWish wish_;
  PeerHello theirs_;
  std::array<std::uint64_t, kViewBuckets> heard_{};  // bucket hashes of what came
  std::size_t records_ = 0;
  std::optional<PartQueue> answer_;  // once the other has ended
  bool told_ = false;
  bool done_ = false;
};

}  // namespace vf
