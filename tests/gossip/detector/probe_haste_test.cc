#include "gossip/detector/probe_haste.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};

class ProbeHasteTest : public ::testing::Test {
 protected:
  SwimConfig config_;
  ProbeHaste haste_{config_};
  const Duration interval_ = config_.probe_interval;
};

TEST_F(ProbeHasteTest, OneMemberAloneIsNoDisaster) {
  for (int i = 0; i < 10; ++i) haste_.OnSuspicion(kNow, 7);
  EXPECT_EQ(haste_.Factor(kNow), 1);
}

TEST_F(ProbeHasteTest, TwoTogetherAre) {
  haste_.OnSuspicion(kNow, 7);
  haste_.OnSuspicion(kNow + interval_, 8);
  EXPECT_EQ(haste_.Factor(kNow + interval_), ProbeHaste::kFactor);
  const TimePoint end = kNow + interval_ + ProbeHaste::kLasts * interval_;
  EXPECT_EQ(haste_.Factor(end - milliseconds(1)), ProbeHaste::kFactor);
  EXPECT_EQ(haste_.Factor(end), 1);
}

TEST_F(ProbeHasteTest, FarApartTheyAreNot) {
  for (int i = 0; i < 10; ++i) {
    const TimePoint now = kNow + i * (ProbeHaste::kTogether + 1) * interval_;
    haste_.OnSuspicion(now, static_cast<MemberKey>(7 + i));
    EXPECT_EQ(haste_.Factor(now), 1);
  }
}

TEST_F(ProbeHasteTest, EachFurtherOneProlongsIt) {
  haste_.OnSuspicion(kNow, 7);
  haste_.OnSuspicion(kNow, 8);
  haste_.OnSuspicion(kNow + interval_, 9);
  EXPECT_EQ(haste_.Factor(kNow + ProbeHaste::kLasts * interval_), ProbeHaste::kFactor);
}

TEST_F(ProbeHasteTest, WhereAccusationsAreRefutedThereIsNone) {
  haste_.OnSuspicion(kNow, 7);
  haste_.OnSuspicion(kNow, 8);
  haste_.OnRefutation(kNow + milliseconds(1));
  EXPECT_EQ(haste_.Factor(kNow + milliseconds(1)), 1);
  const TimePoint end = kNow + milliseconds(1) + ProbeHaste::kCalm * interval_;
  haste_.OnSuspicion(end - milliseconds(1), 9);
  haste_.OnSuspicion(end - milliseconds(1), 10);
  EXPECT_EQ(haste_.Factor(end - milliseconds(1)), 1);
  haste_.OnSuspicion(end, 11);
  EXPECT_EQ(haste_.Factor(end), ProbeHaste::kFactor);
}

}  // namespace
}  // namespace vf
