#include "tools/cluster-sim/faults/hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vf::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RunSpec Small() {
  RunSpec spec;
  spec.nodes = 3;
  spec.controllers = 2;
  spec.frontends = 1;
  return spec;
}

TEST(HostsTest, NodesComeFirstThenControllersThenFrontends) {
  const RunSpec spec = Small();
  EXPECT_EQ(HostCount(spec), 6);
  EXPECT_EQ(HostName(spec, 0), "node-0");
  EXPECT_EQ(HostName(spec, 2), "node-2");
  EXPECT_EQ(HostName(spec, 3), "controller-0");
  EXPECT_EQ(HostName(spec, 4), "controller-1");
  EXPECT_EQ(HostName(spec, 5), "frontend-0");
  EXPECT_EQ(HostName(spec, 6), "joined-0");
  for (int host = 0; host < HostCount(spec); ++host) {
    EXPECT_EQ(HostNamed(spec, HostName(spec, host)), host);
  }
}

TEST(HostsTest, OnlyNamesOfHostsThatAreThereAreFound) {
  for (const char* name : {"", "node-", "node-3", "node--1", "node-00", "node-0 ", "Node-0",
                           "node0", "frontend-1", "joined-0", "node-9999999999", "0"}) {
    EXPECT_EQ(HostNamed(Small(), name), std::nullopt) << name;
  }
}

TEST(HostsTest, HostsThatJoinAreNumberedBehindAllOthers) {
  RunSpec spec = Small();
  spec.faults.push_back({seconds(2), Duration(0), FaultKind::kJoin, {}, 0});
  spec.faults.push_back({seconds(1), Duration(0), FaultKind::kJoin, {}, 0});
  EXPECT_EQ(HostCount(spec), 6);
  EXPECT_EQ(HostCountWithJoins(spec), 8);
  EXPECT_EQ(HostNamed(spec, "joined-1"), 7);
  EXPECT_EQ(HostNamed(spec, "joined-2"), std::nullopt);
  spec.faults.push_back({seconds(3), seconds(1), FaultKind::kPause, {7}, 0});
  EXPECT_THAT(ClientHosts(spec), ElementsAre(0, 1, 2, 5)) << "clients know nothing of newcomers";
}

TEST(HostsTest, ClientsUseWhoServesAndIsNotHarmed) {
  RunSpec spec = Small();
  EXPECT_THAT(ClientHosts(spec), ElementsAre(0, 1, 2, 5));
  spec.faults.push_back({seconds(1), seconds(1), FaultKind::kPause, {1, 3}, 0});
  EXPECT_THAT(ClientHosts(spec), ElementsAre(0, 2, 5));
  spec.faults.push_back({seconds(1), seconds(1), FaultKind::kLoss, {}, 0.1});
  spec.faults.push_back({seconds(1), seconds(1), FaultKind::kClockOffset, {0}, 5});
  spec.faults.push_back({seconds(1), Duration(0), FaultKind::kFrontendCrash, {5}, 0});
  EXPECT_THAT(ClientHosts(spec), ElementsAre(0, 2, 5)) << "packets, clocks and what is meant so";
  spec.faults.push_back({seconds(1), seconds(1), FaultKind::kStall, {}, 0});
  EXPECT_THAT(ClientHosts(spec), IsEmpty()) << "no hosts named: it strikes all";
}

}  // namespace
}  // namespace vf::sim
