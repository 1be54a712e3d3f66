// Makes this process's copies complete: which partition is compared with whose copy next, and when
// a copy may answer reads alone.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "node/placement/cluster_view.h"
#include "node/replication/absent_holders.h"
#include "node/replication/divergence.h"
#include "node/replication/list_agreement.h"
#include "node/replication/message.h"
#include "node/replication/move_progress.h"
#include "node/replication/partition_sync.h"
#include "node/replication/pass_pace.h"
#include "node/replication/replica.h"
#include "node/replication/replicator.h"
#include "node/replication/sync_turns.h"

namespace vf {

struct SyncConfig {
  std::optional<int> min_acks;  // none: the cluster's default
  TurnConfig turns;
  PaceConfig pace;
  std::size_t max_passes = 16;                 // partitions made complete at a time
  Duration answer_timeout = seconds(5);        // for one message of a pass
  Duration retry = milliseconds(20);           // after another list, or a failure
  Duration blocked_retry = milliseconds(500);  // while holders are missing and nobody says so
  bool keeps_holders = false;                  // see SyncOutputs::kept
};

// Who may hold acknowledged writes that the copy here may lack, this process apart.
struct KeptHolders {
  Partition partition = 0;
  std::vector<MemberKey> holders;
};

// A copy came in sync, by passes with these members that all began at `began` or later.
struct CopyInSync {
  Partition partition = 0;
  TimePoint began;
  std::vector<MemberKey> passed;
};

// What the passes of a process have done so far.
struct SyncFigures {
  std::uint64_t passes = 0;           // complete
  std::uint64_t records_fetched = 0;  // from peers
  std::uint64_t records_given = 0;
};

struct SyncOutputs {
  std::vector<PeerSend> sends;
  std::vector<LearnWish> learn;
  // Every partition that this process will own is in sync: it may announce that it is ready, first
  // to these members, whom it displaces.
  std::optional<std::vector<MemberKey>> ready;
  std::vector<CopyInSync> in_sync;
  // With SyncConfig::keeps_holders: as they are now, to be kept over a restart before anything that
  // follows from them is done.
  std::vector<KeptHolders> kept;
  void Clear();
};

// A copy comes in sync by passes (PartitionSync). One with a member counts when all that the member
// held at its beginning is here, itself or superseded, also if the member has no room for what it
// lacks itself. The members to pass with are the copy's holders (its owners by every view since it
// was last in sync), those who join, and the next K fallbacks that are not dead; when one of these
// was dead to this process and is back, the copy compares itself anew. Holders that cannot be
// reached may be missing as AbsentHolders says.
//
// A process that starts with the copies of its former life has those holders that it kept, and
// whoever would own the partition were it not away with its disk: their part of the acknowledged
// writes may be nowhere else. An owner in sync speaks for all of these but the owners that there
// are: it could not be in sync without what they held (docs/decisions/0024).
//
// Copies that are in sync are compared with those of the other owners in turn (SyncTurns). While
// clients are served, turns are rarer, and the messages of all passes go out one by one (PassPace).
//
// Thread: none of its own; one a process, and the only writer of LocalCopies::states.
// Invariants: 1. A copy is in sync only while this process owns the partition or will own it.
//             2. No pass counts with a member that works with another list than this process: from
//                then on every write that reaches it reaches this process too.
class SyncPlan {
 public:
  // The arguments outlive this object.
  SyncPlan(const SyncConfig& config, LocalCopies& copies, ClusterViewSource& views, Rng rng);

  // What was kept in this process's former life. REQUIRES: no view was seen yet; partitions are in
  // range.
  void Remember(std::vector<KeptHolders> kept);

