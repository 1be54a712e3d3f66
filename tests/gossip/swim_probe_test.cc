// One Swim: probes, relays, and what it makes of silence.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

// SWIM, section 3.1: direct ping, then relays, then the verdict.
TEST_F(SwimTest, AsksRelaysBeforeItSuspects) {
  swim_.Report(now_, kB, kBoot);
  auto first = Take();
  ASSERT_TRUE(std::any_of(first.begin(), first.end(),
                          [&](const auto& sent) { return sent.first == b_.endpoint; }));
  Pass(milliseconds(100));  // RTO, before any round trip was measured
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, kB);
  EXPECT_EQ(request->endpoint, b_.endpoint);
  Pass(milliseconds(100));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  Pass(milliseconds(60));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

TEST_F(SwimTest, AckOfARelaySavesTheTarget) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingAck{request->seq, 0, 0});
  Pass(milliseconds(150));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

TEST_F(SwimTest, WhoHearsNobodyTakesItselfForCutOffAndAccusesNobody) {
  for (std::uint8_t i = 0; i < 60; ++i) {
    Admit(RecordOf(1'000 + MemberKey{i}, static_cast<std::uint8_t>(20 + i)));
  }
  Pass(seconds(8));
  EXPECT_TRUE(swim_.Snapshot().isolated);
  EXPECT_EQ(swim_.counters().local_health, 8);
  EXPECT_EQ(swim_.counters().isolations, 1u);
  Take();
  ASSERT_FALSE(warnings_.empty());
  EXPECT_EQ(warnings_.back().substr(0, 9), "isolated:");
  const std::uint64_t raised = swim_.counters().suspicions_raised;
  EXPECT_LT(raised, 20u);
  Pass(seconds(20));
  EXPECT_EQ(swim_.counters().suspicions_raised, raised) << "no new accusations";
  swim_.OnRefused(now_, RecordOf(1'059, 79).endpoint);
  EXPECT_EQ(swim_.counters().suspicions_raised, raised) << "nor by a filter of its own";
}

// As behind a translator of addresses, or with a wrong --advertise.
TEST_F(SwimTest, WhoIsAnsweredButNeverAskedSaysThatNobodyReachesItAndStopsRefuting) {
  PassAnswered(a_, seconds(20));
  EXPECT_FALSE(swim_.Snapshot().unreached) << "nobody complains";
  const auto incarnation = [this] { return Find(kSelf)->record.incarnation; };
  const auto suspect = [&] { Say(a_, Suspect{kSelf, Boot32(kBoot), incarnation(), kA, 1}); };
  suspect();
  suspect();
  EXPECT_FALSE(swim_.Snapshot().unreached);
  const std::uint32_t last = incarnation();
  suspect();
  EXPECT_TRUE(swim_.Snapshot().unreached);
  EXPECT_EQ(swim_.counters().unreached, 1u);
  suspect();
  EXPECT_EQ(incarnation(), last) << "they are right";
  Say(a_, Ping{7, kNoMember, 0, MemberState::kAlive, 0});
  EXPECT_TRUE(swim_.Snapshot().unreached) << "that one asks whoever is there";
  Say(a_, Ping{8, kSelf, Boot32(kBoot), MemberState::kDead, last});
  EXPECT_FALSE(swim_.Snapshot().unreached);
  EXPECT_EQ(incarnation(), last + 1) << "and refutes at once";
}

TEST_F(SwimTest, TheLastTwoFindEachOtherDead) {
  Pass(seconds(60));
  EXPECT_EQ(StateOf(kA), MemberState::kDead);
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_FALSE(swim_.Snapshot().isolated);
}

// Else six members probe it for each suspicion, and on a lossy link each makes a new one.
TEST_F(SwimTest, ARefutationEndsProbesThatWereToConfirm) {
  Say(a_, SuspectOf(b_, kA));
  ASSERT_EQ(StateOf(kB), MemberState::kSuspect);
  ASSERT_EQ(swim_.counters().probes, 1u) << "with three members, each confirms";
  MemberRecord refuted = b_;
  refuted.incarnation = 1;
  Say(a_, Alive{refuted});
  ASSERT_EQ(StateOf(kB), MemberState::kAlive);
  const std::uint64_t failed = swim_.counters().probes_failed;
  swim_.Report(now_, kB, kBoot);
  EXPECT_EQ(swim_.counters().probes, 2u) << "nobody probes it any more";
  EXPECT_EQ(swim_.counters().probes_failed, failed);
}

// Lifeguard's nacks: who is told *no* by its relay can be reached itself.
TEST_F(SwimTest, SilentRelaysAreASignOfBadHealthAndNacksAreNot) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  EXPECT_GT(request->budget_ms, 100u);
  Say(a_, PingNack{request->seq, NackReason::kTimeout});
  Pass(milliseconds(160));
  ASSERT_EQ(StateOf(kB), MemberState::kSuspect);
  EXPECT_EQ(swim_.counters().local_health, 0);
  MemberRecord refuted = b_;
  refuted.incarnation = 1;
  Say(a_, Alive{refuted});
  Take();
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(260));
  ASSERT_EQ(StateOf(kB), MemberState::kSuspect);
  EXPECT_GT(swim_.counters().local_health, 0) << "A kept silent";
  EXPECT_EQ(Take().back().second.header.local_health, swim_.counters().local_health);
}

TEST_F(SwimTest, InBadHealthItProbesSlowerAndSuspectsLonger) {
  for (int i = 0; i < 4; ++i) {
    Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kSuspect, Find(kSelf)->record.incarnation});
  }
  ASSERT_EQ(swim_.counters().local_health, 4);
  Take();
  Say(a_, SuspectOf(b_, kA));
  const std::uint64_t probes = swim_.counters().probes;
  Pass(milliseconds(1'100));
  EXPECT_LE(swim_.counters().probes - probes, 2u) << "one every 1.25 s, and the suspect once";
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "not dead after 1 s";
  PassAnswered(a_, seconds(20));
  EXPECT_EQ(swim_.counters().local_health, 0);
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
}

// An ack that waits to be read came in time, if the kernel says so.
TEST_F(SwimTest, NobodyIsJudgedForWhatMayStillWaitToBeRead) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  const TimePoint sent = now_;
  Pass(milliseconds(240));
  Take();
  for (int ms = 250; ms <= 260; ++ms) {
    now_ = sent + milliseconds(ms);
    swim_.OnTimer(now_, kWall, sent + milliseconds(230));
    EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  }
  EXPECT_LE(swim_.NextDeadline(), now_) << "the verdict stays due";
  swim_.OnDatagram(now_, kWall, b_.endpoint, DatagramOf(b_, kCluster, PingAck{ping->seq, 0, 0}),
                   sent + milliseconds(235));
  swim_.OnTimer(now_, kWall);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

TEST_F(SwimTest, PingsForOthersAndTellsTheOutcome) {
  Say(a_, PingReq{50, kB, b_.endpoint, true, 100});
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  Say(b_, PingAck{ping->seq, 3, 0});
  EXPECT_EQ(Sent<PingAck>(a_.endpoint)->seq, 50u);
  Say(a_, PingReq{51, kB, b_.endpoint, true, 100});
  Take();
  Pass(milliseconds(80));
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kTimeout);
  Say(a_, PingReq{52, kB, b_.endpoint, true, 100});
  Take();
  swim_.OnRefused(now_, b_.endpoint);
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kRefused);
}

}  // namespace
}  // namespace vf
