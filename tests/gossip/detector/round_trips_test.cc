#include "gossip/detector/round_trips.h"

#include <gtest/gtest.h>

#include "gossip/config.h"

namespace vf {
namespace {

const SwimConfig kLan = SwimConfig::Lan();

TEST(RoundTripsTest, RtoFollowsTheSlowestWithinItsRange) {
  RoundTrips round_trips(kLan);
  EXPECT_EQ(round_trips.Rto(), milliseconds(100)) << "nothing is known yet";
  for (int i = 0; i < 500; ++i) round_trips.Add(microseconds(200));
  EXPECT_EQ(round_trips.Rto(), milliseconds(20));
  EXPECT_EQ(round_trips.VerdictAfter(), milliseconds(80));
  round_trips.Add(milliseconds(20));
  EXPECT_GE(round_trips.Rto(), milliseconds(40));
  EXPECT_LE(round_trips.Rto(), milliseconds(50));
  round_trips.Add(seconds(100));
  EXPECT_EQ(round_trips.Rto(), milliseconds(100));
  EXPECT_EQ(round_trips.VerdictAfter(), milliseconds(250));
  for (int i = 0; i < 20'000; ++i) round_trips.Add(microseconds(200));
  EXPECT_EQ(round_trips.Rto(), milliseconds(20)) << "what was long ago fades";
}

}  // namespace
}  // namespace vf
