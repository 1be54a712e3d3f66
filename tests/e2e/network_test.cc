// Ten nodes and a controller, a machine each in networks that this test makes, on bad networks: a
// router that loses, doubles and reorders packets, one-way cuts, a cut in halves.
//
// VF_NETWORK_S: how long the lossy network lasts, 8 s unless given:
//   VF_NETWORK_S=600 bin/e2e_network_test --gtest_filter='*Lossy*'
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/load.h"
#include "tests/support/net/bridged_network.h"
#include "tests/support/net/tun_router.h"

namespace vf::e2e {
namespace {

constexpr std::size_t kNodes = 10;
constexpr std::size_t kHosts = kNodes + 1;  // the last is the controller's
constexpr std::uint16_t kFirstPort = 8000;  // a port each, so that a load can tell them apart

seconds LossyTime() {
  const char* given = std::getenv("VF_NETWORK_S");
  return seconds(given != nullptr ? std::max(8, std::atoi(given)) : 8);
}

struct Row {
  std::string state;
  bool ready = false;
  bool degraded = false;
  milliseconds since{};
};

long Milliseconds(Clock::duration time) {
  return static_cast<long>(std::chrono::duration_cast<milliseconds>(time).count());
}

using Hosts = std::set<std::size_t>;

class NetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!MayMakeNetworks()) GTEST_SKIP() << "needs root";
  }
  void TearDown() override {
    for (auto& member : members_) member->process().Signal(SIGTERM);
    for (auto& member : members_) {
      EXPECT_EQ(member->process().WaitForExit(seconds(4) * kSlowdown), 0);
    }
  }

  // The controller first, then the nodes, which know nothing but its address.
  template <typename Network, typename... Arguments>
  Network& Start(Arguments... arguments) {
    auto network = std::make_shared<Network>(kHosts, arguments...);
    network_ = network;
    const auto start = [&](const std::string& program, std::size_t i,
                           const std::vector<std::string>& words) {
      const auto port = static_cast<std::uint16_t>(kFirstPort + i);
      addresses_[i] = network->AddressOf(i) + ":" + std::to_string(port);
      members_[i] = std::make_unique<Member>(program, port, words, std::vector<std::string>{},
                                             &network->host(i));
    };
    members_.resize(kHosts);
    addresses_.resize(kHosts);
    start("vfcontroller", kNodes, {});
    members_[kNodes]->WaitUntilReady();
    for (std::size_t i = 0; i < kNodes; ++i) start("vfnode", i, {addresses_[kNodes]});
    for (auto& member : members_) member->WaitUntilReady();
    TimeUntilAllSeeAll(seconds(20) * kSlowdown);
    return *network;
  }

  // What a member shows, by address.
  std::map<std::string, Row> RowsOf(std::size_t observer) const {
    std::map<std::string, Row> rows;
    for (const auto& row : members_[observer]->Rows()) {
      rows[row.value("address", "")] = {
          .state = row.value("state", ""),
          .ready = row.value("ready", false),
          .degraded = row.value("degraded", false),
          .since = milliseconds(row.value("since_ms", 0)),
      };
    }
    return rows;
  }
  std::string StateAt(std::size_t observer, std::size_t subject) const {
    const auto rows = RowsOf(observer);
    const auto row = rows.find(addresses_[subject]);
    return row == rows.end() ? "" : row->second.state;
  }
  bool AllSee(const Hosts& observers, std::size_t subject, const std::string& state) const {
    return std::all_of(observers.begin(), observers.end(),
                       [&](std::size_t observer) { return StateAt(observer, subject) == state; });
  }
  // Alive and ready; a member whose states have changed often may be degraded for a while.
  bool SeesAll(std::size_t observer) const {
    const auto rows = RowsOf(observer);
    return rows.size() == kHosts && std::all_of(rows.begin(), rows.end(), [](const auto& row) {
             return (row.second.state == "alive" || row.second.degraded) && row.second.ready;
           });
  }
  // Fails the test when it takes longer than `timeout`.
  Clock::duration TimeUntilAllSeeAll(Clock::duration timeout) const {
    const auto began = Clock::now();
    std::size_t next = 0;
    EXPECT_TRUE(WaitUntil(timeout, [&] {
      while (next < kHosts && SeesAll(next)) ++next;
      return next == kHosts;
    })) << Picture(next);
    return Clock::now() - began;
  }
  std::string Picture(std::size_t observer) const {
    std::string text = addresses_[observer] + " sees";
    for (const auto& [address, row] : RowsOf(observer)) {
      text += " " + address + "=" + row.state + (row.degraded ? ",degraded" : "") +
              (row.ready ? "" : ",not ready");
    }
    return text;
  }

  // None of `healthy` may be dead to another of them for more than 5 s.
  void Watch(const Hosts& healthy) {
    for (const std::size_t observer : healthy) {
      const auto rows = RowsOf(observer);
      for (const std::size_t subject : healthy) {
        const auto row = rows.find(addresses_[subject]);
        if (row == rows.end() || row->second.state != "dead") continue;
        longest_dead_ = std::max(longest_dead_, row->second.since);
        ++dead_rows_;
        EXPECT_LE(row->second.since, seconds(5)) << Picture(observer);
      }
    }
  }
  // Watches while a load runs, a few times a second.
  std::function<void(Clock::duration)> Watching(const std::vector<Hosts>& healthy) {
    const auto next = std::make_shared<Clock::duration>();
    return [this, healthy, next](Clock::duration elapsed) {
      if (elapsed < *next) return;
      for (const Hosts& hosts : healthy) Watch(hosts);
      *next = elapsed + milliseconds(300);
    };
  }

  static Hosts All() {
    Hosts all;
    for (std::size_t i = 0; i < kHosts; ++i) all.insert(all.end(), i);
    return all;
  }
  static Hosts AllBut(const Hosts& hosts) {
    Hosts others = All();
    for (const std::size_t host : hosts) others.erase(host);
    return others;
  }
  Load::Connect Connector() const {
    return [this](std::uint16_t port) {
      return members_[static_cast<std::size_t>(port - kFirstPort)]->Connect();
    };
  }
  static std::vector<std::uint16_t> PortsOf(const std::vector<std::size_t>& nodes) {
    std::vector<std::uint16_t> ports;
    for (const std::size_t node : nodes) {
      ports.push_back(static_cast<std::uint16_t>(kFirstPort + node));
    }
    return ports;
  }
  static std::vector<std::uint16_t> AllPorts() { return PortsOf({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}); }

  // Starts a founder on the first host and a node on the second, and waits until each serves.
  static void ExpectJoins(const BridgedNetwork& network, const std::vector<std::string>& founding,
                          const std::vector<std::string>& joining) {
    Member founder("vfnode", kFirstPort, founding, {}, &network.host(0));
    founder.WaitUntilReady();
    Member node("vfnode", kFirstPort, joining, {}, &network.host(1));
    node.WaitUntilReady(seconds(5) * kSlowdown);
    EXPECT_TRUE(WaitUntil(seconds(5) * kSlowdown, [&] {
      return founder.Page("/status")["members"]["alive"] == 2;
    })) << testing::PrintToString(joining);
    node.Stop();
    founder.Stop();
  }

  std::shared_ptr<void> network_;  // outlives the members
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<std::string> addresses_;
  milliseconds longest_dead_{};
  std::size_t dead_rows_ = 0;
};

