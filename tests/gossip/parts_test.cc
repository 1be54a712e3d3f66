// The smaller objects of membership, each on its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <string>

#include "gossip/config.h"
#include "gossip/contacts.h"
#include "gossip/direct_pushes.h"
#include "gossip/member_exchange.h"
#include "gossip/probe_round.h"
#include "gossip/probes.h"
#include "gossip/refusals.h"
#include "gossip/relayed_pings.h"
#include "gossip/round_trips.h"
#include "gossip/suspicion.h"
#include "gossip/token_bucket.h"
#include "gossip/update_queue.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
const SwimConfig kLan = SwimConfig::Lan();

TEST(SwimConfigTest, ProfileIsValidAndNonsenseIsNamed) {
  for (const SwimConfig& profile : {SwimConfig::Lan(), SwimConfig::Cloud(), SwimConfig::Wan()}) {
    EXPECT_TRUE(profile.Validate().ok()) << profile.Validate();
  }
  SwimConfig config;
  config.rto_low = Duration::zero();
  EXPECT_NE(config.Validate().message().find("rto_low"), absl::string_view::npos);
  config = {};
  config.contacts = 65;
  EXPECT_FALSE(config.Validate().ok());
}

// membership.md 2.5, first table.
TEST(SwimConfigTest, ProfilesAreThoseOfTheTable) {
  const SwimConfig configs[] = {SwimConfig::Lan(), SwimConfig::Cloud(), SwimConfig::Wan()};
  const auto expect_ms = [&](Duration SwimConfig::*knob, std::initializer_list<int> ms) {
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(configs[i].*knob, milliseconds(ms.begin()[i])) << i;
    }
  };
  expect_ms(&SwimConfig::probe_interval, {250, 500, 1000});
  expect_ms(&SwimConfig::rto_low, {20, 40, 100});
  expect_ms(&SwimConfig::rto_high, {100, 200, 400});
  expect_ms(&SwimConfig::push_window, {2, 2, 5});
  expect_ms(&SwimConfig::repair_interval, {100, 200, 500});
  expect_ms(&SwimConfig::view_may_differ, {1000, 2000, 4000});
  expect_ms(&SwimConfig::direct_retry, {50, 100, 400});
  expect_ms(&SwimConfig::exchange_deadline, {2000, 4000, 10'000});
  const int alphas[] = {4, 5, 6};
  const int repair_fanouts[] = {3, 3, 4};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(configs[i].verdict_rtos, 4);
    EXPECT_EQ(configs[i].suspicion_alpha, alphas[i]);
    EXPECT_EQ(configs[i].suspicion_beta, 6);
    EXPECT_EQ(configs[i].suspicion_confirmations, 3);
    EXPECT_EQ(configs[i].relays, 3);
    EXPECT_EQ(configs[i].push_fanout, 5);
    EXPECT_EQ(configs[i].repair_fanout, repair_fanouts[i]);
    EXPECT_EQ(configs[i].direct_retries, 2);
  }
}

// membership.md 2.5: Min = alpha * max(1, log10 N) * T'.
TEST(SuspicionTest, MinIsThatOfTheTable) {
  EXPECT_EQ(SuspicionMin(kLan, 1), seconds(1));
  EXPECT_EQ(SuspicionMin(kLan, 10), seconds(1));
  EXPECT_EQ(SuspicionMin(kLan, 100), seconds(2));
  EXPECT_EQ(SuspicionMin(kLan, 1'000), seconds(3));
  EXPECT_EQ(SuspicionMin(kLan, 10'000), seconds(4));
  EXPECT_EQ(SuspicionMin(SwimConfig::Cloud(), 10), milliseconds(2500));
  EXPECT_EQ(SuspicionMin(SwimConfig::Cloud(), 1'000), milliseconds(7500));
  EXPECT_EQ(SuspicionMin(SwimConfig::Wan(), 10), seconds(6));
  EXPECT_EQ(SuspicionMin(SwimConfig::Wan(), 10'000), seconds(24));
}

// Lifeguard, section IV.B: from Max without confirmation to Min with K of them.
TEST(SuspicionTest, FallsFromMaxToMinWithConfirmations) {
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 0), seconds(12));
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 1), seconds(7));  // 12 - 10 * log 2 / log 4
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 3), seconds(2));
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 9), seconds(2));
  for (int c = 0; c < 4; ++c) {
    EXPECT_GE(SuspicionTimeout(kLan, 50, c), SuspicionTimeout(kLan, 50, c + 1));
  }
}

