// The networks of the end-to-end tests do what they say, with plain datagrams.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "tests/support/net/bridged_network.h"
#include "tests/support/net/tun_router.h"

namespace vf {
namespace {

constexpr std::uint16_t kPort = 5000;

sockaddr_in AddressWithPort(const std::string& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(kPort);
  VF_CHECK(inet_pton(AF_INET, address.c_str(), &to.sin_addr) == 1, "an IPv4 address");
  return to;
}

// A socket that belongs to a host for good.
class HostSocket {
 public:
  HostSocket(const NetNamespace& host, const std::string& address) {
    const InsideNamespace inside(host);
    fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sockaddr_in own = AddressWithPort(address);
    VF_CHECK(bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0, "bind");
  }
  ~HostSocket() { close(fd_); }
  HostSocket(const HostSocket&) = delete;
  HostSocket& operator=(const HostSocket&) = delete;

  void Send(const std::string& address, int number) const {
    const sockaddr_in to = AddressWithPort(address);
    EXPECT_EQ(
        sendto(fd_, &number, sizeof number, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
        static_cast<ssize_t>(sizeof number));
  }
  // What has come when nothing more does for 200 ms.
  std::vector<int> Receive() const {
    std::vector<int> numbers;
    pollfd readable{fd_, POLLIN, 0};
    while (poll(&readable, 1, 200) == 1) {
      int number = -1;
      EXPECT_EQ(recv(fd_, &number, sizeof number, 0), static_cast<ssize_t>(sizeof number));
      numbers.push_back(number);
    }
    return numbers;
  }

 private:
  int fd_ = -1;
};

class NetworksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!MayMakeNetworks()) GTEST_SKIP() << "needs root";
  }
  template <typename Network>
  void Attach(const Network& network) {
    for (std::size_t i = 0; i < network.size(); ++i) {
      addresses_.push_back(network.AddressOf(i));
      sockets_.push_back(std::make_unique<HostSocket>(network.host(i), addresses_[i]));
    }
  }
  // On a busy machine a cable takes a moment to come up, and the kernel asks only once a second
  // whose address this is.
  bool BecomesReachable(std::size_t to) {
    constexpr int kTries = 50;
    for (int i = 0; i < kTries; ++i) {
      sockets_[0]->Send(addresses_[to], 7);
      if (!sockets_[to]->Receive().empty()) return true;
    }
    return false;
  }
  bool Reaches(std::size_t from, std::size_t to) {
    sockets_[from]->Send(addresses_[to], 7);
    return sockets_[to]->Receive() == std::vector<int>{7};
  }

  std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<HostSocket>> sockets_;
};

TEST_F(NetworksTest, ABridgeCutsOneWayAndApartAndHeals) {
  BridgedNetwork network(3);
  Attach(network);
  for (const std::size_t host : {1, 2}) ASSERT_TRUE(BecomesReachable(host));
  EXPECT_TRUE(Reaches(0, 1));
  EXPECT_TRUE(Reaches(1, 2));
  network.Set({.deaf = {1}});
  EXPECT_FALSE(Reaches(0, 1));
  EXPECT_TRUE(Reaches(1, 0));
  network.Set({.mute = {1}});
  EXPECT_TRUE(Reaches(0, 1));
  EXPECT_FALSE(Reaches(1, 0));
  network.Set({.apart = {0, 1}});
  EXPECT_TRUE(Reaches(0, 1));
  EXPECT_FALSE(Reaches(1, 2));
  EXPECT_FALSE(Reaches(2, 0));
  network.Set({});
  EXPECT_TRUE(Reaches(1, 2));
  EXPECT_TRUE(Reaches(2, 0));
}

TEST_F(NetworksTest, ABridgeLosesAsManyAsAsked) {
  BridgedNetwork network(2);
  Attach(network);
  ASSERT_TRUE(BecomesReachable(1));
  network.Set({.loss_percent = 30});
  for (int i = 0; i < 200; ++i) sockets_[0]->Send(addresses_[1], i);
  const std::size_t came = sockets_[1]->Receive().size();
  EXPECT_GT(came, 100u);
  EXPECT_LT(came, 175u);
}

TEST_F(NetworksTest, ARouterLosesDoublesAndReorders) {
  TunRouter network(2, 5, {.loss_percent = 30, .duplicate_percent = 20, .reorder_percent = 20});
  Attach(network);
  for (int i = 0; i < 200; ++i) sockets_[0]->Send(addresses_[1], i);
  const std::vector<int> came = sockets_[1]->Receive();
  const PacketCounts counts = network.counts();
  EXPECT_EQ(counts.offered, 200u);
  EXPECT_EQ(came.size(), 200 - counts.lost + counts.duplicated);
  EXPECT_EQ(std::set<int>(came.begin(), came.end()).size(), 200 - counts.lost);
  EXPECT_FALSE(std::is_sorted(came.begin(), came.end()));
  network.SetFaults({});
  EXPECT_TRUE(Reaches(1, 0));
}

}  // namespace
}  // namespace vf
