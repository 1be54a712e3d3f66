#include "gossip/detector/flap_damping.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vf {
namespace {

constexpr int kFraction = 16;  // bits of a penalty behind the point
constexpr std::uint64_t kForgetBelow = 100;

// 2^32 * 2^(-i/32).
constexpr std::array<std::uint64_t, 32> kDecay = {
    4294967296, 4202935003, 4112874773, 4024744348, 3938502376, 3854108391, 3771522796, 3690706840,
    3611622603, 3534232978, 3458501653, 3384393094, 3311872529, 3240905930, 3171459999, 3103502151,
    3037000500, 2971923842, 2908241642, 2845924021, 2784941738, 2725266179, 2666869345, 2609723834,
    2553802834, 2499080105, 2445529972, 2393127307, 2341847524, 2291666561, 2242560872, 2194507417};
constexpr Duration kStep = FlapDamping::kHalfLife / kDecay.size();

constexpr std::uint64_t Scaled(std::uint64_t penalty) { return penalty << kFraction; }
static_assert(Scaled(FlapDamping::kHighest) <= ~std::uint64_t{0} / kDecay[0]);

std::uint64_t Decayed(std::uint64_t penalty, std::uint64_t steps) {
  const std::uint64_t halvings = steps / kDecay.size();
  if (halvings >= 64) return 0;
  return (penalty * kDecay[steps % kDecay.size()] >> 32) >> halvings;
}

// The first step at which it is below the limit.
std::uint64_t StepsUntilBelow(std::uint64_t penalty, std::uint64_t limit) {
  std::uint64_t steps = 0;
  while (Decayed(penalty, steps) >= Scaled(limit)) ++steps;
  return steps;
}

}  // namespace

void FlapDamping::OnSuspected(TimePoint now, MemberKey member) {
  const auto it = flappers_.find(member);
  if (it == flappers_.end()) return;
  it->second.suspected = now;
  SetDue(member, it->second);
}

bool FlapDamping::OnRefuted(TimePoint now, MemberKey member) {
  const auto it = flappers_.find(member);
  const bool again = it != flappers_.end() && now < it->second.returned + kSoon;
  return Add(now, member, again ? kAgainPenalty : kRefutedPenalty);
}

bool FlapDamping::Add(TimePoint now, MemberKey member, std::uint64_t penalty) {
  const auto [it, first] = flappers_.try_emplace(member);
  Flapper& flapper = it->second;
  if (first) {
    flapper.at = now;
  } else {
    // By whole steps: what is left of one counts the next time.
    const auto steps = static_cast<std::uint64_t>(std::max(now - flapper.at, Duration()) / kStep);
    flapper.penalty = Decayed(flapper.penalty, steps);
    flapper.at += static_cast<std::int64_t>(steps) * kStep;
  }
  flapper.penalty = std::min(flapper.penalty + Scaled(penalty), Scaled(kHighest));
  flapper.suspected = flapper.returned = now;
  const bool begins = flapper.penalty >= Scaled(kDegradedAt) && degraded_.insert(member).second;
  if (begins) ++revision_;
  SetDue(member, flapper);
  return begins;
}

void FlapDamping::SetDue(MemberKey member, Flapper& flapper) {
  due_.erase({flapper.due, member});
  const bool degraded = IsDegraded(member);
  const std::uint64_t steps =
      StepsUntilBelow(flapper.penalty, degraded ? kReuseBelow : kForgetBelow);
  flapper.due = flapper.at + static_cast<std::int64_t>(steps) * kStep;
  if (degraded) flapper.due = std::max(flapper.due, flapper.suspected + kQuiet);
  due_.insert({flapper.due, member});
}

std::vector<MemberKey> FlapDamping::Reuse(TimePoint now) {
  std::vector<MemberKey> reused;
  while (!due_.empty() && due_.begin()->first <= now) {
    const MemberKey member = due_.begin()->second;
    Flapper& flapper = flappers_.at(member);
    if (degraded_.erase(member) == 0) {
      due_.erase(due_.begin());
      flappers_.erase(member);
      continue;
    }
    ++revision_;
    reused.push_back(member);
    SetDue(member, flapper);
  }
  return reused;
}

}  // namespace vf
