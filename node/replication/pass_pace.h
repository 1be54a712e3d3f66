// When the next message of a pass may go out, so that clients hardly feel that data moves.
#pragma once

#include "base/time.h"
#include "node/replication/client_watch.h"
#include "node/replication/sync_message.h"

namespace vf {

// While clients are served, here or where the passes lead: from one message to the next. What a
// message costs a data thread is some 60 us at the most (SyncLimits), so that passes take an eighth
// of one; 128,000 records or 64 MB a second go through.
struct PaceConfig {
  Duration rest = microseconds(500);
  Duration rest_after_comparison = microseconds(50);  // which costs 5 us where copies are equal
};

// Whoever has passes asks before each message. Those who answer say in each answer whether they
// serve clients: a newcomer, which nearly all passes are for, serves none itself.
//
// Pure: time comes in. Thread: none of its own; one owner.
// Limit: which of the peers has clients is not told apart. Messages to all go out at one pace.
class PassPace {
 public:
  // `here` outlives it. Null: no clients are served here.
  PassPace(const PaceConfig& config, const ClientWatch* here) : config_(config), here_(here) {}

  void OnReply(TimePoint now, const SyncReply& reply);
  // `compares`: the message is a CompareRequest.
  void OnSent(TimePoint now, bool compares);
  bool MayGo(TimePoint now) const { return next_ <= now || !GivesWay(now); }
  // It may go then. REQUIRES: something was sent.
  TimePoint next() const { return next_; }

 private:
  bool GivesWay(TimePoint now) const {
    return now < there_until_ || (here_ != nullptr && here_->AreServed(now));
  }

  const PaceConfig config_;
  const ClientWatch* const here_;
  TimePoint there_until_ = TimePoint::min();  // peers have said that clients are served
  TimePoint next_ = TimePoint::min();
};

}  // namespace vf
