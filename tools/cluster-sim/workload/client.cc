#include "tools/cluster-sim/workload/client.h"

#include <algorithm>

#include "tools/cluster-sim/workload/key_shape.h"

namespace vf::sim {
namespace {

// Of a hundred operations, how many go elsewhere than to the preferred host.
constexpr std::uint64_t kElsewhere = 15;
// Of a hundred reads, how many ask for: hot keys, own writes, keys never written; the rest for
// keys of their own of any client. And how many of all are for the asked process's own copy.
constexpr std::uint64_t kHotReads = 40;
constexpr std::uint64_t kOwnReads = 25;
constexpr std::uint64_t kAbsentReads = 8;
constexpr std::uint64_t kLocalReads = 10;

// Shares are compared as whole numbers.
constexpr std::uint64_t kWhole = std::uint64_t{1} << 32;

std::uint64_t PartOf(double share) {
  return static_cast<std::uint64_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(kWhole));
}

}  // namespace

Client::Client(const WorkloadSpec& spec, int replicas, int acks,
               const std::vector<HostNumber>& hosts, const Rng& rng)
    : spec_(spec),
      replicas_(replicas),
      acks_(acks),
      hosts_(hosts),
      rng_(rng),
      preferred_(rng_.Uniform(hosts.size())) {}

// Evenly between nothing and twice the mean: a table of logarithms is worth less than it costs.
Duration Client::Pause() {
  const auto mean = static_cast<std::int64_t>(1e9 / spec_.operations_per_s);
  return rng_.Between(Duration(1), Duration(2 * std::max<std::int64_t>(1, mean)));
}

void Client::MoveOn() { preferred_ = (preferred_ + 1) % hosts_.size(); }

Intention Client::Next(KeyBook& book, SharedKeys& keys) {
  Intention next;
  const bool elsewhere = rng_.Chance(kElsewhere, 100);
  next.host = hosts_[elsewhere ? rng_.Uniform(hosts_.size()) : preferred_];
  const std::uint64_t unique = PartOf(spec_.unique_writes);
  const std::uint64_t overwrite = unique + PartOf(spec_.overwrites);
  const std::uint64_t deletion = overwrite + PartOf(spec_.deletes);
  const std::uint64_t draw = rng_.Uniform(kWhole);
  if (draw < unique) {
    next.kind = OperationKind::kWrite;
    next.is_unique = true;
    next.key = book.Add(MakeKey(keys.named++, rng_));
    keys.unique.push_back(next.key);
  } else if (draw < deletion && !keys.hot.empty()) {
    next.kind = draw < overwrite ? OperationKind::kWrite : OperationKind::kDelete;
    next.key = keys.hot[rng_.Uniform(keys.hot.size())];
  } else {
    next.get_options.local = rng_.Chance(kLocalReads, 100);
    next.kind = next.get_options.local ? OperationKind::kLocalRead : OperationKind::kRead;
    next.key = KeyToRead(book, keys);
  }
  AddOptions(next);
  return next;
}

void Client::AddOptions(Intention& next) {
  // Of the counts there are, `all` included.
  const auto count = [this](int least) {
    const int drawn =
        least + static_cast<int>(rng_.Uniform(
                    static_cast<std::uint64_t>(std::max(0, replicas_ - least + 1)) + 1));
    return ReplicaCount{drawn > replicas_ ? ReplicaCount::kAll : drawn};
  };
  const auto chance = [this](double share) { return rng_.Uniform(kWhole) < PartOf(share); };
  switch (next.kind) {
    case OperationKind::kWrite:
      if (spec_.expiring > 0 && chance(spec_.expiring)) next.write_options.ttl = Ttl();
      [[fallthrough]];
    case OperationKind::kDelete:
      if (spec_.named_acks > 0 && chance(spec_.named_acks)) next.write_options.acks = count(acks_);
      return;
    case OperationKind::kRead:
      if (spec_.quorum_reads > 0 && chance(spec_.quorum_reads)) next.get_options.r = count(2);
      return;
    case OperationKind::kLocalRead:
      return;
  }
}

// Most end within the run, some at once, some not at all.
Duration Client::Ttl() {
  constexpr std::int64_t kMostMs[] = {20, 2'000, 2'000, 60'000};
  const std::int64_t most = kMostMs[rng_.Uniform(4)];
  return milliseconds(1 +
                      static_cast<std::int64_t>(rng_.Uniform(static_cast<std::uint64_t>(most))));
}

KeyNumber Client::KeyToRead(KeyBook& book, SharedKeys& keys) {
  std::uint64_t draw = rng_.Uniform(100);
  if (draw < kHotReads && !keys.hot.empty()) return keys.hot[rng_.Uniform(keys.hot.size())];
  draw -= std::min(draw, kHotReads);
  if (draw < kOwnReads && own_count_ > 0) {
    return own_[rng_.Uniform(std::min(own_count_, own_.size()))];
  }
  draw -= std::min(draw, kOwnReads);
  if (draw < kAbsentReads || keys.unique.empty()) return book.Add(MakeKey(keys.named++, rng_));
  return keys.unique[rng_.Uniform(keys.unique.size())];
}

}  // namespace vf::sim
