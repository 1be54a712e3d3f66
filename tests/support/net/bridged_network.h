// Hosts on one switch: a network namespace each, joined by veth pairs to a bridge in a namespace of
// its own. Faults are rules of nft on the bridge, so no host notices that they are faults: what is
// dropped was sent without an error, and no ICMP comes back.
//
// ARP always passes: a cut is of IP. All faults there are at a moment are one value, set at once.
// Thread: one. Limits: 250 hosts. Needs root, iproute2 and nftables.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/support/net/net_namespace.h"

namespace vf {

struct BridgeFaults {
  int loss_percent = 0;              // of all packets, each on its own
  std::set<std::size_t> deaf = {};   // hosts that nothing reaches
  std::set<std::size_t> mute = {};   // hosts from which nothing arrives
  std::set<std::size_t> apart = {};  // hosts cut from all others, but not from each other
};

class BridgedNetwork {
 public:
  explicit BridgedNetwork(std::size_t hosts);

  std::size_t size() const { return hosts_.size(); }
  const NetNamespace& host(std::size_t index) const { return hosts_[index]; }
  static std::string AddressOf(std::size_t index) { return "10.66.0." + std::to_string(index + 1); }

  // One more address for a host, beside AddressOf(index): IPv4 of the same /24, or IPv6 with a /64.
  void AddAddress(std::size_t index, const std::string& address);

  // Instead of the faults before; {} heals everything.
  void Set(const BridgeFaults& faults);

 private:
  NetNamespace bridge_;
  std::vector<NetNamespace> hosts_;
};

}  // namespace vf
