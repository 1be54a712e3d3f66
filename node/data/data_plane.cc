#include "node/data/data_plane.h"

#include <utility>

#include "base/check.h"
#include "node/store/memory_engine.h"

namespace vf {

DataPlane::DataPlane(MemberKey self_key, const DataSettings& given)
    : self(self_key), settings(given), longest_turn(replicator.write.timeout / 2) {
  replicator.write.min_acks = settings.min_acks;
  replicator.read.min_acks = settings.min_acks;
  sync.min_acks = settings.min_acks;
  stop.min_acks = settings.min_acks;
  // The largest value has to fit into the deadline of a read.
  replicator.read.deadline += Duration(static_cast<Duration::rep>(
      settings.max_value_bytes * 1'000'000'000 / replicator.write.bytes_per_second));
}

std::string DataPlane::MakeCopies(Partition partition_count, Duration tombstone_age) {
  VF_CHECK(owned_copies_ == nullptr, "copies that are made twice");
  KeptCopies kept;
  if (open_store) {
    std::string error;
    kept = open_store(partition_count, tombstone_age, error);
    if (kept.store == nullptr) return error;
  } else {
    kept.store = std::make_shared<MemoryEngine>(
        MemoryEngineOptions{.partition_count = partition_count,
                            .max_memory_bytes = settings.max_memory_bytes,
                            .tombstone_age = tombstone_age});
  }
  sync.keeps_holders = keep_holders != nullptr;
  owned_copies_ = std::make_unique<StoredCopies>(std::move(kept));
  copies_.store(owned_copies_.get(), std::memory_order_release);
  return {};
}

void DataPlane::DoubtCopies() {
  StoredCopies* const stored = copies();
  if (stored == nullptr) return;
  stored->states.DoubtAll();
  on_copies_doubted();
}

void DataPlane::DoubtCopies(const std::vector<Partition>& partitions, MemberKey holder) {
  StoredCopies* const stored = copies();
  if (stored == nullptr) return;
  for (const Partition partition : partitions) {
    if (partition < stored->states.partition_count()) stored->states.Doubt(partition);
  }
  on_behind(partitions, holder);
}

}  // namespace vf
