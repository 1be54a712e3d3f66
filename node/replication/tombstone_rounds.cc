#include "node/replication/tombstone_rounds.h"

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "node/replication/pass_messages.h"

namespace vf {
namespace {

// Who has to be asked before a tombstone goes: everybody who may hold an older record and is not
// known to be dead. Those who are dead and own nothing are dealt with when they come back.
std::vector<MemberKey> WhoMayHold(const ClusterView& view, Partition partition) {
  const PartitionList& list = view.ListOf(partition);
  std::vector<MemberKey> members;
  for (const ViewMember& member : view.members()) {
    const bool has_place = list.HasPlace(member.key());
    if (member.key() != view.self() && (has_place || member.record.IsLive())) {
      members.push_back(member.key());
    }
  }
  return members;
}

}  // namespace

void TombstoneOutputs::Clear() {
  sends.clear();
  learn.clear();
}

TombstoneRounds::TombstoneRounds(const TombstoneConfig& config, LocalCopies& copies,
                                 ClusterViewSource& views)
    : config_(config),
      copies_(copies),
      views_(views),
      away_(copies.store.tombstone_age()),
      look_(std::clamp(copies.store.tombstone_age() / config.looks_an_age, config.least_look,
                       config.most_look)) {}

void TombstoneRounds::OnViewChanged(TimePoint now, WallTime clock) {
  const ClusterView& view = views_.Current();
  if (!view.joined()) return;
  if (next_look_ == kNever) next_look_ = now + look_;
  away_.Follow(now, clock, view);
  Advance(now, view);
}

// --- Which tombstones ---

void TombstoneRounds::Look(TimePoint now, const ClusterView& view) {
  next_look_ = now + look_;
  const bool all_looked_at = queue_.empty();
  const Duration age = copies_.store.tombstone_age();
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const TombstoneState state = copies_.store.Tombstones(p);
    if (state.oldest_ms == UINT64_MAX) {
      marks_.erase(p);
      continue;
    }
    std::deque<Mark>& marks = marks_[p];
    marks.push_back({now, copies_.store.NextStamp(p)});
    // Of those that are old enough the newest says all.
    while (marks.size() > 1 && marks[1].at + age <= now) marks.pop_front();
    const bool due = marks.front().at + age <= now && state.oldest_ms < state.forgotten_below_ms;
    if (due && all_looked_at) queue_.push_back(p);
  }
}

std::optional<Stamp> TombstoneRounds::StoredForAnAge(TimePoint now, Partition partition) const {
  const auto marks = marks_.find(partition);
  if (marks == marks_.end()) return std::nullopt;
  const Mark& oldest = marks->second.front();
  if (oldest.at + copies_.store.tombstone_age() > now) return std::nullopt;
  return oldest.stamp;
}

// --- Rounds ---

// Unless there is nothing to do, or somebody cannot be asked.
void TombstoneRounds::Begin(TimePoint now, const ClusterView& view, Partition partition) {
  const PartitionList& list = view.ListOf(partition);
  const std::optional<Stamp> stamp = StoredForAnAge(now, partition);
  if (!stamp || !list.IsOwner(view.self())) return;
  Round& round = round_.emplace(Round());
  round.partition = partition;
  round.list_hash = list.hash;
  const TombstoneState state = copies_.store.Tombstones(partition);
  round.refused = state.refused;
  round.sweep.versions_below_ms = state.forgotten_below_ms;
  round.sweep.stamps_below = *stamp;
  if (!IsStillGood(view)) round_.reset();
}

// Whether everybody who has to be asked still can be, and nothing says that the round is for
// nothing.
bool TombstoneRounds::IsStillGood(const ClusterView& view) const {
  const Round& round = *round_;
  if (view.ListOf(round.partition).hash != round.list_hash) return false;
  if (!copies_.states.IsInSync(round.partition)) return false;
  if (copies_.store.Tombstones(round.partition).refused != round.refused) return false;
  if (VF_PLANTED(kCollectedUnasked)) return true;
  if (away_.count() > 0 || away_.seen_view() != view.number()) return false;
  const std::vector<MemberKey> members = WhoMayHold(view, round.partition);
  return std::all_of(members.begin(), members.end(),
                     [&](MemberKey member) { return view.IsReachable(member); });
}