TEST(SuspicionTest, LastsMinWhereNobodyCouldConfirm) {
  for (const auto members : std::initializer_list<std::size_t>{1, 2, 3, 4}) {
    EXPECT_EQ(SuspicionTimeout(kLan, members, 0), seconds(1)) << members;
  }
  EXPECT_EQ(SuspicionTimeout(kLan, 5, 0), seconds(6));
}

TEST(SuspicionTest, FloorHolds) {
  SwimConfig config;
  config.suspicion_floor = seconds(5);
  EXPECT_EQ(SuspicionMin(config, 10), seconds(5));
}

TEST(SuspicionsTest, OnlyDistinctAccusersShortenIt) {
  Suspicions suspicions(kLan);
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 100, false));
  EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, 100, false));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 101, false));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 102, false));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 103, false));
  EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, 104, false)) << "three confirmations are enough";
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(1));
  EXPECT_FALSE(suspicions.FirstExpired(kNow + milliseconds(999), 10));
  ASSERT_TRUE(suspicions.FirstExpired(kNow + seconds(1), 10));
  suspicions.End(7);
  EXPECT_EQ(suspicions.NextDeadline(10), kNever);
}

TEST(SuspicionsTest, ThreeRefusedWitnessesMakeItShort) {
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, true);
  EXPECT_EQ(suspicions.NextDeadline(4), kNow + seconds(1)) << "one witness among four";
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  suspicions.Accuse(kNow, 7, {1, 0}, 101, true);
  suspicions.Accuse(kNow, 7, {1, 0}, 102, true);
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(1));
  EXPECT_TRUE(suspicions.FirstExpired(kNow + seconds(1), 10)->refused);
}

TEST(SuspicionsTest, InBadHealthTheyLastLonger) {
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, false);
  EXPECT_EQ(suspicions.NextDeadline(10, 3), kNow + 3 * seconds(6));
  EXPECT_FALSE(suspicions.FirstExpired(kNow + seconds(17), 10, 3));
  EXPECT_TRUE(suspicions.FirstExpired(kNow + seconds(17), 10, 2)) << "it has recovered meanwhile";
}

TEST(SuspicionsTest, WhoIsNotCredibleConfirmsNothing) {
  Suspicions suspicions(kLan);
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 100, true, /*credible=*/false)) << "it begins";
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 101, false));
  EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, 102, false, /*credible=*/false));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6)) << "one accuser, no confirmation";
  EXPECT_EQ(suspicions.NextDeadline(4), kNow + seconds(1)) << "few members: always the minimum";
}

TEST(SuspicionsTest, ANewLifeIsSuspectedAnew) {
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, false);
  EXPECT_TRUE(suspicions.Accuse(kNow + seconds(5), 7, {1, 1}, 100, false));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(11));
  suspicions.Postpone(seconds(2));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(13));
}

TEST(RoundTripsTest, RtoFollowsTheSlowestWithinItsRange) {
  RoundTrips round_trips(kLan);
  EXPECT_EQ(round_trips.Rto(), milliseconds(100)) << "nothing is known yet";
  for (int i = 0; i < 500; ++i) round_trips.Add(microseconds(200));
  EXPECT_EQ(round_trips.Rto(), milliseconds(20));
  EXPECT_EQ(round_trips.VerdictAfter(), milliseconds(80));
  round_trips.Add(milliseconds(20));
  EXPECT_GE(round_trips.Rto(), milliseconds(40));
  EXPECT_LE(round_trips.Rto(), milliseconds(50));
  round_trips.Add(seconds(100));
  EXPECT_EQ(round_trips.Rto(), milliseconds(100));
  EXPECT_EQ(round_trips.VerdictAfter(), milliseconds(250));
  for (int i = 0; i < 20'000; ++i) round_trips.Add(microseconds(200));
  EXPECT_EQ(round_trips.Rto(), milliseconds(20)) << "what was long ago fades";
}

TEST(ProbeRoundTest, PermutationsReachEveryIndexOnce) {
  for (const auto size : std::initializer_list<std::uint64_t>{1, 2, 3, 5, 16, 17, 100, 1000}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < size; ++i) seen.insert(Permute(42, size, i));
    EXPECT_EQ(seen.size(), size);
    EXPECT_EQ(*seen.rbegin(), size - 1);
  }
}

