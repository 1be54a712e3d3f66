#include "operator/member_log.h"

#include <algorithm>
#include <utility>

#include "operator/member_rows.h"

namespace vf {
namespace {

std::string Name(const MemberRecord& record) {
  return record.endpoint.ToString() + " (" + RoleName(record) + ")";
}

std::string EndText(const MemberRecord& record) {
  if (record.state == MemberState::kLeft) return " has left";
  switch (record.death_reason) {
    case DeathReason::kTimeout:
      return " is dead: it does not answer";
    case DeathReason::kRefused:
      return " is dead: nothing listens at its address";
    case DeathReason::kSuperseded:
      return " is dead: another process has its address";
    case DeathReason::kOperator:
      return " was removed by the operator";
  }
  return " is dead";
}

}  // namespace

std::vector<std::string> MemberLog::Changes(TimePoint now, const MembershipSnapshot& membership) {
  std::vector<std::string> lines;
  if (!membership.joined) return lines;
  if (second_ == TimePoint::min() || now >= second_ + seconds(1)) {
    second_ = now;
    told_ = 0;
  }
  std::vector<Seen> seen;
  seen.reserve(membership.members.size());
  std::size_t others = 0;
  auto before = seen_.cbegin();
  for (const Member& member : membership.members) {
    const MemberRecord& record = member.record;
    const Seen current{record.key(), record.IsLive(), IsReady(record)};
    seen.push_back(current);
    if (current.key == membership.self) continue;
    others += current.live ? 1 : 0;
    while (before != seen_.cend() && before->key < current.key) ++before;
    const bool known = before != seen_.cend() && before->key == current.key;
    const bool was_live = known && before->live;
    if (!joined_) continue;
    if (current.live && !was_live) Tell(Name(record) + (known ? " is back" : " joins"), lines);
    if (current.serves && !(known && before->serves)) Tell(Name(record) + " serves", lines);
    if (was_live && !current.live) Tell(Name(record) + EndText(record), lines);
  }
  if (!joined_ && others > 0) {
    Tell("in a cluster with " + std::to_string(others) + (others == 1 ? " other" : " others"),
         lines);
  }
  joined_ = true;
  seen_ = std::move(seen);
  return lines;
}

void MemberLog::Tell(std::string line, std::vector<std::string>& lines) {
  if (told_ == kLinesASecond) {
    ++dropped_;
    return;
  }
  ++told_;
  if (dropped_ > 0) {
    line += " (and " + std::to_string(dropped_) + " changes before it; see /members)";
    dropped_ = 0;
  }
  lines.push_back(std::move(line));
}

}  // namespace vf
