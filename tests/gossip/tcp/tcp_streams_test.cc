// Real sockets on loopback, one thread: two processes and whoever else connects share a loop.
#include "gossip/tcp/tcp_streams.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/os/clocks.h"
#include "gossip/stream/frame_reader.h"
#include "gossip/stream/stream_codec.h"

namespace vf {
namespace {

constexpr MemberKey kA = 0xa000000000000001;
constexpr MemberKey kB = 0xb000000000000002;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A listening socket, without anybody who says something on it.
class Listener {
 public:
  Listener() {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(fd_, 64), 0);
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    endpoint_ = Endpoint::Loopback(ntohs(address.sin_port));
  }
  ~Listener() { Close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  // Negative: nobody has connected.
  int Accept() const { return accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  int fd_ = -1;
  Endpoint endpoint_;
};

MemberRecord RecordOf(MemberKey key, const Endpoint& endpoint) {
  MemberRecord r;
  StoreBigEndian(r.id.bytes.data(), key);
  r.id.bytes[15] = std::byte{1};
  r.boot = 28'000'000'000;
  r.endpoint = endpoint;
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = key;
  r.meta_version = 1;
  r.phase = Phase::kReady;
  r.replicas = 3;
  r.partition_digits = 2;
  return r;
}

Swim MakeSwim(const MemberRecord& self, const std::vector<MemberRecord>& members) {
  SwimConfig config;
  config.cluster_hash = 7;
  config.streams = true;
  KnownCluster cluster;
  cluster.foundation = {1, 2};
  cluster.settings = {3, 2, 3600};
  cluster.members = members;
  return Swim::Warm(config, self, cluster, MonotonicNow(), WallNow(), Rng(self.key()));
}

class TcpStreamsTest : public ::testing::Test {
 protected:
  // Its Swim sends no datagram: only the streams are under test.
  struct Process {
    Process(boost::asio::io_context& io, Swim made, const StreamConfig& config,
            const AllowList& allow)
        : swim(std::move(made)),
          streams(io, swim, config, ClusterKeys(), allow,
                  [](const std::function<void()>& body) { body(); }) {}
    void Wish(const ExchangeWish& wish) {
      SwimOutputs wishes;
      wishes.exchanges.push_back(wish);
      streams.TakeWishes(wishes);
    }
    void Wish(const EchoWish& wish) {
      SwimOutputs wishes;
      wishes.echoes.push_back(wish);
      streams.TakeWishes(wishes);
    }
    std::uint64_t Ends(LinkEnd end) const {
      return streams.counters().ends[static_cast<std::size_t>(end)].value();
    }
    Swim swim;
    TcpStreams streams;
  };

  void Begin(const StreamConfig& config = {}) {
    const std::vector<MemberRecord> members = {RecordOf(kA, at_a.endpoint()),
                                               RecordOf(kB, at_b.endpoint())};
    a.emplace(io, MakeSwim(members[0], members), config, allow);
    b.emplace(io, MakeSwim(members[1], members), config, allow);
  }
  // Many members that only b knows.
  void Fill(std::size_t members) {
    std::vector<MemberRecord> records;
    for (std::size_t i = 1; i <= members; ++i) {
      records.push_back(RecordOf(
          i * 0x9e3779b97f4a7c15,
          Endpoint::V4({10, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)},
                       8000)));
    }
    b->swim.Learn(MonotonicNow(), records);
  }
  bool RunUntil(const std::function<bool()>& done) {
    const TimePoint limit = MonotonicNow() + seconds(20);
    while (!done()) {
      if (MonotonicNow() > limit) return false;
      if (b_accepts) {
        for (int fd = at_b.Accept(); fd >= 0; fd = at_b.Accept()) {
          waiting.emplace_back(fd);
        }
      }
      // As a listener does: handed over when the first byte has come.
      for (std::size_t i = 0; i < waiting.size();) {
        char bytes[256];
        const ssize_t size = read(waiting[i].get(), bytes, sizeof(bytes));
        if (size > 0) {
          b->streams.TakeOver(std::move(waiting[i]),
                              std::string(bytes, static_cast<std::size_t>(size)));
        }
        if (size < 0) {
          ++i;
          continue;
        }
        std::vector<AcceptedSocket> rest;
        for (std::size_t j = 0; j < waiting.size(); ++j) {
          if (j != i) rest.push_back(std::move(waiting[j]));
        }
        waiting.swap(rest);
      }
      a->streams.OnTimer();
      b->streams.OnTimer();
      io.restart();
      io.run_one_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  EchoWish EchoToB(Duration within = seconds(10)) const {
    EchoWish wish;
    wish.seq = 5;
    wish.to = at_b.endpoint();
    wish.target = kB;
    wish.boot = 28'000'000'000;
    wish.until = MonotonicNow() + within;
    return wish;
  }

  boost::asio::io_context io{1};
  AllowList allow = AllowList::PrivateNetworks();
  Listener at_a;
  Listener at_b;
  bool b_accepts = true;
  std::vector<AcceptedSocket> waiting;
  std::optional<Process> a;
  std::optional<Process> b;
};

TEST_F(TcpStreamsTest, AnEchoIsAnswered) {
  Begin();
  a->Wish(EchoToB());
  EXPECT_TRUE(RunUntil([&] { return a->Ends(LinkEnd::kStopped) == 1; }));
  EXPECT_EQ(b->streams.counters().echoes_answered.value(), 1u);
  EXPECT_TRUE(RunUntil([&] { return b->Ends(LinkEnd::kClosed) == 1; }));
}

TEST_F(TcpStreamsTest, AnAddressWithoutAListenerRefuses) {
  Begin();
  at_b.Close();
  b_accepts = false;
  a->Wish(EchoToB());
  EXPECT_TRUE(RunUntil([&] { return a->Ends(LinkEnd::kRefused) == 1; }));
}

// Failure catalogue, 14.
TEST_F(TcpStreamsTest, Case14_AProxyThatOnlyAcceptsIsNoAnswer) {
  Begin();
  b_accepts = false;  // The system accepts for it.
  const TimePoint begun = MonotonicNow();
  a->Wish(EchoToB(milliseconds(150)));
  EXPECT_TRUE(RunUntil([&] { return a->Ends(LinkEnd::kHandshakeTimeout) == 1; }));
  EXPECT_GE(MonotonicNow() - begun, milliseconds(150));
  EXPECT_EQ(a->Ends(LinkEnd::kRefused), 0u);
}

TEST_F(TcpStreamsTest, AddressesThatAreNotAllowedAreNotConnectedTo) {
  allow = AllowList();
  Begin();
  a->Wish(EchoToB());
  EXPECT_TRUE(RunUntil([&] { return a->Ends(LinkEnd::kUnreachable) == 1; }));
  EXPECT_EQ(at_b.Accept(), -1);
}

TEST_F(TcpStreamsTest, TenThousandMembersAreExchanged) {
  Begin();
  Fill(10'000);
  a->Wish(ExchangeWish{1, at_b.endpoint(), kB, true});
  EXPECT_TRUE(RunUntil([&] { return a->streams.counters().exchanges_done.value() == 1; }));
  EXPECT_EQ(a->swim.view_members(), 10'002u);
  // In a slow build the work itself looks like a pause, after which a process says that it lives,
  // with a new incarnation; then the views agree once that has come.
  EXPECT_TRUE(RunUntil([&] { return a->swim.view_hash() == b->swim.view_hash(); }));
}

TEST_F(TcpStreamsTest, WhoIsBusySaysSo) {
  StreamConfig config;
  config.max_served = 0;
  Begin(config);
  a->Wish(ExchangeWish{1, at_b.endpoint(), kB, true});
  EXPECT_TRUE(RunUntil([&] { return a->streams.counters().exchanges_busy.value() == 1; }));
  EXPECT_EQ(b->streams.counters().exchanges_refused.value(), 1u);
}

TEST_F(TcpStreamsTest, ASlowReaderIsCutAndCostsNoMoreThanItsChunk) {
  StreamConfig config;
  config.stall_timeout = milliseconds(200);
  Begin(config);
  Fill(20'000);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int small = 4096;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
  const sockaddr_in address = Loopback(at_b.endpoint().port());
  ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string bytes =
      kPeerProtocolByte + EncodeHello(a->swim.Hello()) + EncodeStreamFrame({1, ExchangeDigests{}});
  ASSERT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_TRUE(RunUntil([&] { return b->Ends(LinkEnd::kStalled) == 1; }));
  EXPECT_EQ(b->streams.counters().exchanges_served.value(), 0u) << "it was not all sent";
  close(fd);
}

TEST_F(TcpStreamsTest, AConnectionMayBeHandedOverBehindItsHello) {
  Begin();
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  close(ends[0]);
  b->streams.TakeOver(AcceptedSocket(ends[1]), a->swim.Hello(), "");  // No TCP: closed at once.
  EXPECT_EQ(b->streams.counters().opened.value(), 0u);

  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(at_b.endpoint().port());
  ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  b_accepts = false;
  int accepted = -1;
  while (accepted < 0) accepted = at_b.Accept();
  b->streams.TakeOver(AcceptedSocket(accepted), a->swim.Hello(),
                      EncodeStreamFrame({9, Echo{3, kB, 1}}));
  fcntl(fd, F_SETFL, O_NONBLOCK);
  FrameReader reader(kMaxStreamBodyBytes);
  ByteSpan body;
  EXPECT_TRUE(RunUntil([&] {
    char bytes[256];
    const ssize_t size = read(fd, bytes, sizeof(bytes));
    if (size > 0) reader.Append(AsBytes({bytes, static_cast<std::size_t>(size)}));
    return reader.Next(body) == FrameReader::Result::kFrame;
  }));
  EXPECT_EQ(DecodeStreamFrame(body),
            (StreamFrame{9, EchoOk{3, kB, 28'000'000'000, b->swim.Hello().incarnation}}));
  close(fd);
  EXPECT_TRUE(RunUntil([&] { return b->Ends(LinkEnd::kClosed) == 1; }));
}

TEST_F(TcpStreamsTest, TheEndClosesWhatIsOpenAndTellsNobody) {
  Begin();
  b_accepts = false;
  a->Wish(EchoToB());
  a->Wish(ExchangeWish{1, at_b.endpoint(), kB, true});
  io.run_for(std::chrono::milliseconds(5));
  a.reset();
  io.restart();
  io.run_for(std::chrono::milliseconds(5));
  const int fd = at_b.Accept();
  ASSERT_GE(fd, 0);
  char bytes[1024];
  ssize_t size = 0;
  for (int i = 0; i < 1000 && (size = read(fd, bytes, sizeof(bytes))) > 0; ++i) {
  }
  EXPECT_EQ(size, 0);
  close(fd);
}

}  // namespace
}  // namespace vf
