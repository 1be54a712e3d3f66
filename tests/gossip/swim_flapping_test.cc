// One Swim: members that fall silent again and again, and whose word counts.
#include <gtest/gtest.h>

#include <variant>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

TEST_F(SwimTest, WhoFlapsIsDegradedForAWhile) {
  MemberRecord b = b_;
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(Find(kB)->degraded);
    b = AccuseAndRefute(a_, b);
  }
  EXPECT_TRUE(Find(kB)->degraded);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_EQ(swim_.counters().degradations, 1u);
  Take();
  const TimePoint until = now_ + seconds(61);
  while (now_ < until) {
    Pass(milliseconds(10));
    for (const auto& [to, packet] : Take()) {
      for (const Message& message : packet.messages) {
        const Ping* ping = std::get_if<Ping>(&message);
        if (ping == nullptr) continue;
        Say(to == a_.endpoint ? a_ : b, PingAck{ping->seq, 0, 0});
      }
    }
  }
  EXPECT_FALSE(Find(kB)->degraded);
}

// It was passed over all the time, so it must not trust what it compared with others meanwhile.
TEST_F(SwimTest, WhoIsUsedAgainAfterItFlappedIsToldThatItWasAvoided) {
  MemberRecord b = b_;
  for (int i = 0; i < 2; ++i) b = AccuseAndRefute(a_, b);
  ASSERT_TRUE(Find(kB)->degraded);
  Take();
  bool told_early = false;
  bool told = false;
  for (int i = 0; i < 10'000 && !told; ++i) {
    Pass(milliseconds(10));
    const bool degraded = Find(kB)->degraded;
    for (const auto& [to, packet] : Take()) {
      for (const Message& message : packet.messages) {
        if (const Ping* ping = std::get_if<Ping>(&message)) {
          Say(to == a_.endpoint ? a_ : b, PingAck{ping->seq, 0, 0});
        }
        const Batch* batch = std::get_if<Batch>(&message);
        if (to != b.endpoint || batch == nullptr) continue;
        for (const Update& update : batch->updates) {
          if (!std::holds_alternative<Dead>(update) || SubjectOf(update) != kB) continue;
          (degraded ? told_early : told) = true;
        }
      }
    }
  }
  EXPECT_FALSE(told_early);
  EXPECT_TRUE(told);
}

// Everybody avoids it already: what it does next is worth no packet of its own.
TEST_F(SwimTest, NewsOfAMemberThatFlapsRidesOnOtherPackets) {
  MemberRecord b = b_;
  for (int i = 0; i < 2; ++i) b = AccuseAndRefute(a_, b);
  ASSERT_TRUE(Find(kB)->degraded);
  const MemberRecord c = RecordOf(400, 4);
  Admit(c);
  int batches = 0;  // alone in a packet
  int rode = 0;     // to C, on something else
  const auto all_answer = [&](Duration duration) {
    batches = rode = 0;
    for (const TimePoint end = now_ + duration; now_ < end;) {
      Pass(milliseconds(10));
      for (const auto& [to, packet] : Take()) {
        const bool batch = std::holds_alternative<Batch>(packet.messages.back());
        if (batch && packet.messages.size() == 1) ++batches;
        if (batch && packet.messages.size() > 1 && to == c.endpoint) ++rode;
        const MemberRecord& from = to == a_.endpoint ? a_ : to == c.endpoint ? c : b;
        for (const Message& message : packet.messages) {
          if (const Ping* ping = std::get_if<Ping>(&message)) Say(from, PingAck{ping->seq, 0, 0});
        }
      }
    }
  };
  all_answer(seconds(3));
  EXPECT_GT(batches, 0) << "the newcomer C is news that presses";
  b.incarnation += 1;
  Say(a_, Alive{b});
  all_answer(seconds(3));
  EXPECT_EQ(batches, 0);
  EXPECT_GT(rode, 0);
}

// Who hears nobody accuses everybody, and is accused itself before long.
TEST_F(SwimTest, TheWordOfTheAccusedConfirmsNothing) {
  MemberRecord c = RecordOf(400, 4);
  Admit(c);
  Say(c, SuspectOf(a_, 400));
  ASSERT_EQ(StateOf(kA), MemberState::kSuspect);
  Say(a_, SuspectOf(b_, kA));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "it is told, and can refute";
  EXPECT_EQ(swim_.counters().accusations_discounted, 1u);
}

// A member that loses most of its packets accuses a healthy one, and nobody hears that; only its
// word that this one is dead arrives.
TEST_F(SwimTest, ADeathByTheWordOfOneThatFlapsIsASuspicion) {
  MemberRecord a = a_;
  for (int i = 0; i < 2; ++i) a = AccuseAndRefute(b_, a);
  ASSERT_TRUE(Find(kA)->degraded);
  const MemberRecord c = RecordOf(400, 4);
  const MemberRecord d = RecordOf(500, 5);
  Admit(c);
  Admit(d);
  const Dead dead{400, Boot32(c.boot), c.incarnation, kA, DeathReason::kTimeout, 0};
  Say(a, dead);
  EXPECT_EQ(StateOf(400), MemberState::kSuspect) << "it can refute";
  Say(b_, dead);
  EXPECT_EQ(StateOf(400), MemberState::kSuspect) << "whoever hands it on";
  Say(b_, SuspectOf(c, 500));
  Say(b_, dead);
  EXPECT_EQ(StateOf(400), MemberState::kDead) << "another one, who is believed, accuses it too";
}

TEST_F(SwimTest, ADeathByTheWordOfTheAccusedIsASuspicion) {
  const MemberRecord c = RecordOf(400, 4);
  Admit(c);
  const Dead dead{400, Boot32(c.boot), c.incarnation, kA, DeathReason::kTimeout, 0};
  Say(b_, SuspectOf(a_, kB));
  Say(b_, dead);
  EXPECT_EQ(StateOf(400), MemberState::kSuspect);
  Say(a_, Alive{[this] {
        MemberRecord back = a_;
        back.incarnation += 1;
        return back;
      }()});
  Say(b_, dead);
  EXPECT_EQ(StateOf(400), MemberState::kDead) << "it has refuted: its word counts again";
}

// Three witnesses were refused there: nobody has to be believed.
TEST_F(SwimTest, ARefusedMemberIsDeadWhoeverSaysSo) {
  const MemberRecord c = RecordOf(400, 4);
  Admit(c);
  Say(b_, SuspectOf(a_, kB));
  Say(b_, Dead{400, Boot32(c.boot), c.incarnation, kA, DeathReason::kRefused, 0});
  EXPECT_EQ(StateOf(400), MemberState::kDead);
}

TEST_F(SwimTest, WhoAccusesTheHealthyConfirmsNothing) {
  MemberRecord b = b_;
  for (int i = 0; i < 3; ++i) b = AccuseAndRefute(a_, b);
  EXPECT_EQ(swim_.counters().accusations_discounted, 1u) << "the third, after two refuted";
  Say(a_, SuspectOf(b, kA));
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect) << "it is suspected, and told so";
  EXPECT_EQ(swim_.counters().accusations_discounted, 2u);
}

}  // namespace
}  // namespace vf
