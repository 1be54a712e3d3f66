#include "tools/cluster-sim/observe/agreement.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "node/data/stored_copies.h"
#include "node/placement/partition.h"

namespace vf::sim {
namespace {

std::string Name(ProcessNumber process) { return "process " + std::to_string(process); }

SharedClusterView ViewOf(const SimProcess& process) {
  return process.data()->plane().views.Newest();
}

// Why the members of one snapshot are not those that live; empty: they are.
std::string WhyNotTrue(const Cluster& cluster, ProcessNumber observer,
                       const MembershipSnapshot& membership) {
  if (!membership.joined) return Name(observer) + " has not joined";
  std::vector<ProcessNumber> alive;
  for (const Member& member : membership.members) {
    if (!member.record.IsLive()) continue;
    const std::optional<ProcessNumber> subject = cluster.NumberOf(member.record);
    if (!subject) return Name(observer) + " knows a member that never was";
    if (member.record.state == MemberState::kSuspect) {
      return Name(observer) + " suspects " + Name(*subject);
    }
    if (cluster.Live(*subject) == nullptr) {
      return Name(observer) + " believes in " + Name(*subject) + ", which has ended";
    }
    alive.push_back(*subject);
  }
  std::sort(alive.begin(), alive.end());
  const std::vector<ProcessNumber>& live = cluster.live();
  const auto difference = std::mismatch(live.begin(), live.end(), alive.begin(), alive.end());
  if (difference.first == live.end()) return {};
  return Name(observer) + " does not know that " + Name(*difference.first) + " lives";
}

// Whether all owners of a view live, and are as many as there can be. Not so within the grace of a
// member that died.
std::string WhyOwnersLack(const Cluster& cluster, const ClusterView& view) {
  std::size_t storing = 0;
  for (const ProcessNumber number : cluster.live()) {
    storing += cluster.Live(number)->host().role == ProcessRole::kNode ? 1 : 0;
  }
  const std::size_t wanted = std::min(storing, static_cast<std::size_t>(view.replicas()));
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const std::vector<MemberKey>& owners = view.ListOf(p).owners;
    const auto lives = [&](MemberKey owner) {
      const std::optional<ProcessNumber> number = cluster.NumberOf(owner);
      return number && cluster.Live(*number) != nullptr;
    };
    if (owners.size() < wanted || !std::all_of(owners.begin(), owners.end(), lives)) {
      return "partition " + std::to_string(p) + " lacks a living owner";
    }
  }
  return {};
}

std::string WhyViewsDiffer(const Cluster& cluster) {
  const SimProcess* first = nullptr;
  for (const ProcessNumber number : cluster.live()) {
    const SimProcess& process = *cluster.Live(number);
    if (process.data() == nullptr) continue;
    const SharedClusterView view = ViewOf(process);
    if (!view->joined()) return Name(number) + " has no view";
    if (first == nullptr) {
      first = &process;
      std::string why = WhyOwnersLack(cluster, *view);
      if (!why.empty()) return why;
      continue;
    }
    const SharedClusterView other = ViewOf(*first);
    for (Partition p = 0; p < view->partition_count(); ++p) {
      if (p < other->partition_count() && view->ListOf(p).hash == other->ListOf(p).hash) continue;
      return Name(number) + " and " + Name(first->number()) +
             " have different lists of partition " + std::to_string(p);
    }
  }
  return {};
}

// Those for whom deletions are kept.
std::vector<MemberKey> AwayBy(const SimProcess& process) {
  std::vector<MemberKey> keys;
  for (const ViewMember* const member : ViewOf(process)->Away()) keys.push_back(member->key());
  return keys;
}

std::string WhyAbsencesDiffer(const Cluster& cluster) {
  std::optional<std::pair<ProcessNumber, std::vector<MemberKey>>> first;
  for (const ProcessNumber number : cluster.live()) {
    const SimProcess& process = *cluster.Live(number);
    if (process.data() == nullptr) continue;
    std::vector<MemberKey> away = AwayBy(process);
    if (!first) first.emplace(number, away);
    if (away != first->second) {
      return Name(number) + " and " + Name(first->first) + " count different members as away";
    }
  }
  return {};
}

std::string WhyNotInSync(const Cluster& cluster) {
  for (const ProcessNumber number : cluster.live()) {
    const SimProcess& process = *cluster.Live(number);
    if (process.copies() == nullptr) continue;
    const SharedClusterView view = ViewOf(process);
    for (Partition p = 0; p < view->partition_count(); ++p) {
      if (!view->ListOf(p).IsOwner(process.key())) continue;
      if (process.copies()->states.IsInSync(p)) continue;
      return Name(number) + " is not in sync for partition " + std::to_string(p);
    }
  }
  return {};
}

// A record that expires is the same as the tombstone that it becomes: clocks may differ about when.
std::uint64_t HashInTheEnd(const RecordRef& record) {
  const RecordView view = record.view();
  if (!WillExpire(view)) return record.hash();
  return RecordHash({.key = view.key, .version = view.version, .tombstone = true});
}

using OwnedCopies = std::vector<const StoredCopies*>;

// The earliest time that owners name in passes: what is forgotten by it, no pass between two of
// them has to copy.
WallTime PassTimeOf(const OwnedCopies& owned) {
  WallTime earliest{UINT64_MAX};
  for (const StoredCopies* const copies : owned) {
    earliest = std::min(earliest, copies->store.wall());
  }
  return earliest;
}

// Whether copies may differ in it: a tombstone that is forgotten, or is about to be one.
bool IsForgotten(const StoredCopies& copies, const RecordRef& record, WallTime wall) {
  RecordView view = record.view();
  view.tombstone = view.tombstone || !IsLive(view, wall);
  return copies.store.IsForgotten(view, wall);
}

std::map<std::string, std::uint64_t> HashesOf(const StoredCopies& copies, Partition partition,
                                              WallTime wall) {
  std::map<std::string, std::uint64_t> hashes;
  StorePage page;
  do {
    page = copies.store.Scan(partition, page.next, std::size_t{1} << 20);
    for (const RecordRef& record : page.records) {
      if (IsForgotten(copies, record, wall)) continue;
      hashes.emplace(std::string(record.key()), HashInTheEnd(record));
    }
  } while (!page.last);
  return hashes;
}

std::uint64_t CountDifferent(Partition partition, const OwnedCopies& owned, WallTime wall) {
  // By key: how many hold the record of the first one who holds any.
  std::map<std::string, std::pair<std::uint64_t, std::size_t>> holders;
  for (const StoredCopies* const copies : owned) {
    for (const auto& [key, hash] : HashesOf(*copies, partition, wall)) {
      auto& [first, count] = holders.try_emplace(key, hash, 0).first->second;
      if (first == hash) ++count;
    }
  }
  return static_cast<std::uint64_t>(
      std::count_if(holders.begin(), holders.end(),
                    [&](const auto& entry) { return entry.second.second != owned.size(); }));
}

}  // namespace

