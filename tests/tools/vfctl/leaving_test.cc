#include "tools/vfctl/leaving.h"

#include <gtest/gtest.h>

namespace vf::ctl {
namespace {

TEST(LeavingTest, ReadsWhatIsToBeHandedOver) {
  const auto left = ToHandOverOf(R"({"id":"a","leaving":{"records":12,"partitions":3}})");
  ASSERT_TRUE(left);
  EXPECT_EQ(left->records, 12u);
  EXPECT_EQ(left->partitions, 3u);
  EXPECT_FALSE(ToHandOverOf(R"({"id":"a"})"));
  EXPECT_FALSE(ToHandOverOf("<html>"));
  EXPECT_FALSE(ToHandOverOf(R"({"leaving":true})"));
}

TEST(LeavingTest, KnowsTheProcess) {
  EXPECT_EQ(IdOf(R"({"id":"0a1b"})"), "0a1b");
  EXPECT_EQ(IdOf(R"({"id":7})"), "");
  EXPECT_EQ(IdOf("[]"), "");
}

TEST(LeavingTest, AsksTheOthersThatLive) {
  const std::string members = R"([
      {"id":"a","address":"10.0.0.1:1","state":"alive"},
      {"id":"b","address":"10.0.0.2:2","state":"alive"},
      {"id":"c","address":"10.0.0.3:3","state":"dead"},
      {"id":"d","address":"no address","state":"alive"}])";
  const auto witnesses = OthersAlive(members, "a");
  ASSERT_EQ(witnesses.size(), 1u);
  EXPECT_EQ(witnesses[0].ToString(), "10.0.0.2:2");
  EXPECT_TRUE(OthersAlive("{}", "a").empty());
}

TEST(LeavingTest, TellsHowAMemberEnded) {
  const auto end = [](const std::string& fields) {
    return EndOf(R"([{"id":"x","state":"alive"},{"id":"a",)" + fields + "}]", "a");
  };
  EXPECT_EQ(end(R"("state":"alive")"), MemberEnd::kNotYet);
  EXPECT_EQ(end(R"("state":"suspect")"), MemberEnd::kNotYet);
  EXPECT_EQ(end(R"("state":"left","emptied":true)"), MemberEnd::kEmptied);
  EXPECT_EQ(end(R"("state":"left")"), MemberEnd::kStopped);
  EXPECT_EQ(end(R"("state":"dead")"), MemberEnd::kDied);
  EXPECT_EQ(EndOf("[]", "a"), MemberEnd::kNotYet);
  EXPECT_EQ(EndOf("no json", "a"), MemberEnd::kNotYet);
}

TEST(LeavingTest, ShowsHowFarItIs) {
  EXPECT_EQ(ProgressText({100, 10}, {50, 5}, seconds(4)),
            "[###############...............] 50 of 100 records, 5 partitions to go, about 4s");
  EXPECT_EQ(ProgressText({100, 10}, {100, 10}, seconds(4)),
            "[..............................] 0 of 100 records, 10 partitions to go");
  EXPECT_EQ(ProgressText({0, 0}, {0, 0}, seconds(0)),
            "[##############################] 0 of 0 records, 0 partitions to go");
  EXPECT_EQ(ProgressText({100, 10}, {120, 12}, seconds(4)),
            "[..............................] 0 of 120 records, 12 partitions to go")
      << "more came meanwhile";
}

}  // namespace
}  // namespace vf::ctl
