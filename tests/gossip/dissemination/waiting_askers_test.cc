#include "gossip/dissemination/waiting_askers.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

constexpr TimePoint kNow{seconds(100)};
const SwimConfig kLan = SwimConfig::Lan();

WaitingAskers::Question QuestionOf(std::uint16_t port, std::uint8_t first_bucket = 0) {
  return {Endpoint::Loopback(port), first_bucket};
}

TEST(WaitingAskersTest, WhoHasWaitedLongestIsNext) {
  WaitingAskers askers(kLan);
  ASSERT_TRUE(askers.Add(kNow, QuestionOf(1)));
  ASSERT_TRUE(askers.Add(kNow, QuestionOf(2)));
  ASSERT_TRUE(askers.Add(kNow, QuestionOf(1))) << "it keeps its place";
  ASSERT_TRUE(askers.Add(kNow, QuestionOf(1, 128)));
  EXPECT_EQ(askers.TakeNext(kNow)->from, Endpoint::Loopback(1));
  EXPECT_EQ(askers.TakeNext(kNow)->from, Endpoint::Loopback(2));
  const auto other_half = askers.TakeNext(kNow);
  ASSERT_TRUE(other_half);
  EXPECT_EQ(other_half->from, Endpoint::Loopback(1));
  EXPECT_EQ(other_half->first_bucket, 128);
  EXPECT_FALSE(askers.TakeNext(kNow));
}

TEST(WaitingAskersTest, WhoDoesNotAskAgainIsLeftOut) {
  WaitingAskers askers(kLan);
  ASSERT_TRUE(askers.Add(kNow, QuestionOf(1)));
  ASSERT_TRUE(askers.Add(kNow, QuestionOf(2)));
  ASSERT_TRUE(askers.Add(kNow + kLan.exchange_retry, QuestionOf(2)));
  const auto next = askers.TakeNext(kNow + kLan.exchange_retry + milliseconds(1));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->from, Endpoint::Loopback(2));
}

TEST(WaitingAskersTest, AreBoundedAndForgetWhoIsGone) {
  WaitingAskers askers(kLan);
  for (std::uint16_t port = 1; port <= WaitingAskers::kLimit; ++port) {
    ASSERT_TRUE(askers.Add(kNow, QuestionOf(port)));
  }
  EXPECT_FALSE(askers.Add(kNow, QuestionOf(9'999)));
  EXPECT_TRUE(askers.Add(kNow + kLan.exchange_retry + milliseconds(1), QuestionOf(9'999)));
}

}  // namespace
}  // namespace vf
