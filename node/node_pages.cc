#include "node/node_pages.h"

#include <algorithm>
#include <utility>

#include "base/key_hash.h"
#include "base/os/clocks.h"
#include "base/os/log.h"
#include "base/os/release.h"
#include "node/placement/partition.h"
#include "operator/member_rows.h"

namespace vf {
namespace {

constexpr std::size_t kFallbacksShown = 2;

struct PartitionCounts {
  std::uint32_t owned = 0;
  std::uint32_t owned_in_sync = 0;
  std::uint32_t joining = 0;
  std::uint32_t joining_in_sync = 0;
};

PartitionCounts CountPartitions(const ClusterView& view, const CopyStates& states) {
  PartitionCounts counts;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const PartitionList& list = view.ListOf(p);
    const bool in_sync = states.IsInSync(p);
    if (list.IsOwner(view.self())) {
      ++counts.owned;
      counts.owned_in_sync += in_sync ? 1 : 0;
    } else if (list.IsJoining(view.self())) {
      ++counts.joining;
      counts.joining_in_sync += in_sync ? 1 : 0;
    }
  }
  return counts;
}

CommandResult ForgetResult(ForgetOutcome outcome, const std::string& id) {
  switch (outcome) {
    case ForgetOutcome::kForgotten:
      return {202, "member " + id + " is removed for good; the others are told"};
    case ForgetOutcome::kUnknown:
      return {404, "no member has the id " + id + "; /members lists them"};
    case ForgetOutcome::kSelf:
      return {409, "this is the process with the id " + id + "; stop it, then ask another node"};
    case ForgetOutcome::kAlive:
      return {409, "member " + id + " is alive; stop it first"};
    case ForgetOutcome::kNoCluster:
      return {503, "this process is no member of a cluster now; /readyz says why"};
    case ForgetOutcome::kHasLeft:
      return {503, "this process is stopping; ask another node"};
  }
  return {500, "internal error"};
}

bool IsDraining(const MembershipSnapshot& membership) {
  return SelfOf(membership).phase == Phase::kDraining;
}

StatusLeaving CountLeaving(const ClusterView& view, const Store& store) {
  StatusLeaving leaving;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const std::uint64_t records = store.RecordCount(p);
    leaving.records += records;
    leaving.partitions += records > 0 ? 1 : 0;
  }
  return leaving;
}

StatusMove ToStatus(const MoveFigures& move, TimePoint now) {
  const auto age_ms = [now](TimePoint then) {
    return std::max<std::int64_t>(0, ToMilliseconds(now - then));
  };
  return {move.partitions, move.complete,      move.records,
          move.bytes,      age_ms(move.began), age_ms(move.advanced)};
}

std::string LeavingText(const ClusterView& view, const Store& store) {
  const ViewMember* self = view.Find(view.self());
  if (self != nullptr && self->owns) {
    return "leaving: no other storage node can own what this one holds; add a node";
  }
  return "leaving: " + std::to_string(CountLeaving(view, store).records) +
         " records are still to be handed over";
}

// Storage nodes that stay: alive, ready, and not leaving themselves.
int CountStaying(const ClusterView& view) {
  int staying = 0;
  for (const ViewMember& member : view.members()) {
    const bool other = member.key() != view.self();
    const bool serves = member.record.state == MemberState::kAlive && member.owns;
    if (other && serves && !member.draining) ++staying;
  }
  return staying;
}

std::string Nodes(int count) {
  return std::to_string(count) + (count == 1 ? " other storage node" : " other storage nodes");
}

// Somebody that is gone still owns: what it held may be nowhere else.
bool AwaitsGoneOwner(const ClusterView& view) {
  const auto& members = view.members();
  return std::any_of(members.begin(), members.end(), [](const ViewMember& member) {
    return member.owns && !member.record.IsLive();
  });
}

ReplicaRow ToRow(const ViewMember& member) {
  const bool degraded =
      member.record.state == MemberState::kAlive && member.reach == Reach::kSuspect;
  return ToReplicaRow(member.record, degraded);
}

}  // namespace

NodePages::NodePages(const CommonOptions& options, const DataPlane& plane)
    : cluster_(options.cluster),
      profile_(ProfileName(options.profile)),
      cluster_key_(!options.cluster_key_file.empty()),
      plane_(plane),
      started_(MonotonicNow()) {}

Readiness NodePages::GetReadiness() const {
  if (leaving_.load()) return {false, "leaving: this process is stopping"};
  const SharedMembership membership = gossip_->Current();
  const SharedClusterView view = plane_.views.Newest();
  if (!membership->excluded.empty()) return {false, "excluded: " + membership->excluded};
  if (!membership->joined || !view->joined()) return {false, "joining: " + gossip_->waiting_text()};
  if (membership->isolated) return {false, IsolatedText()};
  if (membership->unreached) return {false, UnreachedText(*membership)};
  if (IsReady(SelfOf(*membership))) return {true, {}};
  const StoredCopies* copies = plane_.copies();
  if (IsDraining(*membership) && copies != nullptr) {
    return {false, LeavingText(*view, copies->store)};
  }
  if (copies == nullptr) return {false, "joining: no storage node of the cluster serves yet"};
  const PartitionCounts counts = CountPartitions(*view, copies->states);
  std::string reason = "joining: " + std::to_string(counts.joining_in_sync) + " of " +
                       std::to_string(counts.joining) + " partitions are copied";
  if (AwaitsGoneOwner(*view)) {
    reason += "; nodes that ended less than a minute ago may come back, so some copies wait";
  }
  return {false, std::move(reason)};
}

