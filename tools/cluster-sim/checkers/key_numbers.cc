#include "tools/cluster-sim/checkers/key_numbers.h"

namespace vf::sim {
namespace {

constexpr std::size_t kSlotsAtFirst = 64;

}  // namespace

KeyNumbers::KeyNumbers() : slots_(kSlotsAtFirst, 0) {}

// FNV-1a, 64 bits, and the upper half folded onto the lower one, which alone chooses the slot.
std::uint64_t KeyNumbers::Hash(std::string_view key) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : key) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash ^ (hash >> 32);
}

std::size_t KeyNumbers::SlotOf(std::string_view key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = Hash(key) & mask;
  while (slots_[slot] != 0 && keys_[slots_[slot] - 1] != key) slot = (slot + 1) & mask;
  return slot;
}

void KeyNumbers::Grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::uint32_t number = 0; number < keys_.size(); ++number) {
    slots_[SlotOf(keys_[number])] = number + 1;
  }
}

std::uint32_t KeyNumbers::NumberOf(std::string_view key) {
  if (!keys_.empty() && keys_[last_] == key) return last_;
  std::size_t slot = SlotOf(key);
  if (slots_[slot] == 0) {
    if ((keys_.size() + 1) * 2 > slots_.size()) {
      Grow();
      slot = SlotOf(key);
    }
    keys_.push_back(key);
    slots_[slot] = static_cast<std::uint32_t>(keys_.size());
  }
  return last_ = slots_[slot] - 1;
}

}  // namespace vf::sim