// SWIM, section 4.3: round robin over a permutation bounds the time to the first probe.
TEST(ProbeRoundTest, GapBetweenTwoProbesIsBelowTwoRounds) {
  constexpr std::size_t kMembers = 57;
  ProbeRound round((Rng(3)));
  std::map<std::size_t, int> last;
  const auto all = [](std::size_t) { return true; };
  for (int i = 0; i < 5'000; ++i) {
    const std::size_t slot = *round.Next(kMembers, all);
    const int before = last.contains(slot) ? last[slot] : i;
    EXPECT_LE(i - before, 2 * static_cast<int>(kMembers) - 1);
    last[slot] = i;
  }
  EXPECT_EQ(last.size(), kMembers);
}

TEST(ProbeRoundTest, JoinersComeIntoTheRestOfTheRound) {
  const auto all = [](std::size_t) { return true; };
  std::set<int> positions;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ProbeRound round((Rng(seed)));
    for (int i = 0; i < 3; ++i) round.Next(10, all);
    int position = 0;
    while (*round.Next(11, all) != 10) ++position;
    EXPECT_LT(position, 8);
    positions.insert(position);
  }
  EXPECT_GT(positions.size(), 4u) << "not always at the same place";
}

TEST(ProbeRoundTest, NobodyToProbe) {
  ProbeRound round((Rng(1)));
  EXPECT_FALSE(round.Next(0, [](std::size_t) { return true; }));
  EXPECT_FALSE(round.Next(50, [](std::size_t) { return false; }));
  EXPECT_EQ(round.Next(50, [](std::size_t s) { return s == 13; }), 13u);
  EXPECT_EQ(round.Next(50, [](std::size_t s) { return s == 13; }), 13u);
}

Probe ProbeOf(std::uint32_t seq, MemberKey target) {
  Probe probe;
  probe.seq = seq;
  probe.target = target;
  probe.sent[0] = kNow;
  probe.rto = milliseconds(20);
  probe.ping_at = kNow + milliseconds(20);
  probe.verdict_at = kNow + milliseconds(80);
  return probe;
}

// Failure catalogue 22: suspected before relays finished.
TEST(ProbesTest, IsDueOnlyAfterTheRelaysHadTheirTime) {
  SwimConfig config;
  config.probe_pings = 2;
  Probes probes(config);
  ASSERT_TRUE(probes.Begin(ProbeOf(1, 7)));
  EXPECT_FALSE(probes.Begin(ProbeOf(2, 7))) << "one probe of a member at a time";
  EXPECT_TRUE(probes.TakeUnanswered(kNow + milliseconds(19)).empty());
  EXPECT_EQ(probes.NextDeadline(), kNow + milliseconds(20));
  EXPECT_EQ(probes.TakeUnanswered(kNow + milliseconds(20)).size(), 1u);
  EXPECT_TRUE(probes.TakeUnanswered(kNow + milliseconds(21)).empty());
  EXPECT_EQ(probes.NextDeadline(), kNow + milliseconds(80));
  EXPECT_TRUE(probes.TakeDue(kNow + milliseconds(79)).empty());
  probes.Postpone(milliseconds(50));
  EXPECT_TRUE(probes.TakeDue(kNow + milliseconds(80)).empty());
  EXPECT_EQ(probes.TakeDue(kNow + milliseconds(130)).size(), 1u);
  EXPECT_EQ(probes.NextDeadline(), kNever);
}

