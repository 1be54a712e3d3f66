// One Swim: those who join through it.
#include <gtest/gtest.h>

#include <set>

#include "tests/gossip/swim_fixture.h"

namespace vf {
namespace {

TEST_F(SwimTest, JoinIsAnsweredWithWhatTheJoinerNeeds) {
  MemberRecord joiner = RecordOf(400, 9);
  joiner.seat = 0;
  joiner.replicas = joiner.partition_digits = 0;
  Say(joiner, Join{joiner, {}, {}, true});
  const auto ok = Sent<JoinOk>(joiner.endpoint);
  ASSERT_TRUE(ok);
  EXPECT_EQ(ok->foundation, foundation_);
  EXPECT_EQ(ok->settings, (ClusterSettings{3, 2, 3600}));
  EXPECT_EQ(ok->sample.at(0).key(), kSelf);
  EXPECT_NE(ok->exchange_with, kNoMember);
  EXPECT_FALSE(Find(400)) << "it has not shown our foundation yet";
}

// A joining member would let the joiner wait for the whole exchange deadline.
TEST_F(SwimTest, TheBulkComesFromOneThatHasJoinedItself) {
  MemberRecord ready = RecordOf(600, 6);
  ready.phase = Phase::kSyncing;
  Admit(ready);
  SayThatItHasJoined(ready);
  std::set<MemberKey> named;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const MemberRecord joiner = RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i));
    Say(joiner, Join{joiner, {}, {}, true});
    const auto ok = Sent<JoinOk>(joiner.endpoint);
    ASSERT_TRUE(ok);
    EXPECT_EQ(ok->sample.size(), 4u);
    named.insert(ok->exchange_with);
  }
  EXPECT_EQ(named, (std::set<MemberKey>{kSelf, 600}));
}

// When nearly all restart, the table holds thousands for alive whom nobody has looked at since.
TEST_F(SwimTest, TheBulkComesFromNobodyWhoWasNotHeardOfLately) {
  MemberRecord ready = RecordOf(600, 6);
  ready.phase = Phase::kReady;
  Admit(ready);
  SayThatItHasJoined(ready);
  std::set<MemberKey> named;
  const auto ask = [&] {
    for (std::uint8_t i = 0; i < 50; ++i) {
      const MemberRecord joiner = RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i));
      Say(joiner, Join{joiner, {}, {}, true});
      named.insert(Sent<JoinOk>(joiner.endpoint)->exchange_with);
    }
  };
  now_ += seconds(2);
  ask();
  EXPECT_EQ(named, (std::set<MemberKey>{kSelf, 600}));
  now_ += milliseconds(1);
  named.clear();
  ask();
  EXPECT_EQ(named, (std::set<MemberKey>{kSelf}));
}

TEST_F(SwimTest, JoinersAreAnsweredAtOnceAndTheirNewsGoesInBatches) {
  Pass(seconds(2));
  Take();
  std::set<TimePoint> batches;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const MemberRecord joiner = RecordOf(1'000 + i, static_cast<std::uint8_t>(20 + i));
    Admit(joiner);
    EXPECT_TRUE(Sent<JoinOk>(joiner.endpoint));
    const std::uint64_t pushes = swim_.counters().pushes;
    Pass(milliseconds(2));
    if (swim_.counters().pushes > pushes) batches.insert(now_);
  }
  EXPECT_GE(batches.size(), 5u);
  EXPECT_LE(batches.size(), 12u) << "100 newcomers in 200 ms";
}

