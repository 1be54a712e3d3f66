#include "gossip/dissemination/token_bucket.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};

TEST(TokenBucketTest, GivesAsManyASecondAndABurst) {
  TokenBucket bucket(kNow, 10, 20);
  EXPECT_TRUE(bucket.Take(kNow, 20));
  EXPECT_FALSE(bucket.Take(kNow, 1));
  EXPECT_FALSE(bucket.Take(kNow + milliseconds(90), 1));
  EXPECT_TRUE(bucket.Take(kNow + milliseconds(110), 1));
  EXPECT_FALSE(bucket.Take(kNow + seconds(100), 21)) << "it holds no more than the burst";
  EXPECT_TRUE(bucket.Take(kNow + seconds(100), 20));
}

}  // namespace
}  // namespace vf
