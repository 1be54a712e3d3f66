// Which of the 4,096 slots of one wheel hold something.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace vf::sim {

class SlotBitmap {
 public:
  static constexpr std::size_t kSlots = 4096;

  void Set(std::size_t slot) {
    words_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    filled_ |= std::uint64_t{1} << (slot / 64);
  }
  void Clear(std::size_t slot) {
    words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    if (words_[slot / 64] == 0) filled_ &= ~(std::uint64_t{1} << (slot / 64));
  }
  bool Empty() const { return filled_ == 0; }

  // The first set slot from `slot` on; kSlots: none. `slot` may be kSlots.
  std::size_t FirstFrom(std::size_t slot) const {
    if (slot >= kSlots) return kSlots;
    const std::uint64_t here = words_[slot / 64] >> (slot % 64);
    if (here != 0) return slot + static_cast<std::size_t>(std::countr_zero(here));
    const std::size_t next = slot / 64 + 1;
    const std::uint64_t later = next < 64 ? filled_ >> next : 0;
    if (later == 0) return kSlots;
    const std::size_t word = next + static_cast<std::size_t>(std::countr_zero(later));
    return word * 64 + static_cast<std::size_t>(std::countr_zero(words_[word]));
  }

 private:
  std::uint64_t filled_ = 0;  // bit i: words_[i] is not zero
  std::array<std::uint64_t, kSlots / 64> words_{};
};

}  // namespace vf::sim
