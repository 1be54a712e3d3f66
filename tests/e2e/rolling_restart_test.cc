// All nodes are restarted one after another by tools/rolling-restart.sh, under load: no request
// fails and no key is lost, although every node comes back empty.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
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
  std::size_t TakeRestarts() { return std::exchange(restarts_, 0); }
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

// A client of all nodes, as a load balancer is: it keeps connections, opens another one, to a node
// that says that it is ready, when a node closes one, and repeats a request once when a connection
// ends without an answer. Thread: its own.
class PoolClient {
 public:
  explicit PoolClient(std::string name, std::vector<std::uint16_t> ports)
      : name_(std::move(name)), ports_(std::move(ports)), thread_([this] { Run(); }) {}
  ~PoolClient() { Stop(); }
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // After Stop().
  const std::vector<std::string>& acked() const { return acked_; }
  std::size_t failed() const { return failed_; }
  std::size_t repeated() const { return repeated_; }
  std::size_t requests() const { return requests_; }
  const std::string& last_failure() const { return last_failure_; }

 private:
  void Run() {
    while (!stopping_) {
      const std::string key = name_ + std::to_string(requests_);
      if (acked_.empty() || requests_ % 2 == 0) {
        if (Ask("POST", "/" + key, "the value of " + key)) acked_.push_back(key);
      } else {
        const std::string& known = acked_[generator_() % acked_.size()];
        if (!Ask("GET", "/get/?key=" + known, {})) last_failure_ += " (" + known + ")";
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  bool Ask(std::string_view method, const std::string& target, std::string_view body) {
    ++requests_;
    HttpResponse answer;
    for (int tries = 0; tries < 2; ++tries) {
      TakeConnection();
      answer = pool_.at(port_).Request(method, target, body);
      const bool closes = answer.status != 0 && answer.Has("connection");
      if (answer.status == 0 || closes) pool_.erase(port_);
      if (answer.status != 0) break;
      ++repeated_;
    }
    if (answer.status == 200) return true;
    ++failed_;
    last_failure_ = std::string(method) + " through port " + std::to_string(port_) + ": " +
                    std::to_string(answer.status) + " " + answer.body;
    return false;
  }
  // To the node at port_.
  void TakeConnection() {
    for (;;) {
      port_ = ports_[generator_() % ports_.size()];
      if (pool_.contains(port_)) return;
      HttpConnection connection(port_);
      if (!connection.connected() || connection.Request("GET", "/readyz").status != 200) continue;
      pool_.emplace(port_, std::move(connection));
      return;
    }
  }

  const std::string name_;
  const std::vector<std::uint16_t> ports_;
  std::mt19937 generator_{11};
  std::map<std::uint16_t, HttpConnection> pool_;
  std::uint16_t port_ = 0;
  std::vector<std::string> acked_;
  std::size_t failed_ = 0;
  std::size_t repeated_ = 0;
  std::size_t requests_ = 0;
  std::string last_failure_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
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
    nodes.Tend();
    EXPECT_EQ(nodes.TakeRestarts(), nodes.ports().size());
    std::cout << "restarted " << nodes.ports().size() << " nodes in "
              << std::chrono::duration<double>(Clock::now() - began).count() << " s\n";
  }

  // Clients use a frontend that goes on.
  void RestartUnderLoad(SupervisedNodes& nodes) {
    Member frontend("vfnode", 0,
                    {nodes.node(0).address(), nodes.node(1).address(), "--frontend-only"});
    frontend.WaitUntilReady();
    Load load("rolling");
    // Something to copy.
    load.Run({.ports = {frontend.port()},
              .duration = seconds(3),
              .operations_per_s = kSlowdown == 1 ? 10'000u : 2000u});
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

TEST_F(RollingRestartTest, ClientsOfTheNodesThemselvesNoticeNothing) {
  SupervisedNodes nodes(3, {});
  std::vector<std::unique_ptr<PoolClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(
        std::make_unique<PoolClient>("client" + std::to_string(i) + "-", nodes.ports()));
  }
  for (int round = 0; round < 3; ++round) {
    Restart(nodes, [&] {
      nodes.Tend();
      std::this_thread::sleep_for(milliseconds(5));
    });
  }
  std::size_t requests = 0;
  std::size_t repeated = 0;
  for (const auto& client : clients) {
    client->Stop();
    requests += client->requests();
    repeated += client->repeated();
    EXPECT_EQ(client->failed(), 0u) << client->last_failure();
    for (const std::string& key : client->acked()) {
      EXPECT_EQ(nodes.node(0).Get("/get/?key=" + key).body, "the value of " + key);
    }
  }
  std::cout << requests << " requests, " << repeated << " repeated\n";
}

TEST_F(RollingRestartTest, ThreeNodesWithThreeCopiesLoseNothingAndFailNobody) {
  SupervisedNodes nodes(3, {});
  RestartUnderLoad(nodes);
}

// Here partitions move to the third node while one is away, and back again.
TEST_F(RollingRestartTest, ThreeNodesWithTwoCopiesLoseNothingAndFailNobody) {
  SupervisedNodes nodes(3, {"--replicas", "2"});
  RestartUnderLoad(nodes);
}

}  // namespace
}  // namespace vf::e2e
