// SwimCore: agreement on who is away (IsAway), for whom deletions are kept. See swim_core.h.
//
// Views that are compared are those of the living, so they say nothing of who went how: a member
// that was cut off while another left for good holds that one for dead, and its view is equal to
// everybody's. Hence whoever knows of members that are away names them to others: a few at the end
// of each comparison of views, which every return from a cut brings about, and now and then one on
// a random ping. Who knows more of a member that is named (that it left for good, was removed or
// replaced) answers with that; who knows nothing of it has learnt of it. While nobody is away
// nothing is sent.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "base/planted_bug.h"
#include "gossip/swim_core.h"

namespace vf {

// About as many a second in the whole cluster as there are members away, on pings that are sent
// anyway.
template <MemberTablePolicy Table>
void SwimCore<Table>::ConsiderNaming() {
  const std::size_t away = table_.away();
  if (joined_ && away > 0 && rng_.Chance(away, std::max(members(), away))) names_on_ping_ = true;
}

template <MemberTablePolicy Table>
std::optional<Exchange> SwimCore<Table>::TakeNamed(TimePoint now) {
  if (!names_on_ping_) return std::nullopt;
  names_on_ping_ = false;
  const std::vector<MemberRecord> named = NextNamed(now, 1);
  if (named.empty()) return std::nullopt;
  return PartOf(named.front());
}

template <MemberTablePolicy Table>
std::vector<MemberRecord> SwimCore<Table>::NextNamed(TimePoint now, std::size_t count) {
  std::vector<MemberRecord> named = table_.AwayBehind(now, last_named_, count);
  if (!named.empty()) last_named_ = named.back().key();
  std::erase_if(named, [this](const MemberRecord& record) {
    return remembered_.IsOnlyInFile(record.key()) || VF_PLANTED(kAwayNotNamed);
  });
  return named;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::NameAway(TimePoint now, MemberKey to) {
  const Member* member = table_.Find(to);
  if (member == nullptr || !member->record.IsLive()) return;
  TellGone(now, member->record.endpoint, NextNamed(now, kNamedAtOnce));
}

template <MemberTablePolicy Table>
void SwimCore<Table>::TellGone(TimePoint now, const Endpoint& to,
                               const std::vector<MemberRecord>& gone) {
  DatagramBuilder builder = NewDatagram();
  for (const MemberRecord& record : gone) {
    const Exchange part = PartOf(record);
    if (builder.Add(part)) continue;
    PutPaced(now, to, builder);
    builder = NewDatagram();
    builder.Add(part);
  }
  if (!builder.empty()) PutPaced(now, to, builder);
}

}  // namespace vf
