#include "node/store/record_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace vf {
namespace {

constexpr std::size_t kLeastHomes = 4;

// Slots behind the last home. How far records are pushed falls off exponentially; at a load of 7/8
// more than 64 slots are next to never needed.
std::size_t UsualOverflow(std::size_t homes) { return std::min<std::size_t>(64, homes / 8 + 4); }

// By a quarter: doubling would leave much of the table empty, and moving is cheap, since nothing
// is hashed or compared again.
std::size_t MoreHomes(std::size_t homes) { return std::max(kLeastHomes, homes + homes / 4 + 1); }

std::size_t HomeAmong(std::size_t homes, std::uint64_t hash) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((Wide{hash} * homes) >> 64);
}

}  // namespace

std::size_t RecordTable::Home(std::uint64_t hash) const { return HomeAmong(homes_, hash); }

std::size_t RecordTable::LowerBound(std::uint64_t hash) const {
  std::size_t slot = Home(hash);
  while (slot < slots_ && table_[slot].record && table_[slot].hash < hash) ++slot;
  return slot;
}

const RecordRef* RecordTable::Find(std::uint64_t hash, std::string_view key) const {
  for (std::size_t slot = LowerBound(hash); slot < slots_; ++slot) {
    const Slot& found = table_[slot];
    if (!found.record || found.hash != hash) return nullptr;
    if (found.record.key() == key) return &found.record;
  }
  return nullptr;
}

RecordRef* RecordTable::Find(std::uint64_t hash, std::string_view key) {
  return const_cast<RecordRef*>(std::as_const(*this).Find(hash, key));
}

bool RecordTable::NeedsMoreHomes() const { return size_ + 1 > homes_ - homes_ / 8; }

std::size_t RecordTable::memory_bytes_after_insert() const {
  if (!NeedsMoreHomes()) return memory_bytes();
  const std::size_t homes = MoreHomes(homes_);
  return (homes + UsualOverflow(homes)) * sizeof(Slot);
}

void RecordTable::Insert(std::uint64_t hash, RecordRef record) {
  if (NeedsMoreHomes()) {
    const std::size_t homes = MoreHomes(homes_);
    Rebuild(homes, UsualOverflow(homes));
  }
  for (;;) {
    const std::size_t slot = LowerBound(hash);
    std::size_t empty = slot;
    while (empty < slots_ && table_[empty].record) ++empty;
    if (empty < slots_) {
      std::move_backward(&table_[slot], &table_[empty], &table_[empty] + 1);
      table_[slot].hash = hash;
      table_[slot].record = std::move(record);
      ++size_;
      return;
    }
    // Not more homes: keys of one hash would ask for them without end.
    Rebuild(homes_, 2 * (slots_ - homes_));
  }
}

void RecordTable::Rebuild(std::size_t homes, std::size_t overflow) {
  std::size_t end = 0;
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    if (table_[slot].record) end = std::max(end, HomeAmong(homes, table_[slot].hash)) + 1;
  }
  const std::size_t slots = std::max(homes + overflow, end);
  VF_CHECK(slots <= std::numeric_limits<std::uint32_t>::max(), "a table of too many slots");
  auto table = std::make_unique<Slot[]>(slots);
  std::size_t next = 0;
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    if (!table_[slot].record) continue;
    next = std::max(next, HomeAmong(homes, table_[slot].hash));
    table[next++] = std::move(table_[slot]);
  }
  table_ = std::move(table);
  homes_ = static_cast<std::uint32_t>(homes);
  slots_ = static_cast<std::uint32_t>(slots);
}

}  // namespace vf
