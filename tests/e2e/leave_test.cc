// vfctl leave: a node hands over what it holds, under load, and ends; and when it cannot.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/load.h"
#include "tests/e2e/process.h"

namespace vf::e2e {
namespace {

Command LeaveCommand(const Member& node) {
  return {.program = "vfctl", .arguments = {"leave", "--node", node.address()}};
}

// The others know that it has left with nothing.
bool HasLeftEmptied(const Member& observer, const std::string& address) {
  for (const auto& row : observer.Rows()) {
    if (row["address"] == address) return row["state"] == "left" && row.value("emptied", false);
  }
  return false;
}

// Nothing lies where it does not belong, and owners agree.
void WaitUntilAtRest(const std::vector<Member*>& nodes) {
  EXPECT_TRUE(WaitUntil(seconds(30) * kSlowdown, [&] {
    for (const Member* node : nodes) {
      if (node->Page("/status")["divergence"] != 0) return false;
    }
    return true;
  }));
}

TEST(LeaveTest, ANodeLeavesUnderLoadAndNoClientFeelsIt) {
  Cluster cluster({.nodes = 4, .node_options = {"--replicas", "2"}});
  Member& leaving = cluster.node(2);
  const std::vector<Member*> staying = {&cluster.node(0), &cluster.node(1), &cluster.node(3)};
  std::vector<std::uint16_t> ports;
  for (const Member* node : staying) ports.push_back(node->port());

  Load load("key");
  std::optional<Process> vfctl;
  LoadPlan plan;
  plan.ports = ports;
  plan.duration = seconds(8) * kSlowdown;
  plan.turn = [&](Clock::duration elapsed) {
    if (!vfctl && elapsed > seconds(3)) vfctl.emplace(LeaveCommand(leaving));
  };
  const LoadReport report = load.Run(plan);
  EXPECT_GT(report.acked, 1000u);
  EXPECT_EQ(report.unknown, 0u) << "writes that failed";
  EXPECT_EQ(report.refused_reads, 0u);
  ASSERT_TRUE(vfctl);
  EXPECT_EQ(vfctl->WaitForExit(seconds(30) * kSlowdown), 0) << vfctl->Stderr();
  EXPECT_NE(vfctl->Stdout().find("has handed over all that it held, and has left"),
            std::string::npos)
      << vfctl->Stdout();
  EXPECT_EQ(leaving.process().WaitForExit(seconds(5) * kSlowdown), 0);
  EXPECT_TRUE(HasLeftEmptied(cluster.node(0), leaving.address()));

  WaitUntilAtRest(staying);
  EXPECT_EQ(load.ReadBack(ports, seconds(5) * kSlowdown), 0u);
  load.ExpectCopiesOnAllOwners(ports);
  load.ExpectCopies(ports, 2);
}

TEST(LeaveTest, NodesLeaveOneAfterTheOtherUntilOneIsLeftWhichMayNot) {
  Cluster cluster({.nodes = 3, .node_options = {"--replicas", "2"}});
  Load load("key");
  LoadPlan plan;
  plan.ports = {cluster.node(0).port()};
  plan.duration = seconds(1);
  load.Run(plan);
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    const Finished left = RunCommand(LeaveCommand(cluster.node(i)), seconds(60) * kSlowdown);
    EXPECT_EQ(left.status, 0) << left.err;
    EXPECT_EQ(cluster.node(i).process().WaitForExit(seconds(5) * kSlowdown), 0);
  }
  load.ExpectCopies(plan.ports, 1);
  EXPECT_EQ(load.ReadBack(plan.ports, seconds(5) * kSlowdown), 0u);
  const Finished refused = RunCommand(LeaveCommand(cluster.node(0)));
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("no other storage node is ready"), std::string::npos) << refused.err;
  EXPECT_EQ(cluster.node(0).Get("/readyz").status, 200);
}

TEST(LeaveTest, ANodeThatWritesNeedStays) {
  Cluster cluster({.nodes = 2, .node_options = {"--replicas", "2", "--min-acks", "2"}});
  const HttpResponse refused = cluster.node(1).Connect().Request("PATCH", "/leave");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("writes need 2 replicas"), std::string::npos) << refused.body;
}

TEST(LeaveTest, ANodeThatIsKilledWhileItLeavesLosesNothing) {
  Cluster cluster({.nodes = 4, .node_options = {"--replicas", "2"}});
  Load load("key");
  LoadPlan plan;
  plan.ports = {cluster.node(0).port(), cluster.node(1).port()};
  plan.duration = seconds(2);
  load.Run(plan);
  EXPECT_EQ(cluster.node(3).Connect().Request("PATCH", "/leave").status, 202);
  EXPECT_EQ(cluster.node(3).Connect().Request("PATCH", "/leave").status, 202) << "it is";
  cluster.node(3).process().Kill();
  EXPECT_LE(load.ReadBack(plan.ports, seconds(20) * kSlowdown), load.acked());
  load.ExpectNoneLost({cluster.node(0).port(), cluster.node(1).port(), cluster.node(2).port()});
}

}  // namespace
}  // namespace vf::e2e
