// How soon twenty real nodes know that another is ready to serve.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/e2e/cluster.h"

namespace vf::e2e {
namespace {

using WallClock = std::chrono::system_clock;

// When the process wrote its ready line, by the line's own stamp: 2026-11-23T02:18:21.873Z.
WallClock::time_point TimeOfReadyLine(const Process& process) {
  const std::string log = process.Stderr();
  const auto word = log.find("ready: http://");
  const auto newline = log.rfind('\n', word);
  const std::string stamp = log.substr(newline == std::string::npos ? 0 : newline + 1, 24);
  std::tm parts{};
  const char* rest = strptime(stamp.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  EXPECT_NE(rest, nullptr) << log;
  if (rest == nullptr) return WallClock::now();
  return WallClock::from_time_t(timegm(&parts)) + milliseconds(std::atoi(rest + 1));
}

bool ShowsReady(const Member& observer, const std::string& address) {
  const auto rows = observer.Rows();
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row.value("address", "") == address && row.value("state", "") == "alive" &&
           row.value("ready", false);
  });
}

// Goal: 0.3 s. Looking takes time too: what is measured is an upper bound.
TEST(ReadyTest, ANewNodeIsReadyToAllWithin300MillisecondsOfItsOwnReadyLine) {
  constexpr std::size_t kNodes = 20;
  Cluster cluster({.nodes = kNodes});
  for (int newcomer = 0; newcomer < 3; ++newcomer) {
    Member& node = cluster.Add({cluster.contact()});
    const std::uint16_t port = node.process().WaitForReadyLine(seconds(20) * kSlowdown);
    ASSERT_NE(port, 0);
    const auto ready = TimeOfReadyLine(node.process());
    const std::string address = "127.0.0.1:" + std::to_string(port);
    std::size_t next = 0;
    EXPECT_TRUE(WaitUntil(seconds(10) * kSlowdown,
                          [&] {
                            while (next < kNodes && ShowsReady(cluster.node(next), address)) ++next;
                            return next == kNodes;
                          }))
        << "node " << next;
    const auto took = std::chrono::duration_cast<milliseconds>(WallClock::now() - ready);
    std::cout << "ready in every /members after " << took.count() << " ms at most\n";
    EXPECT_LE(took, milliseconds(300) * kSlowdown);
  }
}

}  // namespace
}  // namespace vf::e2e
