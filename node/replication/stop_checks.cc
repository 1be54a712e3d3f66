#include "node/replication/stop_checks.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/replication/operation.h"

namespace vf {
namespace {

constexpr const char* kJoiningText = "joining: this process has not met its cluster yet";

bool IsAlive(const ClusterView& view, MemberKey member) {
  const ViewMember* seen = view.Find(member);
  return seen != nullptr && seen->record.state == MemberState::kAlive;
}

std::string Count(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

void StopCheckOutputs::Clear() {
  sends.clear();
  learn.clear();
  done.clear();
}

void StopChecks::Start(TimePoint now, StopCheckId id) {
  const ClusterView& view = views_.Current();
  if (!view.joined()) {
    outputs_.done.push_back({id, {kJoiningText}});
    return;
  }
  if (checks_.size() >= kMaxChecks) {
    outputs_.done.push_back({id, {"overloaded: too many of these questions at a time; try again"}});
    return;
  }
  Check& check = checks_[id];
  check.until = now + config_.answer_timeout;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const PartitionList& list = view.ListOf(p);
    if (!list.IsOwner(view.self())) continue;
    for (const MemberKey owner : list.owners) {
      // Others may write past one that is suspect or dead, and do not tell the dead.
      if (owner == view.self() || !IsAlive(view, owner)) continue;
      check.owners[owner].asked.push_back({p, list.hash});
    }
  }
  for (auto& [member, owner] : check.owners) {
    InSyncRequest request;
    request.request = owner.request = ++requests_;
    request.partitions = owner.asked;
    AddSend(outputs_.sends, member, std::move(request));
  }
  check.awaited = check.owners.size();
  if (check.awaited == 0) Finish(checks_.find(id));
}

void StopChecks::OnReply(TimePoint now, MemberKey from, InSyncReply reply) {
  for (auto it = checks_.begin(); it != checks_.end(); ++it) {
    const auto found = it->second.owners.find(from);
    if (found == it->second.owners.end()) continue;
    Owner& owner = found->second;
    if (owner.request != reply.request || owner.answer != Answer::kAwaited) continue;
    if (reply.in_sync.size() == owner.asked.size()) {
      owner.answer = Answer::kCame;
      owner.in_sync = std::move(reply.in_sync);
    } else {
      owner.answer = Answer::kLost;
    }
    const ClusterView& view = views_.Current();
    if (reply.list.differs() && reply.partition < view.partition_count()) {
      AddSend(outputs_.sends, from, ListNotice{view.RecordsOf(now, reply.partition)});
      outputs_.learn.push_back(std::move(reply.list.members));
    }
    if (--it->second.awaited == 0) Finish(it);
    return;
  }
}

void StopChecks::OnPeerFailure(MemberKey member) {
  for (auto it = checks_.begin(); it != checks_.end();) {
    Check& check = it->second;
    const auto owner = check.owners.find(member);
    const bool lost = owner != check.owners.end() && owner->second.answer == Answer::kAwaited;
    if (lost) {
      owner->second.answer = Answer::kLost;
      --check.awaited;
    }
    it = lost && check.awaited == 0 ? Finish(it) : std::next(it);
  }
}

void StopChecks::OnTimer(TimePoint now) {
  // In the order of their start, and with equal patience: the first has the earliest end.
  while (!checks_.empty() && checks_.begin()->second.until <= now) Finish(checks_.begin());
}

TimePoint StopChecks::NextDeadline() const {
  return checks_.empty() ? kNever : checks_.begin()->second.until;
}

StopChecks::Checks::iterator StopChecks::Finish(Checks::iterator it) {
  outputs_.done.push_back({it->first, Judge(it->second)});
  return checks_.erase(it);
}

// Why an owner does not count for the partition; none: it does.
std::optional<StopChecks::Lack> StopChecks::LackOf(const Check& check, const ClusterView& view,
                                                   Partition partition, MemberKey member) const {
  if (!IsAlive(view, member)) return Lack::kAway;
  const auto owner = check.owners.find(member);
  if (owner == check.owners.end()) return Lack::kListChanged;
  const std::vector<ListedPartition>& asked = owner->second.asked;
  const auto one =
      std::lower_bound(asked.begin(), asked.end(), partition,
                       [](const ListedPartition& a, Partition b) { return a.partition < b; });
  const ListedPartition wanted{partition, view.ListOf(partition).hash};
  if (one == asked.end() || !(*one == wanted)) return Lack::kListChanged;
  if (owner->second.answer != Answer::kCame) return Lack::kUnanswered;
  const auto index = static_cast<std::size_t>(one - asked.begin());
  if (!owner->second.in_sync[index]) return Lack::kNotInSync;
  return std::nullopt;
}

std::vector<std::string> StopChecks::Judge(const Check& check) const {
  const ClusterView& view = views_.Current();
  if (!view.joined()) return {kJoiningText};
  const auto min_acks = static_cast<std::size_t>(MinAcks(config_.min_acks, view));
  const auto replicas = static_cast<std::size_t>(view.replicas());
  std::size_t alone = 0;  // partitions that nobody else owns, or will own
  std::map<std::pair<MemberKey, Lack>, std::size_t> lacks;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const PartitionList& list = view.ListOf(p);
    if (!list.IsOwner(view.self())) continue;
    const std::size_t owners = std::min(list.owners.size() + list.joining.size(), replicas);
    const std::size_t needed = std::max<std::size_t>(1, std::min(min_acks, owners - 1));
    std::vector<std::pair<MemberKey, Lack>> lacking;
    for (const MemberKey owner : list.owners) {
      if (owner == view.self()) continue;
      if (const auto lack = LackOf(check, view, p, owner)) lacking.emplace_back(owner, *lack);
    }
    if (list.owners.size() - 1 - lacking.size() >= needed) continue;
    for (const MemberKey member : list.joining) lacking.emplace_back(member, Lack::kJoining);
    if (lacking.empty()) ++alone;
    for (const auto& lack : lacking) ++lacks[lack];
  }

  std::vector<std::string> reasons;
  if (alone > 0) {
    reasons.push_back(Count(alone, "partition") + " of this node: no other node owns a copy");
  }
  for (const auto& [lack, count] : lacks) {
    const ViewMember* member = view.Find(lack.first);
    std::string line = member == nullptr ? "a member" : member->record.endpoint.ToString();
    switch (lack.second) {
      case Lack::kAway:
        line += " is suspect or gone, and owns ";
        break;
      case Lack::kJoining:
        line += " is joining, and copies ";
        break;
      case Lack::kUnanswered:
        line += " has not answered, and owns ";
        break;
      case Lack::kListChanged:
        line += " was asked by lists of owners that have changed since, for ";
        break;
      case Lack::kNotInSync:
        line += " is not in sync for ";
        break;
    }
    reasons.push_back(line + Count(count, "partition") + " of this node");
  }
  if (const std::uint64_t undelivered = UndeliveredRecords(view); undelivered > 0) {
    reasons.push_back(Count(undelivered, "record") +
                      " held here for other nodes: not known to be delivered");
  }
  return reasons;
}

// Tombstones included.
std::uint64_t StopChecks::UndeliveredRecords(const ClusterView& view) const {
  if (copies_ == nullptr) return 0;
  std::uint64_t records = 0;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    if (!view.ListOf(p).HasPlace(view.self())) records += copies_->store.RecordCount(p);
  }
  return records;
}

void StopChecks::TakeOutputs(StopCheckOutputs& out) {
  std::swap(out, outputs_);
  outputs_.Clear();
}

}  // namespace vf
