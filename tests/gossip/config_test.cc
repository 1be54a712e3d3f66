#include "gossip/config.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace vf {
namespace {

TEST(SwimConfigTest, ProfileIsValidAndNonsenseIsNamed) {
  for (const SwimConfig& profile : {SwimConfig::Lan(), SwimConfig::Cloud(), SwimConfig::Wan()}) {
    EXPECT_TRUE(profile.Validate().ok()) << profile.Validate();
  }
  SwimConfig config;
  config.rto_low = Duration::zero();
  EXPECT_NE(config.Validate().message().find("rto_low"), absl::string_view::npos);
  config = {};
  config.contacts = 65;
  EXPECT_FALSE(config.Validate().ok());
}

// membership.md 2.5, first table.
TEST(SwimConfigTest, ProfilesAreThoseOfTheTable) {
  const SwimConfig configs[] = {SwimConfig::Lan(), SwimConfig::Cloud(), SwimConfig::Wan()};
  const auto expect_ms = [&](Duration SwimConfig::*knob, std::initializer_list<int> ms) {
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(configs[i].*knob, milliseconds(ms.begin()[i])) << i;
    }
  };
  expect_ms(&SwimConfig::probe_interval, {250, 500, 1000});
  expect_ms(&SwimConfig::rto_low, {20, 40, 100});
  expect_ms(&SwimConfig::rto_high, {100, 200, 400});
  expect_ms(&SwimConfig::push_window, {2, 2, 5});
  expect_ms(&SwimConfig::repair_interval, {100, 200, 500});
  expect_ms(&SwimConfig::view_may_differ, {1000, 2000, 4000});
  expect_ms(&SwimConfig::direct_retry, {50, 100, 400});
  expect_ms(&SwimConfig::exchange_deadline, {2000, 4000, 10'000});
  const int alphas[] = {4, 5, 6};
  const int repair_fanouts[] = {3, 3, 4};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(configs[i].verdict_rtos, 4);
    EXPECT_EQ(configs[i].suspicion_alpha, alphas[i]);
    EXPECT_EQ(configs[i].suspicion_beta, 6);
    EXPECT_EQ(configs[i].suspicion_confirmations, 3);
    EXPECT_EQ(configs[i].relays, 3);
    EXPECT_EQ(configs[i].push_fanout, 5);
    EXPECT_EQ(configs[i].repair_fanout, repair_fanouts[i]);
    EXPECT_EQ(configs[i].direct_retries, 2);
  }
}

}  // namespace
}  // namespace vf
