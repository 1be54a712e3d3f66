// What one member of a rival's cluster believes of all members, itself included.
//
// A cluster that starts warm has N views of N members; so that 10,000 of them fit into memory, a
// view is a number (hosts below it are alive with incarnation 1) and a sorted list of what differs.
// Thread: none of its own; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

enum class RivalState : std::uint8_t { kUnknown, kAlive, kSuspect, kDead };

struct RivalEntry {
  HostNumber host = 0;
  std::uint32_t incarnation = 0;
  RivalState state = RivalState::kUnknown;
  TimePoint since;  // of the state
};

class RivalView {
 public:
  // Knows hosts 0 to warm - 1.
  explicit RivalView(HostNumber warm) : warm_(warm) {}

  // kUnknown and incarnation 0 if it knows nothing.
  RivalEntry Get(HostNumber host) const;
  RivalState StateOf(HostNumber host) const { return Get(host).state; }
  // State kUnknown forgets it.
  void Set(const RivalEntry& entry);

  std::size_t size() const { return warm_ + extras_.size() - forgotten_; }
  HostNumber warm() const { return warm_; }
  // What differs from the warm members, by host; forgotten ones are kUnknown.
  const std::vector<RivalEntry>& entries() const { return entries_; }

  // Members have places 0 to places() - 1, for draws and permutations. A place may belong to a
  // member that was forgotten. Places change only when members are forgotten.
  std::size_t places() const { return warm_ + extras_.size(); }
  HostNumber HostAt(std::size_t place) const;

  // Draws places until `count` different hosts are accepted or 3 draws a place are used up (so does
  // memberlist; with few members it may find fewer than there are), in the order of drawing.
  template <typename Accept>
  std::vector<HostNumber> Draw(Rng& rng, std::size_t count, const Accept& accept) const {
    std::vector<HostNumber> drawn;
    for (std::size_t tries = 3 * places(); tries > 0 && drawn.size() < count; --tries) {
      const HostNumber host = HostAt(rng.Uniform(places()));
      const RivalEntry entry = Get(host);
      if (entry.state == RivalState::kUnknown || !accept(entry)) continue;
      bool again = false;
      for (const HostNumber other : drawn) again = again || other == host;
      if (!again) drawn.push_back(host);
    }
    return drawn;
  }

 private:
  HostNumber warm_;
  std::vector<RivalEntry> entries_;  // sorted by host
  std::vector<HostNumber> extras_;   // members from `warm_` on, in the order of learning
  std::size_t forgotten_ = 0;        // of the warm members
};

}  // namespace vf::sim
