#include "node/replication/client_watch.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(ClientWatchTest, NobodyIsServedBeforeTheFirst) {
  const ClientWatch watch;
  EXPECT_FALSE(watch.AreServed(TimePoint()));
  EXPECT_FALSE(watch.AreServed(TimePoint(hours(1))));
}

TEST(ClientWatchTest, AClientCountsForAWhile) {
  ClientWatch watch;
  const TimePoint at(hours(1));
  watch.Note(at);
  EXPECT_TRUE(watch.AreServed(at));
  EXPECT_TRUE(watch.AreServed(at + ClientWatch::kServedFor - milliseconds(1)));
  EXPECT_FALSE(watch.AreServed(at + ClientWatch::kServedFor));
}

TEST(ClientWatchTest, OnesThatFollowEachOtherAreServedAllTheTime) {
  ClientWatch watch;
  TimePoint at(hours(1));
  for (int i = 0; i < 1'000; ++i, at += milliseconds(i % 90)) {
    watch.Note(at);
    EXPECT_TRUE(watch.AreServed(at + milliseconds(90)));
  }
}

}  // namespace
}  // namespace vf
