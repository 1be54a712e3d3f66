// One Swim: refusals, echoes over TCP, somebody else at the address.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

// --- Refusals and echoes. N = 3: kSelf, A and B; all others of B are kSelf and A.

TEST_F(SwimTest, ARefusalAsksRelaysAndTheEchoAtOnce) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto sent = Take();
  ASSERT_EQ(sent.size(), 1u) << "no ping, which would be refused too";
  EXPECT_EQ(sent[0].first, a_.endpoint);
  EXPECT_EQ(std::get<PingReq>(sent[0].second.messages.at(0)).target, kB);
  ASSERT_EQ(echoes_.size(), 1u);
  EXPECT_EQ(echoes_[0].to, b_.endpoint);
  EXPECT_EQ(echoes_[0].target, kB);
  EXPECT_EQ(echoes_[0].boot, kBoot);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

// Failure catalogue 22
TEST_F(SwimTest, ARefusalAloneWaitsForRelaysAndTheEcho) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingNack{request->seq, NackReason::kTimeout});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "the echo has not come back";
  swim_.OnEcho(now_, request->seq, {});
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "nothing more is to be heard";
  Pass(milliseconds(3));
  const auto news = Sent<Suspect>(a_.endpoint);
  ASSERT_TRUE(news);
  EXPECT_EQ(news->evidence, kEvidenceUdp | kEvidenceRefused);
  PassAnswered(a_, milliseconds(1'000));
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kRefused);
}

TEST_F(SwimTest, AllWitnessesRefusedAreADeathWithoutSuspicion) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingNack{request->seq, NackReason::kRefused});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "a firewall could have answered";
  swim_.OnEcho(now_, request->seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kRefused);
  EXPECT_EQ(swim_.counters().fast_deaths, 1u);
  EXPECT_EQ(swim_.counters().suspicions_raised, 0u);
  Pass(milliseconds(3));
  EXPECT_EQ(Sent<Dead>(a_.endpoint)->reason, DeathReason::kRefused);
}

TEST_F(SwimTest, WitnessesOfOtherProbersAddUp) {
  Suspect suspect = SuspectOf(b_, kA);
  suspect.evidence = kEvidenceUdp | kEvidenceTcp | kEvidenceRefused;
  Say(a_, suspect);
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "one witness";
  swim_.OnRefused(now_, b_.endpoint);
  EXPECT_EQ(StateOf(kB), MemberState::kDead) << "and the second";
}

