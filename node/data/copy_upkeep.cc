#include "node/data/copy_upkeep.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>
#include <variant>

#include "node/replication/pass_messages.h"

namespace vf {
namespace {

// Records that become tombstones in one turn of the loop, some 0.3 ms of it, and how long it rests
// from that when there are more. Between two looks at what has come from other threads.
constexpr std::size_t kMostExpired = 512;
constexpr Duration kExpiryRest = milliseconds(1);
constexpr Duration kExpiryLook = milliseconds(50);

// Of what was dropped so much is freed in one turn, some 50 us of it, and the next one comes so
// much later: 200,000 records a second.
constexpr std::size_t kMostReleased = 256;
constexpr Duration kReleaseRest = milliseconds(1);

// Whose a request or a ticket is. Requests have these bits from those who make them, and tickets
// get them on their way out; what belongs to the SyncPlan has neither.
constexpr std::uint64_t kOfSync = 0;
constexpr std::uint64_t kOfHandoff = Handoff::kRequestBit;
constexpr std::uint64_t kOfTombstones = TombstoneRounds::kRequestBit;

template <typename PartOutputs>
void MoveSends(PartOutputs& from, std::uint64_t owner, UpkeepOutputs& out) {
  for (LearnWish& wish : from.learn) wish.ticket |= owner;
  std::move(from.sends.begin(), from.sends.end(), std::back_inserter(out.sends));
  std::move(from.learn.begin(), from.learn.end(), std::back_inserter(out.learn));
}

}  // namespace

void UpkeepOutputs::Clear() {
  sends.clear();
  learn.clear();
  ready.reset();
  in_sync.clear();
  kept.clear();
  drops.clear();
  emptied = false;
}

CopyUpkeep::CopyUpkeep(TimePoint now, const SyncConfig& config, StoredCopies& copies,
                       ClusterViewSource& views, const Rng& rng, Counter& expired)
    : copies_(copies),
      expired_(expired),
      sync_(config, copies.local, views, rng.Fork("sync")),
      handoff_(HandoffConfig(), copies.local, views),
      tombstones_(TombstoneConfig(), copies.local, views),
      expire_at_(now) {
  sync_.Remember(std::exchange(copies.kept_holders, {}));
}

template <typename Tell>
void CopyUpkeep::TellOwner(std::uint64_t number, Tell tell) {
  if ((number & kOfHandoff) != 0) {
    tell(handoff_);
  } else if ((number & kOfTombstones) != 0) {
    tell(tombstones_);
  } else {
    tell(sync_);
  }
}

void CopyUpkeep::OnViewChanged(TimePoint now, WallTime wall) {
  // Before passes begin: they name what the store was told last.
  tombstones_.OnViewChanged(now, wall);
  copies_.store.Forget(tombstones_.ForgetAt(now, wall));
  sync_.OnViewChanged(now);
  handoff_.OnViewChanged(now);
}

void CopyUpkeep::OnReply(TimePoint now, WallTime wall, MemberKey from, const SyncReply& reply) {
  TellOwner(RequestOf(reply), [&](auto& owner) { owner.OnReply(now, from, reply); });
  const bool brought =
      std::holds_alternative<FetchReply>(reply) || std::holds_alternative<PullReply>(reply);
  if (brought) OnRecordsGiven(now, wall);
}

void CopyUpkeep::OnRecordsGiven(TimePoint now, WallTime wall) {
  expire_at_ = now;
  Expire(now, wall);
}

void CopyUpkeep::OnPeerFailure(TimePoint now, MemberKey member) {
  sync_.OnPeerFailure(now, member);
  handoff_.OnPeerFailure(now, member);
  tombstones_.OnPeerFailure(now, member);
}

void CopyUpkeep::OnLearned(TimePoint now, LearnTicket ticket) {
  const LearnTicket own = ticket & ~(kOfHandoff | kOfTombstones);
  TellOwner(ticket, [&](auto& owner) { owner.OnLearned(now, own); });
}

void CopyUpkeep::MarkAllNotInSync(TimePoint now) { sync_.MarkAllNotInSync(now); }

void CopyUpkeep::OnBehind(TimePoint now, const std::vector<Partition>& partitions,
                          MemberKey holder) {
  for (const Partition partition : partitions) sync_.OnBehind(now, partition, holder);
}

void CopyUpkeep::OnTimer(TimePoint now, WallTime wall) {
  sync_.OnTimer(now);
  handoff_.OnTimer(now);
  tombstones_.OnTimer(now, wall);
  Expire(now, wall);
  Release(now);
}

TimePoint CopyUpkeep::NextDeadline() const {
  return std::min({sync_.NextDeadline(), handoff_.NextDeadline(), tombstones_.NextDeadline(),
                   expire_at_, release_at_});
}

void CopyUpkeep::Expire(TimePoint now, WallTime wall) {
  if (now < expire_at_) return;
  copies_.store.Forget(tombstones_.ForgetAt(now, wall));
  const ExpiryTurn turn = copies_.store.Expire(wall, kMostExpired);
  expired_.Add(turn.expired);
  const std::uint64_t wait_ms = turn.next_ms > wall.ms ? turn.next_ms - wall.ms : 0;
  constexpr auto kMostMs = static_cast<std::uint64_t>(kExpiryLook / milliseconds(1));
  expire_at_ = now + std::max<Duration>(kExpiryRest, milliseconds(std::min(wait_ms, kMostMs)));
}

void CopyUpkeep::TakeOutputs(UpkeepOutputs& out) {
  out.Clear();
  sync_.TakeOutputs(sync_outputs_);
  MoveSends(sync_outputs_, kOfSync, out);
  out.ready.swap(sync_outputs_.ready);
  out.in_sync.swap(sync_outputs_.in_sync);
  out.kept.swap(sync_outputs_.kept);

  handoff_.TakeOutputs(handoff_outputs_);
  MoveSends(handoff_outputs_, kOfHandoff, out);
  out.drops.swap(handoff_outputs_.drops);
  out.emptied = handoff_outputs_.emptied;

  tombstones_.TakeOutputs(tombstone_outputs_);
  MoveSends(tombstone_outputs_, kOfTombstones, out);
  ShowFigures();
}

void CopyUpkeep::Drop(TimePoint now, const HandoffDrop& drop) {
  copies_.store.DropAll(drop.partition, drop.digest);
  release_at_ = std::min(release_at_, now + kReleaseRest);
}

void CopyUpkeep::Release(TimePoint now) {
  if (now < release_at_) return;
  release_at_ = copies_.store.Release(kMostReleased) ? now + kReleaseRest : kNever;
}

void CopyUpkeep::ShowFigures() {
  const auto set = [](std::atomic<std::uint64_t>& gauge, std::uint64_t value) {
    gauge.store(value, std::memory_order_relaxed);
  };
  SyncGauges& gauges = copies_.sync;
  set(gauges.passes, sync_.figures().passes);
  set(gauges.records_fetched, sync_.figures().records_fetched);
  set(gauges.records_given, sync_.figures().records_given);
  set(gauges.undelivered, handoff_.undelivered());
  set(gauges.divergence, sync_.divergence() + handoff_.undelivered());
  set(gauges.tombstones_collected, tombstones_.collected());
  copies_.move.Set(sync_.move());
  set(gauges.members_away, tombstones_.away());
}

}  // namespace vf
