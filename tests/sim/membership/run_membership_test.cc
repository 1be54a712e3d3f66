// What a run measures, and that it is the same whenever and however it is built.
#include <gtest/gtest.h>

#include <string>

#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {
namespace {

MembershipSpec SpecOf(int nodes, MembershipFault fault) {
  MembershipSpec spec;
  spec.nodes = nodes;
  spec.fault = fault;
  return spec;
}

TEST(RunMembershipTest, CrashesAreSuspectedThenDeadEverywhere) {
  for (const MembershipFault fault :
       {MembershipFault::kProcessCrash, MembershipFault::kHostCrash}) {
    MembershipSpec spec = SpecOf(50, fault);
    spec.faults = 2;
    spec.trials = 3;
    const MembershipResult result = RunMembership(spec);
    ASSERT_TRUE(result.suspect.first && result.suspect.at_99pct && result.dead.first &&
                result.dead.at_99pct && result.dead.all);
    EXPECT_LE(result.suspect.first->p50, result.suspect.at_99pct->p50);
    if (fault == MembershipFault::kHostCrash) {
      EXPECT_LE(result.suspect.at_99pct->p50, result.dead.first->p50);
    } else {
      EXPECT_LE(result.dead.at_99pct->p50, 0.5) << "witnesses need no suspicion";
    }
    EXPECT_LE(result.dead.first->p50, result.dead.at_99pct->p50);
    EXPECT_LE(result.dead.at_99pct->p50, result.dead.all->p50);
    EXPECT_LE(result.dead.all->max, 5);
    EXPECT_FALSE(result.visible.all);
    EXPECT_EQ(result.false_suspicions + result.false_deaths, 0u);
  }
}

TEST(RunMembershipTest, JoinersAreSeenByAll) {
  MembershipSpec spec = SpecOf(50, MembershipFault::kJoin);
  spec.faults = 3;
  const MembershipResult result = RunMembership(spec);
  ASSERT_TRUE(result.visible.at_99pct && result.visible.all);
  EXPECT_LE(result.visible.all->max, 0.5);
  EXPECT_FALSE(result.dead.first);
  EXPECT_EQ(result.false_suspicions + result.false_deaths, 0u);
}

TEST(RunMembershipTest, SlowerNetworksHaveSlowerProfiles) {
  double before = 0;
  for (const Profile profile : {Profile::kLan, Profile::kCloud, Profile::kWan}) {
    MembershipSpec spec = SpecOf(20, MembershipFault::kHostCrash);
    spec.profile = profile;
    spec.trials = 5;
    const MembershipResult result = RunMembership(spec);
    ASSERT_TRUE(result.dead.all);
    EXPECT_GT(result.dead.all->p50, before);
    EXPECT_EQ(result.false_suspicions, 0u);
    before = result.dead.all->p50;
  }
}

// The same question to the others.
TEST(RunMembershipTest, RivalsAreMeasuredToo) {
  for (const Profile profile : {Profile::kSwimBaseline, Profile::kMemberlistLan}) {
    MembershipSpec spec = SpecOf(10, MembershipFault::kHostCrash);
    spec.profile = profile;
    const MembershipResult result = RunMembership(spec);
    ASSERT_TRUE(result.dead.all);
    EXPECT_GT(result.dead.all->p50, 1);
    EXPECT_EQ(result.spec.profile, profile);
  }
}

TEST(RunMembershipTest, TheSameSeedGivesTheSameRunAndAnotherSeedAnother) {
  MembershipSpec spec = SpecOf(30, MembershipFault::kHostCrash);
  spec.loss = 0.05;
  spec.trials = 2;
  const MembershipResult first = RunMembership(spec);
  const MembershipResult again = RunMembership(spec);
  EXPECT_EQ(first.trace_hash, again.trace_hash);
  EXPECT_EQ(first.events, again.events);
  EXPECT_EQ(first.false_suspicions, again.false_suspicions);
  EXPECT_EQ(first.tx_bytes_per_node_s_mean, again.tx_bytes_per_node_s_mean);
  spec.seed = 2;
  EXPECT_NE(RunMembership(spec).trace_hash, first.trace_hash);
}

// Every build of every preset has to come to these numbers. They change with the protocol, and with
// each new draw of a generator; then the new ones go here.
TEST(RunMembershipTest, TraceHashesAreThoseOnRecord) {
  MembershipSpec crash = SpecOf(60, MembershipFault::kProcessCrash);
  crash.loss = 0.03;
  crash.duration = seconds(10);
  EXPECT_EQ(RunMembership(crash).trace_hash, 3034769208972909743U);
  MembershipSpec join = SpecOf(40, MembershipFault::kJoin);
  join.profile = Profile::kWan;
  join.faults = 2;
  join.duration = seconds(20);
  EXPECT_EQ(RunMembership(join).trace_hash, 3085567834600725166U);
}

TEST(RunMembershipTest, NonsenseIsNamed) {
  EXPECT_TRUE(ValidateMembershipSpec({}).ok());
  const auto message = [](const MembershipSpec& spec) {
    return std::string(ValidateMembershipSpec(spec).message());
  };
  EXPECT_EQ(message(SpecOf(1, MembershipFault::kNone)), "nodes must be 2 to 100000");
  MembershipSpec spec = SpecOf(5, MembershipFault::kHostCrash);
  spec.faults = 5;
  EXPECT_EQ(message(spec), "faults must be 1 to one less than nodes");
  spec = SpecOf(5, MembershipFault::kNone);
  spec.loss = 1.5;
  EXPECT_EQ(message(spec), "loss must be 0 to 1");
  spec = SpecOf(5, MembershipFault::kHostCrash);
  spec.off = seconds(1);
  EXPECT_EQ(message(spec), "off must be above 0, and the fault one that is over after a time");
  spec = SpecOf(5, MembershipFault::kCut);
  spec.on = seconds(1);
  EXPECT_EQ(message(spec), "on must be above 0, and the fault one that comes again");
  spec = SpecOf(6, MembershipFault::kCut);
  spec.faults = 2;
  spec.islands = 4;
  EXPECT_EQ(message(spec), "the islands must leave somebody for the last one");
  spec = SpecOf(100'000, MembershipFault::kJoin);
  EXPECT_EQ(message(spec), "nodes and those that join must be at most 100000");
  spec = SpecOf(90'000, MembershipFault::kJoin);
  spec.faults = 300;
  EXPECT_EQ(message(spec), "the tables must take 20 GB at most");
  spec = SpecOf(20'000, MembershipFault::kCut);
  spec.faults = 10'000;
  EXPECT_EQ(message(spec), "the tables must take 20 GB at most");
  spec = SpecOf(11'000, MembershipFault::kNone);
  EXPECT_TRUE(ValidateMembershipSpec(spec).ok());
  spec.tables = TableMode::kFull;
  EXPECT_EQ(message(spec), "the tables must take 20 GB at most");
  spec = SpecOf(5, MembershipFault::kNone);
  spec.tables = TableMode::kFull;
  spec.profile = Profile::kSwim;
  EXPECT_EQ(message(spec), "tables are of lan, lan-1s, cloud and wan");
}

TEST(RunMembershipTest, ProgressIsShown) {
  int calls = 0;
  Duration last{};
  MembershipSpec spec = SpecOf(10, MembershipFault::kNone);
  RunMembership(spec, [&](int trials, Duration passed) {
    EXPECT_EQ(trials, 0);
    last = passed;
    ++calls;
  });
  EXPECT_GE(calls, 10);
  EXPECT_EQ(last, seconds(60));
}

}  // namespace
}  // namespace vf::sim
