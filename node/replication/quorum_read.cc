#include "node/replication/quorum_read.h"

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "node/replication/absent_holders.h"
#include "node/replication/read_targets.h"

namespace vf {
namespace {

using State = ReadAnswers::State;

bool Counts(const ReadAnswers::Answer& asked) { return asked.Answered() && asked.wait_for == 0; }

// A planted bug takes this for the newest.
RecordRef FirstAnswer(const ReadAnswers& answers) {
  const auto first =
      std::find_if(answers.all().begin(), answers.all().end(),
                   [](const ReadAnswers::Answer& asked) { return asked.Answered(); });
  return first == answers.all().end() ? RecordRef() : first->record;
}

}  // namespace

QuorumRead::QuorumRead(const ReadConfig& config, Partition partition, std::string key,
                       OwnersWanted wanted, TimePoint start)
    : config_(config),
      partition_(partition),
      key_(std::move(key)),
      wanted_(wanted),
      deadline_at_(start + config.deadline) {}

// Whether it stored the record or had a greater one by now: it is as new as the answer.
void QuorumRead::OnReply(MemberKey from, const StoreReply&, LearnTicket) {
  std::erase(repairing_, from);
}

void QuorumRead::OnFailed(MemberKey from) {
  answers_.OnFailed(from);
  std::erase(repairing_, from);
}

QuorumRead::Tally QuorumRead::Count(const StepInputs& in) const {
  const PartitionList& list = in.view.ListOf(partition_);
  Tally tally;
  for (const MemberKey owner : list.owners) {
    const ReadAnswers::Answer* asked = answers_.Find(owner);
    const ViewMember* seen = in.view.Find(owner);
    const bool answered = asked != nullptr && Counts(*asked);
    ++(answered ? tally.owners : tally.missing);
    if (answered || (seen != nullptr && seen->reach != Reach::kUnreachable)) ++tally.possible;
    if (answered && asked->state == State::kInSync) tally.in_sync = true;
  }
  for (const ReadAnswers::Answer& asked : answers_.all()) {
    if (Counts(asked) || asked.state == State::kFailed) continue;
    ++(list.IsOwner(asked.member) ? tally.waiting : tally.others);
    if (in.view.IsReachable(asked.member)) tally.hopeful = true;
  }
  return tally;
}

void QuorumRead::Ask(MemberKey member, StepOutputs& out) {
  answers_.Ask(member);
  out.send_to.push_back(member);
}

// False if there was none left to ask.
bool QuorumRead::AskOwners(const StepInputs& in, int count, StepOutputs& out) {
  std::vector<MemberKey> left;
  for (const MemberKey owner : in.view.ListOf(partition_).owners) {
    if (answers_.Find(owner) == nullptr) left.push_back(owner);
  }
  bool asked = false;
  for (; count > 0; --count) {
    // A look at the own copy costs next to nothing.
    const bool own = std::find(left.begin(), left.end(), in.view.self()) != left.end();
    const std::optional<MemberKey> owner = own ? in.view.self() : ChooseOwner(in, left);
    if (!owner) return asked;
    Ask(*owner, out);
    std::erase(left, *owner);
    asked = true;
    if (own) continue;
    const TimePoint late = in.now + in.load.HedgeDelay(*owner);
    hedge_at_ = hedge_at_ > in.now && hedge_at_ != kNever ? std::max(hedge_at_, late) : late;
  }
  return asked;
}

bool QuorumRead::AskEverybody(const StepInputs& in, StepOutputs& out) {
  bool asked = false;
  for (const MemberKey member : EverybodyWhoMayHave(in.view, partition_)) {
    if (answers_.Find(member) != nullptr) continue;
    Ask(member, out);
    asked = true;
  }
  if (asked) hedge_at_ = in.now + config_.retry;
  return asked;
}

void QuorumRead::Decide(const StepInputs& in, StepOutputs& out) {
  decided_ = true;
  newest_ = VF_PLANTED(kFirstOfSeveral) ? FirstAnswer(answers_) : answers_.Newest();
  const PartitionList& list = in.view.ListOf(partition_);
  for (const ReadAnswers::Answer& asked : answers_.all()) {
    if (!asked.Answered() || !newest_) continue;
    if (!list.HasPlace(asked.member)) continue;
    if (asked.record && CompareRecords(asked.record.view(), newest_.view()) >= 0) continue;
    out.repair.push_back(asked.member);
  }
  repairing_ = out.repair;
  patience_ends_ = in.now + config_.repair_patience;
}

void QuorumRead::AwaitRepairs(const StepInputs& in, StepOutputs& out) {
  if (!repairing_.empty() && in.now < patience_ends_) {
    out.next_deadline = patience_ends_;
    return;
  }
  out.done = true;
  out.result.status = OperationStatus::kOk;
  out.result.record = newest_;
}

void QuorumRead::Fail(const Tally& tally, int needed, StepOutputs& out) const {
  out.done = true;
  out.result.status = OperationStatus::kUnavailable;
  const std::string owners =
      " of the " + std::to_string(tally.owners + tally.missing) + " owners of this key";
  if (tally.possible < needed) {
    out.result.text = "r asks for " + std::to_string(needed) + " owners, but only " +
                      std::to_string(tally.possible) + owners + " can be reached; try again";
  } else if (tally.owners < needed) {
    out.result.text = "only " + std::to_string(tally.owners) + owners +
                      " answered in time, r asks for " + std::to_string(needed) + "; try again";
  } else {
    out.result.text = "none of the " + std::to_string(tally.owners) +
                      " owners that answered is in sync, and too many others of this key did not "
                      "answer in time; try again";
  }
}

void QuorumRead::Step(const StepInputs& in, StepOutputs& out) {
  if (decided_) return AwaitRepairs(in, out);
  if (retry_at_ <= in.now) {
    retry_at_ = kNever;
    // Who was not in sync may be by now.
    answers_.ForgetIf([](const ReadAnswers::Answer& asked) {
      return asked.state == State::kFailed || asked.state == State::kNotInSync;
    });
  }
  const bool late = hedge_at_ <= in.now;
  if (late) hedge_at_ = in.now + config_.retry;

  const Tally tally = Count(in);
  const int owners = tally.owners + tally.missing;
  const int needed = wanted_.count == OwnersWanted::kAll ? owners : wanted_.count;
  const bool enough = tally.owners >= needed;
  const bool doubted = enough && !tally.in_sync;
  const bool asked_everybody = doubted && !AskEverybody(in, out);
  const bool waiting = tally.waiting + tally.others > 0;
  const bool settled = !waiting || (late && !tally.hopeful);
  AbsentHolders absent;
  absent.Count(CopyFate::kMayReturn, static_cast<std::size_t>(tally.missing));
  absent.Count(CopyFate::kLost, in.view.LostOwnersOf(partition_).size());
  absent.Count(CopyFate::kMayReturn, in.view.AwayHoldersOf(partition_).size());
  const bool may_miss = absent.MayBeDoneWithout(MinAcks(config_.min_acks, in.view));
  const bool over = in.now >= deadline_at_;
  if (enough && (tally.in_sync || (may_miss && ((asked_everybody && settled) || over)))) {
    out.send_to.clear();
    Decide(in, out);
    return AwaitRepairs(in, out);
  }
  if (over || tally.possible < needed) return Fail(tally, needed, out);

  if (!doubted && retry_at_ == kNever) {
    int count = needed - tally.owners - tally.waiting;
    const bool hedge = count <= 0 && late && in.may_hedge;
    if (hedge) count = 1;
    if (count > 0 && AskOwners(in, count, out)) out.hedged = hedge;
  }
  // Nobody is left to ask, and nobody will answer: whoever failed is asked anew.
  if (retry_at_ == kNever && out.send_to.empty() && !waiting) retry_at_ = in.now + config_.retry;
  out.next_deadline = std::min({deadline_at_, retry_at_, hedge_at_});
}

}  // namespace vf
