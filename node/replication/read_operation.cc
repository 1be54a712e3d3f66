#include "node/replication/read_operation.h"

#include <algorithm>
#include <utility>

#include "node/replication/absent_holders.h"
#include "node/replication/read_targets.h"

namespace vf {
namespace {

using State = ReadAnswers::State;

}  // namespace

ReadOperation::ReadOperation(const ReadConfig& config, Partition partition, std::string key,
                             TimePoint start)
    : config_(config),
      partition_(partition),
      key_(std::move(key)),
      deadline_at_(start + config.deadline) {}

// Answers that may still come or come to count.
int ReadOperation::Waiting() const {
  const auto waiting = [](const ReadAnswers::Answer& asked) {
    return asked.state == State::kWaiting || (asked.state == State::kInSync && asked.wait_for != 0);
  };
  return static_cast<int>(std::count_if(answers_.all().begin(), answers_.all().end(), waiting));
}

// Whoever is still waited for has fallen silent, and another owner answers. This costs no hedge: it
// takes load from the one and gives it to the other, which slow peers must not be able to.
bool ReadOperation::WaitsForTheSilent(const StepInputs& in) const {
  for (const ReadAnswers::Answer& asked : answers_.all()) {
    const bool learning = asked.state == State::kInSync && asked.wait_for != 0;
    if (learning || (asked.state == State::kWaiting && !in.load.IsDoubtful(asked.member))) {
      return false;
    }
  }
  const std::vector<MemberKey>& owners = in.view.ListOf(partition_).owners;
  return std::any_of(owners.begin(), owners.end(), [&](MemberKey owner) {
    return owner != in.view.self() && answers_.Find(owner) == nullptr && IsGood(in, owner);
  });
}

void ReadOperation::Ask(MemberKey member, StepOutputs& out) {
  answers_.Ask(member);
  out.send_to.push_back(member);
}

// An in-sync answer counts when its sender owns the partition by the merged list.
bool ReadOperation::AcceptInSync(const StepInputs& in, StepOutputs& out) {
  answers_.BelieveOnly(in.view.ListOf(partition_).owners);
  for (const ReadAnswers::Answer& asked : answers_.all()) {
    if (asked.state != State::kInSync || asked.wait_for != 0) continue;
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
    if (owner != in.view.self() && answers_.Find(owner) == nullptr) left.push_back(owner);
  }
  return ChooseOwner(in, left);
}

// Asks all owners, joining owners and the next K fallbacks that were not asked. False if there was
// nobody left.
bool ReadOperation::AskEverybody(const StepInputs& in, StepOutputs& out) {
  const std::size_t asked_before = answers_.all().size();
  for (const MemberKey member : EverybodyWhoMayHave(in.view, partition_)) {
    if (answers_.Find(member) == nullptr) Ask(member, out);
  }
  return answers_.all().size() > asked_before;
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
  const bool hopeful = std::any_of(
      answers_.all().begin(), answers_.all().end(), [&](const ReadAnswers::Answer& asked) {
        return asked.state == State::kWaiting && in.view.IsReachable(asked.member);
      });
  if (hopeful && in.now < deadline_at_) return false;
  AbsentHolders absent;
  for (const MemberKey owner : in.view.ListOf(partition_).owners) {
    const ReadAnswers::Answer* asked = answers_.Find(owner);
    const bool answered = asked != nullptr && asked->state == State::kNotInSync;
    if (!answered) absent.Count(CopyFate::kMayReturn);
  }
  absent.Count(CopyFate::kLost, in.view.LostOwnersOf(partition_).size());
  absent.Count(CopyFate::kMayReturn, in.view.AwayHoldersOf(partition_).size());
  if (!absent.MayBeDoneWithout(MinAcks(config_.min_acks, in.view))) return false;
  out.done = true;
  out.result.status = OperationStatus::kOk;
  out.result.record = answers_.Newest();
  return true;
}

void ReadOperation::Step(const StepInputs& in, StepOutputs& out) {
  if (AcceptInSync(in, out)) return;
  if (retry_at_ <= in.now) {
    retry_at_ = kNever;
    answers_.ForgetIf(
        [](const ReadAnswers::Answer& asked) { return asked.state != State::kWaiting; });
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
