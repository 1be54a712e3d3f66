// The store with what is known of its completeness.
#pragma once

#include <cstdint>

#include "node/replication/copy_states.h"
#include "node/replication/replica.h"
#include "node/store/memory_engine.h"

namespace vf {

// Made when the number of partitions is known. Threads: those of its parts.
struct StoredCopies {
  StoredCopies(Partition partition_count, std::uint64_t max_memory_bytes)
      : store({.partition_count = partition_count, .max_memory_bytes = max_memory_bytes}),
        states(partition_count),
        local{store, states} {}
  MemoryEngine store;
  CopyStates states;
  LocalCopies local;
};

}  // namespace vf
