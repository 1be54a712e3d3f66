#include "tools/vfctl/moves.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tools/vfctl/progress_bar.h"

namespace vf::ctl {
namespace {

std::string Status(const std::string& move) { return R"({"id":"a","move":)" + move + "}"; }

Move Sample() {
  const auto move = MoveOf(Status(
      R"({"partitions":256,"complete":64,"records":5000,"bytes":3145728,"since_ms":4000,
          "last_step_ms":2,"new_field":[1]})"));
  return move.value_or(Move());
}

TEST(ProgressBarTest, IsFullOnlyWhenAllIsDone) {
  EXPECT_EQ(ProgressBar(0, 10), "[..............................]");
  EXPECT_EQ(ProgressBar(5, 10), "[###############...............]");
  EXPECT_EQ(ProgressBar(65'535, 65'536), "[#############################.]");
  EXPECT_EQ(ProgressBar(UINT64_MAX - 1, UINT64_MAX), "[#############################.]");
  EXPECT_EQ(ProgressBar(10, 10), "[##############################]");
  EXPECT_EQ(ProgressBar(11, 10), "[##############################]");
  EXPECT_EQ(ProgressBar(0, 0), "[##############################]");
}

TEST(MovesTest, NodesWithMovesHaveABarEach) {
  Move first = Sample();
  Move second;
  second.partitions = 256;
  EXPECT_EQ(MovesTable({{"10.0.0.2:8000", first}, {"10.0.0.1:8000", second}}),
            "NODE           MOVE                              PARTITIONS  BROUGHT  RECORDS  FOR  "
            "LEFT\n"
            "10.0.0.1:8000  [..............................]  0 of 256    0 B      0        0ms  "
            "unknown until a partition is complete\n"
            "10.0.0.2:8000  [#######.......................]  64 of 256   3.0 MiB  5000     4s   "
            "about 12s\n");
}

TEST(MovesTest, NothingIsShownWhereNoMoveRuns) {
  EXPECT_EQ(MovesTable({}), "");
  EXPECT_FALSE(MoveOf(R"({"id":"a"})"));
  EXPECT_FALSE(MoveOf(Status("null")));
  EXPECT_FALSE(MoveOf(Status("7")));
  EXPECT_FALSE(MoveOf(Status("{}")));
  EXPECT_FALSE(MoveOf("<html>"));
  EXPECT_FALSE(MoveOf("[]"));
  EXPECT_FALSE(MoveOf(Status(R"({"partitions":-3,"complete":"x"})")));
}

TEST(MovesTest, WhatIsMoreThanAllIsNoMove) {
  EXPECT_FALSE(MoveOf(Status(R"({"partitions":5,"complete":5})")));
  EXPECT_FALSE(MoveOf(Status(R"({"partitions":5,"complete":6})")));
}

TEST(MovesTest, TimeLeftFollowsThePaceOfPartitions) {
  EXPECT_EQ(TimeLeftText(Sample()), "about 12s");
  Move nearly = Sample();
  nearly.complete = 250;
  EXPECT_EQ(TimeLeftText(nearly), "less than 1s");
  Move slow = Sample();
  slow.since_ms = UINT64_MAX;
  EXPECT_NE(TimeLeftText(slow).find("about "), std::string::npos);
}

TEST(MovesTest, WhoWaitsOrHasNothingYetIsNotGuessedAbout) {
  Move begun = Sample();
  begun.complete = 0;
  EXPECT_EQ(TimeLeftText(begun), "unknown until a partition is complete");
  Move waits = Sample();
  waits.last_step_ms = 42'000;
  EXPECT_EQ(TimeLeftText(waits), "unknown: no step for 42s");
}

TEST(MovesTest, BytesAreShownInPowersOf1024) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1024), "1.0 KiB");
  EXPECT_EQ(BytesText(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(BytesText(32'715'571), "31.2 MiB");
  EXPECT_EQ(BytesText(std::uint64_t{5} << 40), "5.0 TiB");
  EXPECT_EQ(BytesText(UINT64_MAX), "16777216.0 TiB");
}

}  // namespace
}  // namespace vf::ctl
