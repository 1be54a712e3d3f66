// All nodes are restarted one after another by tools/rolling-restart.sh, under load: no request
// fails and no key is lost, although every node comes back empty.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/load.h"

namespace vf::e2e {
namespace {

// Nodes that are started again when they end, as systemd or a container runtime would.
class SupervisedNodes {
 public:
  SupervisedNodes(std::size_t count, std::vector<std::string> options)
      : options_(std::move(options)) {
    for (std::size_t i = 0; i < count; ++i) ports_.push_back(FreePort());
    for (std::size_t i = 0; i < count; ++i) nodes_.push_back(Start(i));
    for (const auto& node : nodes_) node->WaitUntilReady();
  }
  ~SupervisedNodes() {
    for (const auto& node : nodes_) node->Stop();
  }

  void Tend() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i]->process().IsRunning()) continue;
      EXPECT_EQ(nodes_[i]->process().WaitForExit(seconds(0)), 0);
      nodes_[i] = Start(i);
      ++restarts_;
    }
  }

  const std::vector<std::uint16_t>& ports() const { return ports_; }
  std::size_t restarts() const { return restarts_; }
  Member& node(std::size_t i) { return *nodes_[i]; }

 private:
  // All others are its contacts: whichever of them runs, it finds the cluster again.
  std::unique_ptr<Member> Start(std::size_t i) const {
    std::vector<std::string> arguments;
    for (const std::uint16_t port : ports_) {
      if (port != ports_[i]) arguments.push_back("127.0.0.1:" + std::to_string(port));
    }
    arguments.insert(arguments.end(), options_.begin(), options_.end());
    return std::make_unique<Member>("vfnode", ports_[i], arguments);
  }

  const std::vector<std::string> options_;
  std::vector<std::uint16_t> ports_;
  std::vector<std::unique_ptr<Member>> nodes_;
  std::size_t restarts_ = 0;
};

class RollingRestartTest : public testing::Test {
 protected:
  // Runs the script; `meanwhile` is called again and again until it has ended.
  void Restart(SupervisedNodes& nodes, const std::function<void()>& meanwhile) {
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < nodes.ports().size(); ++i) {
      arguments.push_back(nodes.node(i).address() + "=" +
                          std::to_string(nodes.node(i).process().pid()));
    }
    const auto began = Clock::now();
    Process script({.program = VF_TOOLS "/rolling-restart.sh", .arguments = arguments});
    while (script.IsRunning() && Clock::now() - began < seconds(150) * kSlowdown) meanwhile();
    EXPECT_EQ(script.WaitForExit(seconds(0)), 0) << script.Stderr();
    EXPECT_EQ(nodes.restarts(), nodes.ports().size());
    std::cout << "restarted " << nodes.restarts() << " nodes in "
              << std::chrono::duration<double>(Clock::now() - began).count() << " s\n";
  }

  // Clients use a frontend that goes on.
  void RestartUnderLoad(SupervisedNodes& nodes) {
    Member frontend("vfnode", 0,
                    {nodes.node(0).address(), nodes.node(1).address(), "--frontend-only"});
    frontend.WaitUntilReady();
    Load load("rolling");
    LoadReport sum;
    Restart(nodes, [&] {
      const auto report = load.Run({.ports = {frontend.port()},
                                    .duration = seconds(2),
                                    .operations_per_s = kSlowdown == 1 ? 3000u : 1000u,
                                    .turn = [&](Clock::duration) { nodes.Tend(); }});
      sum.acked += report.acked;
      sum.unknown += report.unknown;
      sum.reads += report.reads;
      sum.refused_reads += report.refused_reads;
      sum.longest_write_gap = std::max(sum.longest_write_gap, report.longest_write_gap);
    });
    std::cout << sum.acked << " writes acknowledged, " << sum.unknown << " failed; " << sum.reads
              << " reads, " << sum.refused_reads << " failed; longest gap between writes "
              << std::chrono::duration<double>(sum.longest_write_gap).count() << " s\n";
    EXPECT_GT(sum.acked, 1000u);
    EXPECT_EQ(sum.unknown, 0u);
    EXPECT_EQ(sum.refused_reads, 0u);
    std::vector<std::uint16_t> ports = nodes.ports();
    EXPECT_EQ(load.ReadBack(ports, seconds(5)), 0u);
    load.ExpectCopiesOnAllOwners(ports);
    frontend.Stop();
  }
};

TEST_F(RollingRestartTest, ThreeNodesWithThreeCopiesLoseNothingAndFailNobody) {
  SupervisedNodes nodes(3, {});
  RestartUnderLoad(nodes);
}

}  // namespace
}  // namespace vf::e2e
