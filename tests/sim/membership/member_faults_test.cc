// What the faults of `cluster-sim membership` do to clusters of each protocol, and what is read
// off.
#include <gtest/gtest.h>

#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {
namespace {

MembershipSpec SpecOf(Profile profile, MembershipFault fault, int nodes, int faults) {
  MembershipSpec spec;
  spec.profile = profile;
  spec.fault = fault;
  spec.nodes = nodes;
  spec.faults = faults;
  return spec;
}

// Lifeguard's grid at one of its worst points: who cannot receive accuses healthy members, and
// without Lifeguard believes in their deaths before it can hear that they deny it.
TEST(MemberFaultsTest, AnomaliesMakeSwimCondemnTheHealthyAndLifeguardNot) {
  MembershipSpec spec = SpecOf(Profile::kSwimBaseline, MembershipFault::kAnomaly, 64, 12);
  spec.off = milliseconds(16'384);
  spec.on = milliseconds(4);
  const MembershipResult swim = RunMembership(spec);
  spec.profile = Profile::kLhaSuspicion;
  const MembershipResult suspicion = RunMembership(spec);
  spec.profile = Profile::kLifeguard;
  const MembershipResult lifeguard = RunMembership(spec);
  EXPECT_GT(swim.fp, 200U);
  EXPECT_LT(suspicion.fp, swim.fp / 10);
  EXPECT_LT(lifeguard.fp, swim.fp / 20);
  EXPECT_GE(swim.false_deaths, swim.fp);
  EXPECT_GE(swim.fp, swim.fp_healthy);
}

TEST(MemberFaultsTest, WhoIsStoppedForLongIsDeadAndReturns) {
  for (const Profile profile : {Profile::kLan, Profile::kMemberlistLan, Profile::kSwimBaseline}) {
    MembershipSpec spec = SpecOf(profile, MembershipFault::kStop, 20, 1);
    spec.off = spec.on = seconds(40);
    spec.duration = seconds(80);
    const MembershipResult result = RunMembership(spec);
    ASSERT_TRUE(result.dead.all.has_value());
    EXPECT_EQ(result.fp, 0U);
    EXPECT_GE(result.false_deaths, 19U);  // it runs, in a way
    ASSERT_TRUE(result.oscillations.has_value());
    EXPECT_GE(result.oscillations->p50, 1) << "let in again by most";
    EXPECT_EQ(result.stuck, 0U);
    EXPECT_EQ(result.views_final, 1U);
  }
}

// Scenario S7, goal G14: who gets through what it hears seconds late accuses the healthy, and
// without Lifeguard believes in their deaths before it reads that they deny it. Here it judges
// nobody for what it has not read.
TEST(MemberFaultsTest, TheStarvedMakeSwimCondemnTheHealthyAndUsNot) {
  MembershipSpec spec = SpecOf(Profile::kSwimBaseline, MembershipFault::kStarve, 50, 8);
  spec.duration = minutes(1);
  const MembershipResult swim = RunMembership(spec);
  spec.profile = Profile::kLifeguard;
  const MembershipResult lifeguard = RunMembership(spec);
  spec.profile = Profile::kLan;
  const MembershipResult ours = RunMembership(spec);
  EXPECT_GT(swim.fp, 100U);
  EXPECT_LT(lifeguard.fp, swim.fp / 10);
  EXPECT_GT(ours.accusations, 0U) << "they are slow";
  EXPECT_EQ(ours.accusations_by_struck, 0U);
  EXPECT_EQ(ours.fp, 0U);
  EXPECT_EQ(ours.fp_healthy, 0U);
}

// What costs next to nothing is done in any slot: the starved are then only late.
TEST(MemberFaultsTest, TheStarvedWhoseWorkIsCheapKeepUp) {
  MembershipSpec spec = SpecOf(Profile::kSwimBaseline, MembershipFault::kStarve, 50, 8);
  spec.cost = microseconds(5);
  spec.duration = minutes(1);
  const MembershipResult result = RunMembership(spec);
  EXPECT_GT(result.accusations, 0U);
  EXPECT_EQ(result.fp, 0U);
  EXPECT_EQ(result.false_deaths, 0U);
}

TEST(MemberFaultsTest, TheDeafAndTheLossyAreSuspected) {
  for (const MembershipFault fault : {MembershipFault::kDeaf, MembershipFault::kLossy}) {
    for (const Profile profile : {Profile::kLan, Profile::kMemberlistLan}) {
      MembershipSpec spec = SpecOf(profile, fault, 30, 2);
      spec.duration = seconds(60);
      const MembershipResult result = RunMembership(spec);
      EXPECT_TRUE(result.suspect.at_99pct.has_value());
      EXPECT_TRUE(result.out_share_final.has_value());
    }
  }
}

// Failure catalogue, case 21: links that work one way, or lose most, made memberlist oscillate
// without end. Scenarios S4 and S5: they are let in again once at most, and nobody else pays.
TEST(MemberFaultsTest, Case21_TheDeafAndTheLossyAreOutAndStayOut) {
  for (const MembershipFault fault : {MembershipFault::kDeaf, MembershipFault::kLossy}) {
    MembershipSpec spec = SpecOf(Profile::kLan, fault, 60, 1);
    spec.duration = seconds(170);
    const MembershipResult result = RunMembership(spec);
    ASSERT_TRUE(result.suspect.at_99pct && result.oscillations && result.out_share_final);
    EXPECT_LE(result.suspect.at_99pct->max, 30);
    EXPECT_LE(result.oscillations->max, 1);
    EXPECT_EQ(*result.out_share_final, 1);
    EXPECT_EQ(result.fp_healthy, 0U);
    EXPECT_EQ(result.healthy_degraded, 0U);
  }
}

// Scenario S20.
TEST(MemberFaultsTest, WhoIsContinuedAccusesNobody) {
  for (const Duration off : {seconds(1), seconds(5), seconds(30)}) {
    MembershipSpec spec = SpecOf(Profile::kLan, MembershipFault::kStop, 50, 8);
    spec.off = off;
    spec.on = seconds(10);
    spec.duration = 2 * (off + seconds(10));
    const MembershipResult result = RunMembership(spec);
    EXPECT_GT(result.accusations, 0U) << "they were silent";
    EXPECT_EQ(result.accusations_by_struck, 0U);
    EXPECT_EQ(result.fp, 0U);
    EXPECT_EQ(result.stuck, 0U);
  }
}

// Of what a member does that flaps, others send no packets: fewer leave than did before the
// damping.
TEST(MemberFaultsTest, ThoseThatFlapCostTheOthersLittle) {
  MembershipSpec spec = SpecOf(Profile::kLan, MembershipFault::kNone, 64, 1);
  spec.duration = seconds(60);
  const double at_rest = RunMembership(spec).tx_packets_per_node_s;
  spec = SpecOf(Profile::kLan, MembershipFault::kAnomaly, 64, 8);
  spec.off = milliseconds(16'384);
  spec.on = milliseconds(4);
  const MembershipResult result = RunMembership(spec);
  EXPECT_EQ(result.fp, 0U);
  EXPECT_LT(result.tx_packets_per_node_s, 2.2 * at_rest);
}

TEST(MemberFaultsTest, ACutHeals) {
  MembershipSpec spec = SpecOf(Profile::kLan, MembershipFault::kCut, 40, 10);
  spec.islands = 3;
  const MembershipResult result = RunMembership(spec);
  ASSERT_TRUE(result.heal_contact_s && result.heal_all_s);
  EXPECT_LE(result.heal_contact_s->max, 2);
  EXPECT_LE(result.heal_all_s->max, 5);
  EXPECT_GT(result.false_deaths, result.fp) << "who is cut off is rightly gone";
  EXPECT_EQ(result.stuck, 0U);
  EXPECT_EQ(result.views_final, 1U);
  EXPECT_FALSE(result.dead.all.has_value());
}

// S11, case 3: they share nothing but a foundation and a contact.
TEST(MemberFaultsTest, IslandsThatNeverMetBecomeOneCluster) {
  for (const TableMode tables : {TableMode::kScale, TableMode::kFull}) {
    MembershipSpec spec = SpecOf(Profile::kLan, MembershipFault::kCut, 40, 10);
    spec.islands = 4;
    spec.never_met = true;
    spec.off = seconds(10);
    spec.tables = tables;
    const MembershipResult result = RunMembership(spec);
    ASSERT_TRUE(result.heal_contact_s && result.heal_all_s);
    EXPECT_LE(result.heal_contact_s->max, 2);
    EXPECT_LE(result.heal_all_s->max, 5);
    EXPECT_EQ(result.false_deaths, 0U);
    EXPECT_EQ(result.views_final, 1U);
  }
}

TEST(MemberFaultsTest, MemberlistNeverHealsALongCut) {
  MembershipSpec spec = SpecOf(Profile::kMemberlistLan, MembershipFault::kCut, 20, 10);
  spec.off = minutes(3);
  const MembershipResult result = RunMembership(spec);
  EXPECT_FALSE(result.heal_all_s.has_value());
}

// S3: a third at once.
TEST(MemberFaultsTest, ManyCrashesAreAllBelievedAndNobodyElseDies) {
  MembershipSpec spec = SpecOf(Profile::kLan, MembershipFault::kHostCrash, 90, 30);
  const MembershipResult result = RunMembership(spec);
  ASSERT_TRUE(result.dead.all.has_value());
  EXPECT_EQ(result.false_deaths, 0U);
  EXPECT_EQ(result.raised, 0U);
  EXPECT_GT(result.view_sizes, 1U);
  EXPECT_EQ(result.views_final, 1U);
}

TEST(MemberFaultsTest, PacketsAreWhatTheTrafficIsMadeOf) {
  for (const Profile profile : {Profile::kLan, Profile::kMemberlistLan, Profile::kSwim}) {
    MembershipSpec spec = SpecOf(profile, MembershipFault::kHostCrash, 20, 1);
    const std::uint64_t without = RunMembership(spec).trace_hash;
    spec.packets = true;
    const MembershipResult result = RunMembership(spec);
    EXPECT_EQ(result.trace_hash, without) << "looking changes nothing";
    ASSERT_TRUE(result.tx_by_kind && result.most_probes);
    double bytes = 0;
    for (const PacketFigures& figures : *result.tx_by_kind) bytes += figures.bytes;
    // What the one that crashed had sent before is not among the others' traffic, and it sent
    // nothing since.
    EXPECT_NEAR(bytes, result.tx_bytes_per_node_s_mean, 0.001 * bytes);
    EXPECT_GE(*result.most_probes, 2U);
  }
}

TEST(MemberFaultsTest, EqualSpecsGiveEqualResults) {
  for (const Profile profile : {Profile::kLan, Profile::kLifeguard}) {
    for (const MembershipFault fault : {MembershipFault::kAnomaly, MembershipFault::kStarve,
                                        MembershipFault::kDeaf, MembershipFault::kLossy}) {
      MembershipSpec spec = SpecOf(profile, fault, 16, 3);
      spec.duration = seconds(20);
      const MembershipResult one = RunMembership(spec);
      const MembershipResult two = RunMembership(spec);
      EXPECT_EQ(one.trace_hash, two.trace_hash);
      EXPECT_EQ(one.false_suspicions, two.false_suspicions);
      spec.seed = 2;
      EXPECT_NE(RunMembership(spec).trace_hash, one.trace_hash);
    }
  }
}

}  // namespace
}  // namespace vf::sim
