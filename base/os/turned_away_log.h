// Says in the log who was turned away for being outside of --allow: one line an address and hour.
//
// Threads: any. Limits: those of LogLimiter; what is beyond them goes unsaid, the counters have it.
#pragma once

#include <mutex>
#include <string_view>

#include "base/endpoint.h"
#include "base/os/log.h"
#include "base/time.h"

namespace vf {

class TurnedAwayLog {
 public:
  // `what`: of this address, and what became of it: "connection from", "closed".
  void Note(TimePoint now, const Endpoint& from, std::string_view what, std::string_view fate);

 private:
  std::mutex mutex_;
  LogLimiter limiter_{hours(1)};  // guarded by mutex_
};

}  // namespace vf
