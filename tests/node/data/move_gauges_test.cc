#include "node/data/move_gauges.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(MoveGaugesTest, ShowWhatWasSetAndNothingAfterTheEnd) {
  MoveGauges gauges;
  EXPECT_FALSE(gauges.Read());
  MoveFigures move;
  move.partitions = 7;
  move.complete = 3;
  move.records = 11;
  move.bytes = 13;
  move.began = TimePoint(seconds(5));
  move.advanced = TimePoint(seconds(6));
  gauges.Set(move);
  const auto read = gauges.Read();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->partitions, 7u);
  EXPECT_EQ(read->complete, 3u);
  EXPECT_EQ(read->records, 11u);
  EXPECT_EQ(read->bytes, 13u);
  EXPECT_EQ(read->began, TimePoint(seconds(5)));
  EXPECT_EQ(read->advanced, TimePoint(seconds(6)));
  gauges.Set(std::nullopt);
  EXPECT_FALSE(gauges.Read());
}

}  // namespace
}  // namespace vf