// It does not know yet who had the newcomer's address before.
TEST_F(SwimTest, WhoHasNotJoinedAdmitsOnlyWhoHas) {
  MemberRecord controller = RecordOf(500, 7);
  controller.roles = kRoleController;
  swim_ = Swim(Config(), controller, {}, now_, kWall, Rng(6));
  const ClusterSettings settings{kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
  const auto joins = [&](const MemberRecord& r, bool wants_state) {
    Say(r, Join{r, foundation_, settings, wants_state});
    return Sent<JoinOk>(r.endpoint).has_value();
  };
  EXPECT_TRUE(joins(a_, true));
  EXPECT_EQ(swim_.Snapshot().foundation, foundation_) << "told of its cluster";
  EXPECT_FALSE(swim_.Snapshot().joined);
  EXPECT_FALSE(Find(kA));
  EXPECT_TRUE(joins(b_, false));
  EXPECT_TRUE(Find(kB));
}

// Its own boot number may still be below that of a former process at its address.
TEST_F(SwimTest, TheAnswerOfOneThatHasNotJoinedNamesNobody) {
  SwimConfig config = Config();
  config.contacts = 1;
  swim_ = Swim(config, RecordOf(500, 7), {}, now_, kWall, Rng(6));
  swim_.SetContact(now_, 0, {a_.endpoint});
  swim_.OnTimer(now_, kWall);
  JoinOk ok;
  ok.foundation = foundation_;
  ok.settings = {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
  ok.sample = {a_};
  Say(a_, ok);
  EXPECT_EQ(swim_.Snapshot().foundation, foundation_);
  EXPECT_FALSE(Find(kA));
  ok.exchange_with = kA;
  Say(a_, ok);
  EXPECT_TRUE(Find(kA));
}

// Those who let it in may be gone before they told anybody; what it says counts for nothing then.
TEST_F(SwimTest, WhoIsHandedMembersByOneThatDoesNotKnowItAsksThatOneToLetItIn) {
  SwimConfig config = Config();
  config.contacts = 1;
  for (const bool known : {false, true}) {
    const MemberRecord self = RecordOf(500, 7);
    swim_ = Swim(config, self, {}, now_, kWall, Rng(6));
    swim_.SetContact(now_, 0, {a_.endpoint});
    swim_.OnTimer(now_, kWall);
    JoinOk ok;
    ok.foundation = foundation_;
    ok.settings = {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
    ok.sample = {a_, b_};
    ok.exchange_with = kB;
    Say(a_, ok);
    Say(a_, ok);
    SwimOutputs out;
    swim_.TakeOutputs(out);
    ASSERT_EQ(out.exchanges.size(), 1u);
    EXPECT_EQ(out.exchanges[0].peer, kB);
    PeerHello hello;
    hello.key = kB;
    hello.boot = b_.boot;
    hello.foundation = foundation_;
    swim_.OnExchangePart(now_, hello, {1, {a_}, {}});
    swim_.OnExchangePart(now_, hello, {2, {b_}, {}});
    if (known) swim_.OnExchangePart(now_, hello, {3, {self}, {}});
    swim_.OnExchangeOutcome(now_, out.exchanges[0].number, ExchangeOutcome::kDone);
    EXPECT_TRUE(swim_.Snapshot().joined);
    Pass(milliseconds(1));
    const auto asked = Sent<Join>(b_.endpoint);
    EXPECT_EQ(asked.has_value(), !known);
    EXPECT_FALSE(asked.value_or(Join{}).want_state) << "it has joined";
  }
}

// A joiner that has been told of A and B and is to get the members from B, over TCP. At its address
// there was another process before, with a later boot number: the clock went back since.
class JoinerTest : public SwimTest {
 protected:
  static constexpr std::uint64_t kFormerBoot = BootAt(kWall) + 100;

  JoinerTest() {
    SwimConfig config = Config();
    config.contacts = 1;
    swim_ = Swim(config, self_, {}, now_, kWall, Rng(6));
    swim_.SetContact(now_, 0, {a_.endpoint});
    swim_.OnTimer(now_, kWall);
    JoinOk ok;
    ok.foundation = foundation_;
    ok.settings = {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
    ok.sample = {a_, b_};
    ok.exchange_with = kB;
    Say(a_, ok);
    SwimOutputs out;
    swim_.TakeOutputs(out);
    exchange_ = out.exchanges.at(0).number;
    hello_.key = kB;
    hello_.boot = b_.boot;
    hello_.foundation = foundation_;
    former_.boot = kFormerBoot;
  }
  void Hear(const MemberRecord& record) {
    const std::vector<MemberRecord> none;
    const std::vector<MemberRecord> one = {record};
    swim_.OnExchangePart(now_, hello_,
                         {4, record.IsLive() ? one : none, record.IsLive() ? none : one});
  }
  void FinishExchange() {
    swim_.OnExchangeOutcome(now_, exchange_, ExchangeOutcome::kDone);
    ASSERT_TRUE(swim_.Snapshot().joined);
  }
  std::uint64_t OwnBoot() { return Find(self_.key())->record.boot; }

  const MemberRecord self_ = RecordOf(500, 7);
  MemberRecord former_ = RecordOf(600, 7);
  PeerHello hello_;
  std::uint32_t exchange_ = 0;
};

TEST_F(JoinerTest, TakesABootNumberAboveThatOfTheDeadAtItsAddress) {
  former_.state = MemberState::kDead;
  former_.death_reason = DeathReason::kRefused;
  Hear(former_);
  FinishExchange();
  EXPECT_EQ(OwnBoot(), kFormerBoot + 1);
  Pass(milliseconds(1));
  const auto join = Sent<Join>(a_.endpoint);
  ASSERT_TRUE(join) << "whoever refused the number before is asked again";
  EXPECT_EQ(join->record.boot, kFormerBoot + 1);
}

TEST_F(JoinerTest, TakesABootNumberAboveThatOfOneThereWhomNobodyHasMissedYet) {
  Hear(former_);
  FinishExchange();
  EXPECT_EQ(OwnBoot(), kFormerBoot + 1);
  EXPECT_FALSE(Find(former_.key())) << "it cannot live where we do";
}

TEST_F(JoinerTest, TakesABootNumberAboveThatOfOneThereWhomAContactNames) {
  JoinOk ok;
  ok.foundation = foundation_;
  ok.settings = {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS};
  ok.sample = {a_, former_};
  ok.exchange_with = kB;
  Say(a_, ok);
  EXPECT_EQ(OwnBoot(), kFormerBoot + 1);
  // The answer to the JOIN with the number before comes late.
  Say(a_, JoinNo{JoinRefusal::kAddressHeld, kDefaultReplicas, kDefaultPartitionDigits, "held",
                 foundation_, kFormerBoot});
  FinishExchange();
  EXPECT_EQ(OwnBoot(), kFormerBoot + 1);
  Take();
  EXPECT_EQ(refused_, "");
}

TEST_F(JoinerTest, KeepsItsBootNumberWhereThoseOfFormerProcessesAreLower) {
  former_.boot = self_.boot - 1;
  Hear(former_);
  former_.state = MemberState::kDead;
  Hear(former_);
  FinishExchange();
  EXPECT_EQ(OwnBoot(), self_.boot);
}

TEST_F(JoinerTest, TakesNoBootNumberFromTheFuture) {
  former_.boot = self_.boot + kMaxBootLead + 1;
  Hear(former_);
  FinishExchange();
  EXPECT_EQ(OwnBoot(), self_.boot);
}

// Of two that live at one address the later boot has it: whoever has joined does not outbid it.
TEST_F(JoinerTest, OutbidsNobodyAtItsAddressOnceItHasJoined) {
  FinishExchange();
  Hear(former_);
  EXPECT_EQ(OwnBoot(), self_.boot);
}

TEST_F(JoinerTest, AsksByDatagramsWherePartsCountForNothing) {
  hello_.boot = b_.boot - 1;
  Hear(former_);
  EXPECT_EQ(Drops(DropReason::kOldBoot), 1u);
  swim_.OnExchangeOutcome(now_, exchange_, ExchangeOutcome::kDone);
  EXPECT_FALSE(swim_.Snapshot().joined) << "nobody has told it anything";
  Pass(milliseconds(1));
  EXPECT_TRUE(Sent<Digest>(b_.endpoint));
}

// Its contact knows of a process that the giver of the members had never heard of.
TEST_F(JoinerTest, ToldOfAGreaterBootNumberAfterItHasJoinedItTellsEverybody) {
  FinishExchange();
  Pass(milliseconds(100));
  Take();
  Say(a_, JoinNo{JoinRefusal::kAddressHeld, kDefaultReplicas, kDefaultPartitionDigits, "held",
                 foundation_, kFormerBoot});
  EXPECT_EQ(OwnBoot(), kFormerBoot + 1);
  Pass(milliseconds(10));
  const auto told = Sent<Alive>(b_.endpoint);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->record.boot, kFormerBoot + 1);
}

TEST_F(SwimTest, JoinRefusalsNameTheirReason) {
  MemberRecord joiner = RecordOf(400, 9);
  Say(joiner, Join{joiner, {}, {0, 3, 0}, true});
  EXPECT_EQ(Sent<JoinNo>(joiner.endpoint)->reason, JoinRefusal::kSettings);
  Say(joiner, Join{joiner, Foundation{1, 2}, {3, 2, 3600}, true});
  EXPECT_EQ(Sent<JoinNo>(joiner.endpoint)->reason, JoinRefusal::kOtherFoundation);
  joiner.proto_min = joiner.proto_max = 2;
  Say(joiner, Join{joiner, {}, {}, true});
  EXPECT_EQ(Sent<JoinNo>(joiner.endpoint)->reason, JoinRefusal::kProtocol);
  MemberRecord late = RecordOf(401, 2);  // at A's address, with an older boot
  late.boot = kBoot - 10;
  Say(late, Join{late, foundation_, {3, 2, 3600}, true});
  const auto held = Sent<JoinNo>(late.endpoint);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->reason, JoinRefusal::kAddressHeld);
  EXPECT_EQ(held->holder_boot, kBoot);
}

TEST_F(SwimTest, SettingsOutsideTheBoundsAreOfNoCluster) {
  const MemberRecord joiner = RecordOf(400, 9);
  Say(joiner, Join{joiner, foundation_, {kMaxReplicas + 1, 2, 3600}, true});
  Say(joiner, Join{joiner, foundation_, {3, kMaxPartitionDigits + 1, 3600}, true});
  EXPECT_FALSE(Sent<JoinOk>(joiner.endpoint));
  Say(joiner, Join{joiner, foundation_, {3, 2, 3600}, true});
  EXPECT_TRUE(Sent<JoinOk>(joiner.endpoint));
}

}  // namespace
}  // namespace vf
