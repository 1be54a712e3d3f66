// What one membership connection is for: frames in, frames out, until there is nothing more to say.
//
// Thread: none of its own; that of MemberStreams, which owns it and calls it in this order: OnUp()
// once, if HELLO is exchanged; OnFrame() and OnSent(); OnOver() once, as the last. Frames to be
// sent are appended to `out`.
#pragma once

#include <string>

#include "base/time.h"
#include "gossip/stream/link_end.h"
#include "gossip/stream/stream_message.h"
#include "gossip/wire/hello.h"

namespace vf {

class StreamSession {
 public:
  virtual ~StreamSession() = default;

  // HELLO was exchanged: `theirs` is there.
  virtual void OnUp(TimePoint now, const PeerHello& theirs, std::string& out) = 0;
  // False: it has no place here; the connection ends.
  virtual bool OnFrame(TimePoint now, const StreamFrame& frame, std::string& out) = 0;
  // All that was appended before has left.
  virtual void OnSent(TimePoint now, std::string& out) = 0;
  // Nothing more to say or to hear: the connection ends as soon as everything has left.
  virtual bool is_done() const = 0;
  virtual void OnOver(TimePoint now, LinkEnd why) = 0;
};

}  // namespace vf
