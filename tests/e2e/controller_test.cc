// A controller that vanishes, and one that comes back: with its member file, and without.
//
// VF_OUTAGE_S: how long it is away in the first test, 15 s unless given. The minute of the promise:
//   VF_OUTAGE_S=60 bin/e2e_controller_test --gtest_filter='ControllerOutageTest.*'
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/load.h"

namespace vf::e2e {
namespace {

seconds Outage() {
  const char* given = std::getenv("VF_OUTAGE_S");
  return seconds(given != nullptr ? std::max(15, std::atoi(given)) : 15);
}

struct View {
  std::set<std::string> alive;  // and ready
  std::set<std::string> dead;
  bool operator==(const View&) const = default;
};

View ViewOf(const Member& member) {
  View view;
  for (const auto& row : member.Rows()) {
    const std::string address = row.value("address", "");
    if (row.value("state", "") == "alive" && row.value("ready", false)) view.alive.insert(address);
    if (row.value("state", "") == "dead") view.dead.insert(address);
  }
  // Whoever was at an address before, under another id.
  for (const std::string& address : view.alive) view.dead.erase(address);
  return view;
}

// A controller with a folder, and nodes that joined through it.
class ControllerTest : public ::testing::Test {
 protected:
  void Start(std::size_t nodes) {
    StartController({"--data-dir", folder_});
    controller_->WaitUntilReady();
    for (std::size_t i = 0; i < nodes; ++i) AddNode({controller_->address()});
    for (auto& node : nodes_) node->WaitUntilReady();
    WaitUntilAllAgree();
  }
  void StartController(const std::vector<std::string>& arguments) {
    controller_.reset();
    controller_ = std::make_unique<Member>("vfcontroller", port_, arguments);
  }
  Member& AddNode(const std::vector<std::string>& contacts) {
    nodes_.push_back(std::make_unique<Member>("vfnode", std::uint16_t{0}, contacts));
    return *nodes_.back();
  }
  View Wanted() {
    View view;
    if (controller_) view.alive.insert(controller_->address());
    for (auto& node : nodes_) {
      (node->process().IsRunning() ? view.alive : view.dead).insert(node->address());
    }
    return view;
  }
  void WaitUntilAllAgree() {
    const View wanted = Wanted();
    const auto deadline = Clock::now() + seconds(20) * kSlowdown;
    for (auto& node : nodes_) {
      if (!node->process().IsRunning()) continue;
      View seen;
      EXPECT_TRUE(WaitUntil(deadline - Clock::now(), [&] {
        return (seen = ViewOf(*node)).alive == wanted.alive;
      })) << testing::PrintToString(seen.alive);
    }
  }
  // From the start of the program until its /members is right.
  milliseconds TimeToTheRightView(const std::vector<std::string>& arguments) {
    const auto began = Clock::now();
    StartController(arguments);
    const View wanted = Wanted();
    View seen;
    EXPECT_TRUE(
        WaitUntil(seconds(20) * kSlowdown, [&] { return (seen = ViewOf(*controller_)) == wanted; }))
        << "alive " << testing::PrintToString(seen.alive) << ", dead "
        << testing::PrintToString(seen.dead) << ", not " << testing::PrintToString(wanted.alive);
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    std::printf("the view was right after %ld ms\n", static_cast<long>(took.count()));
    return took;
  }
  void StopAll() {
    for (auto& node : nodes_) {
      if (node->process().IsRunning()) node->Stop();
    }
    if (controller_->process().IsRunning()) controller_->Stop();
  }

