#include "node/replication/read_operation.h"

#include <algorithm>
#include <utility>

#include "node/replication/absent_holders.h"
#include "node/replication/read_targets.h"

namespace vf {

ReadOperation::ReadOperation(const ReadConfig& config, Partition partition, std::string key,
                             TimePoint start)
    : config_(config),
      partition_(partition),
      key_(std::move(key)),
      deadline_at_(start + config.deadline) {}

void ReadOperation::OnReply(MemberKey from, const ReadReply& reply, LearnTicket wait_for) {
  for (Asked& asked : asked_) {
    if (asked.member != from || asked.state != State::kWaiting) continue;
    asked.record = reply.record;
    asked.wait_for = wait_for;
    switch (reply.outcome) {
      case ReadOutcome::kInSync:
        asked.state = State::kInSync;
        break;
      case ReadOutcome::kNotInSync:
        asked.state = State::kNotInSync;
        break;
      case ReadOutcome::kNotStoring:
        asked.state = State::kFailed;
        break;
    }
  }
}

void ReadOperation::OnFailed(MemberKey from) {
  for (Asked& asked : asked_) {
    if (asked.member == from && asked.state == State::kWaiting) asked.state = State::kFailed;
  }
}

void ReadOperation::OnLearned(LearnTicket ticket) {
  for (Asked& asked : asked_) {
    if (asked.wait_for == ticket) asked.wait_for = 0;
  }
}

bool ReadOperation::WasAsked(MemberKey member) const {
  return std::any_of(asked_.begin(), asked_.end(),
                     [&](const Asked& asked) { return asked.member == member; });
}

// Answers that may still come or come to count.
int ReadOperation::Waiting() const {
  return static_cast<int>(std::count_if(asked_.begin(), asked_.end(), [](const Asked& asked) {
    return asked.state == State::kWaiting || (asked.state == State::kInSync && asked.wait_for != 0);
  }));
}

// Whoever is still waited for has fallen silent, and another owner answers. This costs no hedge: it
// takes load from the one and gives it to the other, which slow peers must not be able to.
bool ReadOperation::WaitsForTheSilent(const StepInputs& in) const {
  for (const Asked& asked : asked_) {
    const bool learning = asked.state == State::kInSync && asked.wait_for != 0;
    if (learning || (asked.state == State::kWaiting && !in.load.IsDoubtful(asked.member))) {
      return false;
    }
  }
  const std::vector<MemberKey>& owners = in.view.ListOf(partition_).owners;
  return std::any_of(owners.begin(), owners.end(), [&](MemberKey owner) {
    return owner != in.view.self() && !WasAsked(owner) && IsGood(in, owner);
  });
}

void ReadOperation::Ask(MemberKey member, StepOutputs& out) {
  asked_.push_back({member, State::kWaiting, 0, {}});
  out.send_to.push_back(member);
}

// An in-sync answer counts when its sender owns the partition by the merged list.
bool ReadOperation::AcceptInSync(const StepInputs& in, StepOutputs& out) {
  const PartitionList& list = in.view.ListOf(partition_);
  for (Asked& asked : asked_) {
    if (asked.state != State::kInSync || asked.wait_for != 0) continue;
    if (!list.IsOwner(asked.member)) {
      asked.state = State::kNotInSync;
      continue;
    }
    out.done = true;
    out.result.status = OperationStatus::kOk;
    out.result.record = asked.record;
    return true;
  }
  return false;
}

std::optional<MemberKey> ReadOperation::NextOwner(const StepInputs& in) const {
  std::vector<MemberKey> left;
  for (const MemberKey owner : in.view.ListOf(partition_).owners) {
    if (owner != in.view.self() && !WasAsked(owner)) left.push_back(owner);
  }
  return ChooseOwner(in, left);
}

// Asks all owners, joining owners and the next K fallbacks that were not asked. False if there was
// nobody left.
bool ReadOperation::AskEverybody(const StepInputs& in, StepOutputs& out) {
  const std::size_t asked_before = asked_.size();
  for (const MemberKey member : EverybodyWhoMayHave(in.view, partition_)) {
    if (!WasAsked(member)) Ask(member, out);
  }
  return asked_.size() > asked_before;
}

// Asks the next owner or, when all were asked, everybody. False if there was nobody left.
bool ReadOperation::AskMore(const StepInputs& in, StepOutputs& out) {
  if (const std::optional<MemberKey> owner = NextOwner(in)) {
    Ask(*owner, out);
    hedge_at_ = in.now + in.load.HedgeDelay(*owner);
    return true;
  }
  hedge_at_ = in.now + config_.retry;
  return AskEverybody(in, out);
}

bool ReadOperation::AcceptNewest(const StepInputs& in, StepOutputs& out) const {
  // Who is alive and was asked may have taken a write in place of an owner.
  const bool hopeful = std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
    const ViewMember* seen = in.view.Find(asked.member);
    return asked.state == State::kWaiting && seen != nullptr && seen->reach == Reach::kReachable;
  });
  if (hopeful && in.now < deadline_at_) return false;
  AbsentHolders absent;
  for (const MemberKey owner : in.view.ListOf(partition_).owners) {
    const bool answered = std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
      return asked.member == owner && asked.state == State::kNotInSync;
    });
    if (!answered) absent.Count(CopyFate::kMayReturn);
  }
  for (std::size_t i = in.view.LostOwnersOf(partition_).size(); i > 0; --i) {
    absent.Count(CopyFate::kLost);
  }
  if (!absent.MayBeDoneWithout(MinAcks(config_.min_acks, in.view))) return false;
  RecordRef newest;
  for (const Asked& asked : asked_) {
    if (!asked.record) continue;
    if (!newest || CompareRecords(asked.record.view(), newest.view()) > 0) newest = asked.record;
  }
  out.done = true;
  out.result.status = OperationStatus::kOk;
  out.result.record = std::move(newest);
  return true;
}

void ReadOperation::Step(const StepInputs& in, StepOutputs& out) {
  if (AcceptInSync(in, out)) return;
  if (retry_at_ <= in.now) {
    retry_at_ = kNever;
    std::erase_if(asked_, [](const Asked& asked) { return asked.state != State::kWaiting; });
  }
  const bool late = hedge_at_ <= in.now;
  if (late) hedge_at_ = in.now + config_.retry;
  if (retry_at_ == kNever) {
    const bool idle = Waiting() == 0;
    const bool silent = !idle && WaitsForTheSilent(in);
    if (idle || silent || (late && in.may_hedge)) {
      if (AskMore(in, out)) {
        out.hedged = !idle && !silent;
      } else if (AcceptNewest(in, out)) {
        return;
      } else if (idle) {
        hedge_at_ = kNever;
        retry_at_ = in.now + config_.retry;
      }
    }
  }
  if (in.now >= deadline_at_) {
    if (AcceptNewest(in, out)) return;
    out.done = true;
    out.result.status = OperationStatus::kUnavailable;
    out.result.text = "too few replicas of this key could be reached in time; try again";
    return;
  }
  out.next_deadline = std::min({deadline_at_, retry_at_, hedge_at_});
}

}  // namespace vf
