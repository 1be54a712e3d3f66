// Members that are accused and refute again and again: *degraded*.
//
// As BGP damps routes that flap: each return costs a penalty, which halves every 30 s. A refutation
// soon after another return costs more: a lossy link shows in several a second, and each would let
// the member in again for a moment; the second is the last that does not. From
// kDegradedAt on the member is degraded: it is avoided as a suspect is, but remains a member, an
// owner, and is probed. It is reused when the penalty has fallen below kReuseBelow and nobody has
// accused it for 30 s. Each process computes this for itself; nothing of it is told.
//
// Integers only: the decay is a table of 32 steps a half-life, so that all builds agree.
//
// Thread: none of its own.
// Limits: a few words for each member that flapped within the last minutes; kHighest bounds how
// long a member stays degraded after it came to rest (two minutes). Source: RFC 2439.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

class FlapDamping {
 public:
  static constexpr std::uint64_t kRefutedPenalty = 1'000;   // suspect to alive
  static constexpr std::uint64_t kAgainPenalty = 1'750;     // the same, within kSoon of a return
  static constexpr std::uint64_t kReturnedPenalty = 2'000;  // dead to alive, in one boot
  static constexpr std::uint64_t kDegradedAt = 2'500;
  static constexpr std::uint64_t kReuseBelow = 750;
  static constexpr std::uint64_t kHighest = 12'000;
  static constexpr Duration kHalfLife = seconds(30);
  static constexpr Duration kQuiet = seconds(30);
  static constexpr Duration kSoon = seconds(10);

  // Somebody accuses it.
  void OnSuspected(TimePoint now, MemberKey member);
  // It has refuted a suspicion, or is back from the dead. True: it is degraded from now on.
  bool OnRefuted(TimePoint now, MemberKey member);
  bool OnReturned(TimePoint now, MemberKey member) { return Add(now, member, kReturnedPenalty); }
  bool IsDegraded(MemberKey member) const { return degraded_.contains(member); }
  const std::set<MemberKey>& degraded() const { return degraded_; }
  // Grows whenever degraded() changes.
  std::uint64_t revision() const { return revision_; }
  // Those whose time has come are reused: they.
  std::vector<MemberKey> Reuse(TimePoint now);
  TimePoint NextDeadline() const { return due_.empty() ? kNever : due_.begin()->first; }

 private:
  struct Flapper {
    std::uint64_t penalty = 0;  // at `at`; 16 bits of it stand behind the point
    TimePoint at;
    TimePoint suspected;
    TimePoint returned;  // last
    TimePoint due;       // when it is reused, or forgotten
  };
  bool Add(TimePoint now, MemberKey member, std::uint64_t penalty);
  void SetDue(MemberKey member, Flapper& flapper);

  std::map<MemberKey, Flapper> flappers_;
  std::set<std::pair<TimePoint, MemberKey>> due_;
  std::set<MemberKey> degraded_;
  std::uint64_t revision_ = 0;
};

}  // namespace vf
