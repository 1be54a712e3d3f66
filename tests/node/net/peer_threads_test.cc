// Data threads of two processes at once, sharing what they share in a process. For
// ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "base/os/clocks.h"
#include "base/os/metrics.h"
#include "node/net/peer_metrics.h"
#include "tests/node/net/raw_peer.h"

namespace vf {
namespace {

TEST(PeerThreadsTest, ThreadsOfAProcessShareContextAndMetrics) {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kRequests = 300;
  PeerContext server_context([] { return HelloOf(kServerKey); });
  PeerContext client_context([] { return HelloOf(kClientKey); });
  std::vector<std::unique_ptr<boost::asio::io_context>> loops;
  std::vector<std::unique_ptr<ServerUnderTest>> servers;
  std::vector<std::unique_ptr<RecordingOwner>> owners;
  std::vector<std::unique_ptr<PeerClient>> clients;
  std::vector<const PeerCounters*> client_counters, server_counters;
  for (std::size_t i = 0; i < 2 * kThreads; ++i) {
    loops.push_back(std::make_unique<boost::asio::io_context>(1));
  }
  for (std::size_t i = 0; i < kThreads; ++i) {
    servers.push_back(std::make_unique<ServerUnderTest>(*loops[i], server_context));
    owners.push_back(std::make_unique<RecordingOwner>());
    clients.push_back(std::make_unique<PeerClient>(*loops[kThreads + i], PeerClientConfig(),
                                                   client_context, *owners[i], Rng(i)));
    server_counters.push_back(&servers[i]->server.counters());
    client_counters.push_back(&clients[i]->counters());
  }
  std::atomic<std::size_t> finished{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      EXPECT_TRUE(RunUntil(*loops[i], [&] {
        servers[i]->Poll();
        return finished == kThreads;
      }));
    });
    threads.emplace_back([&, i] {
      const MemberRecord to = MemberAt(kServerKey, servers[i]->endpoint());
      for (RequestId id = 0; id < kRequests; ++id)
        clients[i]->Send(MonotonicNow(), to, StoreOf(id, "key", "value"));
      EXPECT_TRUE(
          RunUntil(*loops[kThreads + i], [&] { return owners[i]->replies.size() == kRequests; }));
      ++finished;
    });
  }
  while (finished < kThreads) {
    MetricsWriter writer;
    WritePeerMetrics(client_counters, server_counters, writer);
    EXPECT_FALSE(writer.Text().empty());
    server_context.LogProblem("test", "a problem that a test made up");
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < kThreads; ++i) {
    EXPECT_EQ(servers[i]->service.requests.size(), kRequests);
    EXPECT_TRUE(owners[i]->failures.empty());
  }
}

}  // namespace
}  // namespace vf