// 30 % loss, 5 % duplication, and one packet in ten held back behind later ones.
TEST_F(NetworkTest, NobodyHealthyStaysDeadInALossyNetwork) {
  TunRouter& network = Start<TunRouter>(std::uint64_t{1}, PacketFaults{});
  Load before("before", Connector());
  LoadPlan plan{.ports = PortsOf({0, 4, 8}), .duration = seconds(2), .operations_per_s = 300};
  EXPECT_GT(before.Run(plan).acked, 100u);

  network.SetFaults({.loss_percent = 30, .duplicate_percent = 5, .reorder_percent = 10});
  Load during("during", Connector());
  plan.duration = LossyTime();
  plan.operations_per_s = 40;  // as many as such a network carries
  plan.may_miss = true;        // for a moment: docs/decisions/0010-behind.md
  plan.turn = Watching({All()});
  const LoadReport report = during.Run(plan);
  network.SetFaults({});
  const auto right = TimeUntilAllSeeAll(seconds(5) * kSlowdown);
  const PacketCounts counts = network.counts();
  std::printf(
      "%zu rows showed a healthy member dead, the longest for %ld ms; all views right %ld ms "
      "after; "
      "%zu writes acknowledged, %zu not, %zu reads, %zu refused, %zu missed; %lu packets, %lu "
      "lost, "
      "%lu doubled, %lu held back\n",
      dead_rows_, Milliseconds(longest_dead_), Milliseconds(right), report.acked, report.unknown,
      report.reads, report.refused_reads, report.missed_reads, counts.offered, counts.lost,
      counts.duplicated, counts.held_back);
  EXPECT_EQ(counts.overflows, 0u) << "the router could not follow";
  for (const auto& member : members_) {
    EXPECT_EQ(member->process().Stderr().find("nobody reaches"), std::string::npos);
  }
  EXPECT_GT(report.acked, 0u);
  before.ReadBack(PortsOf({0, 1, 5, 9}), seconds(5) * kSlowdown);
  during.ExpectNoneLost(AllPorts());
  during.ReadBack(AllPorts(), seconds(5) * kSlowdown);
}

