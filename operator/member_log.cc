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
  if (!joined_) {
    const auto others = std::count_if(
        membership.members.begin(), membership.members.end(), [&](const Member& member) {
          return member.record.key() != membership.self && member.record.IsLive();
        });
    if (others > 0) {
      Tell("in a cluster with " + std::to_string(others) + (others == 1 ? " other" : " others"),
           lines);
    }
  } else {
    membership.members.ForEachChange(seen_, [&](const Member* was, const Member* is) {
      if (is == nullptr || is->record.key() == membership.self) return;
      const MemberRecord& record = is->record;
      const bool was_live = was != nullptr && was->record.IsLive();
      const bool served = was != nullptr && IsReady(was->record);
      if (record.IsLive() && !was_live) {
        Tell(Name(record) + (was != nullptr ? " is back" : " joins"), lines);
      }
      if (IsReady(record) && !served) Tell(Name(record) + " serves", lines);
      if (was_live && !record.IsLive()) Tell(Name(record) + EndText(record), lines);
    });
  }
  joined_ = true;
  seen_ = membership.members;
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
