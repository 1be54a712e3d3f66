#include "tools/cluster-sim/network/icmp_limits.h"

#include <algorithm>

namespace vf::sim {
namespace {

constexpr Duration kPairInterval = seconds(1);
constexpr Duration kPairMost = 6 * kPairInterval;
constexpr Duration kSenderInterval = milliseconds(1);
constexpr Duration kSenderMost = 50 * kSenderInterval;

}  // namespace

void IcmpLimits::Bucket::Fill(TimePoint now, Duration most) {
  credit = std::min(credit + (now - at), most);
  at = now;
}

bool IcmpLimits::Take(TimePoint now, HostNumber from, HostNumber to) {
  Bucket& sender = senders_.try_emplace(from, Bucket{kSenderMost, now}).first->second;
  Bucket& pair = pairs_.try_emplace({from, to}, Bucket{kPairMost, now}).first->second;
  sender.Fill(now, kSenderMost);
  pair.Fill(now, kPairMost);
  if (sender.credit < kSenderInterval || pair.credit < kPairInterval) return false;
  sender.credit -= kSenderInterval;
  pair.credit -= kPairInterval;
  return true;
}

}  // namespace vf::sim
