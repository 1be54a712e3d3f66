// Gives what this process holds of partitions that it does not own to their owners, then lets it
// go.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "node/placement/cluster_view.h"
#include "node/replication/list_agreement.h"
#include "node/replication/partition_sync.h"
#include "node/replication/pass_pace.h"
#include "node/replication/peer_send.h"
#include "node/replication/replica.h"

namespace vf {

struct HandoffConfig {
  Duration look = seconds(1);                      // from one look at all partitions to the next
  Duration look_after_change = milliseconds(100);  // of the view
  Duration answer_timeout = seconds(5);
  PaceConfig pace;
};

// All of the partition may be dropped, if its digest is still this one.
struct HandoffDrop {
  Partition partition = 0;
  std::uint64_t digest = 0;
};

struct HandoffOutputs {
  std::vector<PeerSend> sends;
  std::vector<LearnWish> learn;
  std::vector<HandoffDrop> drops;
  // This process drains, holds nothing any more, and takes nothing: it may leave. Once.
  bool emptied = false;
  void Clear();
};

// Partition by partition, each owner is compared with and given what it lacks (PartitionSync, one
// way). What is held may be dropped when every owner has answered, under this process's present
// list of the partition, that it works with that list, and holds all of it or greater records; and
// nothing has come here since the first of them was asked. Joining owners count as owners: one that
// has compared itself with an owner before that owner was given something, and comes to this
// process only after the drop, would never get it.
//
// Who drains owns nothing, so all that it holds goes this way. A partition of which nothing is left
// is closed (Store::Close): what comes for it from then on goes elsewhere, and nothing is
// acknowledged that would leave with the process.
//
// Thread: none of its own; one a process, the one of the SyncPlan.
// Limits: one request under way; while clients are served they go out at a pace (PassPace).
class Handoff {
 public:
  // Requests of passes that this object runs have this bit, those of a SyncPlan do not.
  static constexpr RequestId kRequestBit = RequestId{1} << 62;

  // The arguments outlive this object.
  Handoff(const HandoffConfig& config, LocalCopies& copies, ClusterViewSource& views)
      : config_(config), copies_(copies), views_(views), pace_(config.pace, copies.clients) {}

  void OnViewChanged(TimePoint now);
  void OnReply(TimePoint now, MemberKey from, const SyncReply& reply);
  void OnPeerFailure(TimePoint now, MemberKey member);
  void OnLearned(TimePoint now, LearnTicket ticket);
  void OnTimer(TimePoint now);
  TimePoint NextDeadline() const;
  // Swaps buffers.
  void TakeOutputs(HandoffOutputs& out);

  // Records here that are not owned here, tombstones included, as they were looked at last.
  std::uint64_t undelivered() const { return undelivered_; }

 private:
  // Made by emplace(), which sets the numbers to 0: clang 14 refuses it where they have
  // initializers.
  struct Course {
    Partition partition;
    std::uint64_t list_hash;
    std::uint64_t digest;           // of the copy here, when it began
    std::vector<MemberKey> to_ask;  // the last one first
    RequestId request;              // whose answer counts; 0: it has yet to go out
    std::unique_ptr<PartitionSync> pass;
    TimePoint give_up;
  };

  void Look(TimePoint now, const ClusterView& view);
  void CloseEmptied(const ClusterView& view);
  void Advance(TimePoint now, const ClusterView& view);
  bool Begin(const ClusterView& view, Partition partition);
  void Ask(TimePoint now, const ClusterView& view);
  void SendRequest(TimePoint now, const ClusterView& view);
  void AskNextOwner(TimePoint now, const ClusterView& view);
  void Finish(TimePoint now);

  const HandoffConfig config_;
  LocalCopies& copies_;
  ClusterViewSource& views_;
  PassPace pace_;
  ListAgreement agreement_;
  std::deque<Partition> queue_;  // of the last look
  std::optional<Course> course_;
  TimePoint next_look_ = kNever;
  std::uint64_t requests_ = 0;
  std::uint64_t undelivered_ = 0;
  bool emptied_ = false;
  HandoffOutputs outputs_;
};

}  // namespace vf