  void OnViewChanged(TimePoint now);
  void OnReply(TimePoint now, MemberKey from, const SyncReply& reply);
  void OnPeerFailure(TimePoint now, MemberKey member);
  void OnLearned(TimePoint now, LearnTicket ticket);
  // Writes may have gone past this process (it was suspected, or paused): no copy answers alone
  // before it has compared itself with the others anew.
  void MarkAllNotInSync(TimePoint now);
  // A write of this partition went past this process: `holder` has it. Called after
  // CopyStates::Doubt(). The copy is compared with the holder besides.
  void OnBehind(TimePoint now, Partition partition, MemberKey holder);
  void OnTimer(TimePoint now);
  TimePoint NextDeadline() const;
  // Swaps buffers.
  void TakeOutputs(SyncOutputs& out);
  const SyncFigures& figures() const { return figures_; }
  std::uint64_t divergence() const { return divergence_.buckets(); }
  // What of the copies that this process has to make complete is done. None: all are in sync.
  std::optional<MoveFigures> move() const { return move_.figures(); }

 private:
  enum class Role : std::uint8_t { kNone, kJoining, kOwner };
  enum class Activity : std::uint8_t { kIdle, kQueued, kWaiting, kPassing };
  struct Copy {
    Role role = Role::kNone;
    std::uint64_t own_since = 0;  // PartitionList::own_since, of the newest view
    Activity activity = Activity::kIdle;
    bool complete = false;           // in sync, unless it was doubted since
    std::vector<MemberKey> owners;   // by the newest view
    std::vector<MemberKey> holders;  // without this process
    // Holders of former lives and members that are away; an owner in sync speaks for them.
    std::vector<MemberKey> former;
    bool spoken_for = false;      // such a one was passed with
    std::vector<MemberKey> kept;  // as last told
    std::vector<MemberKey> passed;
    TimePoint began = kNever;  // of the first of these passes
    // While passing: with whom, and the request whose answer counts; 0: it has yet to go out.
    MemberKey peer = kNoMember;
    RequestId request = 0;
    std::unique_ptr<PartitionSync> pass;
    bool in_turn = false;  // a pass of a copy that is complete
    TimePoint due;         // while waiting: try again; while passing: give up
  };

  void UpdateRole(TimePoint now, const ClusterView& view, Partition partition);
  void Follow(TimePoint now, const ClusterView& view);
  void StartOver(MemberKey self, Partition partition, std::vector<MemberKey> holders);
  void Enqueue(Partition partition);
  void Wait(Partition partition, TimePoint until);
  void Keep(MemberKey self, Partition partition);
  void Leave(Partition partition);  // whatever activity it is in
  void Pump(TimePoint now);
  void Advance(TimePoint now, const ClusterView& view, Partition partition);
  std::vector<MemberKey> TakeReturned(const ClusterView& view);
  void CompareWithReturned(TimePoint now, const ClusterView& view, Partition partition,
                           const std::vector<MemberKey>& returned);
  std::vector<MemberKey> PeersToPass(const ClusterView& view, Partition partition) const;
  bool IsComplete(const ClusterView& view, Partition partition) const;
  void BeginPass(TimePoint now, const ClusterView& view, Partition partition, MemberKey peer);
  void Ask(TimePoint now, const ClusterView& view, Partition partition);
  void SendRequests(TimePoint now, const ClusterView& view);
  void TakeTurn(TimePoint now);
  void EndPass(TimePoint now, const ClusterView& view, Partition partition, bool complete);
  void WishReady(const ClusterView& view);

  const SyncConfig config_;
  LocalCopies& copies_;
  ClusterViewSource& views_;
  Rng rng_;
  ListAgreement agreement_;
  SyncTurns turns_;
  TimePoint next_turn_ = kNever;
  std::size_t in_turn_ = 0;  // passes
  PassPace pace_;
  std::deque<Partition> to_send_;  // passing, with a request that has yet to go out
  std::vector<Copy> plan_;         // by partition
  std::deque<Partition> queue_;
  std::set<std::pair<TimePoint, Partition>> timed_;  // waiting and passing, by Copy::due
  std::map<MemberKey, TimePoint> returns_;           // that were seen: ViewMember::returned_at
  std::uint64_t requests_ = 0;                       // made so far
  std::size_t passing_ = 0;                          // of copies that are not complete
  MoveProgress move_;                                // copies with a role that are not in sync
  std::uint64_t seen_view_ = 0;  // number of the newest one that the plan follows; 0: none yet
  bool ready_wished_ = false;
  Divergence divergence_;
  SyncFigures figures_;
  SyncOutputs outputs_;
};

}  // namespace vf
