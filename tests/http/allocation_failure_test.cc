// R5: memory runs out at the n-th allocation of a request, for every n. The process lives, the
// client gets an answer or a close, and the next request is served.
//
// The failing operator new belongs to this whole program, which therefore holds nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "tests/http/test_server.h"

namespace {

// Allocations of this thread until one fails, and how many fail then; < 0: none.
thread_local int until_failure = -1;
thread_local int failures = 0;

bool FailsNow() {
  if (until_failure < 0) return false;
  if (until_failure > 0) {
    --until_failure;
    return false;
  }
  if (--failures <= 0) until_failure = -1;
  return true;
}

}  // namespace

// Inlined, gcc would see memory of malloc freed by delete and the other way round, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (FailsNow()) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

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
    server.OnDataThread([=] {
      until_failure = n;
      failures = failing;
    });
    {
      RawClient client(server.port());
      client.Send(requests);
      for (int i = 0; i < answers; ++i) {
        const auto response = client.Receive();
        if (!response || response->Field("Connection") == "close") break;
        EXPECT_TRUE(response->status == 200 || response->status == 503) << response->status;
      }
    }
    server.OnDataThread([&] {
      struck = failures < failing;
      until_failure = -1;
    });
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
