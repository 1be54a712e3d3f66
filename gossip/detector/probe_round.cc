#include "gossip/detector/probe_round.h"

#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash64.h"

namespace vf {
namespace {

std::uint64_t RoundFunction(std::uint64_t key, std::uint64_t round, std::uint64_t half) {
  std::array<std::byte, 16> bytes;
  StoreLittleEndian(bytes.data(), half);
  StoreLittleEndian(bytes.data() + 8, round);
  return Hash64(bytes, key);
}

}  // namespace

std::uint64_t Permute(std::uint64_t key, std::uint64_t size, std::uint64_t index) {
  VF_CHECK(index < size, "an index outside of the permutation");
  int half_bits = 1;
  while ((std::uint64_t{1} << (2 * half_bits)) < size) ++half_bits;
  const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
  constexpr std::uint64_t kRounds = 4;
  do {
    std::uint64_t left = index >> half_bits;
    std::uint64_t right = index & mask;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::uint64_t next = left ^ (RoundFunction(key, round, right) & mask);
      left = right;
      right = next;
    }
    index = (left << half_bits) | right;
  } while (index >= size);
  return index;
}

std::optional<std::size_t> ProbeRound::Next(std::size_t slots,
                                            const std::function<bool(std::size_t)>& is_target) {
  if (seen_ == 0) Begin(slots);
  for (; seen_ < slots; ++seen_) joined_.push_back(seen_);
  // The rest of this round and the whole of the next: after that there is no target at all.
  for (std::size_t tries = 2 * slots + 2; tries > 0; --tries) {
    const std::size_t rest = size_ - index_ + joined_.size();
    if (rest == 0) {
      Begin(slots);
      if (slots == 0) return std::nullopt;
      continue;
    }
    const std::size_t draw = rng_.Uniform(rest);
    std::size_t slot = 0;
    if (draw < joined_.size()) {
      slot = joined_[draw];
      joined_[draw] = joined_.back();
      joined_.pop_back();
    } else {
      slot = Permute(key_, size_, index_++);
    }
    if (slot < slots && is_target(slot)) return slot;
  }
  return std::nullopt;
}

void ProbeRound::Begin(std::size_t slots) {
  key_ = rng_.Next();
  size_ = slots;
  index_ = 0;
  seen_ = slots;
}

}  // namespace vf