TEST_F(SwimTest, HearsayIsNoWitness) {
  Suspect suspect = SuspectOf(b_, kA);
  suspect.evidence = kEvidenceRelayed | kEvidenceRefused;  // A's relay, perhaps this process
  Say(a_, suspect);
  swim_.OnRefused(now_, b_.endpoint);
  Take();
  ASSERT_FALSE(echoes_.empty());
  swim_.OnEcho(now_, echoes_.back().seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

TEST_F(SwimTest, DatagramsRefusedByAFirewallKillNobodyWhoAnswersByName) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingNack{request->seq, NackReason::kRefused});
  swim_.OnEcho(now_, request->seq, {EchoResult::Outcome::kAnswered, kB, kBoot, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  swim_.OnRefused(now_, b_.endpoint);
  Take();
  swim_.OnEcho(now_, echoes_.back().seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "what was before its answer counts no more";
}

// --- Blocked datagrams

class BlockedUdpTest : public SwimTest {
 protected:
  // B is probed again, and answers over TCP alone.
  void AnswerOverTcp() {
    const auto wish = [&] {
      return std::find_if(echoes_.begin(), echoes_.end(),
                          [](const EchoWish& w) { return w.target == kB; });
    };
    for (int i = 0; i < 100 && wish() == echoes_.end(); ++i) {
      Pass(milliseconds(10));
      Take();
    }
    ASSERT_NE(wish(), echoes_.end());
    const EchoWish answered = *wish();
    echoes_.clear();
    swim_.OnEcho(now_, answered.seq, {EchoResult::Outcome::kAnswered, kB, kBoot, 0});
    Pass(answered.until - now_);
    Take();
  }
};

// Failure catalogue 13
TEST_F(BlockedUdpTest, WhoAnswersOverTcpAloneStaysAliveAndIsMarked) {
  swim_.Report(now_, kB, kBoot);
  for (int probe = 0; probe < 2; ++probe) {
    EXPECT_FALSE(Find(kB)->udp_bad) << "once may be loss";
    AnswerOverTcp();
  }
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_TRUE(Find(kB)->udp_bad);
  EXPECT_EQ(swim_.counters().udp_found_bad, 1u);
  EXPECT_EQ(warnings_.back(),
            "10.0.0.3:8000 answers over TCP only: datagrams (UDP) do not get there and back");
  std::optional<Ping> ping;
  for (int i = 0; i < 400 && !(ping = Sent<Ping>(b_.endpoint)); ++i) Pass(milliseconds(10));
  ASSERT_TRUE(ping);
  Say(b_, PingAck{ping->seq, 0, 0});
  EXPECT_FALSE(Find(kB)->udp_bad);
  Take();
  EXPECT_EQ(log_.back(), "10.0.0.3:8000 answers datagrams (UDP) again");
}

TEST_F(BlockedUdpTest, WhoIsMarkedDiesAndReturnsIsMarkedOnlyWhenItIsFoundSoAgain) {
  swim_.Report(now_, kB, kBoot);
  AnswerOverTcp();
  AnswerOverTcp();
  ASSERT_TRUE(Find(kB)->udp_bad);
  Say(a_, Dead{kB, Boot32(kBoot), 0, kA, DeathReason::kRefused, 0});
  ASSERT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_FALSE(Find(kB)->udp_bad) << "the dead are dead, whatever they were";
  MemberRecord back = b_;
  ++back.incarnation;
  Say(a_, Alive{back});
  ASSERT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_FALSE(Find(kB)->udp_bad) << "what was found before it was gone counts no more";
  AnswerOverTcp();
  AnswerOverTcp();
  EXPECT_TRUE(Find(kB)->udp_bad);
  EXPECT_EQ(swim_.counters().udp_found_bad, 2u) << "and is said aloud again";
}

TEST_F(SwimTest, Case14_OnlyTheRightNameAndBootProveLife) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq, {EchoResult::Outcome::kAnswered, 999, 1, 0});
  Pass(milliseconds(155));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
  const auto news = Sent<Suspect>(a_.endpoint);
  ASSERT_TRUE(news);
  EXPECT_EQ(news->evidence, kEvidenceTcp | kEvidenceRefused | kEvidenceDataPath);
}

// A suspect whose datagrams are blocked refutes over TCP, and who hears it tells the others.
TEST_F(SwimTest, ARefutationOverTcpIsPassedOn) {
  Say(a_, SuspectOf(b_, kA));
  Pass(milliseconds(100));
  Take();
  ASSERT_FALSE(echoes_.empty()) << "whoever hears of a suspicion probes, among so few";
  EXPECT_EQ(echoes_.back().status, MemberState::kSuspect);
  EXPECT_EQ(echoes_.back().incarnation, 0u);
  swim_.OnEcho(now_, echoes_.back().seq, {EchoResult::Outcome::kAnswered, kB, kBoot, 1});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_EQ(Find(kB)->record.incarnation, 1u);
  Pass(milliseconds(3));
  EXPECT_EQ(Sent<Alive>(a_.endpoint)->record.incarnation, 1u);
}

TEST_F(SwimTest, AnEchoThatAccusesIsRefutedInItsAnswer) {
  const std::uint32_t before = Find(kSelf)->record.incarnation;
  const EchoAnswer friendly = swim_.AnswerEcho(now_, {kSelf, kBoot, MemberState::kAlive, before});
  EXPECT_EQ(friendly.key, kSelf);
  EXPECT_EQ(friendly.boot, kBoot);
  EXPECT_EQ(friendly.incarnation, before);
  const EchoAnswer accused = swim_.AnswerEcho(now_, {kSelf, kBoot, MemberState::kSuspect, before});
  EXPECT_EQ(accused.incarnation, before + 1);
  EXPECT_EQ(swim_.AnswerEcho(now_, {kB, kBoot, MemberState::kSuspect, 9}).incarnation, before + 1)
      << "somebody else is meant";
}

TEST_F(SwimTest, AnAckEndsTheEcho) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  EXPECT_EQ(echoes_[0].seq, ping->seq);
  Say(b_, PingAck{ping->seq, 0, 0});
  Take();
  EXPECT_EQ(echoes_over_, std::vector<std::uint32_t>{ping->seq});
  swim_.OnEcho(now_, ping->seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  Pass(milliseconds(300));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "too late to matter";
}

TEST_F(SwimTest, SomebodyElseAtTheAddressCountsAsRefused) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  SayFrom(b_.endpoint, RecordOf(777, 3), NotMe{ping->seq, 777, 1, 0});
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  Say(a_, PingNack{ping->seq, NackReason::kNotMe});
  swim_.OnEcho(now_, ping->seq, {EchoResult::Outcome::kAnswered, 777, 1, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kRefused);
}

TEST_F(SwimTest, SomebodyElseWhoStartedLaterSupersedes) {
  swim_.Report(now_, kB, kBoot);
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  MemberRecord later = RecordOf(777, 3);
  later.boot = kBoot + 1;
  SayFrom(b_.endpoint, later, NotMe{ping->seq, 777, Boot32(later.boot), 0});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Find(kB)->record.death_reason, DeathReason::kSuperseded);
  swim_.Report(now_, kA, kBoot);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq, {EchoResult::Outcome::kAnswered, 778, kBoot + 1, 0});
  EXPECT_EQ(Find(kA)->record.death_reason, DeathReason::kSuperseded);
}

