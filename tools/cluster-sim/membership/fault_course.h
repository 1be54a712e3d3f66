// How a fault of `cluster-sim membership` strikes a cluster, and when it goes on.
#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/membership/measured_cluster.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

// The island of a host where islands have never met: they are as they are from the start. 0 is the
// rest, and holds the last host.
inline int FirstIslandOf(const MembershipSpec& spec, HostNumber host) {
  const int place = static_cast<int>(host) / spec.faults;
  return place < spec.islands - 1 ? place + 1 : 0;
}

class FaultCourse {
 public:
  // The references outlive this object.
  FaultCourse(const MembershipSpec& spec, MeasuredCluster& cluster, const Rng& rng);

  // Draws whom it strikes. REQUIRES: nobody has joined yet.
  void Choose();
  // It begins now. Twice is a mistake.
  void Begin();
  // When Act() is to be called next; kNever: it has run its course.
  TimePoint next() const;
  // REQUIRES: next() is now.
  void Act();

  // Sorted; those that join have the numbers that they are going to get.
  const std::vector<HostNumber>& struck() const { return struck_; }
  bool IsStruck(HostNumber host) const;
  // Of a cut: whether these two are on different islands, also after it has healed.
  bool AreApart(HostNumber a, HostNumber b) const;
  bool IsCutHealed() const { return healed_; }

 private:
  struct Turn {  // of a struck member, or of all at once
    std::size_t first = 0;
    std::size_t last = 0;  // exclusive; places in struck_
    bool off = false;
    TimePoint next = kNever;
  };
  Duration OffTime();
  Duration OnTime();
  void Switch(Turn& turn);
  void TurnOff(std::size_t place);
  void ChooseIslands(std::vector<HostNumber> hosts);
  void CutIslands();

  const MembershipSpec& spec_;
  MeasuredCluster& cluster_;
  Rng rng_;
  std::vector<HostNumber> struck_;
  std::vector<bool> is_struck_;       // by host
  std::vector<int> island_;           // by host; 0 is the rest
  std::vector<HostNumber> contacts_;  // of those that join
  std::vector<Turn> turns_;
  std::vector<DisturbanceId> disturbances_;  // of a cut: those that are there; deaf: by host
  TimePoint heal_at_ = kNever;
  bool healed_ = false;
};

}  // namespace vf::sim