// A node that nothing reaches, and another from which nothing arrives: the others find it dead, and
// nobody else; it accuses nobody to death and knows that it is alone.
TEST_F(NetworkTest, AOneWayCutOfANodeHarmsNobodyElseAndHeals) {
  BridgedNetwork& network = Start<BridgedNetwork>();
  for (const bool deaf : {true, false}) {
    const std::size_t victim = deaf ? 3 : 6;
    const Hosts others = AllBut({victim});
    const auto cut = Clock::now();
    network.Set(deaf ? BridgeFaults{.deaf = {victim}} : BridgeFaults{.mute = {victim}});
    std::optional<Clock::duration> dead;
    std::optional<Clock::duration> isolated;
    EXPECT_TRUE(WaitUntil(seconds(15) * kSlowdown,
                          [&] {
                            Watch(others);
                            const auto elapsed = Clock::now() - cut;
                            if (!dead && AllSee(others, victim, "dead")) dead = elapsed;
                            if (!isolated &&
                                members_[victim]->Get("/readyz").body.starts_with("isolated")) {
                              isolated = elapsed;
                            }
                            return dead && isolated;
                          }))
        << "/readyz " << members_[victim]->Get("/readyz").body << Picture(0);
    EXPECT_EQ(dead_rows_, 0u) << "of others than the one that was cut";
    network.Set({});
    const auto right = TimeUntilAllSeeAll(seconds(5) * kSlowdown);
    EXPECT_TRUE(WaitUntil(seconds(5) * kSlowdown,
                          [&] { return members_[victim]->Get("/readyz").status == 200; }));
    std::printf(
        "%s: dead to all others after %ld ms, isolated to itself after %ld ms; healed: all "
        "views right after %ld ms\n",
        deaf ? "deaf" : "mute", Milliseconds(dead.value_or(seconds(-1))),
        Milliseconds(isolated.value_or(seconds(-1))), Milliseconds(right));
  }
}

