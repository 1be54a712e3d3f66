// Finds the slots of a table by something that stands in their rows: 4 bytes an entry, since the
// key stays where it is. Open addressing, at most three quarters full.
//
// Like LookupMap it can be searched, not walked: nothing depends on the values of hashes.
// Thread: none of its own. Callers say what a slot's hash is: it must not change while the slot is
// here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vf {

inline constexpr std::uint32_t kNoSlot = 0xffffffff;

class SlotIndex {
 public:
  // The slot with this hash for which `is(slot)` holds; kNoSlot if there is none.
  template <typename Is>
  std::uint32_t Find(std::size_t hash, const Is& is) const {
    if (cells_.empty()) return kNoSlot;
    for (std::size_t i = hash & mask();; i = (i + 1) & mask()) {
      if (cells_[i] == kNoSlot || is(cells_[i])) return cells_[i];
    }
  }

  // REQUIRES: it is not here. `hash_of(slot)`: the hashes of those that are.
  template <typename HashOf>
  void Insert(std::size_t hash, std::uint32_t slot, const HashOf& hash_of) {
    if (4 * (used_ + 1) > 3 * cells_.size()) Grow(hash_of);
    Place(hash, slot);
    ++used_;
  }

  // REQUIRES: it is here, with this hash.
  template <typename HashOf>
  void Erase(std::size_t hash, std::uint32_t slot, const HashOf& hash_of) {
    std::size_t hole = hash & mask();
    while (cells_[hole] != slot) hole = (hole + 1) & mask();
    // Those behind it that may stand in the hole, or before it, move up: no search ends too early.
    for (std::size_t i = (hole + 1) & mask(); cells_[i] != kNoSlot; i = (i + 1) & mask()) {
      const std::size_t home = hash_of(cells_[i]) & mask();
      if (((i - home) & mask()) < ((i - hole) & mask())) continue;
      cells_[hole] = cells_[i];
      hole = i;
    }
    cells_[hole] = kNoSlot;
    --used_;
  }

 private:
  std::size_t mask() const { return cells_.size() - 1; }
  void Place(std::size_t hash, std::uint32_t slot) {
    std::size_t i = hash & mask();
    while (cells_[i] != kNoSlot) i = (i + 1) & mask();
    cells_[i] = slot;
  }
  template <typename HashOf>
  void Grow(const HashOf& hash_of) {
    constexpr std::size_t kFirst = 16;
    std::vector<std::uint32_t> old(cells_.empty() ? kFirst : 2 * cells_.size(), kNoSlot);
    cells_.swap(old);
    for (const std::uint32_t slot : old) {
      if (slot != kNoSlot) Place(hash_of(slot), slot);
    }
  }

  std::vector<std::uint32_t> cells_;  // a power of two of them, or none
  std::size_t used_ = 0;
};

}  // namespace vf