// U12
TEST(ProbesTest, AcksOfStrangersAndLateOnesChangeNothing) {
  Probes probes(kLan);
  probes.Begin(ProbeOf(1, 7));
  probes.TakeUnanswered(kNow + milliseconds(20));
  probes.Find(1)->relays = {30, 31};
  EXPECT_FALSE(probes.TakeAcked(1, 99));
  EXPECT_FALSE(probes.TakeAcked(0, 7));
  EXPECT_FALSE(probes.TakeAcked(3, 7)) << "two pings were sent: 1 and 2";
  EXPECT_TRUE(probes.TakeAcked(1, 31)) << "a relay reached it";
  EXPECT_FALSE(probes.TakeAcked(1, 31));
  EXPECT_FALSE(probes.TakeAcked(1, 7));
}

TEST(ProbesTest, AckTellsWhichPingItAnswers) {
  SwimConfig config;
  config.probe_pings = 3;
  Probes probes(config);
  probes.Begin(ProbeOf(10, 7));
  probes.Begin(ProbeOf(10 + kMaxProbePings, 8));
  ASSERT_EQ(probes.TakeUnanswered(kNow + milliseconds(20)).size(), 2u);
  ASSERT_EQ(probes.TakeUnanswered(kNow + milliseconds(41)).size(), 2u);
  EXPECT_TRUE(probes.TakeUnanswered(kNow + milliseconds(79)).empty()) << "three pings each";
  const auto probe = probes.TakeAcked(12, 7);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->SentAt(12), kNow + milliseconds(41));
  EXPECT_EQ(probe->SentAt(10), kNow);
  EXPECT_FALSE(probes.Find(10)) << "all its numbers are gone with it";
  EXPECT_EQ(probes.Find(11 + kMaxProbePings)->target, 8u);
}

// Failure catalogue 22
TEST(ProbesTest, IsSettledWhenNobodyIsLeftToAnswer) {
  Probe probe = ProbeOf(1, 7);
  EXPECT_FALSE(probe.IsSettled());
  probe.widened = true;
  probe.relays = {30, 31};
  probe.silent_relays = {};
  probe.echo = EchoState::kFailed;
  EXPECT_FALSE(probe.IsSettled()) << "an ack of its own may be under way";
  probe.refused = true;
  EXPECT_TRUE(probe.IsSettled());
  probe.echo = EchoState::kUnderWay;
  EXPECT_FALSE(probe.IsSettled());
  probe.echo = EchoState::kRefused;
  probe.silent_relays = {30};
  EXPECT_FALSE(probe.IsSettled());
}

