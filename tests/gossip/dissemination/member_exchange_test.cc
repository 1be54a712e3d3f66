#include "gossip/dissemination/member_exchange.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "gossip/config.h"
#include "gossip/members/view_hash.h"
#include "gossip/wire/message.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
const SwimConfig kLan = SwimConfig::Lan();
const std::vector<bool> kAll(kDigestBuckets, true);
const std::vector<bool> kNone(kDigestBuckets, false);

// Of one who holds a member in each bucket, of whom nobody has brought anything.
Digest AnswerFrom(std::uint8_t first_bucket) {
  Digest answer;
  answer.first_bucket = first_bucket;
  answer.answer = true;
  answer.hashes.assign(kDigestBuckets, 1);
  answer.counts.assign(kDigestBuckets, 1);
  return answer;
}

// Of one who holds nobody but these in the first half.
Digest AnswerWith(const std::vector<MemberRecord>& members) {
  Digest answer = AnswerFrom(0);
  answer.hashes.assign(kDigestBuckets, 0);
  answer.counts.assign(kDigestBuckets, 0);
  for (const MemberRecord& r : members) {
    answer.hashes[BucketOf(r.key())] ^= ViewHashOf(r);
    ++answer.counts[BucketOf(r.key())];
  }
  return answer;
}

MemberRecord MemberInBucket(std::uint8_t bucket) {
  MemberRecord r;
  r.id.bytes.fill(std::byte{bucket});
  return r;
}

const MemberRecord kJoiner = MemberInBucket(5);
const MemberKey kSelf = kJoiner.key();

Exchange PartOf(const MemberRecord& record) {
  return {static_cast<std::uint8_t>(BucketOf(record.key())), {record}, {}};
}

TEST(MemberExchangeTest, AnswersOfBothHalvesEndIt) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kNoMember);
  const auto questions = exchange.TakeQuestions(kNow);
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_EQ(questions[1].first_bucket, 128);
  EXPECT_FALSE(questions[0].everything);
  const std::vector<bool> no(128, false);
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(0), no, no));
  EXPECT_TRUE(exchange.TakeQuestions(kNow).empty());
  EXPECT_EQ(exchange.TakeQuestions(kNow + milliseconds(200)).size(), 1u) << "lost: asked again";
  EXPECT_TRUE(exchange.OnAnswer(kNow, AnswerFrom(128), no, no));
  EXPECT_FALSE(exchange.running());
}

TEST(MemberExchangeTest, JoinerGoesOnUntilEachBucketHasAgreedOnce) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kSelf);
  EXPECT_TRUE(exchange.TakeQuestions(kNow)[0].everything);
  std::vector<bool> first(128, true);
  std::vector<bool> second(128, true);
  const std::vector<bool> all(128, true);
  first[3] = false;
  second[4] = false;
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(128), all, all));
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(0), first, all));
  const auto again = exchange.TakeQuestions(kNow + milliseconds(50));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_FALSE(again[0].everything);
  EXPECT_TRUE(exchange.OnAnswer(kNow, AnswerFrom(0), second, all)) << "bucket 4 had agreed before";
}

TEST(MemberExchangeTest, JoinerThatLacksTheDeadAsksForEverythingAgain) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kSelf);
  exchange.TakeQuestions(kNow);
  const std::vector<bool> all(128, true);
  std::vector<bool> counts(128, true);
  counts[9] = false;
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(0), all, counts));
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(128), all, all));
  EXPECT_TRUE(exchange.TakeQuestions(kNow + milliseconds(50)).at(0).everything);
  EXPECT_FALSE(exchange.HasFailed(kNow + milliseconds(1999)));
  EXPECT_TRUE(exchange.HasFailed(kNow + seconds(2)));
}

// While others join, its own buckets hold members of whom its peer had not heard when it answered.
TEST(MemberExchangeTest, JoinerIsDoneWhenAllThatThePeerHadWasBroughtWhateverElseItHas) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kSelf);
  exchange.TakeQuestions(kNow);
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(128), kAll, kAll));
  const MemberRecord late = MemberInBucket(4);
  EXPECT_FALSE(exchange.OnPart(kNow, PartOf(kJoiner)));
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerWith({kJoiner}), kNone, kAll)) << "compared once more";
  EXPECT_EQ(exchange.TakeQuestions(kNow + milliseconds(50)).size(), 1u);
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerWith({kJoiner, late}), kNone, kAll))
      << "it has overtaken the record of the second";
  EXPECT_TRUE(exchange.OnPart(kNow, PartOf(late)));
  EXPECT_FALSE(exchange.running());
}

