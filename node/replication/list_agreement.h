// What happens when two processes find that they work with different lists of a partition: each
// learns the member records behind the other's, and the one that asked waits for that before it
// draws conclusions (design: the list rule).
#pragma once

#include <cstdint>
#include <vector>

#include "gossip/types.h"
#include "node/placement/cluster_view.h"
#include "node/replication/message.h"

namespace vf {

// Names one batch of records on its way into the membership.
using LearnTicket = std::uint64_t;

// Records that the owner hands to the membership; it calls OnLearned(ticket) when the view that
// follows from them, if any, is the current one.
struct LearnWish {
  LearnTicket ticket = 0;
  std::vector<MemberRecord> members;
};

// A message for a member that needs no answer.
struct NoticeWish {
  MemberKey to = kNoMember;
  ListNotice notice;
};

// Keeps at most one batch under way for each (member, list), however many answers carry it.
class ListAgreement {
 public:
  // Limits: further lists are not learned meanwhile (their answers count as they are: the next
  // request meets the same difference again).
  static constexpr std::size_t kMaxUnderWay = 64;

  // `from` answered a request about `partition` with another list. Returns the ticket to wait for,
  // or 0 if this view knows all of it already and only `from` has to learn (it is sent a notice).
  LearnTicket OnOtherList(TimePoint now, const ClusterView& view, MemberKey from,
                          Partition partition, OtherList list);

  // The batch is in the current view. If `from` still lacks something, it is sent a notice.
  void OnLearned(TimePoint now, const ClusterView& view, LearnTicket ticket);

  // Moves out what was produced since the last call.
  void TakeOutputs(std::vector<LearnWish>& learn, std::vector<NoticeWish>& notices);

 private:
  struct UnderWay {
    LearnTicket ticket;
    MemberKey from;
    Partition partition;
    std::uint64_t foreign_hash;
  };
  struct Known {  // learned under this view already: what differs now is the other side's to learn
    std::uint64_t view_number;
    MemberKey from;
    std::uint64_t foreign_hash;
  };
  void Notify(TimePoint now, const ClusterView& view, MemberKey to, Partition partition);

  LearnTicket last_ticket_ = 0;
  std::vector<UnderWay> under_way_;
  std::vector<Known> known_;  // of the newest view only
  std::vector<LearnWish> learn_;
  std::vector<NoticeWish> notices_;
};

}  // namespace vf
