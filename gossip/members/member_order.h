// The order of statements about a member, and their merge.
//
// A record is two facts in one: the *status* (boot, incarnation, state and what belongs to it),
// ordered by (boot, incarnation, state), and the *description* (endpoint, roles, seat, phase, ...),
// ordered by (boot, meta_version). Both orders are total once ties are broken by content, and a
// merge takes the greater of each. So merging is commutative, associative and idempotent: whatever
// order and however often statements arrive, everybody ends with the same (property test).
// Two facts, because a suspicion may arrive before the description that it speaks of: the
// description still counts then, and the suspicion too.
// Source: SWIM (DSN 2002) section 4.2, with the boot number in front.
#pragma once

#include <compare>
#include <cstdint>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

// An incarnation that no refutation can exceed: only for final deaths.
inline constexpr std::uint32_t kFinalIncarnation = 0xffffffff;

// Boot numbers count in 64 ms, so that 32 bits of them last for 8.7 years.
constexpr std::uint64_t BootAt(WallTime wall) { return wall.ms / 64; }
// A boot number further ahead of the own clock is forged, or from a clock that is: not admitted.
inline constexpr std::uint64_t kMaxBootLead = 24ULL * 60 * 60 * 1000 / 64;

constexpr std::uint32_t Boot32(std::uint64_t boot) { return static_cast<std::uint32_t>(boot); }
// The boot number with these low 32 bits that is nearest to `near`.
std::uint64_t ExpandBoot(std::uint32_t boot32, std::uint64_t near);

// Superseded or forgotten: nothing but a new boot follows.
bool IsFinal(const MemberRecord& record);

// The status orders. Equal only if all of (boot, incarnation, state) and, for the dead and the
// left, reason and kind are.
std::strong_ordering CompareStatus(const MemberRecord& a, const MemberRecord& b);
std::strong_ordering CompareDescription(const MemberRecord& a, const MemberRecord& b);

// The least record that is at least both. REQUIRES: equal keys.
MemberRecord MergeRecords(const MemberRecord& a, const MemberRecord& b);

// Whether anybody honest could have made this record: usable endpoint, boot not from the future,
// the final incarnation only with a final death, known ranges.
bool IsPlausible(const MemberRecord& record, WallTime wall);

// It owned partitions up to now, or has what it owned in a former life: a storage member that was
// ready or draining, or that has returned.
bool OwnsPartitions(const MemberRecord& record);

// Gone, and may come back with what it stored: dead in the eyes of others (it may only have been
// cut off), and neither superseded nor forgotten; or stopped in order with its data on disk.
bool IsAway(const MemberRecord& record);

}  // namespace vf
