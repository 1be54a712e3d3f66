#include "node/replication/sync_plan.h"

#include <algorithm>

#include "base/check.h"
#include "base/planted_bug.h"
#include "node/placement/partition.h"
#include "node/replication/pass_messages.h"
#include "node/replication/read_targets.h"

namespace vf {
namespace {

bool IsIn(const ClusterView& view, MemberKey member, MemberState state) {
  const ViewMember* seen = view.Find(member);
  return seen != nullptr && seen->record.state == state;
}

bool Contains(const std::vector<MemberKey>& members, MemberKey member) {
  return std::find(members.begin(), members.end(), member) != members.end();
}

// A RequestId is a number that is never used again and, in its low bits, the partition: what
// answers a pass that was given up must not pass for an answer to the next one.
constexpr int kPartitionBits = 4 * kMaxPartitionDigits;
constexpr RequestId kPartitionMask = PartitionCount(kMaxPartitionDigits) - 1;

void AddOnce(std::vector<MemberKey>& members, MemberKey member) {
  if (!Contains(members, member)) members.push_back(member);
}

}  // namespace

void SyncOutputs::Clear() {
  sends.clear();
  learn.clear();
  ready.reset();
  in_sync.clear();
  kept.clear();
}

SyncPlan::SyncPlan(const SyncConfig& config, LocalCopies& copies, ClusterViewSource& views, Rng rng)
    : config_(config),
      copies_(copies),
      views_(views),
      rng_(rng),
      turns_(config.turns, rng.Fork("turns")),
      pace_(config.pace, copies.clients),
      plan_(copies.states.partition_count()),
      move_(copies.states.partition_count()) {}

void SyncPlan::Remember(std::vector<KeptHolders> kept) {
  for (KeptHolders& of : kept) {
    Copy& copy = plan_[of.partition];
    copy.former = of.holders;
    copy.kept = std::move(of.holders);
  }
}

// --- What there is to do ---

void SyncPlan::OnViewChanged(TimePoint now) { Pump(now); }

void SyncPlan::Follow(TimePoint now, const ClusterView& view) {
  VF_CHECK(view.partition_count() == plan_.size(), "the number of partitions never changes");
  seen_view_ = view.number();
  const std::vector<MemberKey> returned = TakeReturned(view);
  for (Partition p = 0; p < plan_.size(); ++p) {
    UpdateRole(now, view, p);
    Keep(view.self(), p);
    if (!returned.empty()) CompareWithReturned(now, view, p, returned);
    Copy& copy = plan_[p];
    // A member that was waited for may be gone, or back.
    if (copy.activity == Activity::kWaiting) Enqueue(p);
    if (copy.activity == Activity::kPassing && !IsIn(view, copy.peer, MemberState::kAlive)) {
      EndPass(now, view, p, /*complete=*/false);
    }
  }
  turns_.Follow(view);
  if (turns_.pairs() == 0) {
    next_turn_ = kNever;
  } else if (next_turn_ == kNever) {
    next_turn_ = now + turns_.Pause(/*clients_are_served=*/false);
  }
  divergence_.Follow(view);
}

void SyncPlan::UpdateRole(TimePoint now, const ClusterView& view, Partition partition) {
  Copy& copy = plan_[partition];
  const PartitionList& list = view.ListOf(partition);
  Role role = Role::kNone;
  if (list.IsOwner(view.self())) {
    role = Role::kOwner;
  } else if (list.IsJoining(view.self())) {
    role = Role::kJoining;
  }
  copy.role = role;
  // Whoever lost its place and got it back between two looks has lost it, too.
  const std::uint64_t former = std::exchange(copy.own_since, list.own_since);
  if (former != 0 && former != list.own_since) {
    Leave(partition);
    move_.OnLost(partition, !copy.complete);
    copy.complete = false;
    copies_.states.Doubt(partition);
  }
  if (role == Role::kNone) {
    copy.owners = list.owners;
    return;
  }
  if (former != list.own_since) {
    move_.OnIncomplete(now, partition);
    // Those who owned it until now hold it too.
    std::vector<MemberKey> holders = copy.owners;
    for (const MemberKey owner : list.owners) AddOnce(holders, owner);
    for (const MemberKey lost : view.LostOwnersOf(partition)) AddOnce(holders, lost);
    for (const MemberKey away : view.AwayHoldersOf(partition)) AddOnce(copy.former, away);
    if (VF_PLANTED(kKeptAlone)) copy.former.clear();
    StartOver(view.self(), partition, std::move(holders));
  } else if (!copy.complete) {
    for (const MemberKey owner : list.owners) {
      if (owner != view.self()) AddOnce(copy.holders, owner);
    }
    for (const MemberKey lost : view.LostOwnersOf(partition)) AddOnce(copy.holders, lost);
  } else if (!copies_.states.IsInSync(partition)) {
    // Doubted, and about to start over: the owners before this view are holders, too.
    for (const MemberKey owner : list.owners) AddOnce(copy.owners, owner);
    return;
  }
  copy.owners = list.owners;
}

// Those who were dead to this process and are back since the last look.
std::vector<MemberKey> SyncPlan::TakeReturned(const ClusterView& view) {
  std::vector<MemberKey> returned;
  for (const ViewMember& member : view.members()) {
    if (member.returned_at == TimePoint::min() || !member.record.IsLive()) continue;
    TimePoint& known = returns_.try_emplace(member.key(), TimePoint::min()).first->second;
    if (std::exchange(known, member.returned_at) != member.returned_at) {
      returned.push_back(member.key());
    }
  }
  std::erase_if(returns_, [&](const auto& entry) { return view.Find(entry.first) == nullptr; });
  return returned;
}

// What was written while this process took them for dead may be there and not here.
void SyncPlan::CompareWithReturned(TimePoint now, const ClusterView& view, Partition partition,
                                   const std::vector<MemberKey>& returned) {
  Copy& copy = plan_[partition];
  if (copy.role == Role::kNone) return;
  std::vector<MemberKey> peers = OthersWhoMayHave(view, partition);
  const std::vector<MemberKey>& holders = copy.complete ? copy.owners : copy.holders;
  peers.insert(peers.end(), holders.begin(), holders.end());
  const bool concerned = std::any_of(returned.begin(), returned.end(),
                                     [&](MemberKey member) { return Contains(peers, member); });
  if (!concerned) return;
  if (std::exchange(copy.complete, false)) {
    move_.OnIncomplete(now, partition);
    StartOver(view.self(), partition, copy.owners);
  } else {
    for (const MemberKey member : returned) std::erase(copy.passed, member);
  }
}

void SyncPlan::MarkAllNotInSync(TimePoint now) {
  copies_.states.DoubtAll();
  const MemberKey self = views_.Current().self();
  for (Partition p = 0; p < plan_.size(); ++p) {
    if (plan_[p].role == Role::kNone) continue;
    if (std::exchange(plan_[p].complete, false)) {
      move_.OnIncomplete(now, p);
      StartOver(self, p, plan_[p].owners);
    } else {
      // Its holders stay; only passes that begin from now on count.
      StartOver(self, p, std::move(plan_[p].holders));
    }
  }
  Pump(now);
}

void SyncPlan::OnBehind(TimePoint now, Partition partition, MemberKey holder) {
  const ClusterView& view = views_.Current();
  if (partition >= plan_.size() || plan_[partition].role == Role::kNone) return;
  Copy& copy = plan_[partition];
  std::vector<MemberKey> holders = copy.holders;
  if (std::exchange(copy.complete, false)) {
    move_.OnIncomplete(now, partition);
    holders = copy.owners;
  }
  if (view.joined() && view.Find(holder) != nullptr) AddOnce(holders, holder);
  StartOver(view.self(), partition, std::move(holders));
  Pump(now);
}

void SyncPlan::StartOver(MemberKey self, Partition partition, std::vector<MemberKey> holders) {
  Copy& copy = plan_[partition];
  copy.holders = std::move(holders);
  std::erase(copy.holders, self);
  std::erase(copy.former, self);
  copy.passed.clear();
  copy.spoken_for = false;
  copy.began = kNever;
  copies_.states.Begin(partition);
  Enqueue(partition);
  Keep(self, partition);
}

void SyncPlan::Keep(MemberKey self, Partition partition) {
  if (!config_.keeps_holders) return;
  Copy& copy = plan_[partition];
  std::vector<MemberKey> holders;
  if (copy.role != Role::kNone) holders = copy.complete ? copy.owners : copy.holders;
  for (const MemberKey former : copy.former) AddOnce(holders, former);
  std::erase(holders, self);
  if (holders == copy.kept) return;
  outputs_.kept.push_back({partition, holders});
  copy.kept = std::move(holders);
}

// --- Queue ---

void SyncPlan::Leave(Partition partition) {
  Copy& copy = plan_[partition];
  switch (copy.activity) {
    case Activity::kIdle:
      break;
    case Activity::kQueued:
      std::erase(queue_, partition);
      break;
    case Activity::kPassing:
      --(copy.in_turn ? in_turn_ : passing_);
      copy.in_turn = false;
      copy.peer = kNoMember;
      copy.pass.reset();
      std::erase(to_send_, partition);
      [[fallthrough]];
    case Activity::kWaiting:
      timed_.erase({copy.due, partition});
      break;
  }
  copy.activity = Activity::kIdle;
}

// Whoever is in the queue keeps its place: looking for it among 65,536 would take too long.
void SyncPlan::Enqueue(Partition partition) {
  if (plan_[partition].activity == Activity::kQueued) return;
  Leave(partition);
  plan_[partition].activity = Activity::kQueued;
  queue_.push_back(partition);
}

void SyncPlan::Wait(Partition partition, TimePoint until) {
  Leave(partition);
  Copy& copy = plan_[partition];
  copy.activity = Activity::kWaiting;
  copy.due = until;
  timed_.insert({until, partition});
}

void SyncPlan::Pump(TimePoint now) {
  const ClusterView& view = views_.Current();
  if (!view.joined()) return;
  // Nothing is decided by a view that the roles do not follow yet.
  if (view.number() != seen_view_) Follow(now, view);
  while (!queue_.empty() && passing_ < config_.max_passes) {
    const Partition partition = queue_.front();
    queue_.pop_front();
    plan_[partition].activity = Activity::kIdle;
    Advance(now, view, partition);
  }
  if (move_.incomplete() == 0) WishReady(view);
}

// --- Passes ---

// Holders and others that are alive and that this copy has to compare itself with yet.
std::vector<MemberKey> SyncPlan::PeersToPass(const ClusterView& view, Partition partition) const {
  const Copy& copy = plan_[partition];
  std::vector<MemberKey> peers;
  const auto consider = [&](MemberKey member) {
    const bool alive = IsIn(view, member, MemberState::kAlive);
    if (alive && !Contains(copy.passed, member)) AddOnce(peers, member);
  };
  for (const MemberKey holder : copy.holders) consider(holder);
  for (const MemberKey former : copy.former) consider(former);
  for (const MemberKey other : OthersWhoMayHave(view, partition)) {
    if (other != view.self()) consider(other);
  }
  return peers;
}

// Whether the holders that were not passed with may be done without. A suspect that would have
// taken writes in place of an owner is waited for: it lives, or is dead soon.
bool SyncPlan::IsComplete(const ClusterView& view, Partition partition) const {
  const Copy& copy = plan_[partition];
  const std::vector<MemberKey> others = OthersWhoMayHave(view, partition);
  const bool suspects = std::any_of(others.begin(), others.end(), [&](MemberKey other) {
    return other != view.self() && IsIn(view, other, MemberState::kSuspect) &&
           !Contains(copy.passed, other);
  });
  if (suspects) return false;
  AbsentHolders absent;
  for (const MemberKey holder : copy.holders) {
    if (!Contains(copy.passed, holder)) absent.Count(view.FateOf(holder));
  }
  for (const MemberKey former : copy.former) {
    const bool counts = !copy.spoken_for || view.ListOf(partition).IsOwner(former);
    if (counts && !Contains(copy.passed, former) && !Contains(copy.holders, former)) {
      absent.Count(view.FateOf(former));
    }
  }
  return absent.MayBeDoneWithout(MinAcks(config_.min_acks, view));
}

void SyncPlan::Advance(TimePoint now, const ClusterView& view, Partition partition) {
  Copy& copy = plan_[partition];
  const std::vector<MemberKey> peers = PeersToPass(view, partition);
  if (!peers.empty() && !(VF_PLANTED(kOnePassIsEnough) && !copy.passed.empty())) {
    ++passing_;
    copy.began = std::min(copy.began, now);
    BeginPass(now, view, partition, peers[rng_.Uniform(peers.size())]);
  } else if (IsComplete(view, partition) || VF_PLANTED(kOnePassIsEnough)) {
    if (!copies_.states.Complete(partition)) {
      // It was doubted meanwhile, and whoever did it is about to say so.
      StartOver(view.self(), partition, std::move(copy.holders));
      return;
    }
    copy.holders.clear();
    copy.former.clear();
    outputs_.in_sync.push_back(
        {partition, std::min(copy.began, now), std::exchange(copy.passed, {})});
    copy.complete = true;
    move_.OnComplete(now, partition);
    Keep(view.self(), partition);
  } else {
    // Owners that were not in sync when they were passed with may be, and could speak for others.
    if (!copy.former.empty() && !copy.spoken_for) copy.passed.clear();
    Wait(partition, now + config_.blocked_retry);
  }
}

void SyncPlan::BeginPass(TimePoint now, const ClusterView& view, Partition partition,
                         MemberKey peer) {
  Copy& copy = plan_[partition];
  copy.activity = Activity::kPassing;
  copy.peer = peer;
  copy.pass =
      std::make_unique<PartitionSync>(SyncLimits(), view.partition_digits(), copies_.store,
                                      partition, DirectionOfPass(view.ListOf(partition), peer));
  Ask(now, view, partition);
}

void SyncPlan::Ask(TimePoint now, const ClusterView& view, Partition partition) {
  Copy& copy = plan_[partition];
  timed_.erase({copy.due, partition});
  copy.due = now + config_.answer_timeout;
  timed_.insert({copy.due, partition});
  copy.request = 0;
  to_send_.push_back(partition);
  SendRequests(now, view);
}

// Those whose time has come.
void SyncPlan::SendRequests(TimePoint now, const ClusterView& view) {
  while (!to_send_.empty() && pace_.MayGo(now)) {
    const Partition partition = to_send_.front();
    to_send_.pop_front();
    Copy& copy = plan_[partition];
    copy.request = (++requests_ << kPartitionBits) | partition;
    pace_.OnSent(now, copy.pass->compares());
    AddPassRequest(outputs_.sends, copy.peer, copy.request, view.ListOf(partition).hash,
                   *copy.pass);
  }
}

void SyncPlan::EndPass(TimePoint now, const ClusterView& view, Partition partition, bool complete) {
  Copy& copy = plan_[partition];
  figures_.records_fetched += copy.pass->fetched();
  figures_.records_given += copy.pass->given();
  if (copy.pass->differing()) {
    const bool mended = complete && !copy.pass->peer_is_full();
    divergence_.Note(view, partition, copy.peer, mended ? 0 : *copy.pass->differing());
  }
  if (complete) ++figures_.passes;
  if (copy.in_turn) {
    Leave(partition);  // One that failed has its turn again.
  } else if (complete) {
    copy.passed.push_back(copy.peer);
    copy.spoken_for = copy.spoken_for || copy.pass->peer_in_sync();
    // It goes on before others begin: copies come in sync one by one, not all at the end.
    Leave(partition);
    copy.activity = Activity::kQueued;
    queue_.push_front(partition);
  } else {
    Wait(partition, now + config_.retry);
  }
}

// --- Turns ---

void SyncPlan::TakeTurn(TimePoint now) {
  const ClusterView& view = views_.Current();
  if (view.number() != seen_view_ || in_turn_ >= config_.turns.max_at_once) return;
  const std::optional<SyncTurns::Pair> pair = turns_.Next(view);
  if (!pair || !IsIn(view, pair->peer, MemberState::kAlive)) return;
  Copy& copy = plan_[pair->partition];
  if (!copy.complete || copy.activity != Activity::kIdle) return;
  copy.in_turn = true;
  ++in_turn_;
  BeginPass(now, view, pair->partition, pair->peer);
}

// --- Answers ---

void SyncPlan::OnReply(TimePoint now, MemberKey from, const SyncReply& reply) {
  const RequestId request = RequestOf(reply);
  const auto partition = static_cast<Partition>(request & kPartitionMask);
  if (partition >= plan_.size()) return;
  Copy& copy = plan_[partition];
  if (copy.activity != Activity::kPassing || copy.peer != from) return;
  if (copy.request == 0 || copy.request != request) return;
  pace_.OnReply(now, reply);
  const PartitionSync::Brought brought = copy.pass->OnReply(reply);
  const bool failed = copy.pass->state() == PartitionSync::State::kFailed;
  if (!failed && !copy.in_turn) move_.OnStep(now, brought.records, brought.bytes);
  switch (copy.pass->state()) {
    case PartitionSync::State::kAsking:
      if (std::holds_alternative<CompareReply>(reply)) {
        divergence_.Note(views_.Current(), partition, from, *copy.pass->differing());
      }
      Ask(now, views_.Current(), partition);
      break;
    case PartitionSync::State::kComplete:
      EndPass(now, views_.Current(), partition, /*complete=*/true);
      break;
    case PartitionSync::State::kFailed: {
      const OtherList& list = OtherListOf(reply);
      if (list.differs()) agreement_.OnOtherList(now, views_.Current(), from, partition, list);
      // Without room here the copy stays incomplete, and is tried again.
      EndPass(now, views_.Current(), partition, /*complete=*/false);
      break;
    }
  }
  Pump(now);
}

void SyncPlan::OnPeerFailure(TimePoint now, MemberKey member) {
  for (Partition p = 0; p < plan_.size(); ++p) {
    if (plan_[p].activity == Activity::kPassing && plan_[p].peer == member) {
      EndPass(now, views_.Current(), p, /*complete=*/false);
    }
  }
  Pump(now);
}

void SyncPlan::OnLearned(TimePoint now, LearnTicket ticket) {
  agreement_.OnLearned(now, views_.Current(), ticket);
  Pump(now);
}

// --- Driver ---

void SyncPlan::OnTimer(TimePoint now) {
  while (!timed_.empty() && timed_.begin()->first <= now) {
    const Partition partition = timed_.begin()->second;
    if (plan_[partition].activity == Activity::kPassing) {
      EndPass(now, views_.Current(), partition, /*complete=*/false);
    } else {
      Enqueue(partition);
    }
  }
  Pump(now);
  SendRequests(now, views_.Current());
  if (next_turn_ > now) return;
  const bool clients_are_served = copies_.clients != nullptr && copies_.clients->AreServed(now);
  next_turn_ = now + turns_.Pause(clients_are_served);
  TakeTurn(now);
}

TimePoint SyncPlan::NextDeadline() const {
  TimePoint deadline = next_turn_;
  if (!timed_.empty()) deadline = std::min(deadline, timed_.begin()->first);
  if (!to_send_.empty()) deadline = std::min(deadline, pace_.next());
  return deadline;
}

void SyncPlan::WishReady(const ClusterView& view) {
  if (ready_wished_) return;
  ready_wished_ = true;
  std::vector<MemberKey> displaced;
  const auto most = static_cast<std::size_t>(view.replicas());
  for (Partition p = 0; p < plan_.size(); ++p) {
    const PartitionList& list = view.ListOf(p);
    if (!list.IsJoining(view.self())) continue;
    // The others who join may be ready before this process is: they count as if they were.
    std::size_t owners_to_be = list.owners.size() + list.joining.size();
    for (auto last = list.owners.rbegin(); last != list.owners.rend() && owners_to_be > most;
         ++last, --owners_to_be) {
      AddOnce(displaced, *last);
    }
  }
  outputs_.ready = std::move(displaced);
}

void SyncPlan::TakeOutputs(SyncOutputs& out) {
  agreement_.TakeOutputs(outputs_.learn, outputs_.sends);
  // Each by itself: gcc 12 takes the optional in a swap of the whole for uninitialized.
  out.sends.swap(outputs_.sends);
  out.learn.swap(outputs_.learn);
  out.ready.swap(outputs_.ready);
  out.in_sync.swap(outputs_.in_sync);
  out.kept.swap(outputs_.kept);
  outputs_.Clear();
}

}  // namespace vf
