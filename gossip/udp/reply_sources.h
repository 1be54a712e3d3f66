// From which of its addresses a process that is bound to all of them answers whom: from the one
// that was addressed. The system would choose by the route, and who asked one address takes no
// answer from another.
//
// Thread: none of its own; one owner.
// Limits: kPeers of the latest peers, at a place that the peer's address decides; who loses the
// place to another peer is answered from the address that the system chooses.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/endpoint.h"

namespace vf {

class ReplySources {
 public:
  static constexpr std::size_t kPeers = 1024;  // about 40 KB

  // `to`: the own address at which `from` has last been heard.
  void Note(const Endpoint& from, const Endpoint& to);
  std::optional<Endpoint> For(const Endpoint& peer) const;
  // The system does not send to `peer` from there any more.
  void Forget(const Endpoint& peer);

 private:
  struct Entry {
    Endpoint peer;  // unspecified: nobody
    Endpoint own;
  };

  static std::size_t PlaceOf(const Endpoint& peer);

  std::array<Entry, kPeers> entries_;
};

}  // namespace vf
