// What all peer connections of a process share.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "gossip/hello.h"

namespace vf {

// Threads: any.
class PeerContext {
 public:
  // `own_hello`: who this process is at the moment, without a nonce; called on any data thread.
  explicit PeerContext(std::function<PeerHello()> own_hello) : own_hello_(std::move(own_hello)) {}

  PeerHello OwnHello() const { return own_hello_(); }

  // Logs at most one line a reason and minute.
  void LogProblem(std::string_view reason, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (limiter_.Allow(MonotonicNow(), reason)) LogWarn(text);
  }

 private:
  const std::function<PeerHello()> own_hello_;
  std::mutex mutex_;
  LogLimiter limiter_;  // guarded by mutex_
};

}  // namespace vf
