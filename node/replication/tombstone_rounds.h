// When a tombstone may go: the rounds of passes after which no copy is left that it has to answer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "node/placement/cluster_view.h"
#include "node/replication/away_members.h"
#include "node/replication/list_agreement.h"
#include "node/replication/partition_sync.h"
#include "node/replication/pass_time.h"
#include "node/replication/peer_send.h"
#include "node/replication/replica.h"

namespace vf {

struct TombstoneConfig {
  // Looks at all partitions in one tombstone age; a tombstone goes up to one of them later than it
  // might.
  int looks_an_age = 16;
  Duration least_look = milliseconds(100);
  Duration most_look = minutes(1);
  Duration pause = milliseconds(4);      // between two passes, or turns of collecting
  Duration answer_timeout = seconds(5);  // for one message of a pass
  std::size_t records_a_turn = 512;      // tombstones that one turn looks at when it collects
};

struct TombstoneOutputs {
  std::vector<PeerSend> sends;
  std::vector<LearnWish> learn;
  void Clear();
};

// A round is about one partition that is owned here and in sync. It compares the copy with that of
// every owner, joining owner and live fallback, and lets go of the tombstones that had been stored
// here for the tombstone age when it began, and are forgotten by the clocks of all of these. It
// comes to nothing when the list of the partition changes, when somebody who has to be asked cannot
// be (an owner that is dead, a suspect), or when an older record was answered with a forgotten
// tombstone meanwhile, from whomever it came: that record may be elsewhere too. The next look at
// the partition tries again.
//
// Nor does any round come to an end while somebody is away (AwayMembers), who may not have heard of
// the deletion.
//
// How long tombstones have been stored is counted by this process's own running time: a wall clock
// that jumps makes none of them older.
//
// Thread: none of its own; one a process, the one of the SyncPlan.
// Limits: one round and one request under way.
class TombstoneRounds {
 public:
  // Requests of passes that this object runs have this bit, those of a SyncPlan do not.
  static constexpr RequestId kRequestBit = RequestId{1} << 61;

  // The arguments outlive this object.
  TombstoneRounds(const TombstoneConfig& config, LocalCopies& copies, ClusterViewSource& views);

  // `clock`, here and below: of this process.
  void OnViewChanged(TimePoint now, WallTime clock);
  void OnReply(TimePoint now, MemberKey from, const SyncReply& reply);
  void OnPeerFailure(TimePoint now, MemberKey member);
  void OnLearned(TimePoint now, LearnTicket ticket);
  void OnTimer(TimePoint now, WallTime clock);
  TimePoint NextDeadline() const;
  // Swaps buffers.
  void TakeOutputs(TombstoneOutputs& out);

  // What Store::Forget() is to be told.
  WallTime ForgetAt(TimePoint now, WallTime clock) {
    return PassTime(copies_.store, away_.EarliestClock(now, clock));
  }
  std::size_t away() const { return away_.count(); }      // members
  std::uint64_t collected() const { return collected_; }  // tombstones, so far

 private:
  // What was put before `at` has a stamp below `stamp`.
  struct Mark {
    TimePoint at;
    Stamp stamp = 0;
  };
  struct Round {
    Partition partition = 0;
    std::uint64_t list_hash = 0;
    TombstoneSweep sweep;
    std::uint64_t refused = 0;  // as it began
    std::vector<MemberKey> passed;
    MemberKey peer = kNoMember;  // of the pass that runs
    RequestId request = 0;
    std::unique_ptr<PartitionSync> pass;
    TimePoint give_up;  // while it runs
  };

  void Look(TimePoint now, const ClusterView& view);
  std::optional<Stamp> StoredForAnAge(TimePoint now, Partition partition) const;
  void Begin(TimePoint now, const ClusterView& view, Partition partition);
  void Advance(TimePoint now, const ClusterView& view);
  void BeginPass(TimePoint now, const ClusterView& view, MemberKey peer);
  void Ask(TimePoint now, const ClusterView& view);
  bool IsStillGood(const ClusterView& view) const;

  const TombstoneConfig config_;
  LocalCopies& copies_;
  ClusterViewSource& views_;
  AwayMembers away_;
  const Duration look_;
  ListAgreement agreement_;
  std::map<Partition, std::deque<Mark>> marks_;  // of partitions with tombstones; oldest first
  std::deque<Partition> queue_;
  std::optional<Round> round_;
  TimePoint next_look_ = kNever;
  TimePoint next_step_;  // pass, or turn of collecting
  std::uint64_t requests_ = 0;
  std::uint64_t collected_ = 0;
  TombstoneOutputs outputs_;
};

}  // namespace vf
