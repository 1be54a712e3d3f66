// A member table, over any storage, that writes down each change of what it believes of a member:
// so a simulator of thousands notices every belief without looking at any.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gossip/members/member_table.h"
#include "gossip/types.h"

namespace vf::sim {

struct BeliefChange {
  MemberKey subject = kNoMember;
  std::optional<MemberState> before;  // none: unknown
  MemberState after = MemberState::kAlive;
};
// Of the process whose turn it is; its driver empties it.
using BeliefJournal = std::vector<BeliefChange>;

template <MemberStorage Storage>
class ObservedTable : public BasicMemberTable<Storage> {
 public:
  using Base = BasicMemberTable<Storage>;

  // `journal` outlives it; what is in `table` already is no news.
  ObservedTable(Base table, BeliefJournal& journal) : Base(std::move(table)), journal_(&journal) {}

  MergeResult Merge(TimePoint now, const MemberRecord& record) {
    const MemberKey key = record.key();
    const std::optional<MemberState> before = StateOf(key);
    MergeResult result = Base::Merge(now, record);
    Note(key, before);
    // One at the same address that was alive or dead, and gave way.
    for (const MemberKey older : result.superseded) {
      if (older != key) journal_->push_back({older, std::nullopt, MemberState::kDead});
    }
    return result;
  }

 private:
  std::optional<MemberState> StateOf(MemberKey key) const {
    const Member* member = Base::Find(key);
    if (member == nullptr) return std::nullopt;
    return member->record.state;
  }
  void Note(MemberKey key, std::optional<MemberState> before) {
    const std::optional<MemberState> after = StateOf(key);
    if (after && after != before) journal_->push_back({key, before, *after});
  }

  BeliefJournal* journal_;
};

static_assert(MemberTablePolicy<ObservedTable<OwnMembers>>);

}  // namespace vf::sim
