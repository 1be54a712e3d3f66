#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http/endpoint.h"
#include "tests/http/fake_services.h"

namespace vf {
namespace {

using Json = nlohmann::json;

struct Response {
  std::string head;
  std::string body;
};

Response Ask(const FakeOperators& operators, Page page, int want_status, std::string_view key = {},
             bool head = false) {
  HttpEndpoint endpoint(operators);
  std::string out;
  EXPECT_EQ(endpoint.AppendPage(page, key, AnswerForm{head, Persistence::kKeep}, out), want_status);
  const std::size_t end = out.find("\r\n\r\n");
  return {out.substr(0, end + 2), out.substr(end + 4)};
}

TEST(PagesTest, HealthzIsFine) {
  const Response response = Ask(FakeOperators(), Page::kHealthz, 200);
  EXPECT_EQ(response.body, "ok\n");
  EXPECT_NE(response.head.find("Content-Type: text/plain\r\n"), std::string::npos);
}

TEST(PagesTest, ReadyzSaysWhyNot) {
  FakeOperators operators;
  Ask(operators, Page::kReadyz, 200);
  operators.readiness = {false, "joining: no contact answers"};
  const Response response = Ask(operators, Page::kReadyz, 503);
  EXPECT_EQ(response.body, "joining: no contact answers\n");
  EXPECT_NE(response.head.find("Retry-After: 1\r\n"), std::string::npos);
}

TEST(PagesTest, MembersHasTheFieldsOfTheContract) {
  FakeOperators operators;
  operators.members = {{"00112233445566778899aabbccddeeff", "10.0.0.1:8000", "node", "alive",
                        std::uint64_t{1} << 35, 4'000'000'000u, true, 1234, true}};
  const Response response = Ask(operators, Page::kMembers, 200);
  EXPECT_NE(response.head.find("Content-Type: application/json\r\n"), std::string::npos);
  const Json json = Json::parse(response.body);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["id"], "00112233445566778899aabbccddeeff");
  EXPECT_EQ(json[0]["address"], "10.0.0.1:8000");
  EXPECT_EQ(json[0]["role"], "node");
  EXPECT_EQ(json[0]["state"], "alive");
  EXPECT_EQ(json[0]["incarnation"], 4'000'000'000u);
  EXPECT_EQ(json[0]["ready"], true);
  EXPECT_EQ(json[0]["since_ms"], 1234);
  EXPECT_TRUE(json[0]["since_ms"].is_number_integer());
  EXPECT_EQ(json[0]["udp_bad"], true);
  EXPECT_FALSE(json[0].contains("degraded"));
  EXPECT_FALSE(json[0].contains("emptied"));
  operators.members[0].emptied = true;
  EXPECT_EQ(Json::parse(Ask(operators, Page::kMembers, 200).body)[0]["emptied"], true);
  EXPECT_FALSE(json[0].contains("busy"));
  operators.members[0].busy = true;
  EXPECT_EQ(Json::parse(Ask(operators, Page::kMembers, 200).body)[0]["busy"], true);
  operators.members[0].degraded = true;
  EXPECT_EQ(Json::parse(Ask(operators, Page::kMembers, 200).body)[0]["degraded"], true);
}

TEST(PagesTest, MembersOfNobodyIsAnEmptyArray) {
  EXPECT_EQ(Ask(FakeOperators(), Page::kMembers, 200).body, "[]\n");
}

TEST(PagesTest, ReplicasGetsTheDecodedKey) {
  const Json json = Json::parse(Ask(FakeOperators(), Page::kReplicas, 200, "the key").body);
  EXPECT_EQ(json["partition"], "0f");
  EXPECT_EQ(json["sha1"], "the key");
  EXPECT_EQ(json["owners"][1],
            (Json{{"id", "b2"}, {"address", "10.0.0.2:2"}, {"state", "suspect"}}));
  EXPECT_EQ(json["fallbacks"].size(), 1u);
}

TEST(PagesTest, ReplicasIsUnavailableBeforeTheClusterIsKnown) {
  FakeOperators operators;
  operators.founded = false;
  const Response response = Ask(operators, Page::kReplicas, 503, "k");
  EXPECT_NE(response.head.find("Retry-After: 1\r\n"), std::string::npos);
}

TEST(PagesTest, StatusOfANode) {
  FakeOperators operators;
  StatusPage& status = operators.status;
  status.id = "ff";
  status.address = "10.0.0.1:8000";
  status.role = "node";
  status.cluster = "velour-fog";
  status.release = "0.1.0";
  status.profile = "cloud";
  status.cluster_key = true;
  status.uptime_s = 5;
  status.ready = true;
  status.replicas = 3;
  status.partition_digits = 2;
  status.members = {{"alive", 2u}};
  status.controllers = {"10.0.0.9:7000"};
  status.data = StatusData{7, 8, 9, 10, 11};
  const Json json = Json::parse(Ask(operators, Page::kStatus, 200).body);
  EXPECT_EQ(json["role"], "node");
  EXPECT_EQ(json["profile"], "cloud");
  EXPECT_EQ(json["cluster_key"], true);
  EXPECT_EQ(json["uptime_s"], 5);
  EXPECT_EQ(json["ready"], true);
  EXPECT_FALSE(json.contains("waiting_for"));
  EXPECT_EQ(json["replicas"], 3);
  EXPECT_EQ(json["partition_digits"], 2);
  EXPECT_EQ(json["keys"], 7);
  EXPECT_EQ(json["bytes"], 8);
  EXPECT_EQ(json["partitions"], (Json{{"owned", 9}, {"in_sync", 10}}));
  EXPECT_EQ(json["divergence"], 11);
  EXPECT_EQ(json["members"], (Json{{"alive", 2}, {"suspect", 0}, {"dead", 0}, {"left", 0}}));
  EXPECT_EQ(json["controllers"], (Json{"10.0.0.9:7000"}));
  EXPECT_EQ(json["warnings"], Json::array());
}

TEST(PagesTest, StatusTellsOfAMoveWhileOneRuns) {
  FakeOperators operators;
  EXPECT_FALSE(Json::parse(Ask(operators, Page::kStatus, 200).body).contains("move"));
  operators.status.move = StatusMove{256, 64, 5000, 70'000, 4000, 20};
  const Json json = Json::parse(Ask(operators, Page::kStatus, 200).body);
  EXPECT_EQ(json["move"], (Json{{"partitions", 256},
                                {"complete", 64},
                                {"records", 5000},
                                {"bytes", 70'000},
                                {"since_ms", 4000},
                                {"last_step_ms", 20}}));
}

TEST(PagesTest, StatusOfAControllerThatWaits) {
  FakeOperators operators;
  operators.status.ready = false;
  operators.status.waiting_for = "a founded cluster";
  operators.status.warnings = {"clock"};
  const Json json = Json::parse(Ask(operators, Page::kStatus, 200).body);
  EXPECT_EQ(json["waiting_for"], "a founded cluster");
  EXPECT_TRUE(json["replicas"].is_null());
  EXPECT_FALSE(json.contains("keys"));
  EXPECT_FALSE(json.contains("partitions"));
  EXPECT_EQ(json["warnings"][0], "clock");
}

TEST(PagesTest, TextThatIsNoUtf8DoesNotFail) {
  FakeOperators operators;
  operators.status.cluster = "\xff\xfe";
  EXPECT_TRUE(Json::accept(Ask(operators, Page::kStatus, 200).body));
}

TEST(PagesTest, MetricsAreText) {
  const Response response = Ask(FakeOperators(), Page::kMetrics, 200);
  EXPECT_NE(response.head.find("Content-Type: text/plain; version=0.0.4\r\n"), std::string::npos);
  EXPECT_NE(response.body.find("x 1\n"), std::string::npos);
}

TEST(PagesTest, ConflictsSayWhichWriteWasKeptAndWhichLost) {
  FakeOperators operators;
  EXPECT_EQ(Ask(operators, Page::kConflicts, 200).body, "[]\n");
  operators.conflicts = {{std::string("a key/\0\xff", 8), {"0001", "a1", "h:1"}, {"0002", "", ""}}};
  const Json json = Json::parse(Ask(operators, Page::kConflicts, 200).body);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["key"], "a%20key%2F%00%FF");
  EXPECT_EQ(json[0]["kept"]["version"], "0001");
  EXPECT_EQ(json[0]["kept"]["frontend"], "a1");
  EXPECT_EQ(json[0]["kept"]["address"], "h:1");
  EXPECT_EQ(json[0]["lost"]["version"], "0002");
  EXPECT_TRUE(json[0]["lost"]["frontend"].is_null());
  EXPECT_TRUE(json[0]["lost"]["address"].is_null());
}

TEST(PagesTest, HeadHasTheLengthOfTheGet) {
  for (const Page page : {Page::kHealthz, Page::kReadyz, Page::kMembers, Page::kReplicas,
                          Page::kStatus, Page::kConflicts, Page::kMetrics}) {
    const Response get = Ask(FakeOperators(), page, 200, "k");
    const Response head = Ask(FakeOperators(), page, 200, "k", true);
    EXPECT_EQ(head.head, get.head);
    EXPECT_EQ(head.body, "");
  }
}

}  // namespace
}  // namespace vf
