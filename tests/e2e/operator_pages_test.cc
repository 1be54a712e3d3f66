// The pages for operators and programs: their fields are the contract's, no more is assumed.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "base/bytes.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

using nlohmann::json;

void ExpectHex(const json& value, std::size_t digits) {
  ASSERT_TRUE(value.is_string());
  EXPECT_TRUE(std::regex_match(value.get<std::string>(),
                               std::regex("[0-9a-f]{" + std::to_string(digits) + "}")))
      << value;
}

void ExpectFields(const json& object, const std::set<std::string>& names) {
  ASSERT_TRUE(object.is_object());
  for (const auto& name : names) EXPECT_TRUE(object.contains(name)) << name << " in " << object;
}

// Three nodes, a stateless frontend and the controller that they joined through.
class OperatorPagesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<Cluster>(ClusterOptions{.nodes = 3, .controller = true});
    cluster_->Add({cluster_->contact(), "--frontend-only"}).WaitUntilReady();
    cluster_->WaitUntilMembersAgree();
  }
  static void TearDownTestSuite() { cluster_.reset(); }
  static Member& node() { return cluster_->node(0); }
  static Member& frontend() { return cluster_->node(3); }
  static Member& controller() { return cluster_->controller(); }

  static std::unique_ptr<Cluster> cluster_;
};

std::unique_ptr<Cluster> OperatorPagesTest::cluster_;

TEST_F(OperatorPagesTest, HealthAndReadiness) {
  for (Member* member : {&node(), &frontend(), &controller()}) {
    EXPECT_EQ(member->Get("/healthz").status, 200);
    EXPECT_EQ(member->Get("/readyz").status, 200);
    EXPECT_EQ(Request(member->port(), "HEAD", "/healthz").status, 200);
  }
}

TEST_F(OperatorPagesTest, MembersListsEveryProcess) {
  for (Member* member : {&node(), &frontend(), &controller()}) {
    const auto rows = member->Page("/members");
    ASSERT_TRUE(rows.is_array());
    ASSERT_EQ(rows.size(), 5u);
    std::multiset<std::string> roles;
    std::set<std::string> ids;
    std::set<std::string> addresses;
    for (const auto& row : rows) {
      ExpectFields(
          row, {"id", "address", "role", "state", "incarnation", "ready", "since_ms", "udp_bad"});
      ExpectHex(row["id"], 32);
      EXPECT_EQ(row["state"], "alive");
      EXPECT_EQ(row["ready"], true);
      EXPECT_TRUE(row["incarnation"].is_number_unsigned());
      EXPECT_TRUE(row["since_ms"].is_number_integer());
      EXPECT_GE(row["since_ms"], 0);
      EXPECT_EQ(row["udp_bad"], false);
      roles.insert(row["role"].get<std::string>());
      ids.insert(row["id"].get<std::string>());
      addresses.insert(row["address"].get<std::string>());
    }
    EXPECT_EQ(roles,
              (std::multiset<std::string>{"controller", "frontend", "node", "node", "node"}));
    EXPECT_EQ(ids.size(), 5u);
    EXPECT_TRUE(addresses.contains(member->address()));
  }
}

TEST_F(OperatorPagesTest, ReplicasNamesPartitionOwnersAndFallbacks) {
  for (const std::string key : {"a", "KEY", "a b/c?d=e+f%", "\xc3\xa9"}) {
    unsigned char digest[20];
    ASSERT_EQ(EVP_Digest(key.data(), key.size(), digest, nullptr, EVP_sha1(), nullptr), 1);
    const auto sha1 = ToHex(std::as_bytes(std::span(digest)));
    json first;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto page = cluster_->node(i).Page("/replicas?key=" + PercentEncode(key));
      ExpectFields(page, {"partition", "sha1", "owners", "fallbacks"});
      EXPECT_EQ(page["sha1"], sha1);
      EXPECT_EQ(page["partition"], sha1.substr(0, 2));
      ASSERT_EQ(page["owners"].size(), 3u);
      EXPECT_EQ(page["fallbacks"].size(), 0u);
      for (const auto& owner : page["owners"]) {
        ExpectFields(owner, {"id", "address", "state"});
        EXPECT_EQ(owner["state"], "alive");
      }
      if (i == 0) first = page;
      EXPECT_EQ(page, first) << "two processes disagree";
    }
  }
  EXPECT_EQ(node().Get("/replicas").status, 400);
  EXPECT_EQ(node().Get("/replicas?key=").status, 400);
  EXPECT_EQ(node().Get("/replicas?key=a&x=1").status, 400);
}

TEST_F(OperatorPagesTest, SumOfTheRealSha1sumIsTheSame) {
  const auto file = TestFolder() / "key";
  WriteFile(file, "velour fog");
  const auto sum = RunCommand({.program = "sha1sum", .arguments = {file.string()}});
  const auto page = node().Page("/replicas?key=velour%20fog");
  EXPECT_EQ(page["sha1"], sum.out.substr(0, 40));
  EXPECT_EQ(page["partition"], sum.out.substr(0, 2));
}

