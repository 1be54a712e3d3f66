// One read of a client, when this process has no copy that may answer alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/replication/list_agreement.h"
#include "node/replication/message.h"
#include "node/replication/operation.h"
#include "node/replication/read_answers.h"

namespace vf {

struct ReadConfig {
  std::optional<int> min_acks;        // none: the cluster's default
  Duration deadline = seconds(1);     // the owner adds what the largest value takes
  Duration retry = milliseconds(50);  // between two rounds when no copy could answer
  // How long the answer of a read of several owners waits for those that lacked what it found.
  Duration repair_patience = milliseconds(25);
};

// Asks one owner, of two chosen at random the one with fewer requests in flight; another one after
// the hedge delay, and the next one at once when one fails or is not in sync. If no owner is in
// sync, everybody who may have the record is asked, and the newest answer counts provided that the
// owners which did not answer may be done without (AbsentHolders), former lives included, and that
// nobody who is alive still owes an answer, or the deadline has come.
//
// Thread: none of its own.
class ReadOperation {
 public:
  ReadOperation(const ReadConfig& config, Partition partition, std::string key, TimePoint start);

  const std::string& key() const { return key_; }
  Partition partition() const { return partition_; }

  // `wait_for`: the ticket under which the sender's other list is being learned, or 0.
  void OnReply(MemberKey from, const ReadReply& reply, LearnTicket wait_for) {
    answers_.OnReply(from, reply, wait_for);
  }
  void OnFailed(MemberKey from) { answers_.OnFailed(from); }
  void OnLearned(LearnTicket ticket) { answers_.OnLearned(ticket); }

  void Step(const StepInputs& in, StepOutputs& out);

 private:
  int Waiting() const;
  bool WaitsForTheSilent(const StepInputs& in) const;
  void Ask(MemberKey member, StepOutputs& out);
  bool AcceptInSync(const StepInputs& in, StepOutputs& out);
  std::optional<MemberKey> NextOwner(const StepInputs& in) const;
  bool AskEverybody(const StepInputs& in, StepOutputs& out);
  bool AskMore(const StepInputs& in, StepOutputs& out);
  bool AcceptNewest(const StepInputs& in, StepOutputs& out) const;

  const ReadConfig config_;
  const Partition partition_;
  const std::string key_;
  const TimePoint deadline_at_;
  TimePoint hedge_at_ = kNever;  // what was asked last is late then
  TimePoint retry_at_ = kNever;
  ReadAnswers answers_;
};

}  // namespace vf
