// Members that share their tables do what members do that have tables of their own, datagram by
// datagram: what scale mode shows of 100,000 holds for processes.
#include <gtest/gtest.h>

#include <string>

#include "tools/cluster-sim/membership/membership_fault.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {
namespace {

void ExpectEqualRuns(MembershipSpec spec) {
  spec.tables = TableMode::kScale;
  const MembershipResult scale = RunMembership(spec);
  spec.tables = TableMode::kFull;
  const MembershipResult full = RunMembership(spec);
  EXPECT_EQ(scale.trace_hash, full.trace_hash);
  EXPECT_EQ(scale.events, full.events);
  EXPECT_EQ(scale.tx_bytes, full.tx_bytes);
  EXPECT_EQ(scale.false_suspicions, full.false_suspicions);
  EXPECT_EQ(scale.view_sizes, full.view_sizes);
  EXPECT_GT(scale.events, 0u);
}

TEST(TableModesTest, EveryFaultRunsAlikeInBoth) {
  for (const MembershipFaultTraits& fault : AllMembershipFaults()) {
    SCOPED_TRACE(std::string(fault.name));
    MembershipSpec spec;
    spec.nodes = 40;
    spec.fault = fault.fault;
    spec.faults = 4;
    spec.loss = 0.05;
    spec.duration = seconds(30);
    if (fault.off) spec.off = seconds(8);
    ExpectEqualRuns(spec);
  }
}

// Of any size would be best; a thousand tables of a thousand rows are what a test can afford.
TEST(TableModesTest, AThousandMembersRunAlikeInBoth) {
  for (const MembershipFault fault : {MembershipFault::kJoin, MembershipFault::kHostCrash}) {
    MembershipSpec spec;
    spec.nodes = 1'000;
    spec.fault = fault;
    spec.faults = 3;
    spec.duration = seconds(6);
    ExpectEqualRuns(spec);
  }
}

}  // namespace
}  // namespace vf::sim
