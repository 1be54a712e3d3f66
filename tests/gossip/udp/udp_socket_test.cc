#include "gossip/udp/udp_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/os/clocks.h"
#include "tests/support/net/bridged_network.h"
#include "tests/support/net/net_namespace.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

Endpoint Address(const char* text, std::uint16_t port = 0) {
  return *Endpoint::ParseAddress(text, port);
}

UdpSocket Open(const Endpoint& bind, AllowList allow = AllowList::PrivateNetworks()) {
  auto socket = UdpSocket::Open(bind, std::move(allow));
  EXPECT_TRUE(socket.ok()) << socket.status();
  return *std::move(socket);
}

OutgoingDatagram Datagram(const Endpoint& to, std::string_view text) {
  const ByteSpan bytes = AsBytes(text);
  return {to, std::vector<std::byte>(bytes.begin(), bytes.end())};
}

void Send(UdpSocket& socket, const Endpoint& to, std::string_view text) {
  const OutgoingDatagram datagram = Datagram(to, text);
  socket.Send({&datagram, 1});
}

bool Wait(const UdpSocket& socket, short events = POLLIN) {
  pollfd wait{};
  wait.fd = socket.fd();
  wait.events = events;
  return poll(&wait, 1, 5000) > 0;
}

// Texts that arrive until there are `count` of them.
std::vector<std::string> Receive(UdpSocket& socket, std::size_t count) {
  std::vector<std::string> texts;
  while (texts.size() < count && Wait(socket)) {
    for (const ReceivedDatagram& d : socket.Receive().datagrams)
      texts.emplace_back(AsText(d.bytes));
  }
  return texts;
}

TEST(UdpSocketTest, Port0PicksAFreeOne) {
  UdpSocket a = Open(Address("127.0.0.1"));
  UdpSocket b = Open(Address("127.0.0.1"));
  EXPECT_NE(a.port(), 0);
  EXPECT_NE(a.port(), b.port());
}

TEST(UdpSocketTest, IsTheOnlyOneAtItsPort) {
  const UdpSocket first = Open(Address("0.0.0.0"));
  for (const char* bind : {"0.0.0.0", "127.0.0.1", "::"}) {
    const auto second = UdpSocket::Open(Address(bind, first.port()), AllowList::PrivateNetworks());
    ASSERT_FALSE(second.ok()) << bind;
    EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use by another process"));
  }
}

TEST(UdpSocketTest, SaysThatAnAddressIsNotOurs) {
  const auto socket = UdpSocket::Open(Address("192.0.2.1"), AllowList::PrivateNetworks());
  ASSERT_FALSE(socket.ok());
  EXPECT_THAT(std::string(socket.status().message()), HasSubstr("--bind"));
}

TEST(UdpSocketTest, TellsWhereADatagramCameFromAndWasSentTo) {
  UdpSocket a = Open(Address("127.0.0.1"));
  UdpSocket b = Open(Address("0.0.0.0"));
  Send(a, Address("127.0.0.2", b.port()), "hello");
  ASSERT_TRUE(Wait(b));
  const auto batch = b.Receive();
  ASSERT_EQ(batch.datagrams.size(), 1u);
  EXPECT_EQ(batch.datagrams[0].from, a.local());
  EXPECT_EQ(batch.datagrams[0].to, Address("127.0.0.2", b.port()));
  EXPECT_EQ(AsText(batch.datagrams[0].bytes), "hello");
  EXPECT_TRUE(b.Receive().datagrams.empty());
}

// Hears `asked` at one of its addresses, answers, and says where the answer came from.
Endpoint SourceOfAnswer(UdpSocket& server, const Endpoint& asked, UdpSocket& client) {
  Send(client, asked, "ask");
  EXPECT_EQ(Receive(server, 1), std::vector<std::string>{"ask"});
  Send(server, client.local(), "answer");
  EXPECT_TRUE(Wait(client));
  const auto batch = client.Receive();
  return batch.datagrams.empty() ? Endpoint() : batch.datagrams[0].from;
}