std::vector<MemberRow> NodePages::GetMembers() const {
  return MemberRows(*gossip_->Current(), MonotonicNow());
}

StatusPage NodePages::GetStatus() const {
  const SharedMembership membership = gossip_->Current();
  const SharedClusterView view = plane_.views.Newest();
  const Readiness readiness = GetReadiness();
  StatusPage page = MembershipStatus(*membership);
  page.cluster = cluster_;
  page.release = std::string(Release());
  page.profile = profile_;
  page.cluster_key = cluster_key_;
  page.uptime_s = (MonotonicNow() - started_) / seconds(1);
  page.ready = readiness.ready;
  page.waiting_for = readiness.reason;
  page.data.emplace();
  if (const StoredCopies* copies = plane_.copies()) {
    const StoreStats stats = copies->store.Stats();
    page.data->keys = stats.live_records;
    page.data->bytes = stats.bytes;
    page.data->divergence = copies->sync.divergence.load(std::memory_order_relaxed);
    if (const auto move = copies->move.Read()) page.move = ToStatus(*move, MonotonicNow());
    if (view->joined() && IsDraining(*membership)) {
      page.leaving = CountLeaving(*view, copies->store);
    }
    if (view->joined()) {
      const PartitionCounts counts = CountPartitions(*view, copies->states);
      page.data->partitions_owned = counts.owned;
      page.data->partitions_in_sync = counts.owned_in_sync;
    }
  }
  return page;
}

std::optional<ReplicasPage> NodePages::GetReplicas(std::string_view key) const {
  const SharedClusterView view = plane_.views.Newest();
  if (!view->joined()) return std::nullopt;
  const KeyHash hash = HashKey(key);
  const Partition partition = PartitionOf(hash, view->partition_digits());
  const PartitionList& list = view->ListOf(partition);
  ReplicasPage page;
  page.partition = PartitionText(partition, view->partition_digits());
  page.sha1 = hash.Hex();
  for (const MemberKey owner : list.owners) {
    page.owners.push_back(ToRow(*view->Find(owner)));
  }
  for (const MemberKey member : view->PreferenceOf(partition)) {
    if (page.fallbacks.size() == kFallbacksShown) break;
    if (!list.IsOwner(member)) page.fallbacks.push_back(ToRow(*view->Find(member)));
  }
  return page;
}

void NodePages::Forget(std::string_view id, std::function<void(const CommandResult&)> done) const {
  const std::optional<MemberId> member = ParseMemberId(id);
  if (!member) return done({400, "an id is 32 lower-case hex digits"});
  gossip_->Forget(*member, [id = std::string(id), done = std::move(done)](ForgetOutcome outcome) {
    if (outcome == ForgetOutcome::kForgotten) {
      LogInfo("member " + id + " is removed for good, as the operator wishes");
    }
    done(ForgetResult(outcome, id));
  });
}

std::vector<ConflictRow> NodePages::GetConflicts() const {
  const SharedMembership membership = gossip_->Current();
  const auto to_side = [&](const Conflict::Side& side) {
    ConflictRow::Side shown{side.version.Hex(), {}, {}};
    const Member* const member = membership->members.Find(side.frontend);
    if (member != nullptr) {
      shown.frontend = member->record.id.Hex();
      shown.address = member->record.endpoint.ToString();
    }
    return shown;
  };
  std::vector<ConflictRow> rows;
  for (const auto& conflict : plane_.conflicts.Last()) {
    rows.push_back({conflict->key, to_side(conflict->kept), to_side(conflict->lost)});
  }
  return rows;
}

void NodePages::AskSafeToStop(std::function<void(const CommandResult&)> done) const {
  check_stop_([done = std::move(done)](const std::vector<std::string>& reasons) {
    if (reasons.empty()) return done({200, "safe to stop"});
    std::string text;
    for (const std::string& reason : reasons) text += (text.empty() ? "" : "\n") + reason;
    done({503, std::move(text)});
  });
}

void NodePages::Leave(std::function<void(const CommandResult&)> done) const {
  if (leaving_.load()) return done({503, "this process is stopping already"});
  const SharedMembership membership = gossip_->Current();
  const SharedClusterView view = plane_.views.Newest();
  if (!plane_.settings.stores) {
    return done({409, "this process stores nothing that others lack; stop it"});
  }
  if (IsDraining(*membership)) return done({202, "this node is leaving; /status shows how far"});
  if (!view->joined() || !IsReady(SelfOf(*membership))) {
    return done({409, "this node is not ready, /readyz says why; wait for that, or stop it"});
  }
  const int staying = CountStaying(*view);
  if (staying == 0) {
    return done({409,
                 "no other storage node is ready: what this one holds has nowhere to go; add a "
                 "node first"});
  }
  const int min_acks = plane_.settings.min_acks.value_or(1);
  if (staying < min_acks) {
    return done({409, "writes need " + std::to_string(min_acks) + " replicas (--min-acks), and " +
                          Nodes(staying) + " would stay; add a node first"});
  }
  gossip_->SetPhase(Phase::kDraining, {});
  LogInfo("leaving: what is here is handed over to " + Nodes(staying) +
          ", as the operator wishes; then this process ends");
  done({202, "this node hands over what it holds to " + Nodes(staying) +
                 ", then it ends; /status shows how far it is"});
}

std::string NodePages::GetMetrics() const {
  MetricsWriter writer;
  gossip_->WriteMetrics(writer);
  add_metrics_(writer);
  return writer.Text();
}

}  // namespace vf