TEST_F(NetworkTest, ACutInHalvesHealsWithinSeconds) {
  BridgedNetwork& network = Start<BridgedNetwork>();
  Load before("before", Connector());
  LoadPlan plan{.ports = PortsOf({0, 2, 5, 7}), .duration = seconds(2), .operations_per_s = 400};
  EXPECT_EQ(before.Run(plan).unknown, 0u);

  // Each half writes and reads its own, then both read what was there before.
  const Hosts left = {0, 1, 2, 3, 4};
  const Hosts right = AllBut(left);
  const auto cut = Clock::now();
  network.Set({.apart = left});
  plan.operations_per_s = 200;
  plan.turn = Watching({left, right});
  Load in_left("left", Connector());
  plan.ports = PortsOf({0, 2});
  plan.duration = seconds(5);
  const LoadReport left_report = in_left.Run(plan);
  Load in_right("right", Connector());
  plan.ports = PortsOf({5, 7});
  const LoadReport right_report = in_right.Run(plan);
  plan.ports = PortsOf({0, 2, 5, 7});
  plan.duration = seconds(4);
  plan.writes = false;
  const LoadReport old_report = before.Run(plan);
  // The cut lasts its 20 s, and is watched to its end: there is nothing to wait for.
  const auto turn = Watching({left, right});
  WaitUntil(cut + seconds(20) - Clock::now(), [&] {
    turn(Clock::now() - cut);
    return false;
  });
  EXPECT_EQ(dead_rows_, 0u) << "within a half";
  EXPECT_GT(left_report.acked, 0u);
  EXPECT_GT(right_report.acked, 0u);
  EXPECT_GT(old_report.reads, old_report.refused_reads);
  for (const std::size_t i : right) EXPECT_TRUE(AllSee(left, i, "dead")) << Picture(0);
  for (const std::size_t i : left) EXPECT_TRUE(AllSee(right, i, "dead")) << Picture(5);

  const auto healed = Clock::now();
  network.Set({});
  EXPECT_TRUE(WaitUntil(seconds(2) * kSlowdown, [&] {
    for (const std::size_t observer : left) {
      const auto rows = RowsOf(observer);
      for (const std::size_t subject : right) {
        const auto row = rows.find(addresses_[subject]);
        if (row != rows.end() && row->second.state == "alive") return true;
      }
    }
    return false;
  })) << "no contact within 2 s";
  const auto contact = Clock::now() - healed;
  TimeUntilAllSeeAll(seconds(5) * kSlowdown - contact);
  const auto merged = Clock::now() - healed;
  before.ReadBack(AllPorts(), seconds(5) * kSlowdown);
  in_left.ExpectNoneLost(AllPorts());
  in_right.ExpectNoneLost(AllPorts());
  plan.ports = AllPorts();
  plan.duration = seconds(1);
  plan.turn = {};
  plan.may_miss = true;  // for a moment: docs/decisions/0010-behind.md
  const LoadReport left_after = in_left.Run(plan);
  const LoadReport right_after = in_right.Run(plan);
  std::printf(
      "contact %ld ms after the cut, all views right after %ld ms; writes acknowledged in "
      "it: %zu of %zu and %zu of %zu; %zu of %zu reads of old keys refused in it; of these "
      "new keys %zu of %zu reads miss afterwards\n",
      Milliseconds(contact), Milliseconds(merged), left_report.acked,
      left_report.acked + left_report.unknown, right_report.acked,
      right_report.acked + right_report.unknown, old_report.refused_reads, old_report.reads,
      left_after.missed_reads + right_after.missed_reads, left_after.reads + right_after.reads);
}

// A process that listens on all addresses answers from the one that its contact names.
TEST_F(NetworkTest, AnyAddressOfAMachineIsAContact) {
  BridgedNetwork network(2);
  network.AddAddress(0, "10.66.0.200");
  for (const std::string bind : {"0.0.0.0", "::"}) {
    ExpectJoins(network, {"--bind", bind, "--advertise", network.AddressOf(0)},
                {"10.66.0.200:8000", "--bind", bind});
  }
}

TEST_F(NetworkTest, Ipv6AddressesAreContactsToo) {
  BridgedNetwork network(2);
  for (const char* address : {"fd00:66::1", "fd00:66::99"}) network.AddAddress(0, address);
  network.AddAddress(1, "fd00:66::2");
  for (const std::string contact : {"[fd00:66::1]:8000", "[fd00:66::99]:8000"}) {
    ExpectJoins(network, {"--bind", "::"}, {contact, "--bind", "::"});
  }
}

}  // namespace
}  // namespace vf::e2e