TEST(MemberExchangeTest, JoinerGoesOnWhileSomethingThatThePeerHadIsMissing) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kSelf);
  exchange.TakeQuestions(kNow);
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(128), kAll, kAll));
  const MemberRecord lost = MemberInBucket(3);
  EXPECT_FALSE(exchange.OnPart(kNow, PartOf(kJoiner)));
  TimePoint now = kNow;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(exchange.OnAnswer(now, AnswerWith({lost, kJoiner}), kNone, kAll));
    now += milliseconds(50);
    EXPECT_EQ(exchange.TakeQuestions(now).size(), 1u);
  }
  EXPECT_TRUE(exchange.OnPart(now, PartOf(lost)));
}

// Those who let it in may have died before they told anybody: what it says counts for nothing then.
TEST(MemberExchangeTest, JoinerGoesOnWhileThePeerDoesNotKnowIt) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kSelf);
  EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerFrom(128), kAll, kAll));
  const MemberRecord other = MemberInBucket(3);
  EXPECT_FALSE(exchange.OnPart(kNow, PartOf(other)));
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(exchange.OnAnswer(kNow, AnswerWith({other}), kNone, kAll));
  }
  EXPECT_FALSE(exchange.KnowsJoiner());
  EXPECT_FALSE(exchange.OnPart(kNow, PartOf(kJoiner)));
  EXPECT_TRUE(exchange.KnowsJoiner());
  EXPECT_TRUE(exchange.OnAnswer(kNow, AnswerWith({other, kJoiner}), kNone, kAll));
}

TEST(MemberExchangeTest, JoinerDoesNotWaitForAPeerThatDoesNotBegin) {
  MemberExchange exchange(kLan);
  exchange.Begin(kNow, 7, kSelf);
  EXPECT_EQ(exchange.NextDeadline(), kNow);
  EXPECT_FALSE(exchange.HasFailed(kNow + milliseconds(399)));
  EXPECT_TRUE(exchange.HasFailed(kNow + milliseconds(400)));
  EXPECT_FALSE(exchange.OnPart(kNow + milliseconds(399), PartOf(MemberInBucket(3))));
  EXPECT_FALSE(exchange.HasFailed(kNow + milliseconds(2'398)));
  exchange.Begin(kNow, 7, kNoMember);
  EXPECT_FALSE(exchange.HasFailed(kNow + milliseconds(1'999))) << "who has joined is in no hurry";
}

TEST(MemberExchangeTest, AsksNoQuestionsWhileAStreamCarriesItAndAllOfThemWhenThatFails) {
  SwimConfig config = kLan;
  config.streams = true;
  MemberExchange exchange(config);
  exchange.Begin(kNow, 7, kNoMember);
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
  exchange.Begin(kNow, 7, kSelf);
  EXPECT_FALSE(exchange.asks_briefly()) << "a joiner wants all of it";
  exchange.BeginStream(kNow, 1);
  exchange.MoveTo(kNow, 8);
  EXPECT_EQ(exchange.peer(), 8u);
  EXPECT_EQ(exchange.moves(), 1);
  EXPECT_EQ(exchange.stream(), 0u);
  EXPECT_TRUE(exchange.TakeQuestions(kNow).at(0).everything);
  exchange.Begin(kNow, 9, kNoMember);
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

TEST(PacedDatagramsTest, AreManyWhenTheyTakeLongerThanTheAskersWait) {
  PacedDatagrams paced(kLan);
  const auto in_time = 64 * (kLan.exchange_retry / kLan.exchange_pace);
  for (int i = 0; i < in_time; ++i) ASSERT_TRUE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
  EXPECT_FALSE(paced.IsLong());
  ASSERT_TRUE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
  EXPECT_TRUE(paced.IsLong());
  paced.TakeDue(kNow);
  EXPECT_FALSE(paced.IsLong());
}

TEST(PacedDatagramsTest, TakeNewAskersWhileFewWait) {
  PacedDatagrams paced(kLan);
  const auto few = 64 * (kLan.exchange_retry / kLan.exchange_pace) / 4;
  for (int i = 0; i < few; ++i) ASSERT_TRUE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
  EXPECT_TRUE(paced.IsShort());
  ASSERT_TRUE(paced.Put(kNow, {Endpoint::Loopback(1), {}}));
  EXPECT_FALSE(paced.IsShort());
  EXPECT_FALSE(paced.IsLong());
  paced.TakeDue(kNow);
  EXPECT_TRUE(paced.IsShort());
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
  EXPECT_TRUE(paced.Answers(a));
  EXPECT_FALSE(paced.Answers(Endpoint::Loopback(2)));
  paced.TakeDue(kNow);
  EXPECT_TRUE(paced.Answers(a, 0));
  paced.TakeDue(paced.NextDeadline());
  EXPECT_FALSE(paced.Answers(a, 0));
  EXPECT_FALSE(paced.Answers(a));
}

}  // namespace
}  // namespace vf