std::string WhyNotServing(const Cluster& cluster) {
  for (const ProcessNumber number : cluster.live()) {
    const SimProcess& process = *cluster.Live(number);
    if (process.data() == nullptr) continue;
    if (!process.ready()) return Name(number) + " is not ready";
    const SharedClusterView view = ViewOf(process);
    if (!view->joined() || !view->HasOwners()) return Name(number) + " sees no owners";
  }
  return WhyNotInSync(cluster);
}

std::string WhyNotAgreed(const Cluster& cluster) {
  const MembershipSnapshot* first = nullptr;
  for (const ProcessNumber number : cluster.live()) {
    const SimProcess& process = *cluster.Live(number);
    const MembershipSnapshot& membership = *process.gossip().current();
    if (process.paused()) return Name(number) + " is paused";
    if (!process.ready()) return Name(number) + " is not ready";
    if (process.leaves_for_good()) return Name(number) + " has not left yet";
    if (first == nullptr) first = &membership;
    if (membership.foundation != first->foundation) return Name(number) + ": another foundation";
    if (membership.view_hash != first->view_hash) return Name(number) + ": another view hash";
  }
  for (const ProcessNumber number : cluster.live()) {
    std::string why = WhyNotTrue(cluster, number, *cluster.Live(number)->gossip().current());
    if (!why.empty()) return why;
  }
  std::string why = WhyViewsDiffer(cluster);
  if (why.empty()) why = WhyAbsencesDiffer(cluster);
  return why.empty() ? WhyNotInSync(cluster) : why;
}

std::string WhyNotConvergedByFigures(const Cluster& cluster) {
  for (const ProcessNumber number : cluster.live()) {
    const StoredCopies* const copies = cluster.Live(number)->copies();
    if (copies == nullptr) continue;
    const std::uint64_t buckets = copies->sync.divergence.load(std::memory_order_relaxed);
    if (buckets > 0) {
      return Name(number) + " counts " + std::to_string(buckets) + " buckets that differ";
    }
  }
  return {};
}

std::uint64_t DivergentKeys(const Cluster& cluster) {
  std::vector<OwnedCopies> owned;  // by partition
  for (const ProcessNumber number : cluster.live()) {
    const SimProcess& process = *cluster.Live(number);
    if (process.copies() == nullptr) continue;
    const SharedClusterView view = ViewOf(process);
    owned.resize(std::max<std::size_t>(owned.size(), view->partition_count()));
    for (Partition p = 0; p < view->partition_count(); ++p) {
      if (view->ListOf(p).IsOwner(process.key())) owned[p].push_back(process.copies());
    }
  }
  std::uint64_t different = 0;
  for (Partition p = 0; p < owned.size(); ++p) {
    if (owned[p].empty()) continue;
    const WallTime wall = PassTimeOf(owned[p]);
    const std::uint64_t first = owned[p].front()->store.Digest(p, wall);
    const bool equal = std::all_of(
        owned[p].begin(), owned[p].end(),
        [&](const StoredCopies* copies) { return copies->store.Digest(p, wall) == first; });
    if (!equal) different += CountDifferent(p, owned[p], wall);
  }
  return different;
}

}  // namespace vf::sim
