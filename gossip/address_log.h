// Which addresses a complaint was already written about: one line for each reason and address.
//
// Traffic of strangers never ends by itself (a monitor, a scanner, the members of another cluster
// at a reused address), and a line for every datagram would bury the log.
// Limits: kMaxAddresses; beyond it the address noted longest ago is forgotten, and may get another
// line.
#pragma once

#include <cstddef>
#include <utility>

#include "base/endpoint.h"
#include "gossip/counters.h"
#include "gossip/dissemination/recent_set.h"

namespace vf {

class AddressLog {
 public:
  static constexpr std::size_t kMaxAddresses = 1'024;

  // Whether nothing was noted yet about this reason at this address, whatever the port.
  bool IsNew(const Endpoint& from, DropReason reason) const {
    return !noted_.Contains({from.WithPort(0), reason});
  }
  void Note(const Endpoint& from, DropReason reason) { noted_.Add({from.WithPort(0), reason}); }

 private:
  RecentSet<std::pair<Endpoint, DropReason>, kMaxAddresses> noted_;
};

}  // namespace vf
