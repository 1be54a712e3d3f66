// Complaints of the data path: they start probes, and never kill.
#include <gtest/gtest.h>

#include <vector>

#include "gossip/detector/report_limits.h"
#include "gossip/members/member_order.h"
#include "tests/gossip/datagram_of.h"
#include "tests/support/gossip_network.h"

namespace vf {
namespace {

constexpr WallTime kWall{1'800'000'000'000};

TEST(ReportLimitsTest, EachReporterHasTwentyASecond) {
  ReportLimits limits;
  TimePoint now{seconds(10)};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limits.Take(now, 1));
  EXPECT_FALSE(limits.Take(now, 1));
  EXPECT_TRUE(limits.Take(now, 2));
  int taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    now += milliseconds(10);
    if (limits.Take(now, 1)) ++taken;
  }
  EXPECT_GE(taken, 195);
  EXPECT_LE(taken, 205);
}

TEST(ReportLimitsTest, BeyondTheMostReportersOneWaitsForAnotherToBeSilent) {
  ReportLimits limits;
  TimePoint now{seconds(10)};
  for (MemberKey key = 1; key <= ReportLimits::kMaxReporters; ++key) limits.Take(now, key);
  EXPECT_FALSE(limits.Take(now, 5'000));
  now += seconds(1);
  EXPECT_TRUE(limits.Take(now, 5'000));
}

// Members 0 to 11; nobody probes but for reports.
class ReportTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kMembers = 12;
  static constexpr std::size_t kProber = 0;
  static constexpr std::size_t kReporter = 1;

  void Start(Duration probe_interval) {
    GossipProcessOptions options;
    options.config.probe_interval = probe_interval;
    net_.StartWarm(kMembers, options);
  }
  // A REPORT of the reporter to the prober.
  void Complain(const std::vector<std::size_t>& members,
                ComplaintReason reason = ComplaintReason::kRefused) {
    const MembershipSnapshot seen = net_.swim(kProber).Snapshot();
    Report report;
    for (const std::size_t i : members) {
      const MemberRecord& about = net_.Find(seen, i)->record;
      report.entries.push_back({about.key(), Boot32(about.boot), reason, 1, kWall.ms, kWall.ms});
    }
    Say(kReporter, net_.Find(seen, kReporter)->record, report);
  }
  // A SUSPECT of the reporter about another member.
  void AccuseByTheReporter() {
    const MembershipSnapshot seen = net_.swim(kProber).Snapshot();
    const MemberRecord& from = net_.Find(seen, kReporter)->record;
    const MemberRecord& about = net_.Find(seen, 7)->record;
    Say(kReporter, from,
        Suspect{about.key(), Boot32(about.boot), about.incarnation, from.key(), 0});
  }
  // To the prober, from where process `at` is.
  void Say(std::size_t at, const MemberRecord& from, const Message& message) {
    net_.Inject(GossipNetwork::EndpointOf(at), kProber,
                DatagramOf(from, GossipNetwork::kClusterHash, message));
  }
  const SwimCounters& counters() { return net_.swim(kProber).counters(); }
  // Nothing passes between the two, in both directions.
  void Separate(std::size_t a, std::size_t b) {
    net_.filter = [a, b](std::size_t from, std::size_t to, ByteSpan) {
      return (from == a && to == b) || (from == b && to == a);
    };
  }

  GossipNetwork net_{7};
};

// Scenario S16.
TEST_F(ReportTest, AFrontendThatComplainsForEverKillsNobody) {
  Start(milliseconds(250));
  for (int i = 0; i < 6'000; ++i) {
    Complain({2 + static_cast<std::size_t>(i) % (kMembers - 2), 5});
    net_.Run(milliseconds(10));
  }
  EXPECT_TRUE(net_.Agree());
  EXPECT_EQ(net_.false_deaths(), 0);
  EXPECT_EQ(counters().suspicions_raised + counters().suspicions_heard, 0u);
  EXPECT_EQ(counters().reports_confirmed, 0u);
  EXPECT_LE(counters().reports_taken, 20u * 61);
  EXPECT_GE(counters().reports_refuted, 900u);
  EXPECT_GT(counters().drops[static_cast<std::size_t>(DropReason::kOverload)], 1'000u);
}

TEST_F(ReportTest, WhoeverAnswersNobodyIsSuspectedWithinOneProbe) {
  Start(seconds(60));
  net_.Crash(5, /*host_up=*/false);
  Complain({5});
  EXPECT_TRUE(net_.RunUntil([&] { return net_.Believes(kProber, 5, MemberState::kSuspect); },
                            milliseconds(500)));
  EXPECT_EQ(counters().reports_confirmed, 1u);
}

TEST_F(ReportTest, WhomOnlyTheProberCannotReachIsSavedByTheRelays) {
  Start(seconds(60));
  Separate(kProber, 5);
  Complain({5});
  net_.Run(milliseconds(500));
  EXPECT_TRUE(net_.Believes(kProber, 5, MemberState::kAlive));
  EXPECT_EQ(counters().reports_refuted, 1u);
}

// Scenario S16: its complaints were refuted, so what it says as a member confirms nothing either.
TEST_F(ReportTest, FalseReportsLowerTheScoreOfTheReporter) {
  Start(seconds(60));
  for (std::size_t i = 2; i < 5; ++i) {
    Complain({i});
    net_.Run(milliseconds(50));
  }
  ASSERT_EQ(counters().reports_refuted, 3u);
  AccuseByTheReporter();
  EXPECT_EQ(counters().accusations_discounted, 1u);
}

// The gossip thread answers, whatever the data threads do: that refutes no timeout.
TEST_F(ReportTest, ATimeoutThatAPingCannotRefuteLeavesTheScoreOfTheReporter) {
  Start(seconds(60));
  for (std::size_t i = 2; i < 6; ++i) {
    Complain({i}, ComplaintReason::kTimeout);
    net_.Run(milliseconds(50));
  }
  ASSERT_EQ(counters().reports_refuted, 4u);
  AccuseByTheReporter();
  EXPECT_EQ(counters().accusations_discounted, 0u);
}

TEST_F(ReportTest, ABusyMemberAdmitsWhatIsSaidOfIt) {
  Start(seconds(60));
  for (std::size_t i = 2; i < 6; ++i) {
    net_.swim(i).SetBusy(net_.now(), true);
    Complain({i});
    net_.Run(milliseconds(50));
    EXPECT_TRUE(net_.Believes(kProber, i, MemberState::kAlive));
  }
  EXPECT_EQ(counters().reports_refuted, 0u);
  EXPECT_EQ(counters().reports_confirmed, 4u);
  EXPECT_EQ(counters().found_busy, 4u);
  AccuseByTheReporter();
  EXPECT_EQ(counters().accusations_discounted, 0u);
}

// Silence of the relays is no evidence against the target.
TEST_F(ReportTest, AProberThatHearsNobodyAccusesNobody) {
  Start(seconds(60));
  net_.Cut({kProber});
  Complain({5});
  net_.Run(milliseconds(500));
  EXPECT_TRUE(net_.Believes(kProber, 5, MemberState::kAlive));
  EXPECT_EQ(counters().reports_confirmed, 0u);
}

TEST_F(ReportTest, OfThoseWhoAreNoMembersAndOfFormerLivesNothingIsTaken) {
  Start(seconds(60));
  const MembershipSnapshot seen = net_.swim(kProber).Snapshot();
  const MemberRecord about = net_.Find(seen, 5)->record;
  const MemberRecord reporter = net_.Find(seen, kReporter)->record;
  MemberRecord stranger = net_.Find(seen, 3)->record;
  stranger.id.bytes.fill(std::byte{1});
  const std::uint32_t boot32 = Boot32(about.boot);
  Say(3, stranger, Report{{{about.key(), boot32, ComplaintReason::kRefused, 1, 0, 0}}});
  Say(kReporter, reporter, Report{{{about.key(), boot32 - 1, ComplaintReason::kRefused, 1, 0, 0}}});
  EXPECT_EQ(counters().reports_taken, 0u);
}

}  // namespace
}  // namespace vf
