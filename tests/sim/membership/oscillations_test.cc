#include "tools/cluster-sim/membership/oscillations.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

using Belief = MemberBelief;

TEST(OscillationsTest, OnlyTheWayBackCounts) {
  Oscillations oscillations({0, 2}, {1});
  oscillations.OnBelief(0, 1, Belief::kSuspect);
  oscillations.OnBelief(0, 1, Belief::kDead);
  EXPECT_EQ(oscillations.out(), 1U);
  EXPECT_EQ(oscillations.counts(), (std::vector<std::uint32_t>{0, 0}));
  oscillations.OnBelief(0, 1, Belief::kAlive);
  EXPECT_EQ(oscillations.out(), 0U);
  EXPECT_EQ(oscillations.counts(), (std::vector<std::uint32_t>{1, 0}));
  oscillations.OnBelief(0, 1, Belief::kSuspect);
  oscillations.OnBelief(0, 1, Belief::kAlive);
  EXPECT_EQ(oscillations.counts(), (std::vector<std::uint32_t>{2, 0}));
}

// Its refutation lets a member in again only where nobody avoids it for another reason.
TEST(OscillationsTest, TheDegradedAreOut) {
  Oscillations oscillations({0}, {1});
  oscillations.OnBelief(0, 1, Belief::kSuspect);
  oscillations.OnDegraded(0, 1, true);
  oscillations.OnBelief(0, 1, Belief::kAlive);
  EXPECT_EQ(oscillations.out(), 1U);
  EXPECT_EQ(oscillations.counts(), (std::vector<std::uint32_t>{0}));
  oscillations.OnDegraded(0, 1, false);
  EXPECT_EQ(oscillations.out(), 0U);
  EXPECT_EQ(oscillations.counts(), (std::vector<std::uint32_t>{1}));
}

TEST(OscillationsTest, OthersDoNot) {
  Oscillations oscillations({0, 2}, {1, 3});
  oscillations.OnBelief(0, 2, Belief::kSuspect);  // healthy
  oscillations.OnBelief(3, 1, Belief::kSuspect);  // at a struck one
  oscillations.OnDegraded(3, 1, true);
  EXPECT_EQ(oscillations.out(), 0U);
}

}  // namespace
}  // namespace vf::sim
