// The answering side of the peer protocol: what a process does with a request about records.
#pragma once

#include "base/hybrid_clock.h"
#include "base/time.h"
#include "gossip/types.h"
#include "node/placement/cluster_view.h"
#include "node/replication/client_watch.h"
#include "node/replication/copy_states.h"
#include "node/replication/message.h"
#include "node/replication/recent_writers.h"
#include "node/replication/sync_answers.h"
#include "node/store/store.h"

namespace vf {

// What a storage process holds. Absent (null) in a frontend without storage.
struct LocalCopies {
  Store& store;
  CopyStates& states;
  RecentWriters* writers = nullptr;      // null: nobody is named
  const ClientWatch* clients = nullptr;  // null: none are served
};

// Threads: one instance a data thread; the store and the states are shared.
// Invariants: 1. Every valid request gets an answer at once.
//             2. The view is looked at after the store has been changed, so a copy that was asked
//                for under a newer list has this write, or the writer learns of that list.
class Replica {
 public:
  // `copies`: null without storage. The arguments outlive this object.
  Replica(LocalCopies* copies, ClusterViewSource& views, HybridClock& clock)
      : copies_(copies), views_(views), clock_(clock) {}

  StoreReply OnStore(TimePoint now, WallTime wall, const StoreRequest& request);
  ReadReply OnRead(TimePoint now, const ReadRequest& request);
  // One message of a pass that a peer runs with the copy here.
  CompareReply OnSync(TimePoint now, const CompareRequest& request);
  VersionsReply OnSync(TimePoint now, const VersionsRequest& request);
  FetchReply OnSync(TimePoint now, const FetchRequest& request);
  GiveReply OnSync(TimePoint now, const GiveRequest& request);
  PullReply OnSync(TimePoint now, const PullRequest& request);
  // Whom it names is the caller's to tell, if the answer says so.
  NoteReply OnNote(TimePoint now, const NoteRequest& request) const;
  InSyncReply OnInSync(TimePoint now, const InSyncRequest& request) const;

 private:
  OtherList Compare(TimePoint now, const ClusterView& view, Partition partition,
                    std::uint64_t hash) const;
  bool OwnsInSync(const ClusterView& view, Partition partition) const;
  template <typename Request>
  typename Request::Answer Sync(TimePoint now, const Request& request);

  LocalCopies* copies_;
  ClusterViewSource& views_;
  HybridClock& clock_;
};

}  // namespace vf
