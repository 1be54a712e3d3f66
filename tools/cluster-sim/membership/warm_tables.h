// Member tables of processes that know each other already: the same rows, slots and order of the
// live, whatever storage they are kept in.
//
// Thread: none of its own. Costs: with OwnMembers Make() merges all members, and each table holds
// them; with SharedMembers it is O(1), and they are held once.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/time.h"
#include "gossip/members/member_storage.h"
#include "gossip/members/member_table.h"
#include "gossip/types.h"
#include "tools/cluster-sim/membership/shared_members.h"

namespace vf::sim {

template <MemberStorage Storage>
class WarmTables {
 public:
  // Members as MemberBase wants them; everybody knows them, and has met them, since then.
  WarmTables(TimePoint since, std::vector<MemberRecord> members)
      : since_(since), members_(std::move(members)) {
    std::sort(members_.begin(), members_.end(),
              [](const MemberRecord& a, const MemberRecord& b) { return a.key() < b.key(); });
  }

  // REQUIRES: `self` is one of them.
  BasicMemberTable<Storage> Make(MemberKey self) const {
    BasicMemberTable<Storage> table(self);
    for (const MemberRecord& member : members_) {
      if (member.key() == self) {
        table.SetSelf(since_, member);
      } else {
        table.Merge(since_, member);
        table.SetVerified(member.key());
      }
    }
    return table;
  }

  // Soon tables will be searched for this key; the second time, soon after the first, its row will
  // be read. Nothing of a table of one's own is worth fetching for somebody else.
  void PrepareKey(MemberKey /*key*/) const {}
  void PrepareRow(MemberKey /*key*/) const {}

 private:
  TimePoint since_;
  std::vector<MemberRecord> members_;  // in the order of their keys
};

template <>
class WarmTables<SharedMembers> {
 public:
  WarmTables(TimePoint since, std::vector<MemberRecord> members)
      : base_(std::make_shared<const MemberBase>(since, std::move(members))) {}

  SharedMemberTable Make(MemberKey self) const {
    return SharedMemberTable(self, SharedMembers(base_));
  }

  void PrepareKey(MemberKey key) const { base_->PrefetchKey(key); }
  void PrepareRow(MemberKey key) const { base_->PrefetchSlot(key); }

 private:
  std::shared_ptr<const MemberBase> base_;
};

}  // namespace vf::sim
