// R5: memory runs out at the n-th allocation of a request, for every n. The process lives, the
// client gets an answer or a close, and the next request is served.
#include <gtest/gtest.h>

#include <string>

#include "tests/http/failing_new.h"
#include "tests/http/test_server.h"

namespace vf {
namespace {

// Far more than any request below allocates.
constexpr int kMostAllocations = 1000;

// `requests` with failures at each allocation in turn, until one round has none.
void FailAtEachAllocation(const std::string& requests, int answers, int failing) {
  TestServer server;
  int n = 0;
  bool struck = true;
  for (; n < kMostAllocations && struck; ++n) {
    server.OnDataThread([=] { FailAllocations(n, failing); });
    {
      RawClient client(server.port());
      client.Send(requests);
      for (int i = 0; i < answers; ++i) {
        const auto response = client.Receive();
        if (!response || response->Field("Connection") == "close") break;
        EXPECT_TRUE(response->status == 200 || response->status == 503) << response->status;
      }
    }
    server.OnDataThread([&] { struck = StopFailingAllocations() > 0; });
    server.ExpectServes();
  }
  EXPECT_GT(n, 5) << "failures struck";
  EXPECT_FALSE(struck) << "and then there was a round without";
  EXPECT_TRUE(Eventually([&] { return server.OpenConnections() == 0; }));
  EXPECT_EQ(server.shared().bodies.used(), 0u);
}

TEST(AllocationFailureTest, R5_OfAWriteAndARead) {
  const std::string requests = Post("/key", std::string(20'000, 'v')) + Get("/get/?key=key");
  FailAtEachAllocation(requests, 2, 1);
}

TEST(AllocationFailureTest, R5_OfAPage) { FailAtEachAllocation(Get("/status"), 1, 1); }

TEST(AllocationFailureTest, R5_OfARefusal) {
  FailAtEachAllocation(Get("/get/?key=a&" + std::string(100, 'x') + "=1"), 1, 1);
}

TEST(AllocationFailureTest, R5_SeveralInARow) {
  const std::string requests = Post("/key", std::string(20'000, 'v')) + Get("/status");
  FailAtEachAllocation(requests, 2, 3);
}

}  // namespace
}  // namespace vf