TEST(UdpSocketTest, BoundToAllAddressesAnswersFromTheOneThatWasAddressed) {
  for (const char* bind : {"0.0.0.0", "::"}) {
    UdpSocket server = Open(Address(bind));
    UdpSocket client = Open(Address("127.0.0.1"));
    for (const char* asked : {"127.0.0.2", "127.0.0.3", "127.0.0.1"}) {
      const Endpoint endpoint = Address(asked, server.port());
      EXPECT_EQ(SourceOfAnswer(server, endpoint, client), endpoint) << bind;
    }
  }
  UdpSocket server = Open(Address("::"));
  UdpSocket client = Open(Address("::1"));
  const Endpoint endpoint = Address("::1", server.port());
  EXPECT_EQ(SourceOfAnswer(server, endpoint, client), endpoint);
}

TEST(UdpSocketTest, AnAddressThatIsGoneIsNotAnsweredFrom) {
  if (!MayMakeNetworks()) GTEST_SKIP() << "needs root";
  const NetNamespace machine;
  const InsideNamespace inside(machine);
  FeedCommand("ip -batch -", "address add 10.1.1.1/32 dev lo\n");
  UdpSocket server = Open(Address("0.0.0.0"));
  UdpSocket client = Open(Address("127.0.0.1"));
  const Endpoint asked = Address("10.1.1.1", server.port());
  EXPECT_EQ(SourceOfAnswer(server, asked, client), asked);
  FeedCommand("ip -batch -", "address del 10.1.1.1/32 dev lo\n");
  Send(server, client.local(), "moved");
  ASSERT_TRUE(Wait(client));
  const auto batch = client.Receive();
  ASSERT_EQ(batch.datagrams.size(), 1u);
  EXPECT_EQ(batch.datagrams[0].from, Address("127.0.0.1", server.port()));
  EXPECT_EQ(server.counters().send_errors.value(), 0u);
}

TEST(UdpSocketTest, CarriesManyDatagramsInBatches) {
  UdpSocket a = Open(Address("127.0.0.1"));
  UdpSocket b = Open(Address("127.0.0.1"));
  std::vector<OutgoingDatagram> many;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 3 * UdpSocket::kBatch + 1; ++i) {
    expected.push_back(std::to_string(i));
    many.push_back(Datagram(b.local(), expected.back()));
  }
  a.Send(many);
  EXPECT_EQ(Receive(b, many.size()), expected);
}

TEST(UdpSocketTest, TellsWhenTheKernelReceivedADatagram) {
  UdpSocket a = Open(Address("127.0.0.1"));
  UdpSocket b = Open(Address("127.0.0.1"));
  const TimePoint before = MonotonicNow();
  Send(a, b.local(), "early");
  const TimePoint between = MonotonicNow();
  Send(a, b.local(), "late");
  const TimePoint after = MonotonicNow();
  ASSERT_TRUE(Wait(b));
  const auto batch = b.Receive();
  ASSERT_EQ(batch.datagrams.size(), 2u);
  // Two clocks are compared, which another process may slow down in between.
  constexpr Duration kSlack = milliseconds(5);
  EXPECT_GE(batch.datagrams[0].received, before - kSlack);
  EXPECT_LE(batch.datagrams[0].received, between + kSlack);
  EXPECT_GE(batch.datagrams[1].received, batch.datagrams[0].received);
  EXPECT_LE(batch.datagrams[1].received, after + kSlack);
  EXPECT_FALSE(batch.more);
  EXPECT_GE(batch.heard_until, after) << "the socket was empty when it was asked";
}

// Under a flood the socket is never empty; what was not read may hold an answer.
TEST(UdpSocketTest, HasHeardNoFurtherThanItHasRead) {
  UdpSocket a = Open(Address("127.0.0.1"));
  UdpSocket b = Open(Address("127.0.0.1"));
  TimePoint last = b.Receive().heard_until;
  for (std::size_t i = 0; i < 3 * UdpSocket::kBatch; ++i) Send(a, b.local(), "x");
  const TimePoint sent = MonotonicNow();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Wait(b));
    const auto batch = b.Receive();
    ASSERT_TRUE(batch.more);
    EXPECT_EQ(batch.heard_until, batch.datagrams.back().received);
    EXPECT_GE(batch.heard_until, last);
    EXPECT_LE(batch.heard_until, sent + milliseconds(5));
    last = batch.heard_until;
  }
  const TimePoint asked = MonotonicNow();
  EXPECT_GE(b.Receive().heard_until, asked);
}