TEST_F(OperatorPagesTest, StatusOfANodeCountsItsRecords) {
  EXPECT_EQ(Request(node().port(), "POST", "/status-key", "12345").status, 200);
  const auto before = node().Page("/status");
  EXPECT_EQ(Request(node().port(), "POST", "/status-key2", "12345").status, 200);
  const auto status = node().Page("/status");
  ExpectFields(status, {"id", "address", "role", "cluster", "release", "uptime_s", "ready",
                        "replicas", "partition_digits", "keys", "bytes", "partitions", "divergence",
                        "members", "controllers"});
  ExpectHex(status["id"], 32);
  EXPECT_EQ(status["address"], node().address());
  EXPECT_EQ(status["role"], "node");
  EXPECT_EQ(status["cluster"], "velour-fog");
  EXPECT_TRUE(status["uptime_s"].is_number_integer());
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["replicas"], 3);
  EXPECT_EQ(status["partition_digits"], 2);
  // Three nodes, three replicas: each has everything.
  EXPECT_EQ(status["keys"].get<int>(), before["keys"].get<int>() + 1);
  EXPECT_EQ(status["bytes"].get<int>(), before["bytes"].get<int>() + 11 + 5);
  EXPECT_EQ(status["partitions"]["owned"], 256);
  EXPECT_EQ(status["partitions"]["in_sync"], 256);
  EXPECT_TRUE(status["divergence"].is_number_unsigned());
  EXPECT_EQ(status["members"], (json{{"alive", 5}, {"suspect", 0}, {"dead", 0}, {"left", 0}}));
  EXPECT_EQ(status["controllers"], json::array({controller().address()}));
  const auto release = RunCommand({.program = "vfnode", .arguments = {"--version"}}).out;
  EXPECT_NE(release.find(status["release"].get<std::string>()), std::string::npos);
  EXPECT_EQ(Request(node().port(), "DELETE", "/status-key2").status, 200);
  EXPECT_EQ(node().Page("/status")["keys"], before["keys"]);
}

TEST_F(OperatorPagesTest, StatusOfAFrontendAndOfTheController) {
  const auto frontend_status = frontend().Page("/status");
  EXPECT_EQ(frontend_status["role"], "frontend");
  EXPECT_EQ(frontend_status["replicas"], 3);
  const auto status = controller().Page("/status");
  ExpectFields(status, {"id", "address", "role", "cluster", "release", "uptime_s", "ready",
                        "members", "controllers"});
  EXPECT_EQ(status["role"], "controller");
  for (const std::string absent : {"keys", "bytes", "partitions", "divergence"}) {
    EXPECT_FALSE(status.contains(absent)) << absent;
  }
}

TEST_F(OperatorPagesTest, MetricsArePrometheusText) {
  for (Member* member : {&node(), &controller()}) {
    const auto answer = member->Get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.Header("content-type").starts_with("text/plain"));
    EXPECT_NE(answer.body.find("velourfog_"), std::string::npos);
    const std::regex line(
        "(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*\\})? [-+0-9.eE]+|[a-zA-Z_:].* (\\+Inf|NaN))?");
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = answer.body.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      const auto text = answer.body.substr(begin, end - begin);
      EXPECT_TRUE(std::regex_match(text, line)) << text;
      EXPECT_TRUE(text.starts_with('#') || text.starts_with("velourfog_")) << text;
    }
    EXPECT_EQ(begin, answer.body.size()) << "the last line has no end";
  }
}

TEST_F(OperatorPagesTest, SafeToStopWhereTheOthersHaveEverything) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto answer = cluster_->node(i).Get("/safe-to-stop");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, "safe to stop\n");
  }
  EXPECT_EQ(Request(node().port(), "HEAD", "/safe-to-stop").body, "");
  EXPECT_EQ(node().Get("/safe-to-stop?x=1").status, 400);
  EXPECT_EQ(controller().Get("/safe-to-stop").status, 404);
  EXPECT_EQ(controller().Get("/conflicts").status, 404);
}

TEST_F(OperatorPagesTest, TheOnlyNodeIsNeverSafeToStop) {
  Cluster alone({.nodes = 1});
  const auto answer = alone.node(0).Get("/safe-to-stop");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Header("retry-after"), "1");
  EXPECT_EQ(answer.body, "256 partitions of this node: no other node owns a copy\n");
}

TEST_F(OperatorPagesTest, TheControllerAnswersNoKeysButNamesANode) {
  for (const auto& [method, target] :
       {std::pair("GET", "/get/?key=a"), std::pair("GET", "/"), std::pair("POST", "/a"),
        std::pair("DELETE", "/a"), std::pair("PUT", "/a"), std::pair("GET", "/replicas?key=a")}) {
    SCOPED_TRACE(target);
    const auto answer = Request(controller().port(), method, target, method[0] == 'P' ? "x" : "");
    EXPECT_EQ(answer.status, 404);
    EXPECT_NE(answer.body.find("controller"), std::string::npos) << answer.body;
    bool names_a_node = false;
    for (std::size_t i = 0; i < 4; ++i) {
      names_a_node |= answer.body.find(cluster_->node(i).address()) != std::string::npos;
    }
    EXPECT_TRUE(names_a_node) << answer.body;
  }
}

TEST_F(OperatorPagesTest, PageNamesStayFreeAsKeys) {
  for (const std::string key : {"healthz", "members", "status", "metrics", "get/", "readyz",
                                "replicas", "safe-to-stop", "conflicts"}) {
    EXPECT_EQ(Request(node().port(), "POST", "/" + key, "mine").status, 200) << key;
    EXPECT_EQ(frontend().Get("/get/?key=" + PercentEncode(key)).body, "mine");
    EXPECT_EQ(Request(node().port(), "DELETE", "/" + key).status, 200) << key;
  }
}

TEST_F(OperatorPagesTest, WhoStoresNothingHasNothingToHandOver) {
  EXPECT_EQ(Request(frontend().port(), "PATCH", "/leave").status, 409);
  EXPECT_EQ(Request(controller().port(), "PATCH", "/leave").status, 404);
}

TEST_F(OperatorPagesTest, PagesOfLaterReleasesAreRefused) {
  EXPECT_GE(Request(node().port(), "PATCH", "/restore").status, 400);
  EXPECT_EQ(node().Get("/readyz").status, 200);
}

}  // namespace
}  // namespace vf::e2e
