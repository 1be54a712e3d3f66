// One read of a client that asks several owners (`r=`).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "node/replication/list_agreement.h"
#include "node/replication/message.h"
#include "node/replication/operation.h"
#include "node/replication/read_answers.h"
#include "node/replication/read_operation.h"

namespace vf {

// How many owners have to answer.
struct OwnersWanted {
  static constexpr int kAll = 0;
  int count = kAll;  // 2..K
};

// Asks so many owners, this process among them if it is one, whether or not they are in sync; more
// when one fails or is late. The newest answer counts. If none of those who answered is in sync,
// ReadOperation's rule holds besides: everybody who may have the record is asked, and all owners
// but min_acks - 1 have to answer. Where fewer owners can be reached, the client is told at once.
//
// Read repair: owners and joining owners that answered with an older record, or none, get the
// newest before the client has its answer, so that what one such read has shown the next one finds.
// The answer waits for them, but at most ReadConfig::repair_patience; whoever has not stored it by
// then is left to later reads and passes.
//
// Thread: none of its own. Limits: asks and repairs each member of its lists once, but for retries.
class QuorumRead {
 public:
  QuorumRead(const ReadConfig& config, Partition partition, std::string key, OwnersWanted wanted,
             TimePoint start);

  const std::string& key() const { return key_; }
  Partition partition() const { return partition_; }
  // What those that StepOutputs::repair names are to store.
  const RecordRef& newest() const { return newest_; }

  // `wait_for`: the ticket under which the sender's other list is being learned, or 0.
  void OnReply(MemberKey from, const ReadReply& reply, LearnTicket wait_for) {
    answers_.OnReply(from, reply, wait_for);
  }
  void OnReply(MemberKey from, const StoreReply& reply, LearnTicket wait_for);
  void OnFailed(MemberKey from);
  void OnLearned(LearnTicket ticket) { answers_.OnLearned(ticket); }

  void Step(const StepInputs& in, StepOutputs& out);

 private:
  // Of the answers so far.
  struct Tally {
    int owners = 0;    // that answered
    int missing = 0;   // owners that did not
    int waiting = 0;   // owners that may answer yet
    int others = 0;    // others that may answer yet
    int possible = 0;  // owners that answered or can be reached
    // One that may answer yet is alive: it may have taken a write in place of an owner.
    bool hopeful = false;
    bool in_sync = false;  // one of those that answered
  };

  Tally Count(const StepInputs& in) const;
  bool AskOwners(const StepInputs& in, int count, StepOutputs& out);
  bool AskEverybody(const StepInputs& in, StepOutputs& out);
  void Ask(MemberKey member, StepOutputs& out);
  void Decide(const StepInputs& in, StepOutputs& out);
  void AwaitRepairs(const StepInputs& in, StepOutputs& out);
  void Fail(const Tally& tally, int needed, StepOutputs& out) const;

  const ReadConfig config_;
  const Partition partition_;
  const std::string key_;
  const OwnersWanted wanted_;
  const TimePoint deadline_at_;
  TimePoint hedge_at_ = kNever;  // what was asked last is late then
  TimePoint retry_at_ = kNever;
  ReadAnswers answers_;
  std::vector<MemberKey> repairing_;  // have not stored the newest yet
  bool decided_ = false;
  RecordRef newest_;  // when decided
  TimePoint patience_ends_ = kNever;
};

}  // namespace vf