TEST(UdpSocketTest, SpeaksBothFamiliesWhenBoundToAnyOfV6) {
  UdpSocket both = Open(Address("::"));
  UdpSocket v4 = Open(Address("127.0.0.1"));
  UdpSocket v6 = Open(Address("::1"));
  for (UdpSocket* other : {&v4, &v6}) {
    Send(*other, Address(other == &v4 ? "127.0.0.1" : "::1", both.port()), "in");
    ASSERT_TRUE(Wait(both));
    const auto batch = both.Receive();
    ASSERT_EQ(batch.datagrams.size(), 1u);
    EXPECT_EQ(batch.datagrams[0].from, other->local());
    EXPECT_EQ(batch.datagrams[0].to.AddressText(), other->local().AddressText());
    Send(both, other->local(), "out");
    EXPECT_EQ(Receive(*other, 1), std::vector<std::string>{"out"});
  }
}

TEST(UdpSocketTest, NamesTheAddressThatRefuses) {
  for (const char* bind : {"127.0.0.1", "::"}) {
    UdpSocket socket = Open(Address(bind));
    Endpoint gone;
    {
      const UdpSocket other = Open(Address("127.0.0.1"));
      gone = other.local();
    }
    Send(socket, gone, "anybody?");
    ASSERT_TRUE(Wait(socket, 0)) << bind;  // POLLERR
    EXPECT_TRUE(socket.Receive().datagrams.empty());
    EXPECT_EQ(socket.NextUndelivered(), (Undelivered{gone, true})) << bind;
    EXPECT_EQ(socket.NextUndelivered(), std::nullopt);
    EXPECT_EQ(socket.counters().refused.value(), 1u);
  }
}

TEST(UdpSocketTest, NamesAV6AddressThatRefuses) {
  UdpSocket socket = Open(Address("::1"));
  Endpoint gone;
  {
    const UdpSocket other = Open(Address("::1"));
    gone = other.local();
  }
  Send(socket, gone, "anybody?");
  ASSERT_TRUE(Wait(socket, 0));
  EXPECT_TRUE(socket.Receive().datagrams.empty());
  EXPECT_EQ(socket.NextUndelivered(), (Undelivered{gone, true}));
}

TEST(UdpSocketTest, ARefusalCostsNoOtherDatagram) {
  UdpSocket socket = Open(Address("127.0.0.1"));
  UdpSocket alive = Open(Address("127.0.0.1"));
  Endpoint gone;
  {
    const UdpSocket other = Open(Address("127.0.0.1"));
    gone = other.local();
  }
  for (int i = 0; i < 20; ++i) {
    const std::vector<OutgoingDatagram> two = {Datagram(gone, "x"),
                                               Datagram(alive.local(), std::to_string(i))};
    socket.Send(two);
    EXPECT_EQ(Receive(alive, 1), std::vector<std::string>{std::to_string(i)});
    Send(alive, socket.local(), "back");
    EXPECT_EQ(Receive(socket, 1), std::vector<std::string>{"back"});
  }
}

