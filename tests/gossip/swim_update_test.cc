// One Swim: what it is told of members, and what it does not let itself be told.
#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "gossip/members/view_hash.h"
#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

TEST_F(SwimTest, AnswersPingsAndNamesItselfToThoseWhoMeanAnother) {
  Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kAlive, Find(kSelf)->record.incarnation});
  EXPECT_EQ(Sent<PingAck>(a_.endpoint)->seq, 9u);
  Say(a_, Ping{10, 12345, 1, MemberState::kAlive, 0});
  EXPECT_EQ(Sent<NotMe>(a_.endpoint)->key, kSelf);
  Say(a_, Ping{11, kNoMember, 0, MemberState::kAlive, 0});
  EXPECT_EQ(Sent<PingAck>(a_.endpoint)->seq, 11u);
}

// Lifeguard's buddy rule: the ping itself says what its sender believes.
TEST_F(SwimTest, RefutesSuspicionWithHigherIncarnation) {
  const std::uint32_t before = Find(kSelf)->record.incarnation;
  Say(a_, Ping{9, kSelf, Boot32(kBoot), MemberState::kSuspect, before + 3});
  const auto answer = Sent<Alive>(a_.endpoint);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->record.incarnation, before + 4);
  EXPECT_TRUE(suspected_self_);
}

TEST_F(SwimTest, RefutesDeathAndForgedLeave) {
  std::uint32_t incarnation = Find(kSelf)->record.incarnation;
  Say(a_, Dead{kSelf, Boot32(kBoot), incarnation, kB, DeathReason::kTimeout, 0});
  EXPECT_EQ(Find(kSelf)->record.incarnation, incarnation + 1);
  Say(a_, Left{kSelf, Boot32(kBoot), incarnation + 1, LeaveKind::kStopped, 0});
  EXPECT_EQ(Find(kSelf)->record.incarnation, incarnation + 2);
  EXPECT_EQ(StateOf(kSelf), MemberState::kAlive);
  Say(a_, Dead{kSelf, Boot32(kBoot), incarnation, kB, DeathReason::kTimeout, 0});
  EXPECT_EQ(Find(kSelf)->record.incarnation, incarnation + 2) << "that one is out of date";
}

// U8
TEST_F(SwimTest, ForgedIncarnationsNeverWrapAround) {
  Say(a_, Suspect{kSelf, Boot32(kBoot), kFinalIncarnation, kB, 1});
  EXPECT_EQ(Drops(DropReason::kInvalidRecord), 1u);
  Say(a_, Suspect{kSelf, Boot32(kBoot), kFinalIncarnation - 1, kB, 1});
  EXPECT_EQ(Find(kSelf)->record.boot, kBoot + 1) << "at the end of the numbers: a new boot";
  EXPECT_EQ(Find(kSelf)->record.incarnation, 0u);
}