// Failure catalogue 25
TEST(ProbesTest, TheNewestOfTooManyEchoesFails) {
  Probes probes(kLan);
  for (std::uint32_t i = 0; i < kMaxEchoes; ++i) {
    probes.Begin(ProbeOf(i * kMaxProbePings, 100 + i));
    EXPECT_TRUE(probes.BeginEcho(*probes.FindOf(100 + i)));
  }
  probes.Begin(ProbeOf(5'000, 500));
  EXPECT_FALSE(probes.BeginEcho(*probes.FindOf(500)));
  EXPECT_EQ(probes.FindOf(500)->echo, EchoState::kFailed);
  probes.EndEcho(*probes.FindOf(103), EchoState::kRefused);
  probes.Begin(ProbeOf(6'000, 501));
  EXPECT_TRUE(probes.BeginEcho(*probes.FindOf(501)));
}

TEST(ProbesTest, EchoesOfEndedProbesAreGivenBackOnce) {
  Probes probes(kLan);
  for (std::uint32_t i = 1; i <= 4; ++i) {
    probes.Begin(ProbeOf(100 * i, i));
    probes.BeginEcho(*probes.Find(100 * i));
  }
  probes.EndEcho(*probes.Find(100), EchoState::kFailed);
  probes.TakeAcked(100, 1);
  probes.TakeAcked(200, 2);
  probes.End(3);
  probes.TakeDue(kNow + milliseconds(80));
  std::vector<std::uint32_t> over = {77};
  probes.TakeEchoesOver(over);
  EXPECT_EQ(over, (std::vector<std::uint32_t>{200, 300, 400}));
  probes.TakeEchoesOver(over);
  EXPECT_TRUE(over.empty());
}

TEST(RefusalsTest, ThreeWitnessesOneOfThemOverAStreamProveADeath) {
  Refusals refusals;
  refusals.Add(7, 1, 100, RefusedBy::kDatagram);
  refusals.Add(7, 1, 100, RefusedBy::kStream);
  refusals.Add(7, 1, 101, RefusedBy::kDatagram);
  EXPECT_FALSE(refusals.Prove(7, 1, 10)) << "the same one twice";
  refusals.Add(7, 1, 102, RefusedBy::kDatagram);
  EXPECT_TRUE(refusals.Prove(7, 1, 10));
  EXPECT_FALSE(refusals.Prove(7, 2, 10)) << "of another life";
  EXPECT_FALSE(refusals.Prove(8, 1, 10));
  refusals.End(7);
  EXPECT_FALSE(refusals.Prove(7, 1, 10));
}

// A firewall answers datagrams to a closed port in a healthy process's stead.
TEST(RefusalsTest, DatagramsAloneProveNothing) {
  Refusals refusals;
  for (MemberKey witness = 100; witness < 120; ++witness) {
    refusals.Add(7, 1, witness, RefusedBy::kDatagram);
  }
  EXPECT_FALSE(refusals.Prove(7, 1, 50));
  refusals.Add(7, 1, 120, RefusedBy::kStream);
  EXPECT_TRUE(refusals.Prove(7, 1, 50));
}

TEST(RefusalsTest, InSmallClustersAllOthersHaveToBeWitnesses) {
  Refusals refusals;
  refusals.Add(7, 1, 100, RefusedBy::kStream);
  EXPECT_TRUE(refusals.Prove(7, 1, 2));
  EXPECT_FALSE(refusals.Prove(7, 1, 3));
  refusals.Add(7, 1, 101, RefusedBy::kDatagram);
  EXPECT_TRUE(refusals.Prove(7, 1, 3));
  EXPECT_FALSE(refusals.Prove(7, 1, 4));
  refusals.Add(7, 1, 102, RefusedBy::kDatagram);
  EXPECT_TRUE(refusals.Prove(7, 1, 4));
  EXPECT_TRUE(refusals.Prove(7, 1, 1'000));
}

TEST(RefusalsTest, WitnessesOfAnotherLifeAreForgotten) {
  Refusals refusals;
  refusals.Add(7, 1, 100, RefusedBy::kStream);
  refusals.Add(7, 1, 101, RefusedBy::kStream);
  refusals.Add(7, 2, 102, RefusedBy::kStream);
  EXPECT_FALSE(refusals.Prove(7, 1, 3));
  EXPECT_FALSE(refusals.Prove(7, 2, 3));
}

TEST(TokenBucketTest, GivesAsManyASecondAndABurst) {
  TokenBucket bucket(kNow, 10, 20);
  EXPECT_TRUE(bucket.Take(kNow, 20));
  EXPECT_FALSE(bucket.Take(kNow, 1));
  EXPECT_FALSE(bucket.Take(kNow + milliseconds(90), 1));
  EXPECT_TRUE(bucket.Take(kNow + milliseconds(110), 1));
  EXPECT_FALSE(bucket.Take(kNow + seconds(100), 21)) << "it holds no more than the burst";
  EXPECT_TRUE(bucket.Take(kNow + seconds(100), 20));
}

TEST(RelayedPingsTest, AnswersOnceAndOnlyItsTarget) {
  RelayedPings pings;
  const RelayedPing ping{5,  7,    Endpoint::Loopback(1),  Endpoint::Loopback(2),
                         50, true, kNow + milliseconds(80)};
  EXPECT_TRUE(pings.Add(ping));
  EXPECT_FALSE(pings.Take(5, 8));
  EXPECT_EQ(pings.Take(5, 7)->asker_seq, 50u);
  EXPECT_FALSE(pings.Take(5, 7));
  pings.Add(ping);
  EXPECT_TRUE(pings.TakeUnanswered(kNow + milliseconds(79)).empty());
  EXPECT_EQ(pings.TakeRefused(Endpoint::Loopback(1)).size(), 1u);
  EXPECT_EQ(pings.NextDeadline(), kNever);
}

TEST(RelayedPingsTest, LimitHolds) {
  RelayedPings pings;
  for (std::uint32_t i = 0; i < kMaxRelayedPings; ++i) {
    RelayedPing ping;
    ping.seq = i;
    ASSERT_TRUE(pings.Add(ping));
  }
  RelayedPing ping;
  ping.seq = kMaxRelayedPings;
  EXPECT_FALSE(pings.Add(ping));
}

std::vector<MemberKey> OfferAll(UpdateQueue& queue, int max_sends, std::size_t fits = 100) {
  std::vector<MemberKey> taken;
  queue.Offer(max_sends, [&](const QueuedUpdate& update) {
    if (taken.size() == fits) return UpdateQueue::Answer::kStop;
    taken.push_back(update.subject);
    return UpdateQueue::Answer::kTaken;
  });
  return taken;
}

TEST(UpdateQueueTest, OneUpdateASubjectFewestSendsFirst) {
  UpdateQueue queue;
  queue.Put({1, Urgency::kSuspicion, 0, false, {}});
  queue.Put({2, Urgency::kLife, 0, false, {}});
  queue.Put({3, Urgency::kDescription, 0, false, {}});
  queue.Put({1, Urgency::kPhase, 0, false, {}});
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(OfferAll(queue, 3, 2), (std::vector<MemberKey>{2, 1}));
  EXPECT_EQ(OfferAll(queue, 3), (std::vector<MemberKey>{3, 2, 1}));
  queue.Put({4, Urgency::kDescription, 0, false, {}});
  EXPECT_EQ(OfferAll(queue, 3, 2), (std::vector<MemberKey>{4, 3}));
}

TEST(UpdateQueueTest, EachLeavesAtMostSoOften) {
  UpdateQueue queue;
  queue.Put({1, Urgency::kLife, 0, false, {}});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(OfferAll(queue, 4).size(), 1u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.Find(1), nullptr);
}

TEST(UpdateQueueTest, WhatIsNotForOneStaysForOthers) {
  UpdateQueue queue;
  queue.Put({1, Urgency::kLife, 9, false, {}});
  queue.Offer(1, [](const QueuedUpdate&) { return UpdateQueue::Answer::kNotForMe; });
  EXPECT_EQ(queue.size(), 1u);
}

TEST(DirectPushesTest, StubbornOnesGoOnTheOthersGiveUp) {
  DirectPushes pushes(kLan);
  pushes.Add(kNow, 1, 50, true, 100);
  pushes.Add(kNow, 2, 51, false, 101);
  const Duration rto = milliseconds(80);
  EXPECT_EQ(pushes.TakeDue(kNow, rto).size(), 2u);
  EXPECT_TRUE(pushes.TakeDue(kNow + milliseconds(49), rto).empty());
  EXPECT_EQ(pushes.TakeDue(kNow + milliseconds(50), rto).size(), 2u);
  EXPECT_EQ(pushes.TakeDue(kNow + milliseconds(100), rto).size(), 2u);
  for (int i = 1; i < 20; ++i) {
    EXPECT_EQ(pushes.TakeDue(kNow + milliseconds(100 + 80 * i), rto).size(), 1u) << i;
  }
  EXPECT_TRUE(pushes.Waits(50));
  EXPECT_FALSE(pushes.Waits(51));
  pushes.Confirm(100, 2);
  EXPECT_TRUE(pushes.Waits(50)) << "not by somebody else";
  pushes.Confirm(100, 1);
  EXPECT_FALSE(pushes.Waits(50));
  EXPECT_EQ(pushes.NextDeadline(), kNever);
}

class ContactsTest : public ::testing::Test {
 protected:
  static SwimConfig Config(std::size_t contacts) {
    SwimConfig config;
    config.contacts = contacts;
    return config;
  }
  std::vector<Endpoint> Due(TimePoint at) {
    return contacts_.TakeDue(at, [&](MemberKey key) { return alive_.contains(key); });
  }
  const SwimConfig config_ = Config(2);
  Contacts contacts_{config_};
  std::set<MemberKey> alive_;
  const Endpoint a_ = Endpoint::Loopback(1);
  const Endpoint b_ = Endpoint::Loopback(2);
};

TEST_F(ContactsTest, AsksForEverWithGrowingPauses) {
  contacts_.Set(kNow, 0, {a_, b_});
  TimePoint at = kNow;
  std::vector<Endpoint> asked;
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 9; ++i) {
    asked.push_back(Due(at).at(0));
    pauses.push_back(ToMilliseconds(contacts_.NextDeadline() - at));
    at = contacts_.NextDeadline();
  }
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000}));
  EXPECT_EQ(asked[0], a_);
  EXPECT_EQ(asked[1], b_) << "its addresses in turn";
}

TEST_F(ContactsTest, AllMustHaveJustAnswered) {
  EXPECT_FALSE(contacts_.AllJustAnswered(kNow)) << "names that do not resolve have not answered";
  contacts_.Set(kNow, 0, {a_});
  contacts_.Set(kNow, 1, {b_});
  EXPECT_FALSE(contacts_.IsAsked(a_));
  Due(kNow);
  EXPECT_TRUE(contacts_.IsAsked(a_));
  contacts_.OnAnswer(kNow, a_, 1, false);
  EXPECT_FALSE(contacts_.AllJustAnswered(kNow));
  contacts_.OnAnswer(kNow, b_, 2, false);
  EXPECT_TRUE(contacts_.AllJustAnswered(kNow));
  EXPECT_FALSE(contacts_.AllJustAnswered(kNow + seconds(1)));
  const SwimConfig nobody = Config(0);
  EXPECT_TRUE(Contacts(nobody).AllJustAnswered(kNow));
}

TEST_F(ContactsTest, OwnAddressNeedsNoAnswer) {
  contacts_.Set(kNow, 0, {a_});
  contacts_.Set(kNow, 1, {b_});
  contacts_.SetOwn(b_);
  EXPECT_EQ(Due(kNow), std::vector<Endpoint>{a_});
  contacts_.OnAnswer(kNow, a_, 1, false);
  EXPECT_TRUE(contacts_.AllJustAnswered(kNow));
}

TEST_F(ContactsTest, SettledOneIsAskedAgainOnlyWhenNotAlive) {
  contacts_.Set(kNow, 0, {a_});
  Due(kNow);
  alive_.insert(1);
  contacts_.OnAnswer(kNow, a_, 1, true);
  EXPECT_TRUE(Due(kNow + seconds(1)).empty());
  alive_.clear();
  EXPECT_EQ(Due(kNow + seconds(2)).size(), 1u);
  EXPECT_EQ(Due(kNow + seconds(3)).size(), 1u) << "once a second";
}

TEST_F(ContactsTest, PassingOnesAreAskedAFewTimes) {
  contacts_.AddPassing(kNow, a_);
  int asked = 0;
  TimePoint at = kNow;
  for (int i = 0; i < 20; ++i) {
    asked += static_cast<int>(Due(at).size());
    at += seconds(1);
  }
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(contacts_.NextDeadline(), kNever);
}

TEST(MemberExchangeTest, AnswersOfBothHalvesEndIt) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, false);
  const auto questions = exchange.TakeQuestions(kNow);
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_EQ(questions[1].first_bucket, 128);
  EXPECT_FALSE(questions[0].everything);
  const std::vector<bool> no(128, false);
  EXPECT_FALSE(exchange.OnAnswer(kNow, 0, no, no));
  EXPECT_TRUE(exchange.TakeQuestions(kNow).empty());
  EXPECT_EQ(exchange.TakeQuestions(kNow + milliseconds(200)).size(), 1u) << "lost: asked again";
  EXPECT_TRUE(exchange.OnAnswer(kNow, 128, no, no));
  EXPECT_FALSE(exchange.running());
}

