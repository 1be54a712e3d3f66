// What a cluster makes of a node whose data path stands still: hung data threads behind a live
// gossip thread, and a process that is stopped as a whole.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/bulk_client.h"
#include "tests/e2e/cluster.h"
#include "tests/support/peer_echo.h"

namespace vf::e2e {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

// All threads of a process but the main one and the gossip thread, until the object goes.
class HungDataThreads {
 public:
  explicit HungDataThreads(pid_t process) {
    const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      const pid_t thread = std::stoi(task.path().filename().string());
      if (thread == process || ReadFile(task.path() / "comm") == "gossip\n") continue;
      if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) {
        error_ = errno;
        return;
      }
      threads_.push_back(thread);
      EXPECT_EQ(::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr), 0);
      EXPECT_EQ(::waitpid(thread, nullptr, __WALL), thread);
    }
  }
  ~HungDataThreads() {
    for (const pid_t thread : threads_) {
      EXPECT_EQ(::ptrace(PTRACE_DETACH, thread, nullptr, nullptr), 0);
    }
  }
  HungDataThreads(const HungDataThreads&) = delete;
  HungDataThreads& operator=(const HungDataThreads&) = delete;

  int error() const { return error_; }
  std::size_t count() const { return threads_.size(); }

 private:
  std::vector<pid_t> threads_;
  int error_ = 0;
};

nlohmann::json RowOf(const Member& observer, const std::string& address) {
  for (const auto& row : observer.Rows()) {
    if (row.value("address", "") == address) return row;
  }
  return nlohmann::json::object();
}

struct Outcome {
  int status = 0;
  Clock::time_point began;
  Clock::duration took{};
};

// One write after the other, each of another key, until `end`.
std::vector<Outcome> WriteUntil(const Member& frontend, Clock::time_point end, int& number) {
  HttpConnection client = frontend.Connect();
  std::vector<Outcome> outcomes;
  while (Clock::now() < end) {
    const Clock::time_point began = Clock::now();
    const HttpResponse answer =
        client.Request("POST", "/busy-" + std::to_string(++number), "value");
    outcomes.push_back({answer.status, began, Clock::now() - began});
  }
  return outcomes;
}

Milliseconds Quantile(const std::vector<Outcome>& outcomes, double share) {
  std::vector<Clock::duration> times;
  for (const Outcome& outcome : outcomes) times.push_back(outcome.took);
  std::sort(times.begin(), times.end());
  return times.at(static_cast<std::size_t>(share * static_cast<double>(times.size() - 1)));
}

TEST(BusyTest, HungDataThreadsBehindALiveGossipThreadAreLeftOut) {
  Cluster cluster({.nodes = 5});
  Member& frontend = cluster.Add({cluster.contact(), "--frontend-only"});
  frontend.WaitUntilReady();
  cluster.WaitUntilMembersAgree();
  Member& victim = cluster.node(4);
  int number = 0;
  {
    const HungDataThreads hung(victim.process().pid());
    if (hung.error() == EPERM) GTEST_SKIP() << "needs leave to trace a child (ptrace)";
    ASSERT_EQ(hung.error(), 0);
    ASSERT_GT(hung.count(), 0u);
    const Clock::time_point began = Clock::now();
    const auto at_first = WriteUntil(frontend, began + seconds(3) * kSlowdown, number);
    EXPECT_TRUE(RowOf(frontend, victim.address()).value("busy", false));
    EXPECT_EQ(RowOf(frontend, victim.address()).value("state", ""), "alive");
    const auto later = WriteUntil(frontend, Clock::now() + seconds(3) * kSlowdown, number);
    std::cout << "data threads hung: writes at first p50 " << Quantile(at_first, 0.5).count()
              << " p100 " << Quantile(at_first, 1).count() << " ms, later p50 "
              << Quantile(later, 0.5).count() << " p100 " << Quantile(later, 1).count() << " ms\n";
    for (const Outcome& outcome : later) EXPECT_EQ(outcome.status, 200);
    EXPECT_LT(Quantile(later, 0.9), milliseconds(150) * kSlowdown);
  }
  EXPECT_TRUE(WaitUntil(seconds(5) * kSlowdown,
                        [&] { return !RowOf(frontend, victim.address()).value("busy", false); }));
  cluster.WaitUntilMembersAgree();
}

