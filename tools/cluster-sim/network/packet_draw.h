// All the chance that one packet meets, from one 64-bit draw of its sender.
//
// Each question (is it lost? repeated?) mixes the draw with a purpose of its own. So a packet's
// delay stays the same when a disturbance comes or goes, and one question shifts no other.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace vf::sim {

class PacketDraw {
 public:
  explicit PacketDraw(std::uint64_t word) : word_(word) {}

  std::uint64_t word() const { return word_; }

  // An even draw for this purpose. The finalizer of SplitMix64.
  std::uint64_t For(std::uint64_t purpose) const {
    std::uint64_t z = word_ + (purpose + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t word_;
};

// A probability that is compared with draws: exact at 0 and 1.
class Probability {
 public:
  Probability() = default;
  // REQUIRES: 0 <= p <= 1.
  explicit Probability(double p) {
    VF_CHECK(p >= 0 && p <= 1, "a probability is between 0 and 1");
    below_ = static_cast<std::uint64_t>(p * 0x1p63);
  }
  bool Happens(std::uint64_t draw) const { return draw >> 1 < below_; }
  bool IsZero() const { return below_ == 0; }

 private:
  std::uint64_t below_ = 0;
};

}  // namespace vf::sim
