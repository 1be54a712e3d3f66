// SwimCore: a start with a cluster in mind, as a member file tells it. See swim_core.h.
//
// Of the file, its foundation and its dead are taken as they are: they cannot have changed but by a
// new boot. Its living are only addresses where somebody may be
// (gossip/members/remembered_members.h). The first that answers is asked to let this process in,
// like any contact; whom it then names is alive and verified, and the others that the file knew are
// pinged until they answer or are given up.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::Remember(TimePoint now, const RememberedCluster& cluster) {
  if (!cluster.foundation.IsFounded()) return;
  VF_CHECK(!foundation_.IsFounded() && !joined_, "memories come first");
  VF_CHECK(IsComplete(cluster.settings) && SettingsFit(given_, cluster.settings),
           "settings of a remembered cluster");
  BeginTurn(now);
  Adopt(now, cluster.foundation, cluster.settings, 0);
  const WallTime wall = WallAt(now);
  std::vector<RememberedMembers::Item> living;
  for (const RememberedMember& member : cluster.members) {
    MemberRecord record = member.record;
    if (record.key() == self_.key() || record.endpoint == self_.endpoint) continue;
    if (!IsPlausible(record, wall)) {
      Count(DropReason::kInvalidRecord);
      continue;
    }
    const Duration ago = milliseconds(wall.ms - std::min(wall.ms, member.last_seen.ms));
    if (record.IsLive()) {
      record.state = MemberState::kAlive;  // A suspicion of then says nothing now.
      living.push_back({std::move(record), now - ago});
    } else {
      record.age_s = AgeInSeconds(ago);
      remembered_.NoteDead(record.key());
      if (table_.Merge(now, record).refused) Count(DropReason::kTableFull);
    }
  }
  const bool somebody = !living.empty() || config_.contacts > 0;
  restoring_ = true;
  remembered_.Begin(now, std::move(living), somebody);
  EndTurn();
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ContinueRemembering(TimePoint now) {
  constexpr int kPingsBeforeGivenUp = 2;
  for (const MemberKey key : remembered_.TakeDue(now)) {
    const RememberedMembers::Item& item = *remembered_.Find(key);
    const MemberRecord* known = table_.FindRecord(key);
    if (known != nullptr && known->boot >= item.record.boot) {
      remembered_.Remove(key);
    } else if (joined_ && item.pings >= kPingsBeforeGivenUp) {
      GiveUpRemembered(now, item);
    } else {
      remembered_.SetPinged(key, next_seq_);
      Send(item.record.endpoint, kNoMember, MakePing(next_seq_++, item.record));
    }
  }
  if (remembered_.patience_until() > now) return;
  remembered_.EndPatience();
  if (joined_) return;
  // As far as can be seen, this process is all that is left: whoever comes now joins it here.
  // Should others live somewhere, the two parts meet as after a cut.
  if (!remembered_.empty()) {
    Warn(now, "none of the " + std::to_string(remembered_.size()) +
                  " members remembered told of the cluster; going on without them");
  }
  FinishJoin(now);
}

// It may be alive behind a cut. So it is held for dead since it was seen last, which nobody is
// told, and met again by the heal tick.
template <MemberTablePolicy Table>
void SwimCore<Table>::GiveUpRemembered(TimePoint now, const RememberedMembers::Item& item) {
  MemberRecord record = item.record;
  record.state = MemberState::kDead;
  record.death_reason = DeathReason::kTimeout;
  record.age_s = AgeInSeconds(now - item.last_seen);
  remembered_.Remove(record.key());
  remembered_.NoteDead(record.key());
  if (table_.Merge(now, record).refused) return Count(DropReason::kTableFull);
  outputs_.members_changed = true;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::OnRememberedAnswer(TimePoint now, const Source& source,
                                         const PacketHeader& header,
                                         const RememberedMembers::Item& item) {
  // Of another life than the file knows there is no record yet; the cluster has it.
  if (header.boot32 == Boot32(item.record.boot)) {
    // Before it has joined, the cluster knows it already, or has to be asked first.
    ApplyAlive(now, source.Proved(source.endpoint == item.record.endpoint).Quieted(!joined_),
               item.record);
  }
  if (joined_ || exchange_.running() || !remembered_.MayAsk(now)) return;
  contacts_.AddPassing(now, source.endpoint);
}

}  // namespace vf