// One writer: how long after the stop a write was still slowed down, and when the frontend
// suspected the node.
TEST(BusyTest, AStoppedOwnerSlowsWritesForAMomentOnly) {
  constexpr std::size_t kNodes = 6;
  constexpr int kTrials = 3;
  const Clock::duration limit = seconds(1) * kSlowdown;
  std::vector<Milliseconds> slowed, suspected;
  for (int trial = 0; trial < kTrials; ++trial) {
    Cluster cluster({.nodes = kNodes});
    Member& frontend = cluster.Add({cluster.contact(), "--frontend-only"});
    frontend.WaitUntilReady();
    cluster.WaitUntilMembersAgree();
    Member& victim = cluster.node(kNodes - 1);
    int number = 0;
    const auto before = WriteUntil(frontend, Clock::now() + seconds(1), number);
    // On a machine with other work any write may be slow, but not as slow as the write timeout.
    const Clock::duration slow = milliseconds(Quantile(before, 1) < milliseconds(100) ? 50 : 120);
    victim.process().Signal(SIGSTOP);
    const Clock::time_point stopped = Clock::now();
    // Suspect; or dead already, if nobody looked in between.
    Clock::time_point found;
    std::thread watcher([&] {
      EXPECT_TRUE(WaitUntil(seconds(10) * kSlowdown, [&] {
        const nlohmann::json row = RowOf(frontend, victim.address());
        if (row.value("state", "alive") == "alive") return false;
        found = Clock::now() - milliseconds(row.value("since_ms", std::int64_t{0}));
        return true;
      }));
    });
    Clock::time_point last = stopped;
    for (const Outcome& outcome : WriteUntil(frontend, stopped + limit * 3 / 2, number)) {
      if (outcome.took > slow) last = std::max(last, outcome.began + outcome.took);
    }
    slowed.push_back(last - stopped);
    watcher.join();
    suspected.push_back(found - stopped);
    victim.process().Signal(SIGCONT);
    cluster.WaitUntilMembersAgree();
  }
  for (auto* times : {&slowed, &suspected}) std::sort(times->begin(), times->end());
  std::cout << "stopped, of " << kTrials << " trials: writes slowed for at most "
            << slowed[1].count() << " ms (median), " << slowed[2].count()
            << " (most); suspect after " << suspected[1].count() << ", " << suspected[2].count()
            << " ms\n";
  EXPECT_LT(slowed[1], limit);
}

// An echo over TCP is accepted, greeted and recognised by a data thread, three turns of its loop,
// before the gossip thread answers it. What that costs when the loop has all the work that it can
// take; a probe waits for 100 ms to 250 ms in all (docs/gossip-protocol.md).
TEST(BusyTest, AnEchoUnderFullLoadWaitsForAFewTurnsOfADataThread) {
  Cluster cluster({.nodes = 3});
  Member& node = cluster.node(0);
  const auto echoes = [&](int count) {
    std::vector<Milliseconds> times;
    for (int i = 0; i < count; ++i) {
      const auto time = AskEcho(node.port());
      EXPECT_TRUE(time);
      if (time) times.push_back(*time);
    }
    std::sort(times.begin(), times.end());
    return times;
  };
  const auto print = [](const char* when, const std::vector<Milliseconds>& times) {
    std::cout << "echo over TCP, " << when << ": p50 " << times.at(times.size() / 2).count()
              << " ms, p99 " << times.at(times.size() * 99 / 100).count() << ", longest "
              << times.back().count() << " ms\n";
  };
  print("idle", echoes(100));

  std::atomic<bool> over{false};
  std::vector<Milliseconds> loaded;
  std::thread asker([&] {
    loaded = echoes(200);
    over = true;
  });
  const BulkResult load = RunBulk(
      std::vector<std::uint16_t>(32, node.port()), /*window=*/64, seconds(60) * kSlowdown,
      {.next =
           [&](std::size_t lane, std::size_t number, std::string& out) {
             if (over) return BulkNext::kEnd;
             const std::string key = "full-" + std::to_string(lane * 1'000 + number % 1'000);
             out += number % 4 == 0 ? RequestBytes("POST", "/" + key, "value")
                                    : RequestBytes("GET", "/get/?key=" + key);
             return BulkNext::kRequest;
           },
       .answer = [](std::size_t, std::size_t, int, std::string_view) {}});
  asker.join();
  EXPECT_FALSE(load.timed_out);
  std::cout << static_cast<double>(load.answers) / load.elapsed_s << " requests a second\n";
  print("under full load", loaded);
  EXPECT_LT(loaded.at(loaded.size() / 2), milliseconds(100) * kSlowdown);
}

}  // namespace
}  // namespace vf::e2e
