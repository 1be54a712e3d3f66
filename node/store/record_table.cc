#include "node/store/record_table.h"

#include <algorithm>
#include <limits>
#include <new>
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

std::size_t HomeAmong(std::size_t homes, std::uint32_t order) {
  return static_cast<std::size_t>((std::uint64_t{order} * homes) >> 32);
}

}  // namespace

std::size_t RecordTable::Home(std::uint32_t order) const { return HomeAmong(homes_, order); }

std::size_t RecordTable::LowerBound(std::uint32_t order) const {
  std::size_t slot = Home(order);
  while (slot < slots_ && table_[slot].record && table_[slot].order < order) ++slot;
  return slot;
}

const RecordTable::Slot* RecordTable::Find(std::uint64_t hash, std::string_view key) const {
  const std::uint32_t order = Order(hash);
  for (std::size_t slot = LowerBound(order); slot < slots_; ++slot) {
    const Slot& found = table_[slot];
    if (!found.record || found.order != order) return nullptr;
    if (found.record.key() == key) return &found;
  }
  return nullptr;
}

RecordTable::Slot* RecordTable::Find(std::uint64_t hash, std::string_view key) {
  return const_cast<Slot*>(std::as_const(*this).Find(hash, key));
}

bool RecordTable::NeedsMoreHomes() const { return size_ + 1 > homes_ - homes_ / 8; }

std::size_t RecordTable::memory_bytes_after_insert() const {
  if (!NeedsMoreHomes()) return memory_bytes();
  const std::size_t homes = MoreHomes(homes_);
  return (homes + UsualOverflow(homes)) * sizeof(Slot);
}

void RecordTable::Insert(std::uint64_t hash, RecordRef record, std::uint32_t stamp) {
  if (NeedsMoreHomes()) {
    const std::size_t homes = MoreHomes(homes_);
    Rebuild(homes, UsualOverflow(homes));
  }
  const std::uint32_t order = Order(hash);
  for (;;) {
    const std::size_t slot = LowerBound(order);
    std::size_t empty = slot;
    while (empty < slots_ && table_[empty].record) ++empty;
    if (empty < slots_) {
      std::move_backward(&table_[slot], &table_[empty], &table_[empty] + 1);
      table_[slot] = {order, stamp, std::move(record)};
      ++size_;
      return;
    }
    // Not more homes: keys of one hash would ask for them without end.
    Rebuild(homes_, 2 * (slots_ - homes_));
  }
}

// What was pushed to the right moves back, up to the first that is at home.
RecordRef RecordTable::Erase(Slot* found) {
  RecordRef erased = std::move(found->record);
  auto slot = static_cast<std::size_t>(found - table_.get());
  for (; slot + 1 < slots_; ++slot) {
    Slot& next = table_[slot + 1];
    if (!next.record || Home(next.order) == slot + 1) break;
    table_[slot] = std::move(next);
  }
  table_[slot] = {};
  --size_;
  ShrinkIfSparse();
  return erased;
}

RecordTable::Slots RecordTable::TakeSlots() {
  RecordTable taken;
  std::swap(*this, taken);
  return {std::move(taken.table_), taken.slots_};
}

void RecordTable::ShrinkIfSparse() {
  if (size_ == 0) {
    *this = RecordTable();
    return;
  }
  if (homes_ <= kLeastHomes || size_ >= homes_ / 16 * 7) return;
  // To the load that a table has after it has grown.
  const std::size_t homes = std::max(kLeastHomes, std::size_t{size_} + size_ / 2);
  try {
    Rebuild(homes, UsualOverflow(homes));
  } catch (const std::bad_alloc&) {
    // Nothing has changed: the larger table does as well.
  }
}

void RecordTable::Rebuild(std::size_t homes, std::size_t overflow) {
  std::size_t end = 0;
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    if (table_[slot].record) end = std::max(end, HomeAmong(homes, table_[slot].order)) + 1;
  }
  const std::size_t slots = std::max(homes + overflow, end);
  VF_CHECK(slots <= std::numeric_limits<std::uint32_t>::max(), "a table of too many slots");
  auto table = std::make_unique<Slot[]>(slots);
  std::size_t next = 0;
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    if (!table_[slot].record) continue;
    next = std::max(next, HomeAmong(homes, table_[slot].order));
    table[next++] = std::move(table_[slot]);
  }
  table_ = std::move(table);
  homes_ = static_cast<std::uint32_t>(homes);
  slots_ = static_cast<std::uint32_t>(slots);
}

}  // namespace vf