TEST(UdpSocketTest, NamesAddressesThatNothingReaches) {
  if (!MayMakeNetworks()) GTEST_SKIP() << "needs root";
  const NetNamespace machine;
  const InsideNamespace inside(machine);
  UdpSocket socket = Open(Address("0.0.0.0"));
  UdpSocket alive = Open(Address("127.0.0.1"));
  const Endpoint far = Address("10.1.1.1", 9);
  const std::vector<OutgoingDatagram> two = {Datagram(far, "no route"),
                                             Datagram(alive.local(), "fine")};
  socket.Send(two);
  EXPECT_EQ(Receive(alive, 1), std::vector<std::string>{"fine"});
  EXPECT_EQ(socket.NextUndelivered(), (Undelivered{far, false}));
  EXPECT_EQ(socket.NextUndelivered(), std::nullopt);
  EXPECT_EQ(socket.counters().unreachable.value(), 1u);
  EXPECT_EQ(socket.counters().send_errors.value(), 0u) << "counted once";
  EXPECT_EQ(socket.counters().refused.value(), 0u);
}

// Of a host that has lost its power, the machine itself says so when nobody answers its ARP.
TEST(UdpSocketTest, NamesTheHostThatIsNotThereAndCostsNoOtherDatagram) {
  if (!MayMakeNetworks()) GTEST_SKIP() << "needs root";
  const BridgedNetwork net(2);
  const InsideNamespace inside(net.host(0));
  UdpSocket socket = Open(Address("0.0.0.0"));
  UdpSocket alive = Open(Address(BridgedNetwork::AddressOf(0).c_str()));
  const Endpoint gone = Address("10.66.0.99", 9);
  Send(socket, gone, "anybody?");
  ASSERT_TRUE(Wait(socket, 0));  // POLLERR, after some seconds
  Send(socket, alive.local(), "fine");
  EXPECT_EQ(Receive(alive, 1), std::vector<std::string>{"fine"});
  EXPECT_EQ(socket.NextUndelivered(), (Undelivered{gone, false}));
  EXPECT_EQ(socket.counters().send_errors.value(), 0u);
}

TEST(UdpSocketTest, DropsWhatIsNotAllowedOrTooLong) {
  AllowList only;
  ASSERT_TRUE(only.Add("127.0.0.2"));
  UdpSocket socket = Open(Address("127.0.0.1"), std::move(only));
  UdpSocket stranger = Open(Address("127.0.0.1"));
  UdpSocket friendly = Open(Address("127.0.0.2"));
  Send(stranger, socket.local(), "no");
  Send(friendly, socket.local(), std::string(UdpSocket::kMaxBytes + 1, 'x'));
  Send(friendly, socket.local(), std::string(9000, 'x'));
  Send(friendly, socket.local(), std::string(UdpSocket::kMaxBytes, 'x'));
  Send(friendly, socket.local(), "");
  EXPECT_EQ(Receive(socket, 2),
            (std::vector<std::string>{std::string(UdpSocket::kMaxBytes, 'x'), ""}));
  EXPECT_EQ(socket.counters().not_allowed.value(), 1u);
  EXPECT_EQ(socket.counters().truncated.value(), 2u);
}

TEST(UdpSocketTest, CountsWhatTheSystemDoesNotTake) {
  UdpSocket socket = Open(Address("127.0.0.1"));
  UdpSocket other = Open(Address("127.0.0.1"));
  const std::vector<OutgoingDatagram> three = {
      Datagram(Address("::1", 9), "other family"),
      Datagram(other.local(), std::string(70000, 'x')),  // EMSGSIZE
      Datagram(other.local(), "fine")};
  socket.Send(three);
  EXPECT_EQ(Receive(other, 1), std::vector<std::string>{"fine"});
  EXPECT_EQ(socket.counters().send_errors.value(), 2u);
}

TEST(UdpSocketTest, AFullBufferDropsAndCounts) {
  UdpSocket socket = Open(Address("127.0.0.1"));
  const int small = 2048;
  ASSERT_EQ(setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  UdpSocket other = Open(Address("127.0.0.1"));
  const std::string text(1000, 'x');
  for (int i = 0; i < 50; ++i) Send(other, socket.local(), text);
  while (!socket.Receive().datagrams.empty()) {
  }
  // The count comes with the next datagram that fits.
  Send(other, socket.local(), "next");
  EXPECT_EQ(Receive(socket, 1), std::vector<std::string>{"next"});
  EXPECT_GT(socket.counters().overflows.value(), 0u);
}

}  // namespace
}  // namespace vf
