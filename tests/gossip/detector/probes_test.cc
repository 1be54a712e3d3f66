#include "gossip/detector/probes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "gossip/config.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
const SwimConfig kLan = SwimConfig::Lan();

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

}  // namespace
}  // namespace vf
