#include "tools/cluster-sim/membership/fault_course.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "tools/cluster-sim/membership/membership_fault.h"

namespace vf::sim {
namespace {

using Fault = MembershipFault;

// What comes to this host, or what it exchanges with anybody. One for each host: what struck hosts
// send each other is disturbed, too.
Disturbance DisturbanceOf(HostNumber host, const MembershipSpec& spec) {
  Disturbance disturbance;
  disturbance.traffic = Traffic::kAll;
  disturbance.hosts = {host};
  if (spec.fault == Fault::kDeaf) {
    disturbance.kind = Disturbance::Kind::kCut;
    disturbance.outgoing = false;
  } else {
    disturbance.kind = Disturbance::Kind::kLoss;
    disturbance.strength = spec.severity;
  }
  return disturbance;
}

}  // namespace

FaultCourse::FaultCourse(const MembershipSpec& spec, MeasuredCluster& cluster, const Rng& rng)
    : spec_(spec), cluster_(cluster), rng_(rng) {}

void FaultCourse::Choose() {
  if (spec_.fault == Fault::kNone) return;
  const std::size_t members = cluster_.hosts();
  const auto count = static_cast<std::size_t>(spec_.faults);
  std::vector<HostNumber> hosts;
  if (spec_.fault == Fault::kJoin) {
    for (std::size_t i = 0; i < count; ++i) hosts.push_back(static_cast<HostNumber>(members + i));
  } else {
    for (std::size_t i = 0; i < members; ++i) hosts.push_back(static_cast<HostNumber>(i));
  }
  if (spec_.fault == Fault::kCut) {
    ChooseIslands(std::move(hosts));
  } else {
    struck_ = rng_.Sample(hosts, count);
  }
  if (spec_.fault == Fault::kJoin) {
    for (std::size_t i = 0; i < count; ++i) {
      contacts_.push_back(static_cast<HostNumber>(rng_.Uniform(members)));
    }
  }
  std::sort(struck_.begin(), struck_.end());
  is_struck_.assign(members + count, false);
  for (const HostNumber host : struck_) is_struck_[host] = true;
}

void FaultCourse::ChooseIslands(std::vector<HostNumber> hosts) {
  const auto count = static_cast<std::size_t>(spec_.faults);
  island_.assign(hosts.size(), 0);
  if (!spec_.never_met) {
    struck_ = rng_.Sample(hosts, count * static_cast<std::size_t>(spec_.islands - 1));
    for (std::size_t i = 0; i < struck_.size(); ++i) {
      island_[struck_[i]] = static_cast<int>(1 + i / count);
    }
    return;
  }
  for (const HostNumber host : hosts) {
    island_[host] = FirstIslandOf(spec_, host);
    if (island_[host] != 0) struck_.push_back(host);
  }
}

bool FaultCourse::IsStruck(HostNumber host) const {
  return host < is_struck_.size() && is_struck_[host];
}

bool FaultCourse::AreApart(HostNumber a, HostNumber b) const {
  return !island_.empty() && island_[a] != island_[b];
}

Duration FaultCourse::OffTime() {
  if (spec_.fault != Fault::kStarve) return OffOf(spec_);
  return rng_.Between(Duration::zero(), 2 * OffOf(spec_));
}

Duration FaultCourse::OnTime() {
  if (spec_.fault != Fault::kStarve) return OnOf(spec_);
  return rng_.Between(Duration::zero(), 2 * OnOf(spec_));
}

void FaultCourse::Begin() {
  const TimePoint now = cluster_.now();
  switch (spec_.fault) {
    case Fault::kNone:
      return;
    case Fault::kProcessCrash:
    case Fault::kHostCrash:
      for (const HostNumber host : struck_) {
        cluster_.Crash(host, spec_.fault == Fault::kProcessCrash);
      }
      return;
    case Fault::kJoin:
      for (std::size_t i = 0; i < struck_.size(); ++i) {
        VF_CHECK(cluster_.Join(contacts_[i]) == struck_[i], "joiners come in order");
      }
      return;
    case Fault::kAnomaly:
    case Fault::kStop:
    case Fault::kDeaf:
      turns_ = {{0, struck_.size(), false, now}};
      disturbances_.resize(struck_.size());
      break;
    case Fault::kStarve:
      for (const HostNumber host : struck_) cluster_.Starve(host, CostOf(spec_));
      for (std::size_t i = 0; i < struck_.size(); ++i) {
        turns_.push_back({i, i + 1, false, now + rng_.Between(Duration::zero(), OnTime())});
      }
      break;
    case Fault::kLossy:
      for (const HostNumber host : struck_) cluster_.network().Add(DisturbanceOf(host, spec_));
      return;
    case Fault::kCut:
      CutIslands();
      if (spec_.never_met) {
        const auto contact = static_cast<HostNumber>(cluster_.hosts() - 1);
        for (HostNumber host = 0; host < contact; ++host) cluster_.SetContact(host, contact);
      }
      heal_at_ = now + OffOf(spec_);
      return;
  }
  while (next() <= now) Act();
}

TimePoint FaultCourse::next() const {
  TimePoint next = heal_at_;
  for (const Turn& turn : turns_) next = std::min(next, turn.next);
  return next;
}

void FaultCourse::Act() {
  if (heal_at_ <= cluster_.now()) {
    heal_at_ = kNever;
    healed_ = true;
    for (const DisturbanceId id : disturbances_) cluster_.network().Remove(id);
  }
  for (Turn& turn : turns_) {
    if (turn.next <= cluster_.now()) Switch(turn);
  }
}

void FaultCourse::Switch(Turn& turn) {
  turn.off = !turn.off;
  for (std::size_t i = turn.first; i < turn.last; ++i) {
    const HostNumber host = struck_[i];
    if (turn.off) {
      TurnOff(i);
    } else if (spec_.fault == Fault::kDeaf) {
      cluster_.network().Remove(disturbances_[i]);
    } else {
      cluster_.Continue(host);
    }
  }
  turn.next = cluster_.now() + (turn.off ? OffTime() : OnTime());
}

void FaultCourse::TurnOff(std::size_t place) {
  const HostNumber host = struck_[place];
  switch (spec_.fault) {
    case Fault::kDeaf:
      disturbances_[place] = cluster_.network().Add(DisturbanceOf(host, spec_));
      return;
    case Fault::kAnomaly:
      return cluster_.Block(host);
    default:
      return cluster_.Stop(host);
  }
}

void FaultCourse::CutIslands() {
  for (int island = 1; island < spec_.islands; ++island) {
    Disturbance cut;
    cut.kind = Disturbance::Kind::kCut;
    cut.traffic = Traffic::kAll;
    for (const HostNumber host : struck_) {
      if (island_[host] == island) cut.hosts.push_back(host);
    }
    disturbances_.push_back(cluster_.network().Add(cut));
  }
}

}  // namespace vf::sim
