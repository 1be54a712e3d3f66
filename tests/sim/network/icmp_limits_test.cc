#include "tools/cluster-sim/network/icmp_limits.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

constexpr TimePoint kNow{seconds(1'000)};

TEST(IcmpLimitsTest, OneDestinationGetsSixThenOneASecond) {
  IcmpLimits limits;
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(limits.Take(kNow, 1, 2));
  EXPECT_FALSE(limits.Take(kNow, 1, 2));
  EXPECT_TRUE(limits.Take(kNow, 1, 3)) << "another destination";
  EXPECT_TRUE(limits.Take(kNow, 2, 2)) << "another sender";
  EXPECT_FALSE(limits.Take(kNow + milliseconds(999), 1, 2));
  EXPECT_TRUE(limits.Take(kNow + milliseconds(1'000), 1, 2));
  EXPECT_FALSE(limits.Take(kNow + milliseconds(1'500), 1, 2));
}

TEST(IcmpLimitsTest, AHostSendsFiftyAtOnceAndAThousandASecond) {
  IcmpLimits limits;
  HostNumber to = 10;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(limits.Take(kNow, 1, to++));
  EXPECT_FALSE(limits.Take(kNow, 1, to++));
  EXPECT_TRUE(limits.Take(kNow + milliseconds(1), 1, to++));
  EXPECT_FALSE(limits.Take(kNow + milliseconds(1), 1, to++));
}

}  // namespace
}  // namespace vf::sim
