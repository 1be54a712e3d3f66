// The parts of the rivals, and the behaviours that decide their figures.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "tests/sim/rivals/rival_fixture.h"
#include "tools/cluster-sim/membership/trials.h"
#include "tools/cluster-sim/rivals/measured_rivals.h"
#include "tools/cluster-sim/rivals/news_queue.h"
#include "tools/cluster-sim/rivals/probe_order.h"

namespace vf::sim {
namespace {

using Kind = RivalMessage::Kind;

constexpr TimePoint kBorn{seconds(100)};

RivalUpdate About(HostNumber subject, RivalState state, std::uint32_t incarnation,
                  HostNumber from = 9) {
  return {subject, incarnation, state, from};
}

RivalMessage Gossip(const RivalUpdate& update) { return {Kind::kGossip, 0, 0, {update}, {}}; }

RivalOutputs Take(RivalProtocol& protocol) {
  RivalOutputs out;
  protocol.TakeOutputs(out);
  return out;
}

std::vector<HostNumber> ReceiversOf(const RivalOutputs& outputs, Kind kind) {
  std::vector<HostNumber> to;
  for (const RivalSend& send : outputs.sends) {
    if (send.message.kind == kind) to.push_back(send.to);
  }
  return to;
}

// Runs the timers of one member alone up to `until`, and gives all it sent and learned.
RivalOutputs RunAlone(RivalProtocol& protocol, TimePoint until) {
  RivalOutputs all;
  while (protocol.NextDeadline() <= until) {
    protocol.OnTimer(protocol.NextDeadline());
    RivalOutputs some = Take(protocol);
    std::move(some.sends.begin(), some.sends.end(), std::back_inserter(all.sends));
    all.events.insert(all.events.end(), some.events.begin(), some.events.end());
  }
  return all;
}

TEST(ProbeOrderTest, ARoundVisitsEachPlaceOnce) {
  Rng rng(1);
  ProbeOrder order;
  for (const std::size_t places : {1U, 2U, 7U, 100U}) {
    order.Reset(places);
    std::vector<std::size_t> seen;
    while (!order.Done()) seen.push_back(order.Next(rng));
    std::sort(seen.begin(), seen.end());
    ASSERT_EQ(seen.size(), places);
    for (std::size_t i = 0; i < places; ++i) EXPECT_EQ(seen[i], i);
  }
}

TEST(ProbeOrderTest, EachPlaceIsAsLikelyAtEachPosition) {
  Rng rng(2);
  ProbeOrder order;
  int count[5][5] = {};
  for (int round = 0; round < 10'000; ++round) {
    order.Reset(5);
    for (auto& position : count) ++position[order.Next(rng)];
  }
  for (const auto& position : count) {
    for (const int n : position) EXPECT_NEAR(n, 2000, 200);
  }
}

TEST(ProbeOrderTest, ANewcomerComesWithinThisRoundOrAnotherComesTwice) {
  int came = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Rng rng(seed);
    ProbeOrder order;
    order.Reset(10);
    for (int i = 0; i < 5; ++i) order.Next(rng);
    order.Insert(rng);
    int left = 0;
    bool newcomer = false;
    for (; !order.Done(); ++left) newcomer = order.Next(rng) == 10 || newcomer;
    EXPECT_EQ(left, 6);
    came += newcomer ? 1 : 0;
  }
  EXPECT_NEAR(came, 500, 60);
}

TEST(RivalViewTest, RemembersOnlyWhatDiffers) {
  RivalView view(3);
  EXPECT_EQ(view.size(), 3U);
  EXPECT_EQ(view.StateOf(2), RivalState::kAlive);
  EXPECT_EQ(view.StateOf(7), RivalState::kUnknown);
  EXPECT_TRUE(view.entries().empty());
  view.Set({7, 1, RivalState::kAlive, kBorn});
  view.Set({2, 1, RivalState::kDead, kBorn});
  EXPECT_EQ(view.size(), 4U);
  EXPECT_EQ(view.HostAt(3), 7U);
  view.Set({2, 0, RivalState::kUnknown, kBorn});
  EXPECT_EQ(view.size(), 3U);
  EXPECT_EQ(view.StateOf(2), RivalState::kUnknown);
  view.Set({2, 2, RivalState::kAlive, kBorn});
  view.Set({7, 0, RivalState::kUnknown, kBorn});
  EXPECT_EQ(view.size(), 3U);
  EXPECT_EQ(view.places(), 3U);
}

TEST(NewsQueueTest, FewestTimesThenLongestThenNewest) {
  NewsQueue queue;
  queue.Add(About(1, RivalState::kAlive, 1), 10);
  queue.Add(About(2, RivalState::kAlive, 1), 20);
  queue.Add(About(3, RivalState::kAlive, 1), 10);
  const auto next = [&queue](std::size_t room) {
    std::vector<RivalUpdate> out;
    queue.Take(room, 2, 3, out);
    std::vector<HostNumber> subjects;
    for (const RivalUpdate& update : out) subjects.push_back(update.subject);
    return subjects;
  };
  EXPECT_EQ(next(22), std::vector<HostNumber>({2}));
  EXPECT_EQ(next(30), std::vector<HostNumber>({3, 1}));  // each takes 12
  EXPECT_EQ(next(100), std::vector<HostNumber>({2, 3, 1}));
  EXPECT_EQ(next(100), std::vector<HostNumber>({2, 3, 1}));
  EXPECT_TRUE(queue.empty());  // three times each
}

TEST(NewsQueueTest, NewerNewsOfASubjectReplacesOlder) {
  NewsQueue queue;
  queue.Add(About(1, RivalState::kSuspect, 1), 10);
  queue.Add(About(1, RivalState::kAlive, 2), 10);
  EXPECT_EQ(queue.size(), 1U);
  std::vector<RivalUpdate> out;
  EXPECT_EQ(queue.Take(100, 0, 1, out), 10U);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].incarnation, 2U);
}

