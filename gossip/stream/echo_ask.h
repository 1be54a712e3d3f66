// The asking side of an echo: is that member there, by its own word?
#pragma once

#include <cstdint>
#include <string>

#include "gossip/detector/echo.h"
#include "gossip/stream/stream_session.h"
#include "gossip/swim.h"

namespace vf {

// Tells the Swim once what became of the wish.
class EchoAsk final : public StreamSession {
 public:
  // `nonce`: the answer must repeat it. `swim` outlives this object.
  EchoAsk(Swim& swim, const EchoWish& wish, std::uint64_t nonce)
      : swim_(swim), wish_(wish), nonce_(nonce) {}

  // StreamSession
  void OnUp(TimePoint now, const PeerHello& theirs, std::string& out) override;
  bool OnFrame(TimePoint now, const StreamFrame& frame, std::string& out) override;
  void OnSent(TimePoint, std::string&) override {}
  bool is_done() const override { return done_; }
  void OnOver(TimePoint now, LinkEnd why) override;

 private:
  Swim& swim_;
  const EchoWish wish_;
  const std::uint64_t nonce_;
  bool done_ = false;
};

}  // namespace vf