TEST(MemberExchangeTest, JoinerGoesOnUntilEachBucketHasAgreedOnce) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, true);
  EXPECT_TRUE(exchange.TakeQuestions(kNow)[0].everything);
  std::vector<bool> first(128, true);
  std::vector<bool> second(128, true);
  const std::vector<bool> all(128, true);
  first[3] = false;
  second[4] = false;
  EXPECT_FALSE(exchange.OnAnswer(kNow, 128, all, all));
  EXPECT_FALSE(exchange.OnAnswer(kNow, 0, first, all));
  const auto again = exchange.TakeQuestions(kNow + milliseconds(50));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_FALSE(again[0].everything);
  EXPECT_TRUE(exchange.OnAnswer(kNow, 0, second, all)) << "bucket 4 had agreed before";
}

TEST(MemberExchangeTest, JoinerThatLacksTheDeadAsksForEverythingAgain) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, true);
  exchange.TakeQuestions(kNow);
  const std::vector<bool> all(128, true);
  std::vector<bool> counts(128, true);
  counts[9] = false;
  EXPECT_FALSE(exchange.OnAnswer(kNow, 0, all, counts));
  EXPECT_FALSE(exchange.OnAnswer(kNow, 128, all, all));
  EXPECT_TRUE(exchange.TakeQuestions(kNow + milliseconds(50)).at(0).everything);
  EXPECT_FALSE(exchange.HasFailed(kNow + milliseconds(1999)));
  EXPECT_TRUE(exchange.HasFailed(kNow + seconds(2)));
}