TEST(MemberlistTest, FormulasAreThePublishedOnes) {
  // membership.md 1.4, from memberlist v0.6.0.
  EXPECT_EQ(Memberlist::RetransmitLimit(4, 9), 4);
  EXPECT_EQ(Memberlist::RetransmitLimit(4, 99), 8);
  EXPECT_EQ(Memberlist::RetransmitLimit(4, 100), 12);
  EXPECT_EQ(Memberlist::RetransmitLimit(4, 9'999), 16);
  EXPECT_EQ(Memberlist::RetransmitLimit(4, 10'000), 20);
  const MemberlistOptions options;
  EXPECT_EQ(Memberlist::SuspicionMin(options, 3), seconds(4));
  EXPECT_EQ(Memberlist::SuspicionMin(options, 1000), seconds(12));
  EXPECT_EQ(Memberlist::SuspicionMin(options, 30), milliseconds(5908));
  EXPECT_EQ(Memberlist::PushPullInterval(options, 32), seconds(30));
  EXPECT_EQ(Memberlist::PushPullInterval(options, 33), seconds(60));
  EXPECT_EQ(Memberlist::PushPullInterval(options, 65), seconds(90));
  EXPECT_EQ(Memberlist::PushPullInterval(options, 1000), seconds(180));
  EXPECT_EQ(Memberlist::PushPullInterval(options, 10'000), seconds(300));
}

TEST(MemberlistTest, AFailedProbeCostsItsIntervalAndMissesItsNacks) {
  const MemberlistOptions options;
  Memberlist member(options, 0, 5, kBorn, Rng(1));
  const RivalOutputs at_tick = RunAlone(member, kBorn + seconds(1));
  const auto pinged = ReceiversOf(at_tick, Kind::kPing);
  ASSERT_EQ(pinged.size(), 1U);
  const RivalOutputs at_timeout = RunAlone(member, kBorn + milliseconds(1500));
  EXPECT_EQ(ReceiversOf(at_timeout, Kind::kPingRequest).size(), 3U);
  EXPECT_EQ(ReceiversOf(at_timeout, Kind::kStreamPing), pinged);
  EXPECT_TRUE(RunAlone(member, kBorn + milliseconds(1999)).events.empty());
  const RivalOutputs at_end = RunAlone(member, kBorn + seconds(2));
  ASSERT_EQ(at_end.events.size(), 1U);
  EXPECT_EQ(at_end.events[0].subject, pinged[0]);
  EXPECT_EQ(at_end.events[0].state, RivalState::kSuspect);
  EXPECT_EQ(member.health(), 3);
  EXPECT_EQ(ReceiversOf(at_end, Kind::kPing).size(), 1U);  // the tick that it missed
}

TEST(MemberlistTest, HealthEndsBelowItsMaximum) {
  const MemberlistOptions options;
  Memberlist member(options, 0, 100, kBorn, Rng(1));
  RunAlone(member, kBorn + minutes(1));
  EXPECT_EQ(member.health(), 7);
}

TEST(MemberlistTest, AnAnswerOverAConnectionSavesThePeer) {
  const MemberlistOptions options;
  Memberlist member(options, 0, 5, kBorn, Rng(1));
  const auto pinged = ReceiversOf(RunAlone(member, kBorn + seconds(1)), Kind::kPing);
  RunAlone(member, kBorn + milliseconds(1500));
  member.OnMessage(kBorn + milliseconds(1501), pinged.at(0), {Kind::kStreamAck, 1, 0, {}, {}});
  EXPECT_TRUE(RunAlone(member, kBorn + seconds(2)).events.empty());
  EXPECT_EQ(member.health(), 0);
}

TEST(MemberlistTest, ASuspectHearsItAndRefutes) {
  const MemberlistOptions options;
  Memberlist member(options, 0, 2, kBorn, Rng(1));
  member.OnMessage(kBorn, 1, Gossip(About(1, RivalState::kSuspect, 1)));
  const RivalOutputs outputs = RunAlone(member, kBorn + seconds(1));
  const auto ping = std::find_if(outputs.sends.begin(), outputs.sends.end(),
                                 [](const auto& send) { return send.message.kind == Kind::kPing; });
  ASSERT_NE(ping, outputs.sends.end());
  ASSERT_EQ(ping->message.updates.size(), 1U);
  EXPECT_EQ(ping->message.updates[0].state, RivalState::kSuspect);

  Memberlist suspect(options, 1, 2, kBorn, Rng(2));
  suspect.OnMessage(kBorn, 0, ping->message);
  Take(suspect);
  const RivalOutputs gossip = RunAlone(suspect, kBorn + milliseconds(200));
  ASSERT_FALSE(gossip.sends.empty());
  ASSERT_EQ(gossip.sends[0].message.updates.size(), 1U);
  EXPECT_EQ(gossip.sends[0].message.updates[0].state, RivalState::kAlive);
  EXPECT_EQ(gossip.sends[0].message.updates[0].incarnation, 2U);
  EXPECT_EQ(suspect.health(), 1);
}

// When the member calls the subject dead, after the first accusation at kBorn. Everybody answers
// its pings, so that it accuses nobody itself.
Duration DeadAfter(HostNumber members, const std::vector<HostNumber>& confirmations) {
  const MemberlistOptions options;
  Memberlist member(options, 0, members, kBorn, Rng(3));
  const HostNumber subject = members - 1;
  for (const HostNumber from : confirmations) {
    member.OnMessage(kBorn, from, Gossip(About(subject, RivalState::kSuspect, 1, from)));
  }
  for (;;) {
    const TimePoint next = member.NextDeadline();
    member.OnTimer(next);
    if (member.view().StateOf(subject) == RivalState::kDead) return next - kBorn;
    for (const RivalSend& send : Take(member).sends) {
      if (send.message.kind != Kind::kPing) continue;
      member.OnMessage(next, send.to, {Kind::kAck, send.message.sequence, 0, {}, {}});
    }
  }
}

TEST(MemberlistTest, IndependentConfirmationsShortenSuspicion) {
  // 10 members: at least 4 s, at most 24 s, two confirmations are wanted. The same accuser again is
  // none.
  EXPECT_EQ(DeadAfter(10, {1, 2, 3}), seconds(4));
  EXPECT_EQ(DeadAfter(10, {1, 2, 2, 1}), milliseconds(11'381));
  // Three members cannot give two: the least time at once.
  EXPECT_EQ(DeadAfter(3, {1}), seconds(4));
}

TEST(MemberlistTest, ADeathInATableBecomesASuspicion) {
  const MemberlistOptions options;
  Memberlist member(options, 0, 5, kBorn, Rng(1));
  auto table = std::make_shared<RivalTable>();
  table->warm = 5;
  table->entries.push_back({3, 1, RivalState::kDead, kBorn});
  member.OnMessage(kBorn, 1, {Kind::kPushTable, 0, 0, {}, table});
  EXPECT_EQ(member.view().StateOf(3), RivalState::kSuspect);
  EXPECT_EQ(ReceiversOf(Take(member), Kind::kTableReply), std::vector<HostNumber>({1}));
}

TEST(MemberlistTest, AnOldDeathIsForgottenWhenTheRoundEnds) {
  const MemberlistOptions options;
  Memberlist member(options, 0, 3, kBorn, Rng(1));
  member.OnMessage(kBorn, 1, Gossip(About(2, RivalState::kDead, 1)));
  EXPECT_EQ(member.view().size(), 3U);
  RunAlone(member, kBorn + seconds(40));
  EXPECT_EQ(member.view().StateOf(2), RivalState::kUnknown);
}

TEST(MemberlistTest, WithoutLifeguardHealthStaysAndNoNackIsSent) {
  const MemberlistOptions options = MemberlistOptions::PlainSwim();
  Memberlist member(options, 0, 5, kBorn, Rng(1));
  member.OnMessage(kBorn, 1, {Kind::kPingRequest, 9, 2, {}, {}});
  RunAlone(member, kBorn + seconds(20));
  EXPECT_EQ(member.health(), 0);
  EXPECT_GT(member.counters().failed_probes, 5U);
  Memberlist relay(options, 0, 5, kBorn, Rng(1));
  relay.OnMessage(kBorn, 1, {Kind::kPingRequest, 9, 2, {}, {}});
  EXPECT_TRUE(ReceiversOf(RunAlone(relay, kBorn + milliseconds(900)), Kind::kNack).empty());
}

TEST(MemberlistTest, LifeguardSendsNacksBeforeTheTimeout) {
  const MemberlistOptions options = MemberlistOptions::Lifeguard();
  Memberlist relay(options, 0, 5, kBorn, Rng(1));
  relay.OnMessage(kBorn, 1, {Kind::kPingRequest, 9, 2, {}, {}});
  EXPECT_TRUE(ReceiversOf(RunAlone(relay, kBorn + milliseconds(399)), Kind::kNack).empty());
  EXPECT_EQ(ReceiversOf(RunAlone(relay, kBorn + milliseconds(400)), Kind::kNack),
            std::vector<HostNumber>({1}));
}

TEST(MemberlistTest, AProbeThatStoodTooLongHasFailedWhenItGoesOn) {
  const MemberlistOptions options = MemberlistOptions::PlainSwim();
  Memberlist member(options, 0, 5, kBorn, Rng(1));
  member.SetBlocked(kBorn, true);
  const RivalOutputs blocked = RunAlone(member, kBorn + seconds(8));
  EXPECT_EQ(ReceiversOf(blocked, Kind::kPing).size(), 1U) << "one probe, which stands";
  EXPECT_TRUE(blocked.events.empty());
  member.SetBlocked(kBorn + seconds(8), false);
  member.OnTimer(kBorn + seconds(8));
  const RivalOutputs after = Take(member);
  ASSERT_EQ(after.events.size(), 1U);
  EXPECT_EQ(after.events[0].state, RivalState::kSuspect);
}

TEST(MemberlistTest, SuspicionsRunOutWhileItIsBlocked) {
  const MemberlistOptions options = MemberlistOptions::PlainSwim();
  Memberlist member(options, 0, 5, kBorn, Rng(1));
  member.OnMessage(kBorn, 1, Gossip(About(2, RivalState::kSuspect, 1)));
  Take(member);
  member.SetBlocked(kBorn, true);
  RunAlone(member, kBorn + seconds(5));
  EXPECT_EQ(member.view().StateOf(2), RivalState::kDead);
}

TEST(PaperSwimTest, PrecedenceIsThePapers) {
  const PaperSwimOptions options;
  const auto after = [&options](std::vector<RivalUpdate> updates) {
    PaperSwim member(options, 0, 3, kBorn, Rng(1));
    for (const RivalUpdate& update : updates) member.OnMessage(kBorn, 1, Gossip(update));
    return member.view().StateOf(2);
  };
  EXPECT_EQ(after({About(2, RivalState::kSuspect, 1)}), RivalState::kSuspect);
  EXPECT_EQ(after({About(2, RivalState::kSuspect, 0)}), RivalState::kAlive);
  EXPECT_EQ(after({About(2, RivalState::kSuspect, 1), About(2, RivalState::kAlive, 1)}),
            RivalState::kSuspect);
  EXPECT_EQ(after({About(2, RivalState::kSuspect, 1), About(2, RivalState::kAlive, 2)}),
            RivalState::kAlive);
  EXPECT_EQ(after({About(2, RivalState::kDead, 0), About(2, RivalState::kAlive, 9)}),
            RivalState::kDead);
}

TEST(PaperSwimTest, ASuspectDiesAfterTheFixedTimeout) {
  const PaperSwimOptions options;
  PaperSwim member(options, 0, 3, kBorn, Rng(1));
  member.OnMessage(kBorn, 1, Gossip(About(2, RivalState::kSuspect, 1)));
  Take(member);
  RunAlone(member, kBorn + milliseconds(4999));
  EXPECT_EQ(member.view().StateOf(2), RivalState::kSuspect);
  RunAlone(member, kBorn + seconds(5));
  EXPECT_EQ(member.view().StateOf(2), RivalState::kDead);
}

MembershipResult RunRivals(const MembershipSpec& spec) {
  return RunTrials(spec, MakeRivalTrial, {});
}

TEST(RivalRunTest, EqualSeedsGiveEqualRunsAndOthersDoNot) {
  for (const Profile profile :
       {Profile::kSwim, Profile::kSwimBaseline, Profile::kLifeguard, Profile::kMemberlistLan}) {
    MembershipSpec spec;
    spec.profile = profile;
    spec.nodes = 20;
    spec.fault = MembershipFault::kHostCrash;
    spec.loss = 0.05;
    spec.trials = 2;
    const MembershipResult one = RunRivals(spec);
    const MembershipResult two = RunRivals(spec);
    EXPECT_EQ(one.trace_hash, two.trace_hash);
    EXPECT_EQ(one.events, two.events);
    ASSERT_TRUE(one.dead.all && two.dead.all);
    EXPECT_EQ(one.dead.all->max, two.dead.all->max);
    spec.seed = 2;
    EXPECT_NE(RunRivals(spec).trace_hash, one.trace_hash);
  }
}

TEST(RivalRunTest, AClusterAtRestSuspectsNobody) {
  for (const Profile profile :
       {Profile::kSwim, Profile::kSwimBaseline, Profile::kLifeguard, Profile::kMemberlistLan}) {
    MembershipSpec spec;
    spec.profile = profile;
    spec.nodes = 50;
    const MembershipResult result = RunRivals(spec);
    EXPECT_EQ(result.false_suspicions, 0U);
    EXPECT_GE(result.tx_packets_per_node_s, 1.9);  // a ping and an answer each second
    EXPECT_FALSE(result.dead.all.has_value());
  }
}

TEST(RivalRunTest, AllLearnOfSeveralCrashesAndJoinsAtOnce) {
  for (const Profile profile :
       {Profile::kSwim, Profile::kSwimBaseline, Profile::kLifeguard, Profile::kMemberlistLan}) {
    MembershipSpec spec;
    spec.profile = profile;
    spec.nodes = 40;
    spec.faults = 5;
    spec.fault = MembershipFault::kHostCrash;
    const MembershipResult crashed = RunRivals(spec);
    ASSERT_TRUE(crashed.dead.all.has_value());
    EXPECT_EQ(crashed.false_deaths, 0U);
    EXPECT_FALSE(crashed.visible.all.has_value());
    spec.fault = MembershipFault::kJoin;
    const MembershipResult joined = RunRivals(spec);
    ASSERT_TRUE(joined.visible.all.has_value());
    EXPECT_LT(joined.visible.all->max, 40);
  }
}

TEST(RivalRunTest, ATrialEndsAfterItsDuration) {
  MembershipSpec spec;
  spec.profile = Profile::kMemberlistLan;
  spec.nodes = 10;
  spec.fault = MembershipFault::kHostCrash;
  spec.duration = seconds(2);  // nobody is dead so soon
  const MembershipResult result = RunRivals(spec);
  EXPECT_FALSE(result.dead.first.has_value());
  EXPECT_LE(result.virtual_time, seconds(5));
}

}  // namespace
}  // namespace vf::sim
