// How many "nothing listens there" a host sends: as Linux limits ICMP by default.
//
// A bucket for each pair of sender and destination (net.ipv4.icmp_ratelimit 1000 ms, a burst of 6)
// and one for each sender (icmp_msgs_per_sec 1000, icmp_msgs_burst 50). Resets of TCP have no such
// limit. Source: ip-sysctl.rst and the route code of Linux 6.1.
#pragma once

#include <map>
#include <utility>

#include "base/time.h"
#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

class IcmpLimits {
 public:
  // Whether `from` may send `to` another one now; it has then. Time does not go back.
  bool Take(TimePoint now, HostNumber from, HostNumber to);

 private:
  // Credit grows with time, up to a burst; a message costs an interval of it.
  struct Bucket {
    Duration credit;
    TimePoint at;
    void Fill(TimePoint now, Duration most);
  };

  std::map<HostNumber, Bucket> senders_;
  std::map<std::pair<HostNumber, HostNumber>, Bucket> pairs_;
};

}  // namespace vf::sim
