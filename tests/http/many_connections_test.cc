// Many clients on few threads.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/http/test_server.h"

namespace vf {
namespace {

constexpr int kConnections = 2000;

class ManyConnectionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Both ends are in this process.
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 2 * kConnections + 500);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ASSERT_GE(limit.rlim_cur, 2u * kConnections + 500);
  }
};

int ThreadsOfThisProcess() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Threads:", 0) == 0) return std::stoi(line.substr(8));
  }
  return -1;
}

TEST_F(ManyConnectionsTest, H23_TwoThreadsServeTwoThousandKeptConnections) {
  TestServerOptions options;
  options.threads = 2;
  const int threads_before = ThreadsOfThisProcess();
  TestServer server(std::move(options));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    ASSERT_TRUE(clients.back()->connected()) << i;
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kConnections; ++i) {
      const std::string key = std::to_string(i);
      clients[static_cast<std::size_t>(i)]->Send(Post("/" + key, key) + Get("/get/?key=" + key));
    }
    for (int i = 0; i < kConnections; ++i) {
      RawClient& client = *clients[static_cast<std::size_t>(i)];
      const auto stored = client.Receive();
      ASSERT_TRUE(stored && stored->status == 200) << i;
      const auto got = client.Receive();
      ASSERT_TRUE(got && got->body == std::to_string(i)) << i;
    }
  }
  EXPECT_EQ(server.OpenConnections(), static_cast<std::size_t>(kConnections));
  EXPECT_EQ(ThreadsOfThisProcess(), threads_before + 2);
  EXPECT_GT(server.metrics(0).accepted.value(), 0u);
  EXPECT_GT(server.metrics(1).accepted.value(), 0u);
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return server.OpenConnections() == 0; }));
  EXPECT_EQ(server.shared().connections.load(), 0u);
}

}  // namespace
}  // namespace vf
