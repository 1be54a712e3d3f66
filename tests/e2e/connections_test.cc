// Two thousand clients that keep their connections, served by two data threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

TEST(ConnectionsTest, TwoThousandClientsCompleteARequestASecondWithAtMostEightThreads) {
  constexpr std::size_t kClients = 2000;
  constexpr std::size_t kRounds = 30;
  constexpr std::size_t kBatches = 20;
  RaiseDescriptorLimit();
  Cluster cluster({.nodes = 2, .node_options = {"--threads", "2"}});
  Process& process = cluster.node(0).process();
  std::vector<HttpConnection> clients;
  clients.reserve(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.emplace_back(cluster.node(0).port());
    ASSERT_TRUE(clients.back().connected()) << i;
  }
  std::int64_t most_threads = 0;
  std::size_t answers = 0;
  const auto began = Clock::now();
  for (std::size_t round = 0; round <= kRounds; ++round) {
    for (std::size_t batch = 0; batch < kBatches; ++batch) {
      std::this_thread::sleep_until(began + seconds(round) + seconds(1) * batch / kBatches);
      for (std::size_t i = batch; i < kClients; i += kBatches) {
        const std::string key = "c" + std::to_string(i);
        // The answer to the request of a second ago: sent to even rounds' POST or odd rounds' GET.
        if (round > 0) {
          const auto answer = clients[i].Read(false, seconds(1) * kSlowdown);
          ASSERT_TRUE(answer) << "client " << i << " in round " << round;
          ASSERT_EQ(answer->status, 200) << answer->body;
          if (round % 2 == 0) {
            ASSERT_EQ(answer->body, std::to_string(round - 2));
          }
          ++answers;
        }
        if (round == kRounds) continue;
        ASSERT_TRUE(clients[i].Send(round % 2 == 0
                                        ? RequestBytes("POST", "/" + key, std::to_string(round))
                                        : RequestBytes("GET", "/get/?key=" + key)));
      }
      most_threads = std::max(most_threads, process.StatusNumber("Threads"));
    }
  }
  const auto elapsed = Clock::now() - began;
  EXPECT_EQ(answers, kClients * kRounds);
  EXPECT_LT(elapsed, seconds(kRounds + 3) * kSlowdown) << "a request a second was not kept up";
  EXPECT_LE(most_threads, 8);
  EXPECT_GE(most_threads, 3);
}

}  // namespace
}  // namespace vf::e2e
