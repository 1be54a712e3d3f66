// Two copies of one partition, and passes between them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

#include "base/key_hash.h"
#include "node/placement/partition.h"
#include "node/replication/partition_sync.h"
#include "node/replication/sync_answers.h"
#include "node/store/memory_engine.h"

namespace vf {

inline constexpr int kDigits = 1;
inline constexpr Partition kPartition = 3;

// Keys of the partition, each the next one.
inline std::string NextKey(int& counter) {
  for (;;) {
    std::string key = "k" + std::to_string(counter++);
    if (PartitionOf(HashKey(key), kDigits) == kPartition) return key;
  }
}

struct PartitionSyncFixture {
  using State = PartitionSync::State;

  explicit PartitionSyncFixture(SyncLimits sizes = {}, std::uint64_t memory_there = UINT64_MAX,
                                std::uint64_t memory_here = UINT64_MAX)
      : limits(sizes),
        here({.partition_count = 16, .max_memory_bytes = memory_here}),
        there({.partition_count = 16, .max_memory_bytes = memory_there}),
        answers(sizes, kDigits, there) {}

  static void Put(Store& store, const std::string& key, std::uint64_t version,
                  const std::string& value = "v", bool tombstone = false) {
    store.Put(kPartition, RecordRef::Make({.key = key,
                                           .value = tombstone ? "" : value,
                                           .version = {version},
                                           .tombstone = tombstone}));
  }
  SyncReply Answer(const SyncRequest& request) {
    return std::visit([this](const auto& asked) -> SyncReply { return answers.On(asked); },
                      request);
  }
  // Until it is over, or `most` messages have gone.
  State Run(PartitionSync& sync, int most = 100'000) {
    for (; messages < most && sync.state() == State::kAsking; ++messages) {
      sync.OnReply(Answer(sync.TakeRequest()));
    }
    return sync.state();
  }
  State Pass(PartitionSync::Direction direction = PartitionSync::Direction::kBoth) {
    messages = 0;
    PartitionSync sync(limits, kDigits, here, kPartition, direction);
    const State state = Run(sync);
    fetched = sync.fetched();
    given = sync.given();
    return state;
  }
  bool Equal() const {
    const auto records = [](const Store& store) {
      return store.Scan(kPartition, 0, SIZE_MAX).records;
    };
    const auto a = records(here), b = records(there);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const RecordRef& x, const RecordRef& y) { return x.view() == y.view(); });
  }

  SyncLimits limits;
  MemoryEngine here;
  MemoryEngine there;
  SyncAnswers answers;
  int messages = 0;
  std::uint64_t fetched = 0;
  std::uint64_t given = 0;
};

}  // namespace vf
