// What happens when two processes find that they work with different lists of a partition: each
// learns the member records behind the other's, and the one that asked waits for that before it
// draws conclusions (design: the list rule).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "gossip/types.h"
#include "node/placement/cluster_view.h"
#include "node/replication/message.h"
#include "node/replication/peer_send.h"

namespace vf {

// Names one batch of records on its way into the membership; never 0.
using LearnTicket = std::uint64_t;

// Records that the owner hands to the membership; it calls OnLearned(ticket) once, when the view
// that follows from them, if any, is the current one.
struct LearnWish {
  LearnTicket ticket = 0;
  std::vector<MemberRecord> members;
};

// One batch is under way at a time; what comes meanwhile is the next one, so that a change that
// touches every partition costs two rounds through the membership, however many answers carry it.
//
// Thread: none of its own; one owner.
// Limits: the next batch holds each (member, list) and each record once, hence no more than the
// requests in flight have brought.
class ListAgreement {
 public:
  // Lists that are remembered as known. One beyond them is learned again when it is met again.
  static constexpr std::size_t kMaxKnown = 4096;

  // `from` answered a request about `partition` with another list. Returns the ticket to wait for,
  // or 0 if this view knows all of it already and only `from` has to learn (it is sent a notice).
  LearnTicket OnOtherList(TimePoint now, const ClusterView& view, MemberKey from,
                          Partition partition, OtherList list);

  // The batch is in the current view. Senders that still lack something are sent a notice.
  void OnLearned(TimePoint now, const ClusterView& view, LearnTicket ticket);

  // Appends what was produced since the last call; what is sent are notices.
  void TakeOutputs(std::vector<LearnWish>& learn, std::vector<PeerSend>& sends);

 private:
  using Source = std::pair<MemberKey, std::uint64_t>;  // a member and the hash of its list
  struct Batch {
    LearnTicket ticket = 0;  // 0: there is none
    std::map<Source, Partition> sources;
    std::vector<MemberRecord> members;
  };
  void Notify(TimePoint now, const ClusterView& view, MemberKey to, Partition partition);

  LearnTicket last_ticket_ = 0;
  Batch under_way_;
  Batch next_;
  // Learned under the view of this number: what differs now is the other side's to learn.
  std::uint64_t known_view_ = 0;
  std::set<Source> known_;
  std::vector<PeerSend> notices_;
};

}  // namespace vf
