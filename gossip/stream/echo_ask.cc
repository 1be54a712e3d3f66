#include "gossip/stream/echo_ask.h"

#include <variant>

#include "gossip/stream/stream_codec.h"

namespace vf {
namespace {

constexpr std::uint64_t kRequest = 1;

}  // namespace

// Whoever is there is asked: that it is another one than meant is an answer too, but its HELLO
// alone proves nothing that a replayed one would not.
void EchoAsk::OnUp(TimePoint, const PeerHello&, std::string& out) {
  out += EncodeStreamFrame(
      {kRequest, Echo{nonce_, wish_.target, wish_.boot, wish_.status, wish_.incarnation}});
}

bool EchoAsk::OnFrame(TimePoint now, const StreamFrame& frame, std::string&) {
  const auto* ok = std::get_if<EchoOk>(&frame.message);
  if (ok == nullptr || frame.request != kRequest || ok->nonce != nonce_) return false;
  done_ = true;
  swim_.OnEcho(now, wish_.seq,
               {EchoResult::Outcome::kAnswered, ok->key, ok->boot, ok->incarnation});
  return true;
}

void EchoAsk::OnOver(TimePoint now, LinkEnd why) {
  if (done_) return;
  EchoResult result;
  result.outcome =
      why == LinkEnd::kRefused ? EchoResult::Outcome::kRefused : EchoResult::Outcome::kFailed;
  swim_.OnEcho(now, wish_.seq, result);
}

}  // namespace vf
