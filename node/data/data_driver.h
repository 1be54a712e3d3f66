// Brings the pure objects of one data thread together: requests of clients and of peers go in,
// requests for peers and answers for clients come out.
//
// Pure: time comes in with each call, and everything else is asked of a DriverShell and the
// DataPlane. vfnode brings it to sockets (node/data_thread), the simulator to virtual time;
// tests/node/data/process_world.h wires one by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/counter.h"
#include "base/lookup_map.h"
#include "base/rng.h"
#include "base/time.h"
#include "http/kv_service.h"
#include "node/data/data_plane.h"
#include "node/replication/message.h"

namespace vf {

// What a driver does later, given the time at which it comes to it.
using DriverTask = std::function<void(TimePoint now, WallTime wall)>;

// Why a process may not be stopped, a line each; none: it may.
using StopCallback = std::function<void(const std::vector<std::string>& reasons)>;

// What a driver needs from the thread that it lives on. Thread: the data thread, but for Post().
class DriverShell {
 public:
  // See PeerConnections::Send(). Nothing is told to the driver from within the call.
  virtual void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) = 0;
  // Runs `task` on the data thread later, never from within the call. Threads: any.
  virtual void Post(DriverTask task) = 0;
  // NextDeadline() may be another now.
  virtual void OnDeadlineMoved() = 0;

 protected:
  ~DriverShell() = default;
};

// Counted by one data thread, read by the one that makes /metrics.
struct DataCounters {
  Counter own_reads;     // answered from an own copy that is in sync
  Counter remote_reads;  // sent to other owners
  Counter local_reads;   // local=1
  Counter quorum_reads;  // r=
  Counter writes;        // begun, deletions included
  Counter operations_ok;
  Counter operations_unavailable;
  Counter operations_overloaded;
  Counter operations_no_space;
  Counter peer_stores;  // requests of peers that were served
  Counter peer_reads;
  Counter peer_passes;    // messages of passes
  Counter peer_notes;     // owners lack a write: this process goes on telling them
  Counter behind_told;    // messages of peers that copies here lack a write
  Counter lists_learned;  // answers with another list
  Counter expired;        // records that became tombstones at their expiry
  Counter pauses;         // times that no turn came for DataPlane::longest_turn
};

// The way of a GET: Get() answers at once from a copy of this process that is in sync, or hands an
// operation to the Replicator. What that wants to ask of others comes out of Drain() and goes
// through Dispatch(); their answers come in by OnReply(); Answer() tells the client when the
// operation is done. A write goes the second way.
//
// Thread: none of its own; one owner, but for counters(). `now` and `wall` never go back.
class DataDriver {
 public:
  // `runs_sync`: exactly one driver of a process runs the CopyUpkeep. The references outlive this
  // object.
  DataDriver(DataPlane& plane, DriverShell& shell, Rng rng, bool runs_sync);
  ~DataDriver();
  DataDriver(const DataDriver&) = delete;
  DataDriver& operator=(const DataDriver&) = delete;

  // See KvService. `done` may call these again; it is moved from only if it has to be kept.
  void Get(TimePoint now, WallTime wall, std::string_view key, const GetOptions& options,
           KvCallback&& done);
  void Put(TimePoint now, WallTime wall, std::string_view key, std::string_view value,
           const WriteOptions& options, KvCallback&& done);
  void Delete(TimePoint now, WallTime wall, std::string_view key, const WriteOptions& options,
              KvCallback&& done);

  // Whether this process may be stopped now (see StopChecks). `done` is called once.
  void AskSafeToStop(TimePoint now, WallTime wall, StopCallback done);

  // A request of a peer. None: it needs no answer.
  std::optional<PeerReply> OnRequest(TimePoint now, WallTime wall, const PeerRequest& request);
  void OnReply(TimePoint now, WallTime wall, MemberKey from, const PeerReply& reply);
  void OnPeerFailure(TimePoint now, WallTime wall, MemberKey member, PeerFailure failure);
  void OnPeerUp(MemberKey member);

  // The channel has another view.
  void OnViewPublished(TimePoint now, WallTime wall);
  // See SyncPlan; these do nothing on drivers that do not run the CopyUpkeep.
  void MarkAllNotInSync(TimePoint now, WallTime wall);
  void OnBehind(TimePoint now, WallTime wall, const std::vector<Partition>& partitions,
                MemberKey holder);
  // Early is harmless. Late by much: this process was paused, and doubts its copies.
  void OnTimer(TimePoint now, WallTime wall);
  TimePoint NextDeadline() const;

  const DataCounters& counters() const { return counters_; }

 private:
  struct Core;  // what exists once a founded cluster was met
  struct Client {
    KvCallback done;
    bool is_read = false;
  };
  struct Stopper {
    StopCallback done;
    std::uint64_t noted = 0;  // BehindGauges::noted, when it asked
    bool untold = false;      // there were owners that had not been told
  };

  void SetTime(TimePoint now, WallTime wall);
  void NoteTurn();
  void NoteClient();

  OperationId AddClient(KvCallback&& done, bool is_read);
  RecordRef ReadHere(std::string_view key);
  void Write(const RecordView& draft, const WriteOptions& options, KvCallback&& done);
  void Answer(OperationId id, const OperationResult& result);
  void CountEnd(OperationStatus status);
  void NoteConflict(const OperationResult& result);
  void AnswerStopper(StopCheckOutputs::Done verdict);

  std::optional<PeerReply> Serve(const PeerRequest& request);
  NoteReply ServeNote(Replica& replica, const NoteRequest& request);
  void TakeReply(MemberKey from, const PeerReply& reply);

  // Does what the objects want done, until they want nothing more.
  void Drain();
  // Each does what one of them wants done now. False: that was nothing.
  bool DrainReplicator();
  bool DrainNotes();
  bool DrainStops();
  bool DrainUpkeep();
  // Moves the request out of each.
  void Dispatch(std::vector<PeerSend>& sends);
  void Dispatch(PeerSend& send);
  void Report(const ReplicaLoad::Report& report);
  // `learned` is called on this thread, with the ticket.
  void Learn(LearnWish wish, std::function<void(LearnTicket)> learned);
  void ShowUntold();

  DataPlane& plane_;
  DriverShell& shell_;
  Rng rng_;
  const bool runs_sync_;
  ViewReader views_;
  std::unique_ptr<Core> core_;
  LookupMap<OperationId, Client> clients_;
  OperationId last_operation_ = 0;
  LookupMap<StopCheckId, Stopper> stoppers_;
  StopCheckId last_stop_check_ = 0;
  std::uint64_t untold_ = 0;  // this driver's share of BehindGauges::untold
  bool draining_ = false;
  // The newest that was handed in: a client that is answered may call again, with a later one.
  TimePoint now_;
  WallTime wall_;
  TimePoint last_turn_;
  DataCounters counters_;
};

}  // namespace vf
