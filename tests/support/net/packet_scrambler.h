// What a bad network does to packets: it loses, doubles and delays them, and lets some fall behind
// later ones.
//
// Pure: time and the seeded generator are arguments. The same packets at the same times fare the
// same. Thread: one owner. Limits: kMaxPackets wait at a time; more are lost, and counted as
// overflows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "base/rng.h"
#include "base/time.h"

namespace vf {

struct PacketFaults {
  int loss_percent = 0;
  int duplicate_percent = 0;  // a second copy, with a delay of its own
  int reorder_percent = 0;    // held back, so that later packets overtake it
  Duration delay_low = microseconds(100);
  Duration delay_high = microseconds(600);
  Duration held_back = milliseconds(15);  // at most, beside the delay
};

struct PacketCounts {
  std::uint64_t offered = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t held_back = 0;
  std::uint64_t overflows = 0;
};

class PacketScrambler {
 public:
  static constexpr std::size_t kMaxPackets = 20'000;

  struct Packet {
    std::size_t to = 0;  // whatever the owner means by it
    std::vector<std::byte> bytes;
  };

  PacketScrambler(Rng rng, const PacketFaults& faults) : rng_(rng), faults_(faults) {}

  // For the packets to come.
  void SetFaults(const PacketFaults& faults) { faults_ = faults; }

  void Offer(TimePoint now, Packet packet);
  // The next packet that has arrived by `now`; none: not yet.
  std::optional<Packet> Take(TimePoint now);
  // When Take has something; kNever while nothing waits.
  TimePoint NextDeadline() const { return waiting_.empty() ? kNever : waiting_.top().due; }

  const PacketCounts& counts() const { return counts_; }

 private:
  struct Waiting {
    TimePoint due;
    std::uint64_t order = 0;  // of being offered: equal times keep it
    Packet packet;
    bool operator<(const Waiting& other) const {  // the earliest on top
      return due != other.due ? due > other.due : order > other.order;
    }
  };

  bool Percent(int percent) { return rng_.Chance(static_cast<std::uint64_t>(percent), 100); }
  void Enqueue(TimePoint now, Packet packet);

  Rng rng_;
  PacketFaults faults_;
  PacketCounts counts_;
  std::uint64_t order_ = 0;
  std::priority_queue<Waiting> waiting_;
};

}  // namespace vf