  const std::uint16_t port_ = FreePort();
  const std::string folder_ = (TestFolder() / "controller").string();
  std::unique_ptr<Member> controller_;
  std::vector<std::unique_ptr<Member>> nodes_;
};

using ControllerOutageTest = ControllerTest;

// Goal G21: joins, deaths and traffic go on without it; its view is right within a second.
TEST_F(ControllerOutageTest, NobodyMissesItAndItsViewIsRightWithinASecond) {
  Start(5);
  Load load("outage");
  LoadPlan plan;
  plan.ports = {nodes_[0]->port(), nodes_[1]->port(), nodes_[2]->port()};
  plan.operations_per_s = 400;

  // It is gone in the middle of traffic and of a join; another joins through a node.
  plan.duration = seconds(5);
  bool killed = false;
  plan.turn = [&](Clock::duration elapsed) {
    if (killed || elapsed < seconds(1)) return;
    killed = true;
    AddNode({controller_->address(), nodes_[0]->address()});
    controller_->process().Kill();
    AddNode({nodes_[1]->address()});
  };
  const LoadReport calm = load.Run(plan);
  EXPECT_EQ(calm.unknown, 0u);
  EXPECT_EQ(calm.refused_reads, 0u);
  EXPECT_LT(calm.longest_write_gap, seconds(1) * kSlowdown);
  nodes_[5]->WaitUntilReady();
  nodes_[6]->WaitUntilReady();

  // A node dies and two join while nobody is there to be told. (No second dies: where two of three
  // copies in memory are gone, a newcomer waits for a minute.)
  plan.duration = Outage() - seconds(5);
  std::size_t steps = 0;
  plan.turn = [&](Clock::duration elapsed) {
    if (steps == 3 || elapsed < plan.duration * steps / 3) return;
    ++steps;
    if (steps == 2) return nodes_[4]->process().Kill();
    AddNode({nodes_[steps]->address()});
  };
  const LoadReport rough = load.Run(plan);
  std::printf(
      "with a death and joins: %zu writes acknowledged, %zu not, %zu of %zu reads refused, "
      "the longest gap between writes %ld ms\n",
      rough.acked, rough.unknown, rough.refused_reads, rough.reads,
      static_cast<long>(std::chrono::duration_cast<milliseconds>(rough.longest_write_gap).count()));
  EXPECT_EQ(steps, 3u);
  EXPECT_EQ(rough.unknown, 0u);
  EXPECT_EQ(rough.refused_reads, 0u);
  EXPECT_LT(rough.longest_write_gap, seconds(1) * kSlowdown);
  EXPECT_GT(rough.acked, calm.acked / 2);
  nodes_[7]->WaitUntilReady();
  nodes_[8]->WaitUntilReady();

  EXPECT_LE(TimeToTheRightView({"--data-dir", folder_}), seconds(1) * kSlowdown);
  controller_->WaitUntilReady();
  AddNode({controller_->address()}).WaitUntilReady();
  WaitUntilAllAgree();
  EXPECT_EQ(load.ReadBack(plan.ports, seconds(2) * kSlowdown), 0u);
  StopAll();
}

TEST_F(ControllerTest, WithoutItsMemoryTheMembersFindIt) {
  Start(3);
  controller_->process().Kill();
  EXPECT_LE(TimeToTheRightView({}), seconds(4) * kSlowdown);
  WaitUntilAllAgree();
  StopAll();
}

TEST_F(ControllerTest, ADamagedFileIsSetAsideAndTheMembersFindIt) {
  Start(2);
  controller_->process().Kill();
  WriteFile(folder_ + "/members", "VFMB and then something else");
  EXPECT_LE(TimeToTheRightView({"--data-dir", folder_}), seconds(1) * kSlowdown);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/members.damaged-1"));
  const std::string log = controller_->process().Stderr();
  EXPECT_NE(log.find("is damaged; set aside as " + folder_ + "/members.damaged-1"),
            std::string::npos)
      << log;
  StopAll();
}

TEST_F(ControllerTest, ItsFolderIsItsOwn) {
  Start(1);
  const auto ends = [&](std::vector<std::string> arguments, const std::string& reason) {
    arguments.insert(arguments.begin(), {"0", "--data-dir", folder_});
    const auto result = RunCommand({.program = "vfcontroller", .arguments = arguments});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find(reason), std::string::npos) << result.err;
  };
  ends({}, "another process has this folder");
  EXPECT_TRUE(WaitUntil(seconds(5) * kSlowdown, [&] {
    return ReadFile(folder_ + "/members").find("velour-fog") != std::string::npos;
  }));
  controller_->Stop();
  ends({"--cluster", "blue"}, "belongs to the cluster velour-fog");
  ends({"--replicas", "5"}, "its cluster has --replicas 3, given here: 5");
  StartController({"--data-dir", folder_});
  controller_->WaitUntilReady();
  StopAll();
}

TEST_F(ControllerTest, SeveralNeedNoElection) {
  Start(2);
  Member second("vfcontroller", FreePort(), {controller_->address()});
  second.WaitUntilReady();
  controller_->process().Kill();
  AddNode({second.address()}).WaitUntilReady();
  StartController({"--data-dir", folder_});
  controller_->WaitUntilReady();
  const std::string own = second.address();
  for (const Member* member :
       {static_cast<const Member*>(controller_.get()), static_cast<const Member*>(&second)}) {
    View wanted = Wanted();
    wanted.alive.insert(own);
    EXPECT_TRUE(
        WaitUntil(seconds(10) * kSlowdown, [&] { return ViewOf(*member).alive == wanted.alive; }));
  }
  second.Stop();
  StopAll();
}

}  // namespace
}  // namespace vf::e2e
