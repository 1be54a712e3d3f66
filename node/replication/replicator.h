// Runs the client operations of one data thread against the owners of their keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "node/placement/cluster_view.h"
#include "node/replication/list_agreement.h"
#include "node/replication/message.h"
#include "node/replication/peer_send.h"
#include "node/replication/quorum_read.h"
#include "node/replication/read_operation.h"
#include "node/replication/replica.h"
#include "node/replication/replica_load.h"
#include "node/replication/write_operation.h"

namespace vf {

struct ReplicatorConfig {
  WriteConfig write;
  ReadConfig read;
  // Operations in flight; beyond that new ones are refused at once, while accepted ones go on.
  std::size_t max_operations = 16'384;
  // At most one read in this many is hedged, over time; so slow peers do not double the load.
  int reads_per_hedge = 10;
};

// Why requests to a member got no answer.
enum class PeerFailure : std::uint8_t {
  kRefused,   // nobody listens there, or somebody else does, or it cannot be reached in time
  kReset,     // an established connection ended: it may be back at once
  kOverflow,  // too much is queued for it
};

// The caller's name for an operation: rising numbers below 2^47.
using OperationId = std::uint64_t;

struct ReplicatorOutputs {
  struct Done {
    OperationId operation;
    OperationResult result;
  };
  std::vector<PeerSend> sends;  // to this process itself too: the driver hands these to Replica
  std::vector<Done> done;
  std::vector<LearnWish> learn;
  // Refused, gone or silent: gossip should probe them now.
  std::vector<ReplicaLoad::Report> reports;
};

// Thread: none of its own; one a data thread.
// Invariants: 1. Every operation that is started is done once, at its deadline at the latest.
//             2. An answer to a request that was given up on changes nothing.
// Limits: ReplicatorConfig::max_operations.
class Replicator {
 public:
  // `copies`: null without storage. The arguments outlive this object.
  Replicator(const ReplicatorConfig& config, LocalCopies* copies, ClusterViewSource& views,
             HybridClock& clock, Rng rng);

  // The answer to a read at once, if this process owns an in-sync copy. None: StartRead().
  // The record is none if the key was never seen.
  struct OwnCopy {
    RecordRef record;
  };
  std::optional<OwnCopy> ReadOwnCopy(std::string_view key) const;

  // `id` is above all before it. `draft`: key, value or tombstone, expiry; the version is stamped
  // here.
  void StartRead(TimePoint now, WallTime wall, OperationId id, std::string_view key);
  void StartQuorumRead(TimePoint now, WallTime wall, OperationId id, std::string_view key,
                       OwnersWanted wanted);
  void StartWrite(TimePoint now, WallTime wall, OperationId id, const RecordView& draft,
                  AcksWanted acks);

  void OnReply(TimePoint now, WallTime wall, MemberKey from, const PeerReply& reply);
  // Everything that was sent to `member` and is not answered is lost.
  void OnPeerFailure(TimePoint now, WallTime wall, MemberKey member, PeerFailure failure);
  void OnPeerUp(MemberKey member) {
    load_.StopAvoiding(member);
    load_.OnHeard(member);
  }
  // Anything came from it that is not for OnReply().
  void OnHeard(MemberKey member) { load_.OnHeard(member); }
  // There is another view: operations in flight look at it.
  void OnViewChanged(TimePoint now, WallTime wall);
  void OnLearned(TimePoint now, WallTime wall, LearnTicket ticket);
  void OnTimer(TimePoint now, WallTime wall);
  TimePoint NextDeadline() const;
  // Swaps buffers.
  void TakeOutputs(ReplicatorOutputs& out);

  std::size_t operations() const { return operations_.size(); }

 private:
  // What a request of an operation is; kNone: none of an operation's.
  enum class Ask : std::uint8_t { kNone, kRead, kStore, kNote, kBehind };
  template <typename Answer>
  static constexpr Ask AskOf() {
    if (std::is_same_v<Answer, ReadReply>) return Ask::kRead;
    if (std::is_same_v<Answer, StoreReply>) return Ask::kStore;
    if (std::is_same_v<Answer, NoteReply>) return Ask::kNote;
    return std::is_same_v<Answer, BehindReply> ? Ask::kBehind : Ask::kNone;
  }
  struct Request {
    MemberKey member;
    Ask ask;
    TimePoint sent;
    bool resent = false;
    bool open = true;  // not answered, not given up
  };
  struct Operation {
    std::variant<ReadOperation, QuorumRead, WriteOperation> what;
    std::vector<Request> requests;  // the low bits of a RequestId are an index into it
    TimePoint deadline = kNever;    // its entry in deadlines_
  };
  using Operations = std::map<OperationId, Operation>;

  bool Admit(OperationId id);
  void EarnHedge();
  template <typename What>
  void Begin(TimePoint now, WallTime wall, OperationId id, What what);
  void Step(TimePoint now, WallTime wall, Operations::iterator it);
  void StepAll(TimePoint now, WallTime wall);
  std::size_t BytesOf(const Operation& operation, Ask ask) const;
  void Send(TimePoint now, OperationId id, Operation& operation, MemberKey member, Ask ask,
            bool resent);
  void AddRequest(const Operation& operation, RequestId request, MemberKey member, Ask ask);
  Complaint ComplaintAbout(TimePoint now, MemberKey member) const;
  void GiveUpRequests(Operation& operation);
  void Finish(Operations::iterator it, OperationResult result);
  void Refuse(OperationId id, OperationStatus status, std::string text);

  const ReplicatorConfig config_;
  LocalCopies* const copies_;
  ClusterViewSource& views_;
  HybridClock& clock_;
  Rng rng_;
  ReplicaLoad load_;
  ListAgreement agreement_;
  Operations operations_;  // in the order of their start
  std::set<std::pair<TimePoint, OperationId>> deadlines_;
  int hedge_credit_;  // in reads
  ReplicatorOutputs outputs_;
};

}  // namespace vf
