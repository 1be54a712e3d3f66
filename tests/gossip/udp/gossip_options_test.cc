#include "gossip/udp/gossip_options.h"

#include <gtest/gtest.h>

#include "gossip/udp/self_record.h"

namespace vf {
namespace {

TEST(GossipOptionsTest, TheProfileSetsTheTiming) {
  const struct {
    TimingProfile profile;
    SwimConfig config;
  } cases[] = {{TimingProfile::kLan, SwimConfig::Lan()},
               {TimingProfile::kCloud, SwimConfig::Cloud()},
               {TimingProfile::kWan, SwimConfig::Wan()}};
  for (const auto& [profile, config] : cases) {
    CommonOptions common;
    common.profile = profile;
    const auto options = MakeGossipOptions(common, NewSelfRecord(kRoleController), {}, 7000, 1);
    ASSERT_TRUE(options.ok()) << options.status();
    EXPECT_EQ(options->config.probe_interval, config.probe_interval);
    EXPECT_EQ(options->config.suspicion_alpha, config.suspicion_alpha);
    EXPECT_TRUE(options->config.Validate().ok());
  }
}

}  // namespace
}  // namespace vf
