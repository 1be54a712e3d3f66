// Thousands of members in one object, so that one real process can be looked at in a large cluster.
//
// One UDP socket on all addresses answers for 127.64.0.1 and the addresses that follow it, one a
// member. The first is a whole Swim, until it has founded the cluster and all have joined; the
// others only join, answer pings and now and then ping, as often as members of a cluster do.
// Threads: one of its own does the talking; the methods belong to one other.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace vf {

class MemberCrowd {
 public:
  // `port`: of the process to be looked at, at 127.0.0.1; it founds nothing. `members`: at most
  // 60,000.
  MemberCrowd(std::uint16_t port, std::size_t members);
  ~MemberCrowd();

  // Waits until that process has let in all of them. How many it has; fewer if the time is up
  // first.
  std::size_t Join(std::chrono::nanoseconds timeout);
  // Sends so many pings as fast as they are answered, a few at a time. How many were.
  std::size_t Ping(std::size_t count, std::chrono::nanoseconds timeout);

  // From now on one of them is a whole member again, which knows all the others and the process as
  // it is now, and lets in whoever asks any of them: what a process that restarts finds. REQUIRES:
  // all have joined.
  void Remember();

  // Datagrams that the process has sent to members, so far.
  std::size_t received() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vf