// U8
TEST_F(SwimTest, BootNumbersFromTheFutureAreNotAdmitted) {
  for (const auto days : std::initializer_list<std::uint64_t>{2, 365, 36'500}) {
    MemberRecord r = b_;
    r.boot += kMaxBootLead * days;
    Say(a_, Alive{r});
    EXPECT_EQ(Find(kB)->record.boot, kBoot);
  }
  EXPECT_EQ(Drops(DropReason::kInvalidRecord), 3u);
}

// U7
TEST_F(SwimTest, OwnKeyFromElsewhereIsNotMergedAsSelf) {
  MemberRecord forged = RecordOf(kSelf, 9);
  Say(forged, Batch{{Dead{kA, Boot32(kBoot), 0, kSelf, DeathReason::kTimeout, 0}}});
  EXPECT_EQ(StateOf(kA), MemberState::kAlive);
  EXPECT_EQ(Drops(DropReason::kOwnKey), 1u);
  EXPECT_EQ(Find(kSelf)->record.endpoint, RecordOf(kSelf, 1).endpoint);
}

// U10
TEST_F(SwimTest, UnusableAddressesAreNotAdmitted) {
  for (const char* address : {"0.0.0.0:80", "[::]:80", "224.0.0.1:80", "255.255.255.255:80",
                              "10.0.0.9:0", "10.0.0.1:8000"}) {
    MemberRecord r = RecordOf(400, 9);
    r.endpoint = *Endpoint::Parse(address);
    Say(a_, Alive{r});
    EXPECT_FALSE(Find(400)) << address;
  }
  EXPECT_EQ(Drops(DropReason::kInvalidRecord), 6u);
}

TEST_F(SwimTest, StatementsOfStrangersAreNotTaken) {
  const MemberRecord stranger = RecordOf(999, 9);
  Say(stranger, SuspectOf(a_, 999));
  Say(stranger, Alive{RecordOf(1000, 10)});
  Say(stranger, Left{kA, Boot32(kBoot), 0, LeaveKind::kStopped, 0});
  EXPECT_EQ(StateOf(kA), MemberState::kAlive);
  EXPECT_FALSE(Find(1000));
  EXPECT_EQ(Drops(DropReason::kUnknownSender), 3u);
}

TEST_F(SwimTest, RecordsOfAnotherClustersSettingsAreNotAdmitted) {
  MemberRecord r = RecordOf(400, 9);
  r.replicas = 5;
  Say(a_, Alive{r});
  EXPECT_FALSE(Find(400));
}

TEST_F(SwimTest, OlderLifeOfAMemberIsToldOfItsNewerOne) {
  MemberRecord restarted = a_;
  restarted.boot = kBoot + 5;
  Admit(restarted);
  EXPECT_EQ(Find(kA)->record.boot, kBoot + 5);
  Take();
  Say(a_, SuspectOf(b_, kA));
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
  EXPECT_EQ(Drops(DropReason::kOldBoot), 1u);
  EXPECT_EQ(Sent<Alive>(a_.endpoint)->record.boot, kBoot + 5);
}

// Failure catalogue 5 and 6; SWIM, section 4.2.
TEST_F(SwimTest, StaleAliveOfAThirdPartyCannotRaiseTheDead) {
  Say(a_, Dead{kB, Boot32(kBoot), 0, kA, DeathReason::kTimeout, 0});
  ASSERT_EQ(StateOf(kB), MemberState::kDead);
  Take();
  Say(a_, Alive{b_});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  EXPECT_EQ(Sent<Suspect>(a_.endpoint)->key, kB) << "and whoever says so is told to ask";
  MemberRecord refuted = b_;
  refuted.incarnation = 1;
  Say(a_, Alive{refuted});
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

// Failure catalogue 20
TEST_F(SwimTest, ForgottenMemberComesBackOnlyWithANewBoot) {
  Say(a_, Dead{kB, Boot32(kBoot), kFinalIncarnation, kA, DeathReason::kOperator, 0});
  MemberRecord refuted = b_;
  refuted.incarnation = 50;
  Say(a_, Alive{refuted});
  EXPECT_EQ(StateOf(kB), MemberState::kDead);
  MemberRecord restarted = b_;
  restarted.boot += 1;
  Admit(restarted);
  EXPECT_EQ(StateOf(kB), MemberState::kAlive);
}

// U9
TEST_F(SwimTest, LiveMemberMovesOnlyWhenItAnswersAtItsNewAddress) {
  MemberRecord moved = b_;
  moved.incarnation = 1;
  moved.meta_version = 2;
  moved.endpoint = Endpoint::V4({10, 0, 0, 33}, 9000);
  Say(a_, Alive{moved});
  EXPECT_EQ(Find(kB)->record.endpoint, b_.endpoint);
  const auto ping = Sent<Ping>(moved.endpoint);
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->target, kB);
  SayFrom(b_.endpoint, b_, PingAck{ping->seq, 0, 0});
  EXPECT_EQ(Find(kB)->record.endpoint, b_.endpoint) << "the answer came from the old place";
  SayFrom(moved.endpoint, moved, PingAck{ping->seq, 0, 0});
  EXPECT_EQ(Find(kB)->record.endpoint, moved.endpoint);
}

// Failure catalogue 17
TEST_F(SwimTest, SameLeaveTwiceMakesNoSecondWave) {
  const Left left{kB, Boot32(kBoot), 0, LeaveKind::kEmptied, 0};
  Say(a_, left);
  EXPECT_EQ(StateOf(kB), MemberState::kLeft);
  Pass(seconds(3));
  Take();
  Say(a_, left);
  EXPECT_FALSE(Sent<Left>());
}

TEST_F(SwimTest, AccusationsOfTheUnknownAreForwardedOnce) {
  const Suspect suspect{888, 5, 0, kB, 1};
  Say(a_, suspect);
  EXPECT_TRUE(Sent<Suspect>());
  Say(a_, suspect);
  EXPECT_FALSE(Sent<Suspect>());
  EXPECT_FALSE(Find(888));
}

// A death that comes in a member exchange may be a cut's.
TEST_F(SwimTest, DeathInAnExchangeIsASuspicionFirst) {
  MemberRecord dead = b_;
  dead.state = MemberState::kDead;
  Say(a_, Exchange{0, {}, {dead}});
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
  MemberRecord unknown = RecordOf(400, 9);
  unknown.state = MemberState::kDead;
  unknown.age_s = 30;
  unknown.owned_at_end = true;
  Say(a_, Exchange{0, {}, {unknown}});
  EXPECT_EQ(StateOf(400), MemberState::kDead);
  EXPECT_TRUE(Find(400)->record.owned_at_end);
  EXPECT_EQ(Find(400)->since, now_ - seconds(30));
}

TEST_F(SwimTest, TheDeadWhoSpeakAreToldAndNotBelievedAboutOthers) {
  Say(a_, Dead{kB, Boot32(kBoot), 0, kA, DeathReason::kTimeout, 0});
  Take();
  Say(b_, Dead{kA, Boot32(kBoot), 0, kB, DeathReason::kTimeout, 0});
  EXPECT_EQ(StateOf(kA), MemberState::kSuspect) << "not dead: it may refute";
  EXPECT_EQ(Sent<Dead>(b_.endpoint)->key, kB);
}

TEST_F(SwimTest, DataPathTeachesMembersButKillsNobody) {
  MemberRecord dead = b_;
  dead.state = MemberState::kDead;
  const std::vector<MemberRecord> records = {RecordOf(400, 9), dead};
  swim_.Learn(now_, records);
  EXPECT_EQ(StateOf(400), MemberState::kAlive);
  EXPECT_FALSE(Find(400)->verified);
  EXPECT_EQ(StateOf(kB), MemberState::kSuspect);
}

// A controller that is gone is asked to let us in, once a second, until the operator forgets it.
class ForgottenControllerTest : public SwimTest {
 protected:
  ForgottenControllerTest() {
    controller_.roles = kRoleController;
    controller_.seat = 0;
    Admit(controller_);
    Say(a_, DeadOf(0, DeathReason::kTimeout));
    Take();
  }
  Dead DeadOf(std::uint32_t incarnation, DeathReason reason) const {
    return {controller_.key(), Boot32(kBoot), incarnation, kA, reason, 0};
  }
  // Seconds in which it was asked, of the next ten.
  int Asked() {
    int asked = 0;
    for (int i = 0; i < 10; ++i) {
      Take();
      Pass(seconds(1));
      if (Sent<Join>(controller_.endpoint)) ++asked;
    }
    return asked;
  }
  MemberRecord controller_ = RecordOf(400, 4);
};

TEST_F(ForgottenControllerTest, IsAskedUntilItIsForgotten) {
  EXPECT_GE(Asked(), 9);
  EXPECT_EQ(swim_.Forget(now_, controller_.id), ForgetOutcome::kForgotten);
  EXPECT_EQ(Asked(), 0);
}

TEST_F(ForgottenControllerTest, IsAskedNoMoreThoughItWasEvictedBefore) {
  Pass(minutes(11));
  ASSERT_FALSE(Find(controller_.key())) << "only its tombstone is left";
  EXPECT_GE(Asked(), 9);
  EXPECT_EQ(swim_.Forget(now_, controller_.id), ForgetOutcome::kForgotten);
  EXPECT_EQ(Asked(), 0);
}

TEST_F(ForgottenControllerTest, IsAskedNoMoreThoughOnlyAnExchangeTellsOfIt) {
  for (const bool evicted : {false, true}) {
    SCOPED_TRACE(evicted);
    MemberRecord forgotten = controller_;
    forgotten.boot = kBoot + (evicted ? 1 : 0);
    if (evicted) {
      Admit(forgotten);
      Dead death = DeadOf(0, DeathReason::kTimeout);
      death.boot32 = Boot32(forgotten.boot);
      Say(a_, death);
      Pass(minutes(11));
      ASSERT_FALSE(Find(controller_.key()));
    }
    forgotten.state = MemberState::kDead;
    forgotten.incarnation = kFinalIncarnation;
    forgotten.death_reason = DeathReason::kOperator;
    EXPECT_GE(Asked(), 9);
    Say(b_, Exchange{static_cast<std::uint8_t>(BucketOf(forgotten.key())), {}, {forgotten}});
    EXPECT_EQ(Asked(), 0);
  }
}

TEST_F(SwimTest, ALeaveInALaterBootIsCountedAsNoDeath) {
  MemberRecord left = a_;
  left.boot = kBoot + 1;
  left.state = MemberState::kLeft;
  swim_.Learn(now_, std::vector<MemberRecord>{left});
  EXPECT_EQ(StateOf(kA), MemberState::kLeft);
  EXPECT_EQ(swim_.counters().deaths, (std::array<std::uint64_t, 4>{}));
}

}  // namespace
}  // namespace vf
