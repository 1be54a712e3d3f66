#include "node/replication/write_operation.h"

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"

namespace vf {
namespace {

Duration TransferTime(const WriteConfig& config, const RecordRef& record) {
  const RecordView view = record.view();
  const std::uint64_t bytes = view.key.size() + view.value.size();
  return Duration(static_cast<Duration::rep>(bytes * 1'000'000'000 / config.bytes_per_second));
}

}  // namespace

WriteOperation::WriteOperation(const WriteConfig& config, Partition partition, RecordRef record,
                               AcksWanted acks, TimePoint start)
    : config_(config),
      partition_(partition),
      record_(std::move(record)),
      acks_(acks),
      timeout_at_(start + config.timeout + TransferTime(config, record_)),
      deadline_at_(start + config.deadline + TransferTime(config, record_)),
      passed_over_(config.passed_over) {}

WriteOperation::Target* WriteOperation::Find(MemberKey member) {
  const auto it = std::find_if(targets_.begin(), targets_.end(),
                               [&](const Target& target) { return target.member == member; });
  return it == targets_.end() ? nullptr : &*it;
}

void WriteOperation::OnReply(MemberKey from, const StoreReply& reply, LearnTicket wait_for) {
  Target* target = Find(from);
  if (target == nullptr || target->state != State::kSent) return;
  switch (reply.outcome) {
    case StoreOutcome::kStored:
      target->state = State::kStored;
      target->in_sync = reply.in_sync;
      break;
    case StoreOutcome::kSuperseded:
      if (!rival_ || rival_->version <= reply.winner) {
        rival_ = Rival{reply.winner, reply.rival};
      }
      [[fallthrough]];
    case StoreOutcome::kTied:
      target->state = State::kSuperseded;
      greatest_ = std::max(greatest_, reply.winner);
      break;
    case StoreOutcome::kNoSpace:
      target->state = State::kFull;
      no_space_ = true;
      break;
    case StoreOutcome::kNotStoring:
      target->state = State::kNotYet;
      target->again_at = kNever;
      break;
  }
  if (wait_for != 0) waiting_for_.push_back(wait_for);
}

void WriteOperation::OnReply(MemberKey from, const NoteReply& reply, LearnTicket wait_for) {
  if (reply.outcome == NoteOutcome::kNoted) {
    passed_over_.OnNoted(from);
  } else {
    passed_over_.OnFailed(from);
  }
  if (wait_for != 0) waiting_for_.push_back(wait_for);
}

void WriteOperation::OnReply(MemberKey from, const BehindReply&, LearnTicket) {
  passed_over_.OnTold(from);
}

void WriteOperation::OnFailed(MemberKey from) {
  passed_over_.OnFailed(from);
  Target* target = Find(from);
  if (target == nullptr || target->state != State::kSent) return;
  target->state = State::kLost;
  target->again_at = kNever;
  lost_ = true;
}

void WriteOperation::OnLearned(LearnTicket ticket) { std::erase(waiting_for_, ticket); }

int WriteOperation::Needed(const ClusterView& view) const {
  switch (acks_.kind) {
    case AcksWanted::Kind::kCount:
      return acks_.count;
    case AcksWanted::Kind::kAll:
      // While nobody owns, nobody can have stored it.
      return std::max(1, static_cast<int>(view.ListOf(partition_).owners.size()));
    case AcksWanted::Kind::kDefault:
      break;
  }
  return MinAcks(config_.min_acks, view) + (VF_PLANTED(kOneAckTooMany) ? 1 : 0);
}

// Makes `member` a target that has to answer. False if that cannot be asked of it now.
bool WriteOperation::Want(const StepInputs& in, MemberKey member, Part part, StepOutputs& out) {
  Target* target = Find(member);
  if (target != nullptr && target->state == State::kFull) return false;
  const bool answered =
      target != nullptr && (target->state == State::kStored || target->state == State::kSuperseded);
  if (!answered) {
    if (target != nullptr && IsToAskAgain(*target) && target->again_at == kNever) {
      target->again_at = in.now + config_.retry;
    }
    const ViewMember* seen = in.view.Find(member);
    if (seen == nullptr || seen->reach == Reach::kUnreachable ||
        in.load.IsAvoided(in.now, member)) {
      return false;
    }
    const bool silent = target == nullptr ? in.load.IsSilent(member) : target->silent;
    const bool suspect = seen->reach == Reach::kSuspect || silent;
    if (suspect && part == Part::kFallback) return false;
    if (target == nullptr) {
      targets_.push_back({member, State::kSent});
      target = &targets_.back();
      target->silent = silent;
      out.send_to.push_back(member);
    } else if (IsToAskAgain(*target)) {
      const bool lost = target->state == State::kLost;
      if (part == Part::kFallback && !lost) return false;
      if (target->again_at > in.now) {
        // Another takes it meanwhile, but without one that was only not ready the client is not
        // answered before the timeout.
        target->required = !lost;
        return false;
      }
      target->state = State::kSent;
      out.send_to.push_back(member);
    }
    // A suspect owner gets the record too, since it may well live, but nobody waits for it.
    if (suspect) return false;
  }
  target->required = true;
  target->counts = part != Part::kJoining;
  return true;
}

bool WriteOperation::ChooseTargets(const StepInputs& in, int needed, StepOutputs& out) {
  for (Target& target : targets_) target.required = false;
  const PartitionList& list = in.view.ListOf(partition_);
  std::size_t replacements = 0;
  for (const MemberKey owner : list.owners) {
    if (!Want(in, owner, Part::kOwner, out)) ++replacements;
  }
  for (const MemberKey joining : list.joining) {
    if (!VF_PLANTED(kJoiningNotWritten)) Want(in, joining, Part::kJoining, out);
  }
  if (in.now >= timeout_at_) {
    // Those asked before may be stuck as well: each round asks that many more.
    const auto rounds = static_cast<std::size_t>(1 + (in.now - timeout_at_) / config_.timeout);
    const auto missing = static_cast<std::size_t>(std::max(0, needed - Count().acks));
    replacements = std::max(replacements, missing * rounds);
  }
  if (replacements == 0) return true;
  for (const MemberKey fallback : in.view.FallbacksOf(partition_)) {
    if (replacements == 0) break;
    if (Want(in, fallback, Part::kFallback, out)) --replacements;
  }
  return replacements == 0;
}

WriteOperation::Tally WriteOperation::Count() const {
  Tally tally;
  for (const Target& target : targets_) {
    const bool answered = target.state == State::kStored || target.state == State::kSuperseded;
    if (answered && target.counts) ++tally.acks;
    if (target.required && !answered) tally.all_answered = false;
    if (target.state == State::kSent) tally.waiting = true;
    if (answered) tally.stored = true;
    if (target.state == State::kSuperseded) tally.superseded = true;
    if (target.state == State::kStored && target.in_sync) tally.stored_in_sync = true;
  }
  return tally;
}

// Whether nobody who may answer reads is without the record unawares.
bool WriteOperation::MayAnswer(const StepInputs& in, StepOutputs& out) {
  if (VF_PLANTED(kNotToldBehind) || VF_PLANTED(kAnsweredAtMinAcks)) return true;
  const auto has_it = [](const Target& target) {
    return target.state == State::kStored || target.state == State::kSuperseded;
  };
  const PartitionList& list = in.view.ListOf(partition_);
  std::vector<MemberKey> behind;
  for (const auto* members : {&list.owners, &list.joining}) {
    for (const MemberKey member : *members) {
      const Target* target = Find(member);
      if (target != nullptr && has_it(*target)) continue;
      if (VF_PLANTED(kJoiningNotWritten) && members == &list.joining) continue;
      if (in.view.Find(member)->reach != Reach::kUnreachable) behind.push_back(member);
    }
  }
  if (behind.empty()) return true;
  std::vector<MemberKey> stored;
  for (const Target& target : targets_) {
    if (has_it(target)) stored.push_back(target.member);
  }
  return passed_over_.MayAnswer(in.now, behind, stored, out.passed_over);
}

bool WriteOperation::StampAgain(const StepInputs& in, StepOutputs& out) {
  const std::optional<Version> version = VF_PLANTED(kStampedAgainTooLow)
                                             ? in.clock.Stamp(in.wall)
                                             : in.clock.StampAbove(in.wall, greatest_);
  if (!version) {
    out.done = true;
    out.result.text =
        "this key holds the greatest possible version: nothing can be written above it";
    return false;
  }
  RecordView view = record_.view();
  view.version = *version;
  record_ = RecordRef::Make(view);
  stamped_again_ = true;
  if (!VF_PLANTED(kRivalKept)) rival_.reset();
  out.request_changed = true;
  out.send_to.clear();
  passed_over_ = PassedOver(config_.passed_over);
  std::erase_if(targets_, [](const Target& target) {
    return target.state != State::kFull && target.state != State::kLost;
  });
  return true;
}

// The text says "unknown" unless it is certain that nobody has the record.
void WriteOperation::Fail(const Tally& tally, int needed, bool noting, StepOutputs& out) const {
  out.done = true;
  const std::string acks =
      std::to_string(tally.acks) + " of " + std::to_string(needed) + " required replicas";
  if (noting) {
    out.result.status = OperationStatus::kUnavailable;
    out.result.text =
        "outcome unknown: " + acks +
        " stored the write, but none of them could take note in time of the owners that lack it; "
        "try again";
  } else if (tally.acks >= needed) {
    out.result.status = OperationStatus::kUnavailable;
    out.result.text = "outcome unknown: the replicas did not agree in time on " +
                      std::string(tally.superseded ? "what is newest" : "who owns this key") +
                      "; try again";
  } else if (no_space_) {
    out.result.status = OperationStatus::kNoSpace;
    out.result.text = tally.stored || tally.waiting || lost_
                          ? "outcome unknown: the memory of replicas is full, and only " + acks +
                                " stored the write; reads and deletes go on"
                          : "the replicas' memory is full: nothing was stored; reads and deletes "
                            "go on";
  } else {
    out.result.status = OperationStatus::kUnavailable;
    out.result.text = "outcome unknown: " + acks +
                      " confirmed the write in time; try again, or use acks=1 or --min-acks 1 if "
                      "too few nodes are left";
  }
}

TimePoint WriteOperation::NextDeadline(TimePoint now, bool enough_targets) const {
  TimePoint next = timeout_at_;
  if (now >= timeout_at_) {
    const auto rounds = 1 + (now - timeout_at_) / config_.timeout;
    next = std::min(deadline_at_, timeout_at_ + rounds * config_.timeout);
  }
  for (const Target& target : targets_) {
    const bool due_later = IsToAskAgain(target) && target.again_at > now;
    if (due_later) next = std::min(next, target.again_at);
  }
  next = std::min(next, passed_over_.NextDeadline(now));
  return enough_targets ? next : std::min(next, now + config_.retry);
}

void WriteOperation::Step(const StepInputs& in, StepOutputs& out) {
  for (;;) {
    const int needed = Needed(in.view);
    const bool enough_targets = ChooseTargets(in, needed, out);
    const Tally tally = Count();
    const bool over = in.now >= deadline_at_;
    const bool learning = !waiting_for_.empty();
    bool noting = false;
    if (!learning && tally.superseded && !tally.stored_in_sync && !stamped_again_ &&
        !VF_PLANTED(kNotStampedAgain)) {
      if (tally.all_answered && tally.acks >= needed) {
        if (!StampAgain(in, out)) return;
        continue;
      }
    } else if (!learning && tally.acks >= needed &&
               (tally.all_answered || in.now >= timeout_at_ || VF_PLANTED(kAnsweredAtMinAcks)) &&
               !(noting = !MayAnswer(in, out))) {
      out.done = true;
      out.result.status = OperationStatus::kOk;
      out.result.record = record_;
      out.result.rival = rival_;
      if (VF_PLANTED(kStampedAfterAnswer) && tally.superseded && StampAgain(in, out)) {
        ChooseTargets(in, needed, out);
      }
      return;
    }
    const bool nobody_has_room = no_space_ && !tally.waiting && tally.acks < needed;
    if (over || nobody_has_room) Fail(tally, needed, noting, out);
    out.next_deadline = NextDeadline(in.now, enough_targets);
    return;
  }
}

}  // namespace vf
