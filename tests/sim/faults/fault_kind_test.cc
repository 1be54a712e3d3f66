#include "tools/cluster-sim/faults/fault_kind.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tools/cluster-sim/faults/repair.h"

namespace vf::sim {
namespace {

TEST(FaultKindTest, TheTableHasEachKindInItsPlace) {
  ASSERT_EQ(AllFaults().size(), kFaultKinds);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFaultKinds; ++i) {
    const FaultTraits& traits = AllFaults()[i];
    EXPECT_EQ(traits.kind, static_cast<FaultKind>(i)) << traits.name;
    EXPECT_EQ(&TraitsOf(traits.kind), &traits);
    EXPECT_EQ(FaultNamed(traits.name), traits.kind);
    EXPECT_TRUE(names.insert(traits.name).second) << traits.name << " is there twice";
  }
  EXPECT_EQ(FaultNamed("crash"), std::nullopt);
  EXPECT_EQ(FaultNamed(""), std::nullopt);
}

TEST(FaultKindTest, RowsFitThemselves) {
  for (const FaultTraits& traits : AllFaults()) {
    EXPECT_LE(traits.least, traits.most) << traits.name;
    EXPECT_EQ(traits.strength.empty(), traits.most == 0) << traits.name;
    EXPECT_TRUE(!traits.needs_hosts || traits.takes_hosts) << traits.name;
    EXPECT_LE(traits.data_most, traits.most) << traits.name;
    if (traits.data_repaired && !traits.strength.empty()) {
      EXPECT_GT(traits.data_most, traits.least) << traits.name;
    }
    // Data cannot be whole again while members disagree about who owns it.
    EXPECT_TRUE(traits.members_repaired || !traits.data_repaired) << traits.name;
  }
}

TEST(FaultKindTest, WhatIsNotRepairedSaysWhatIsMissing) {
  for (const FaultTraits& traits : AllFaults()) {
    const bool everything =
        traits.members_repaired && traits.data_repaired && traits.data_most == traits.most;
    EXPECT_EQ(traits.missing.empty(), everything) << traits.name;
  }
}

TEST(RepairTest, StrengthCounts) {
  FaultEvent fault{seconds(1), seconds(5), FaultKind::kLoss, {}, 0.3};
  EXPECT_TRUE(IsDataRepaired(fault));
  fault.strength = 0.5;
  EXPECT_FALSE(IsDataRepaired(fault));
  fault = {seconds(1), seconds(5), FaultKind::kClockOffset, {0}, -3600};
  EXPECT_TRUE(IsDataRepaired(fault));
}

TEST(RepairTest, OnlyClientsNeedRepairOfData) {
  RunSpec spec;
  spec.faults.push_back({seconds(1), seconds(5), FaultKind::kLoss, {}, 0.5});
  EXPECT_EQ(MissingRepair(spec), "loss: needs " + std::string(TraitsOf(FaultKind::kLoss).missing));
  spec.workload.clients = 0;
  EXPECT_EQ(MissingRepair(spec), "");
  spec.faults = {{seconds(1), milliseconds(500), FaultKind::kUdpBlocked, {0}, 0}};
  EXPECT_NE(MissingRepair(spec), "") << "members do not bear that yet";
}

TEST(RepairTest, LossThatHoldsUpStreamsCounts) {
  RunSpec spec;
  spec.network.loss = 0.01;
  EXPECT_NE(MissingRepair(spec), "");
  spec.workload.clients = 0;
  EXPECT_EQ(MissingRepair(spec), "");
}

}  // namespace
}  // namespace vf::sim
