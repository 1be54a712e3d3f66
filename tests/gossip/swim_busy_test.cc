// One Swim: data threads that stand still, its own and others', and what the data path reports.
#include <gtest/gtest.h>

#include <cstdint>
#include <variant>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

TEST_F(SwimTest, WhoIsBusySaysSoInEachAckUntilItIsNotAnyMore) {
  const auto flags = [this] {
    Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kAlive, Find(kSelf)->record.incarnation});
    const auto ack = Sent<PingAck>(a_.endpoint);
    return ack ? ack->flags : 0xff;
  };
  EXPECT_EQ(flags(), 0);
  swim_.SetBusy(now_, true);
  EXPECT_EQ(flags(), kAckBusy);
  swim_.SetBusy(now_, false);
  EXPECT_EQ(flags(), 0);
}

// Whose round of probes comes by once a minute: what B is asked in between, it is asked for being
// busy.
class SlowRoundTest : public SwimTest {
 protected:
  SlowRoundTest() : SwimTest(SlowRound()) {}

  static SwimConfig SlowRound() {
    SwimConfig config = Config();
    config.probe_interval = seconds(60);
    return config;
  }
  // Lets time pass while B answers its pings with these flags, and A its own. How often B was
  // asked.
  int PassAsked(Duration duration, std::uint8_t flags) {
    int asked = 0;
    for (const TimePoint end = now_ + duration; now_ < end;) {
      Pass(milliseconds(10));
      for (const auto& [to, packet] : Take()) {
        for (const Message& message : packet.messages) {
          const Ping* ping = std::get_if<Ping>(&message);
          if (ping == nullptr) continue;
          const bool b = to == b_.endpoint;
          if (b) ++asked;
          Say(b ? b_ : a_, PingAck{ping->seq, 0, b ? flags : std::uint8_t{0}});
        }
      }
    }
    return asked;
  }
};

TEST_F(SlowRoundTest, ABusyMemberIsAliveAndPingedEverySecondUntilItTurns) {
  swim_.Report(now_, kB, kBoot, {ComplaintReason::kTimeout, 1, milliseconds(100)});
  const auto ping = Sent<Ping>(b_.endpoint);
  ASSERT_TRUE(ping);
  Say(b_, PingAck{ping->seq, 0, kAckBusy});
  EXPECT_TRUE(Find(kB)->busy);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  SwimOutputs out;
  swim_.TakeOutputs(out);
  EXPECT_TRUE(out.members_changed) << "requests are to go elsewhere";
  const int while_busy = PassAsked(seconds(3), kAckBusy);
  EXPECT_GE(while_busy, 2);
  EXPECT_LE(while_busy, 4);
  EXPECT_TRUE(Find(kB)->busy);
  PassAsked(milliseconds(1'100), 0);
  EXPECT_FALSE(Find(kB)->busy);
  EXPECT_LE(PassAsked(seconds(3), 0), 1) << "nobody looks after it any more";
  EXPECT_EQ(swim_.counters().found_busy, 1u);
}

TEST_F(SwimTest, WhatARelayPassesOnIsAboutTheTarget) {
  swim_.Report(now_, kB, kBoot);
  Pass(milliseconds(100));
  const auto request = Sent<PingReq>(a_.endpoint);
  ASSERT_TRUE(request);
  Say(a_, PingAck{request->seq, 0, kAckBusy});
  EXPECT_TRUE(Find(kB)->busy);
  EXPECT_FALSE(Find(kA)->busy);
}

TEST_F(SwimTest, ABusyMemberThatRestartsIsNotBusy) {
  swim_.Report(now_, kB, kBoot);
  Say(b_, PingAck{Sent<Ping>(b_.endpoint)->seq, 0, kAckBusy});
  ASSERT_TRUE(Find(kB)->busy);
  MemberRecord again = b_;
  ++again.boot;
  Admit(again);
  EXPECT_FALSE(Find(kB)->busy);
}

TEST_F(SwimTest, ABusyMemberThatDiesAndReturnsIsNotBusyUntilItSaysSo) {
  swim_.Report(now_, kB, kBoot);
  Say(b_, PingAck{Sent<Ping>(b_.endpoint)->seq, 0, kAckBusy});
  ASSERT_TRUE(Find(kB)->busy);
  Say(a_, Dead{kB, Boot32(kBoot), 0, kA, DeathReason::kRefused, 0});
  ASSERT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_FALSE(Find(kB)->busy) << "the dead are dead, whatever they were";
  MemberRecord back = b_;
  ++back.incarnation;
  Say(a_, Alive{back});
  ASSERT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_FALSE(Find(kB)->busy) << "what it said before it was gone counts no more";
}

TEST_F(SwimTest, AReportSaysWhyOfHowManyAndSinceWhen) {
  MemberRecord controller = RecordOf(400, 4);
  controller.roles = kRoleController;
  controller.seat = 0;
  Admit(controller);
  Take();
  swim_.Report(now_, kB, kBoot, {ComplaintReason::kTimeout, 3, milliseconds(120)});
  std::optional<Report> report;
  std::uint32_t seq = 0;
  for (const auto& [to, packet] : Take()) {
    if (const auto* m = std::get_if<Report>(&packet.messages.front())) report = *m;
    if (const auto* m = std::get_if<Ping>(&packet.messages.front())) seq = m->seq;
  }
  ASSERT_TRUE(report);
  ASSERT_EQ(report->entries.size(), 1u);
  EXPECT_EQ(report->entries[0].reason, ComplaintReason::kTimeout);
  EXPECT_EQ(report->entries[0].count, 3u);
  EXPECT_EQ(report->entries[0].last_ms - report->entries[0].first_ms, 120u);

  // While it is being probed nobody is told; it goes with the next one.
  swim_.Report(now_, kB, kBoot, {ComplaintReason::kRefused, 4, milliseconds(10)});
  EXPECT_FALSE(Sent<Report>(controller.endpoint));
  Say(b_, PingAck{seq, 0, 0});
  swim_.Report(now_, kB, kBoot, {ComplaintReason::kTimeout, 1, {}});
  report = Sent<Report>(controller.endpoint);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries[0].reason, ComplaintReason::kRefused);
  EXPECT_EQ(report->entries[0].count, 4u) << "the same requests wait all the while";
}

}  // namespace
}  // namespace vf
