// One Swim: what it says of itself: pauses, its leave, its return.
#include <gtest/gtest.h>

#include <variant>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

TEST_F(SwimTest, OversleepingIsAnnouncedBeforeAnybodyAsks) {
  const std::uint32_t before = Find(kSelf)->record.incarnation;
  now_ += seconds(2);
  swim_.OnTimer(now_, kWall);
  EXPECT_EQ(Find(kSelf)->record.incarnation, before + 1);
  Take();
  EXPECT_TRUE(suspected_self_);
  EXPECT_EQ(StateOf(kA), MemberState::kAlive);
}

TEST_F(SwimTest, AfterItLeftItOnlySaysGoodbye) {
  swim_.Leave(now_, LeaveKind::kEmptied);
  EXPECT_EQ(Sent<Left>(a_.endpoint)->kind, LeaveKind::kEmptied);
  EXPECT_EQ(StateOf(kSelf), MemberState::kLeft);
  Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kAlive, 0});
  EXPECT_FALSE(Sent<PingAck>());
  Pass(milliseconds(300));
  EXPECT_TRUE(Sent<Left>());
  EXPECT_EQ(swim_.NextDeadline(), kNever);
}

TEST_F(SwimTest, SupersededProcessComesBackWithANewBoot) {
  Say(a_, Dead{kSelf, Boot32(kBoot), kFinalIncarnation, kA, DeathReason::kSuperseded, 0});
  EXPECT_EQ(Find(kSelf)->record.boot, kBoot);
  EXPECT_NE(swim_.Snapshot().excluded, "");
  Take();
  EXPECT_TRUE(suspected_self_);
  const Endpoint own = RecordOf(kSelf, 1).endpoint;
  Pass(seconds(31));
  const auto sent = Take();
  ASSERT_EQ(sent.size(), 1u) << "it asks at its address, and is silent otherwise";
  ASSERT_EQ(sent[0].first, own);
  const std::uint32_t seq = std::get<Ping>(sent[0].second.messages[0]).seq;
  Say(RecordOf(999, 1), NotMe{seq, 999, 1, 0});
  EXPECT_EQ(Find(kSelf)->record.boot, kBoot) << "somebody else answers there";
  Pass(seconds(31));
  const auto again = Take();
  ASSERT_EQ(again.size(), 1u);
  swim_.OnDatagram(now_, kWall, own, EncodePacket(again[0].second));
  EXPECT_GT(Find(kSelf)->record.boot, kBoot) << "its own question has come back";
  EXPECT_EQ(swim_.Snapshot().excluded, "");
}

// It took itself for complete: a new phase of ours must not keep from it that it was dead here.
TEST_F(SwimTest, ANewPhaseStillTellsOthersThatTheyWereDeadHere) {
  Say(b_, Dead{kA, Boot32(kBoot), 0, kB, DeathReason::kTimeout, 0});
  MemberRecord back = a_;
  back.incarnation = 1;
  Say(a_, Alive{back});
  ASSERT_EQ(StateOf(kA), MemberState::kAlive);
  Pass(milliseconds(1));
  Take();
  swim_.SetPhase(now_, Phase::kSyncing, {});
  Take();
  Pass(milliseconds(60));
  const auto told = Sent<Dead>(a_.endpoint);
  ASSERT_TRUE(told) << "it has not confirmed yet";
  EXPECT_EQ(told->key, kA);
}

TEST_F(SwimTest, EveryDatagramIsReadableAndShort) {
  for (std::uint8_t i = 0; i < 60; ++i) {
    Admit(RecordOf(1'000 + MemberKey{i} * 7'777'777'777'777, static_cast<std::uint8_t>(20 + i)));
  }
  Pass(seconds(5));
  for (const auto& sent : Take()) EXPECT_TRUE(sent.first.IsUsableAsPeer());
}

}  // namespace
}  // namespace vf