TEST(MemberExchangeTest, AsksNoQuestionsWhileAStreamCarriesItAndAllOfThemWhenThatFails) {
  SwimConfig config = kLan;
  config.streams = true;
  MemberExchange exchange(config);
  exchange.Begin(kNow, 7, false);
  EXPECT_TRUE(exchange.asks_briefly());
  exchange.BeginStream(kNow, 5);
  EXPECT_EQ(exchange.stream(), 5u);
  EXPECT_TRUE(exchange.TakeQuestions(kNow).empty());
  EXPECT_EQ(exchange.NextDeadline(), kNow + seconds(2));
  exchange.OnProgress(kNow + seconds(1));
  EXPECT_FALSE(exchange.HasFailed(kNow + seconds(2)));
  EXPECT_TRUE(exchange.HasFailed(kNow + seconds(3)));

  exchange.FallBack(kNow + seconds(3));
  EXPECT_EQ(exchange.stream(), 0u);
  EXPECT_FALSE(exchange.asks_briefly());
  const auto questions = exchange.TakeQuestions(kNow + seconds(3));
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_FALSE(questions[0].brief);
  EXPECT_FALSE(exchange.HasFailed(kNow + seconds(4)));
}

TEST(MemberExchangeTest, ABusyPeerIsLeftForAnotherOne) {
  SwimConfig config = kLan;
  config.streams = true;
  MemberExchange exchange(config);
  exchange.Begin(kNow, 7, true);
  EXPECT_FALSE(exchange.asks_briefly()) << "a joiner wants all of it";
  exchange.BeginStream(kNow, 1);
  exchange.MoveTo(kNow, 8);
  EXPECT_EQ(exchange.peer(), 8u);
  EXPECT_EQ(exchange.moves(), 1);
  EXPECT_EQ(exchange.stream(), 0u);
  EXPECT_TRUE(exchange.TakeQuestions(kNow).at(0).everything);
  exchange.Begin(kNow, 9, false);
  EXPECT_EQ(exchange.moves(), 0);
}

TEST(PacedDatagramsTest, LeaveInBursts) {
  PacedDatagrams paced(kLan);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
  EXPECT_EQ(paced.TakeDue(kNow).size(), 64u);
  EXPECT_TRUE(paced.TakeDue(kNow + milliseconds(9)).empty());
  EXPECT_EQ(paced.NextDeadline(), kNow + milliseconds(10));
  EXPECT_EQ(paced.TakeDue(kNow + milliseconds(10)).size(), 36u);
  EXPECT_EQ(paced.NextDeadline(), kNever);
  for (std::size_t i = 0; i < PacedDatagrams::kMaxPaced; ++i) {
    ASSERT_TRUE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
  }
  EXPECT_FALSE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
}

}  // namespace
}  // namespace vf
