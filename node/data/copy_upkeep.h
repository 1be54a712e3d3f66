// Looks after the copies that one process holds: completes them, hands over what does not belong
// here, lets old tombstones go, and turns records that expire into tombstones.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/counter.h"
#include "base/rng.h"
#include "base/time.h"
#include "node/data/stored_copies.h"
#include "node/placement/cluster_view.h"
#include "node/replication/handoff.h"
#include "node/replication/list_agreement.h"
#include "node/replication/peer_send.h"
#include "node/replication/sync_message.h"
#include "node/replication/sync_plan.h"
#include "node/replication/tombstone_rounds.h"

namespace vf {

struct UpkeepOutputs {
  std::vector<PeerSend> sends;
  std::vector<LearnWish> learn;
  std::optional<std::vector<MemberKey>> ready;  // as SyncOutputs::ready
  std::vector<CopyInSync> in_sync;
  std::vector<KeptHolders> kept;   // as SyncOutputs::kept
  std::vector<HandoffDrop> drops;  // for Drop()
  bool emptied = false;            // as HandoffOutputs::emptied
  void Clear();
};

// Brings a SyncPlan, a Handoff and the TombstoneRounds together, which do not know of each other:
// what answers a request, or the wish to learn, of one of them is told to that one.
//
// Records that expire become tombstones in turns of bounded work: in the millisecond in which they
// expire or come with a pass, or up to 50 ms later if they were written since the last look, or
// when the turns before have left something over. Until then IsLive() hides them from every read.
// What was dropped is freed in such turns as well.
//
// Thread: none of its own; one a process, the only one that drops what it holds.
// Limits: those of its parts.
class CopyUpkeep {
 public:
  // The references outlive this object. `expired`: counts the records that became tombstones.
  CopyUpkeep(TimePoint now, const SyncConfig& config, StoredCopies& copies,
             ClusterViewSource& views, const Rng& rng, Counter& expired);

  void OnViewChanged(TimePoint now, WallTime wall);
  // The answer to one message of a pass that began here.
  void OnReply(TimePoint now, WallTime wall, MemberKey from, const SyncReply& reply);
  // A peer's pass has brought records, which may have expired on their way.
  void OnRecordsGiven(TimePoint now, WallTime wall);
  void OnPeerFailure(TimePoint now, MemberKey member);
  void OnLearned(TimePoint now, LearnTicket ticket);
  // See SyncPlan.
  void MarkAllNotInSync(TimePoint now);
  void OnBehind(TimePoint now, const std::vector<Partition>& partitions, MemberKey holder);
  void OnTimer(TimePoint now, WallTime wall);
  TimePoint NextDeadline() const;
  // `out` is written anew. Brings StoredCopies::sync and ::move up to date.
  void TakeOutputs(UpkeepOutputs& out);

  // Lets go of all that is here of a partition, unless it has changed since.
  void Drop(TimePoint now, const HandoffDrop& drop);

 private:
  template <typename Tell>
  void TellOwner(std::uint64_t number, Tell tell);
  void Expire(TimePoint now, WallTime wall);
  void Release(TimePoint now);
  void ShowFigures();

  StoredCopies& copies_;
  Counter& expired_;
  SyncPlan sync_;
  Handoff handoff_;
  TombstoneRounds tombstones_;
  TimePoint expire_at_;                 // the next turn of Expire()
  TimePoint release_at_ = kNever;       // and of Release()
  SyncOutputs sync_outputs_;            // reused
  HandoffOutputs handoff_outputs_;      // reused
  TombstoneOutputs tombstone_outputs_;  // reused
};

}  // namespace vf
