// The answering side of a membership connection: echoes, and one member exchange.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "gossip/stream/encoded_buckets.h"
#include "gossip/stream/stream_counters.h"
#include "gossip/stream/stream_session.h"
#include "gossip/swim.h"

namespace vf {

// What the answering sides of one process share.
struct StreamAnswerers {
  Swim& swim;
  EncodedBuckets& buckets;
  const StreamConfig& config;
  StreamCounters& counters;
  std::size_t serving = 0;  // exchanges, at most config.max_served
};

// Limits: StreamAnswerers; an asker that tells more records than a view can hold is cut.
class StreamAnswer final : public StreamSession {
 public:
  // `shared` outlives this object.
  explicit StreamAnswer(StreamAnswerers& shared) : shared_(shared) {}

  // StreamSession
  void OnUp(TimePoint now, const PeerHello& theirs, std::string& out) override;
  bool OnFrame(TimePoint now, const StreamFrame& frame, std::string& out) override;
  void OnSent(TimePoint now, std::string& out) override;
  bool is_done() const override { return done_; }
  void OnOver(TimePoint now, LinkEnd why) override;

 private:
  void Answer(TimePoint now, std::uint64_t request, const Echo& echo, std::string& out);
  bool Serve(TimePoint now, std::uint64_t request, const ExchangeDigests& asked, std::string& out);
  bool Hear(TimePoint now, const Exchange& part);

  StreamAnswerers& shared_;
  PeerHello theirs_;
  std::optional<PartQueue> telling_;  // once an exchange was asked for
  std::uint64_t request_ = 0;         // its number
  std::size_t records_ = 0;           // that the asker has told
  bool done_ = false;
};

}  // namespace vf