TEST_F(SwimTest, ABootFromTheFutureSupersedesNobody) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  Take();
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq,
               {EchoResult::Outcome::kAnswered, 777, kBoot + 2 * kMaxBootLead, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "one witness";
}

// Else the relays of one probe would each ask relays in turn.
TEST_F(SwimTest, ARelayLeavesARefusalToItsAsker) {
  Say(a_, PingReq{52, kB, b_.endpoint, true, 100});
  Take();
  swim_.OnRefused(now_, b_.endpoint);
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kRefused);
  EXPECT_TRUE(echoes_.empty());
  EXPECT_EQ(swim_.counters().probes, 0u);
}

// That no datagram gets there may be our own network's fault.
TEST_F(SwimTest, WhoIsUnreachableIsAskedInOtherWaysAtOnceAndIsNotRefused) {
  swim_.Report(now_, kB, kBoot);
  Take();
  ASSERT_TRUE(echoes_.empty());
  swim_.OnUnreachable(now_, b_.endpoint);
  EXPECT_TRUE(Sent<PingReq>(a_.endpoint)) << "without waiting for an answer";
  ASSERT_EQ(echoes_.size(), 1u);
  swim_.OnEcho(now_, echoes_[0].seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive) << "one witness, over TCP";
  Pass(milliseconds(500));
  EXPECT_EQ(swim_.counters().fast_deaths, 0u);
}

TEST_F(SwimTest, ARelayTellsAtOnceThatTheTargetIsUnreachable) {
  Say(a_, PingReq{52, kB, b_.endpoint, true, 100});
  Take();
  swim_.OnUnreachable(now_, b_.endpoint);
  EXPECT_EQ(Sent<PingNack>(a_.endpoint)->reason, NackReason::kUnreachable);
  EXPECT_TRUE(echoes_.empty());
}

TEST_F(SwimTest, ANackOfOneWhoCannotReachTheTargetIsNoWitness) {
  swim_.OnRefused(now_, b_.endpoint);
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  swim_.OnEcho(now_, echoes_.at(0).seq, {EchoResult::Outcome::kRefused, kNoMember, 0, 0});
  Say(a_, PingNack{request->seq, NackReason::kUnreachable});
  EXPECT_EQ(swim_.counters().fast_deaths, 0u) << "of three members, both others must be refused";
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

TEST_F(SwimTest, ReportsToControllersAreLimited) {
  MemberRecord controller = RecordOf(400, 9);
  controller.roles = kRoleController;
  controller.seat = 0;
  Admit(controller);
  std::vector<MemberRecord> members;
  for (std::uint8_t i = 0; i < 30; ++i) {
    members.push_back(RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i)));
    Admit(members.back());
  }
  Take();
  for (const MemberRecord& r : members) swim_.Report(now_, r.key(), kBoot);
  int reports = 0;
  for (const auto& [to, packet] : Take()) {
    for (const Message& message : packet.messages) {
      if (!std::holds_alternative<Report>(message)) continue;
      EXPECT_EQ(to, controller.endpoint);
      ++reports;
    }
  }
  EXPECT_EQ(reports, kMaxReportsASecond);
  EXPECT_EQ(swim_.counters().reports_held_back, 10u);
  EXPECT_EQ(swim_.counters().probes, 30u) << "all are probed nevertheless";
}

}  // namespace
}  // namespace vf
