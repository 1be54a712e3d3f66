// Brings the pure objects of one data thread together: requests of clients and of peers go in,
// frames for peers and answers for clients come out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/lookup_map.h"
#include "base/os/metrics.h"
#include "base/rng.h"
#include "base/time.h"
#include "http/kv_service.h"
#include "node/data_plane.h"
#include "node/replication/message.h"

namespace vf {

// What a driver needs from the thread that it lives on. Thread: the data thread, but for Post().
class DriverShell {
 public:
  // A failure is told to the driver later, never from within the call.
  virtual void Send(const MemberRecord& to, const PeerMessage& message) = 0;
  // Runs `task` on the data thread later. Threads: any.
  virtual void Post(std::function<void()> task) = 0;
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
  Counter writes;        // begun, deletions included
  Counter operations_ok;
  Counter operations_unavailable;
  Counter operations_overloaded;
  Counter operations_no_space;
  Counter peer_stores;  // requests of peers that were served
  Counter peer_reads;
  Counter peer_copies;
  Counter lists_learned;  // answers with another list
  Counter pauses;         // times that no turn came for DataPlane::longest_turn
};

// Thread: one, but for counters().
class DataDriver : public KvService {
 public:
  // `runs_sync`: exactly one driver of a process runs the SyncPlan. The references outlive this
  // object.
  DataDriver(DataPlane& plane, DriverShell& shell, Rng rng, bool runs_sync);
  ~DataDriver() override;

  void Get(std::string_view key, const GetOptions& options, KvCallback done) override;
  void Put(std::string_view key, std::string value, const WriteOptions& options,
           KvCallback done) override;
  void Delete(std::string_view key, const WriteOptions& options, KvCallback done) override;

  // A request of a peer. None: it needs no answer.
  std::optional<PeerReply> OnRequest(const PeerRequest& request);
  void OnReply(MemberKey from, const PeerReply& reply);
  void OnPeerFailure(MemberKey member, PeerFailure failure);
  void OnPeerUp(MemberKey member);

  // The channel has another view.
  void OnViewPublished();
  // See SyncPlan; does nothing on drivers that do not run it.
  void MarkAllNotInSync();
  void OnTimer();
  TimePoint NextDeadline() const;

  const DataCounters& counters() const { return counters_; }

 private:
  struct Core;  // what exists once a founded cluster was met
  struct Client {
    KvCallback done;
    bool is_read = false;
  };

  void NoteTurn();
  void Write(const RecordView& draft, const WriteOptions& options, KvCallback done);
  void Answer(OperationId id, OperationResult result);
  void Drain();
  void Dispatch(const PeerSend& send);
  void StartLearning(LearnWish wish, bool for_sync);

  DataPlane& plane_;
  DriverShell& shell_;
  Rng rng_;
  const bool runs_sync_;
  ViewReader views_;
  std::unique_ptr<Core> core_;
  LookupMap<OperationId, Client> clients_;
  OperationId last_operation_ = 0;
  bool draining_ = false;
  TimePoint last_turn_;
  DataCounters counters_;
};

}  // namespace vf
