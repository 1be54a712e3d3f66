#include "node/replication/pass_pace.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

constexpr PaceConfig kConfig;

// Their messages one after the other, as fast as they may go.
Duration TimeOf(PassPace& pace, TimePoint from, int messages, bool compare) {
  TimePoint now = from;
  for (int i = 0; i < messages; ++i) {
    if (!pace.MayGo(now)) now = pace.next();
    EXPECT_TRUE(pace.MayGo(now));
    pace.OnSent(now, compare);
  }
  return now - from;
}

TEST(PassPaceTest, WithoutClientsMessagesFollowAtOnce) {
  const ClientWatch nobody;
  const TimePoint now(hours(1));
  PassPace pace(kConfig, &nobody);
  EXPECT_EQ(TimeOf(pace, now, 100, /*compare=*/false), Duration::zero());
  PassPace without_word(kConfig, nullptr);
  EXPECT_EQ(TimeOf(without_word, now, 100, /*compare=*/false), Duration::zero());
}

TEST(PassPaceTest, ClientsHereSpaceThem) {
  ClientWatch clients;
  const TimePoint now(hours(1));
  clients.Note(now);
  PassPace pace(kConfig, &clients);
  EXPECT_EQ(TimeOf(pace, now, 101, /*compare=*/false), 100 * kConfig.rest);
}

TEST(PassPaceTest, SoDoClientsOfWhoAnswers) {
  const TimePoint now(hours(1));
  PassPace pace(kConfig, nullptr);
  CompareReply reply;
  pace.OnReply(now, reply);
  EXPECT_EQ(TimeOf(pace, now, 11, /*compare=*/true), Duration::zero());
  reply.serves_clients = true;
  pace.OnReply(now, reply);
  // The one before has gone, and what follows it waits.
  EXPECT_EQ(TimeOf(pace, now, 11, /*compare=*/true), 11 * kConfig.rest_after_comparison);
}

TEST(PassPaceTest, ItsWordHoldsForAWhileAndTheLastRestEndsWithIt) {
  const TimePoint now(hours(1));
  PassPace pace(kConfig, nullptr);
  PullReply reply;
  reply.serves_clients = true;
  pace.OnReply(now, reply);
  const TimePoint last = now + ClientWatch::kServedFor - kConfig.rest / 2;
  pace.OnSent(last, /*compares=*/false);
  EXPECT_FALSE(pace.MayGo(last));
  EXPECT_TRUE(pace.MayGo(now + ClientWatch::kServedFor));
}

// A timer that comes late does not let several go at once.
TEST(PassPaceTest, TimeThatWasMissedIsNotMadeUpFor) {
  ClientWatch clients;
  const TimePoint now(hours(1));
  clients.Note(now + milliseconds(20));
  PassPace pace(kConfig, &clients);
  pace.OnSent(now, /*compares=*/false);
  const TimePoint late = now + 20 * kConfig.rest;
  EXPECT_TRUE(pace.MayGo(late));
  pace.OnSent(late, /*compares=*/false);
  EXPECT_FALSE(pace.MayGo(late));
  EXPECT_EQ(pace.next(), late + kConfig.rest);
}

}  // namespace
}  // namespace vf
