// What changes in the membership, as lines for the log of either main.
//
// One line for who joins, serves, dies, leaves or comes back. Suspicions get none: most are over
// within a second, and /members shows them. Of a burst, the first lines are told and the rest
// counted, so that a thousand members that start at once do not fill anybody's disk.
//
// Pure. Thread: one owner.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

class MemberLog {
 public:
  static constexpr std::size_t kLinesASecond = 10;

  // What is new since the call before. Nothing until this process is in a cluster; then one line
  // that counts those who were there already. O(changes).
  std::vector<std::string> Changes(TimePoint now, const MembershipSnapshot& membership);

 private:
  void Tell(std::string line, std::vector<std::string>& lines);

  bool joined_ = false;
  MemberList seen_;  // those of the call before
  TimePoint second_ = TimePoint::min();
  std::size_t told_ = 0;     // in this second
  std::size_t dropped_ = 0;  // since a line was told
};

}  // namespace vf
