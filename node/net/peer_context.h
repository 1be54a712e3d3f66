// What all peer connections of a process share.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "base/time.h"
#include "gossip/seal/cluster_keys.h"
#include "gossip/wire/hello.h"

namespace vf {

// Threads: any.
class PeerContext {
 public:
  // `own_hello`: who this process is at the moment, without a nonce; called on any data thread.
  // `keys`: of --cluster-key-file, or none.
  explicit PeerContext(std::function<PeerHello()> own_hello, ClusterKeys keys = {})
      : own_hello_(std::move(own_hello)), keys_(std::move(keys)) {}

  PeerHello OwnHello() const { return own_hello_(); }
  const ClusterKeys& keys() const { return keys_; }

  // Logs at most one line a reason and minute.
  void LogProblem(std::string_view reason, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (limiter_.Allow(MonotonicNow(), reason)) LogWarn(text);
  }
  // At most one line an address and hour: somebody without our key does not go away by itself.
  void LogStranger(std::string_view address, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (strangers_.Allow(MonotonicNow(), address)) LogWarn(text);
  }

 private:
  const std::function<PeerHello()> own_hello_;
  const ClusterKeys keys_;
  std::mutex mutex_;
  LogLimiter limiter_;              // guarded by mutex_
  LogLimiter strangers_{hours(1)};  // the same
};

}  // namespace vf