void TombstoneRounds::Advance(TimePoint now, const ClusterView& view) {
  if (round_ && !IsStillGood(view)) round_.reset();
  if ((round_ && round_->pass != nullptr) || next_step_ > now) return;
  while (!round_ && !queue_.empty()) {
    Begin(now, view, queue_.front());
    queue_.pop_front();
  }
  if (!round_) return;
  next_step_ = now + config_.pause;
  for (const MemberKey member : WhoMayHold(view, round_->partition)) {
    const auto& passed = round_->passed;
    if (std::find(passed.begin(), passed.end(), member) != passed.end()) continue;
    if (VF_PLANTED(kCollectedUnasked) && !view.IsReachable(member)) continue;
    return BeginPass(now, view, member);
  }
  collected_ += copies_.store.Collect(round_->partition, round_->sweep, config_.records_a_turn);
  if (round_->sweep.done) round_.reset();
}

void TombstoneRounds::BeginPass(TimePoint now, const ClusterView& view, MemberKey peer) {
  Round& round = *round_;
  round.peer = peer;
  round.pass = std::make_unique<PartitionSync>(SyncLimits(), view.partition_digits(), copies_.store,
                                               round.partition,
                                               DirectionOfPass(view.ListOf(round.partition), peer));
  Ask(now, view);
}

void TombstoneRounds::Ask(TimePoint now, const ClusterView& view) {
  Round& round = *round_;
  round.request = kRequestBit | ++requests_;
  round.give_up = now + config_.answer_timeout;
  AddPassRequest(outputs_.sends, round.peer, round.request, view.ListOf(round.partition).hash,
                 *round.pass);
}

// --- Answers ---

void TombstoneRounds::OnReply(TimePoint now, MemberKey from, const SyncReply& reply) {
  const RequestId request = RequestOf(reply);
  if (!round_ || round_->request != request || round_->peer != from) return;
  Round& round = *round_;
  round.pass->OnReply(reply);
  const ClusterView& view = views_.Current();
  switch (round.pass->state()) {
    case PartitionSync::State::kAsking:
      Ask(now, view);
      break;
    case PartitionSync::State::kComplete:
      // When the peer asks it may name a time that lies so much further back.
      round.sweep.versions_below_ms =
          std::min(round.sweep.versions_below_ms,
                   copies_.store.ForgottenBelow(PassTime(copies_.store, round.pass->wall())));
      round.passed.push_back(from);
      round.pass.reset();
      round.request = 0;
      next_step_ = now + config_.pause;
      break;
    case PartitionSync::State::kFailed: {
      const OtherList& list = OtherListOf(reply);
      if (list.differs()) agreement_.OnOtherList(now, view, from, round.partition, list);
      round_.reset();
      break;
    }
  }
  Advance(now, view);
}

void TombstoneRounds::OnPeerFailure(TimePoint now, MemberKey member) {
  if (!round_ || round_->pass == nullptr || round_->peer != member) return;
  round_.reset();
  Advance(now, views_.Current());
}

void TombstoneRounds::OnLearned(TimePoint now, LearnTicket ticket) {
  agreement_.OnLearned(now, views_.Current(), ticket);
}

// --- Driver ---

void TombstoneRounds::OnTimer(TimePoint now, WallTime clock) {
  const ClusterView& view = views_.Current();
  if (!view.joined()) return;
  away_.Follow(now, clock, view);
  if (round_ && round_->pass != nullptr && round_->give_up <= now) round_.reset();
  if (next_look_ <= now) Look(now, view);
  Advance(now, view);
}

TimePoint TombstoneRounds::NextDeadline() const {
  if (round_ && round_->pass != nullptr) return std::min(next_look_, round_->give_up);
  return round_ || !queue_.empty() ? std::min(next_look_, next_step_) : next_look_;
}

void TombstoneRounds::TakeOutputs(TombstoneOutputs& out) {
  agreement_.TakeOutputs(outputs_.learn, outputs_.sends);
  std::swap(out, outputs_);
  outputs_.Clear();
}

}  // namespace vf
