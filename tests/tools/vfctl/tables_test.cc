#include "tools/vfctl/tables.h"

#include <gtest/gtest.h>

#include <string>

#include "tools/vfctl/text_table.h"

namespace vf::ctl {
namespace {

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(TextTableTest, ColumnsLineUpAndNoLineEndsWithASpace) {
  EXPECT_EQ(TextTable({"A", "LONG", "B"}, {{"xxx", "y", ""}, {"", "zzzzz", "w"}}),
            "A    LONG   B\n"
            "xxx  y\n"
            "     zzzzz  w\n");
  EXPECT_EQ(TextTable({}, {}), "");
}

TEST(TextTableTest, NoCellMovesTheCursor) {
  EXPECT_EQ(TextTable({}, {{"a\x1b[2Jb\nc"}}).find('\x1b'), std::string::npos);
}

TEST(TablesTest, MembersAreListedByAddress) {
  const auto table = MembersTable(
      R"([{"id":"bb","address":"10.0.0.2:8000","role":"node","state":"suspect","incarnation":3,
           "ready":true,"since_ms":185000,"udp_bad":true,"degraded":true,"new_field":[1]},
          {"id":"aa","address":"10.0.0.1:8000","role":"controller","state":"alive",
           "incarnation":0,"ready":false,"since_ms":12}])");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(
      *table,
      "ID  ADDRESS        ROLE        STATE    READY  SINCE  INCARNATION  NOTE\n"
      "aa  10.0.0.1:8000  controller  alive    no     12ms   0\n"
      "bb  10.0.0.2:8000  node        suspect  yes    3m 5s  3            degraded, no UDP\n");
}

TEST(TablesTest, StatusOfANodeAndOfAController) {
  const auto node = StatusTable(
      R"({"id":"aa","address":"h:1","role":"node","cluster":"c","release":"0.1.0","uptime_s":90061,
          "ready":false,"waiting_for":"joining: x","replicas":null,"partition_digits":2,"keys":7,
          "bytes":70,"partitions":{"owned":256,"in_sync":255},"divergence":12,
          "members":{"alive":2,"suspect":0,"dead":1,"left":0},"controllers":["h:2","h:3"],
          "warnings":["clock"]})");
  ASSERT_TRUE(node.ok());
  for (const std::string part :
       {"up for            1d 1h\n", "ready             no\n", "waiting for       joining: x\n",
        "replicas          -\n", "256 owned, 255 in sync\n", "divergence        12\n",
        "2 alive, 0 suspect, 1 dead, 0 left\n", "h:2, h:3\n", "warning           clock\n"}) {
    EXPECT_TRUE(Has(*node, part)) << part << "in\n" << *node;
  }
  const auto controller =
      StatusTable(R"({"id":"aa","address":"h:1","role":"controller","cluster":"c"})");
  ASSERT_TRUE(controller.ok());
  EXPECT_FALSE(Has(*controller, "keys"));
}

TEST(TablesTest, ReplicasAreListedInOrder) {
  const auto table = ReplicasTable(
      R"({"partition":"0f","sha1":"0f12","owners":[{"id":"cc","address":"h:3","state":"alive"},
          {"id":"aa","address":"h:1","state":"dead"}],
          "fallbacks":[{"id":"bb","address":"h:2","state":"alive"}]})");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(*table,
            "partition  0f\n"
            "sha1       0f12\n"
            "\n"
            "ROLE      ID  ADDRESS  STATE\n"
            "owner     cc  h:3      alive\n"
            "owner     aa  h:1      dead\n"
            "fallback  bb  h:2      alive\n");
}

TEST(TablesTest, AnswersOfOtherServersAreRefused) {
  for (const std::string body :
       {"", "<html>hello</html>", "null", "7", "{}", "[1]", "[{\"id\":1}]", "\"x\"", "[[]]",
        "{\"id\":\"a\"}", "{\"partition\":\"0\",\"sha1\":\"1\",\"owners\":{},\"fallbacks\":7}",
        "\xff\xfe"}) {
    EXPECT_FALSE(MembersTable(body).ok()) << body;
    EXPECT_FALSE(StatusTable(body).ok()) << body;
    EXPECT_FALSE(ReplicasTable(body).ok()) << body;
  }
  EXPECT_TRUE(MembersTable("[]").ok());
}

TEST(TablesTest, DurationsShowTheirTwoLargestUnits) {
  EXPECT_EQ(DurationText(0), "0ms");
  EXPECT_EQ(DurationText(999), "999ms");
  EXPECT_EQ(DurationText(59'999), "59s");
  EXPECT_EQ(DurationText(60'000), "1m 0s");
  EXPECT_EQ(DurationText(7'800'000), "2h 10m");
  EXPECT_EQ(DurationText(442'800'000), "5d 3h");
}

}  // namespace
}  // namespace vf::ctl
