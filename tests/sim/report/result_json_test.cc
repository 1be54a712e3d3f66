#include "tools/cluster-sim/report/result_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/sim/report/sample_run.h"
#include "tools/cluster-sim/report/membership_json.h"

namespace vf::sim {
namespace {

using nlohmann::json;

void ExpectFields(const json& object, const std::vector<std::string>& names) {
  for (const std::string& name : names) EXPECT_TRUE(object.contains(name)) << name;
}

TEST(ResultJsonTest, ARunHasTheFieldsOfTheContract) {
  const json result = json::parse(RunJson(SampleRun({.violations = true}), 1.25));
  ExpectFields(result, {"seed", "nodes", "duration_s", "ops", "violations", "divergence_final",
                        "stale_reads", "stale_quorums", "trace_hash", "events", "wall_s"});
  ExpectFields(result["ops"], {"writes_acked", "writes_unknown", "reads", "reads_failed"});
  ASSERT_EQ(result["violations"].size(), 1u);
  ExpectFields(result["violations"][0], {"checker", "key", "at_s", "text"});
  EXPECT_EQ(result["seed"], 17);
  EXPECT_EQ(result["nodes"], 5);
  EXPECT_EQ(result["duration_s"], 60.0);
  EXPECT_EQ(result["violations"][0]["checker"], "acked_writes");
  EXPECT_EQ(result["violations"][0]["at_s"], 31.0);
  EXPECT_EQ(result["trace_hash"], "0123456789abcdef");
  EXPECT_EQ(result["events"], 1'234'567);
  EXPECT_EQ(result["wall_s"], 1.25);
  EXPECT_EQ(result["converged"], true);
}

TEST(ResultJsonTest, JoinsHaveWhatTheyMoved) {
  RunResult run;
  run.converged = true;
  run.converged_after = milliseconds(3100);
  run.divergent_for = milliseconds(2500);
  run.joins = {{"joined-0", 4'500'000'000, 1234, 1200}};
  const json result = json::parse(RunJson(run, 0));
  EXPECT_EQ(
      result["joins"][0],
      (json{{"host", "joined-0"}, {"ready_s", 4.5}, {"moved_bytes", 1234}, {"share_bytes", 1200}}));
  EXPECT_EQ(result["converged_after_s"], 3.1);
  EXPECT_EQ(result["divergent_for_s"], 2.5);
  run.converged = false;
  EXPECT_TRUE(json::parse(RunJson(run, 0))["converged_after_s"].is_null());
}

TEST(ResultJsonTest, KeysOfAnyBytesGiveValidJson) {
  RunResult run;
  run.violations.push_back({"acked_writes", "a b%\xff", 0, "\x80", {"\xc0"}});
  const json result = json::parse(RunJson(run, 0));
  EXPECT_EQ(result["violations"][0]["key"], "a%20b%25%FF");
}

TEST(ResultJsonTest, MembershipHasTheFieldsOfTheContractAndNullsWhereNothingApplies) {
  MembershipResult result;
  result.spec.nodes = 1000;
  result.spec.profile = Profile::kMemberlistLan;
  result.spec.fault = MembershipFault::kHostCrash;
  result.spec.trials = 7;
  result.dead.all = Quantiles{1.5, 2.5, 3.5};
  result.tx_bytes_per_node_s_mean = 640.5;
  result.tx_bytes_per_node_s_p99 = 900;
  result.trace_hash = 255;
  const json parsed = json::parse(MembershipJson(result, 2));
  ExpectFields(parsed, {"nodes", "profile", "fault", "trials", "first_suspect_s", "first_dead_s",
                        "dead_99pct_s", "dead_all_s", "join_visible_99pct_s", "join_visible_all_s",
                        "tx_bytes_per_node_s", "tx_packets_per_node_s", "false_suspicions",
                        "false_deaths", "trace_hash", "events", "wall_s"});
  EXPECT_EQ(parsed["nodes"], 1000);
  EXPECT_EQ(parsed["profile"], "memberlist-lan");
  EXPECT_EQ(parsed["fault"], "host-crash");
  EXPECT_EQ(parsed["trials"], 7);
  EXPECT_TRUE(parsed["first_dead_s"].is_null());
  EXPECT_EQ(parsed["dead_all_s"], (json{{"p50", 1.5}, {"p99", 2.5}, {"max", 3.5}}));
  EXPECT_EQ(parsed["tx_bytes_per_node_s"], (json{{"mean", 640.5}, {"p99", 900.0}}));
  EXPECT_EQ(parsed["trace_hash"], "00000000000000ff");
}

}  // namespace
}  // namespace vf::sim
