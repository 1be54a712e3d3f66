#include "gossip/dissemination/member_exchange.h"

#include <gtest/gtest.h>

#include <vector>

#include "gossip/config.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
const SwimConfig kLan = SwimConfig::Lan();

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

// Who asks again while its answer waits would only make the queue longer for everybody.
TEST(PacedDatagramsTest, KnowsWhatAnswersWait) {
  PacedDatagrams paced(kLan);
  const Endpoint a = Endpoint::Loopback(1);
  for (int i = 0; i < kLan.exchange_burst; ++i) ASSERT_TRUE(paced.Put(kNow, {a, {}}));
  EXPECT_FALSE(paced.Answers(a, 0));
  ASSERT_TRUE(paced.Put(kNow, {a, {}, std::uint8_t{0}}));
  EXPECT_TRUE(paced.Answers(a, 0));
  EXPECT_FALSE(paced.Answers(a, 128));
  EXPECT_FALSE(paced.Answers(Endpoint::Loopback(2), 0));
  paced.TakeDue(kNow);
  EXPECT_TRUE(paced.Answers(a, 0));
  paced.TakeDue(paced.NextDeadline());
  EXPECT_FALSE(paced.Answers(a, 0));
}

}  // namespace
}  // namespace vf
