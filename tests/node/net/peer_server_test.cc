// A PeerServer against peers that misbehave in each way (reliability.md, P1, P6, P7).
#include "node/net/peer_server.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gossip/stream/stream_codec.h"
#include "node/replication/codec.h"
#include "tests/node/net/raw_peer.h"

namespace vf {
namespace {

const std::string kHello(1, kPeerProtocolByte);

class PeerServerTest : public testing::Test {
 protected:
  void Start(PeerServerConfig config = {}) {
    server_ = std::make_unique<ServerUnderTest>(io_, context_, config);
  }
  template <typename Condition>
  bool Run(Condition condition) {
    return RunUntil(io_, [&] {
      server_->Poll();
      return condition();
    });
  }
  static std::string HelloBytes(const PeerHello& hello = HelloOf(kClientKey)) {
    return kHello + EncodeHello(hello);
  }
  RawSocket ConnectWith(const std::string& bytes) {
    RawSocket peer = RawSocket::ConnectTo(server_->endpoint());
    server_->Poll();
    peer.Write(bytes);
    return peer;
  }
  bool RunUntilEnd(RawSocket& peer) {
    return Run([&] {
      peer.Poll();
      return peer.ended;
    });
  }
  std::uint64_t Ends(LinkEnd end) const {
    return server_->server.counters().ends[static_cast<std::size_t>(end)].value();
  }

  boost::asio::io_context io_;
  PeerContext context_{[] { return HelloOf(kServerKey); }};
  std::unique_ptr<ServerUnderTest> server_;
};

TEST_F(PeerServerTest, AnswersHelloWithItsOwnAndThenRequests) {
  Start();
  RawSocket peer = ConnectWith(HelloBytes() + FrameBytes(StoreOf(1, "key", "value")));
  ASSERT_TRUE(Run([&] {
    peer.Poll();
    return FramesIn(peer.received).size() == 2;
  }));
  const auto frames = FramesIn(peer.received);
  EXPECT_EQ(DecodeHello(AsBytes(frames[0]))->key, kServerKey);
  const auto reply = DecodeFrame(AsBytes(frames[1]));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(std::get<StoreReply>(*reply).request, 1u);
}

TEST_F(PeerServerTest, OneByteAtATimeGivesTheSameAnswers) {
  Start();
  const std::string bytes = HelloBytes() + FrameBytes(StoreOf(1, "key", "value")) +
                            FrameBytes(ReadRequest{.request = 2, .list_hash = 1, .key = "key"});
  RawSocket peer = RawSocket::ConnectTo(server_->endpoint());
  std::size_t written = 0;
  ASSERT_TRUE(Run([&] {
    if (written < bytes.size()) peer.Write(bytes.substr(written++, 1));
    peer.Poll();
    return FramesIn(peer.received).size() == 3;
  }));
  EXPECT_EQ(server_->service.requests.size(), 2u);
}

// P1: nothing is allocated before the length is checked.
TEST_F(PeerServerTest, ClosesOnLengthsThatCannotBe) {
  Start();
  std::uint64_t refused = 0;
  for (const std::string& prefix : {kHello, HelloBytes()}) {
    for (const std::uint32_t length : {0u, 1u, 0x80000000u, 0xffffffffu}) {
      std::string bytes(4, '\0');
      StoreBigEndian(reinterpret_cast<std::byte*>(bytes.data()), length);
      RawSocket peer = ConnectWith(prefix + bytes);
      ASSERT_TRUE(RunUntilEnd(peer)) << length;
      EXPECT_EQ(Ends(LinkEnd::kBadLength), ++refused);
    }
  }
  EXPECT_TRUE(server_->service.requests.empty());
}

TEST_F(PeerServerTest, ClosesOnFramesThatAreNoRequest) {
  Start();
  StoreReply reply;
  std::uint64_t refused = 0;
  for (const std::string& bytes :
       {kHello + FrameBytes(StoreOf(1, "key", "value")),  // before HELLO
        kHello + std::string("\0\0\0\2\xc0\xc0", 6),
        HelloBytes() + EncodeHello(HelloOf(kClientKey)),  // HELLO again
        HelloBytes() + FrameBytes(reply),                 // an answer
        HelloBytes() + std::string("\0\0\0\2\x92\x10", 6),
        HelloBytes() + std::string("\0\0\0\5\xdd\xff\xff\xff\xff", 9),
        HelloBytes() + std::string("\0\0\0\6\x92\x10\xc6\xff\xff\xff", 10)}) {
    RawSocket peer = ConnectWith(bytes);
    ASSERT_TRUE(RunUntilEnd(peer)) << ToHex(AsBytes(bytes));
    EXPECT_EQ(Ends(LinkEnd::kBadFrame), ++refused) << ToHex(AsBytes(bytes));
  }
  EXPECT_TRUE(server_->service.requests.empty());
}

// P7: what a newer release adds is skipped, another protocol is refused with an answer.
TEST_F(PeerServerTest, SkipsFramesOfTypesThatItDoesNotKnow) {
  Start();
  RawSocket peer = ConnectWith(HelloBytes() + std::string("\0\0\0\4\x93\x63\x01\x02", 8) +
                               FrameBytes(StoreOf(1, "key", "value")));
  ASSERT_TRUE(Run([&] {
    peer.Poll();
    return FramesIn(peer.received).size() == 2;
  }));
  EXPECT_EQ(server_->server.counters().unknown_frames.value(), 1u);
}

TEST_F(PeerServerTest, TellsWhoItIsToOneThatItRefuses) {
  Start();
  PeerHello other = HelloOf(kClientKey);
  other.cluster_hash = 9;
  RawSocket peer = ConnectWith(HelloBytes(other) + FrameBytes(StoreOf(1, "key", "value")));
  ASSERT_TRUE(RunUntilEnd(peer));
  ASSERT_EQ(FramesIn(peer.received).size(), 1u);
  EXPECT_EQ(DecodeHello(AsBytes(FramesIn(peer.received)[0]))->cluster_hash, 0xc1u);
  peer.Close();
  ASSERT_TRUE(Run([&] { return Ends(LinkEnd::kOtherCluster) == 1; }));
  EXPECT_TRUE(server_->service.requests.empty());
}

TEST_F(PeerServerTest, ClosesOneThatNeverSaysHello) {
  Start({.link = {.handshake_timeout = milliseconds(20)}});
  RawSocket peer = ConnectWith(kHello);
  ASSERT_TRUE(RunUntilEnd(peer));
  EXPECT_EQ(Ends(LinkEnd::kHandshakeTimeout), 1u);
}

TEST_F(PeerServerTest, ClosesOneThatIsIdle) {
  Start({.link = {.idle_timeout = milliseconds(40)}});
  RawSocket peer = ConnectWith(HelloBytes());
  ASSERT_TRUE(RunUntilEnd(peer));
  EXPECT_EQ(Ends(LinkEnd::kIdle), 1u);
}

// P6: what waits for a peer that does not read is bounded, and nobody else is concerned.
TEST_F(PeerServerTest, OneThatDoesNotReadItsAnswersIsNotReadFrom) {
  constexpr std::size_t kLimit = 4 << 20;
  constexpr std::size_t kRequests = 500;
  Start({.link = {.max_queue_bytes = kLimit}});
  server_->service.value.assign(100'000, 'v');
  RawSocket peer = RawSocket::ConnectToWithSmallBuffer(server_->endpoint());
  std::string bytes = HelloBytes();
  for (std::size_t i = 0; i < kRequests; ++i) {
    bytes += FrameBytes(ReadRequest{.request = i, .list_hash = 1, .key = "key"});
  }
  server_->Poll();
  peer.Write(bytes);
  // Served until half of the limit is queued, beside what the system takes.
  std::size_t served = 0;
  int unchanged = 0;
  ASSERT_TRUE(Run([&] {
    unchanged = server_->service.requests.size() == served && served > 0 ? unchanged + 1 : 0;
    served = server_->service.requests.size();
    return unchanged > 20;
  }));
  const std::uint64_t written = server_->server.counters().bytes_out.value();
  EXPECT_LE(served * 100'000, written + kLimit / 2 + 200'000);
  EXPECT_LT(served, kRequests);

  RawSocket other = ConnectWith(HelloBytes() + FrameBytes(StoreOf(1, "key", "value")));
  ASSERT_TRUE(Run([&] {
    other.Poll();
    return FramesIn(other.received).size() == 2;
  }));

  // Once it reads, it gets every answer.
  ASSERT_TRUE(Run([&] {
    peer.Poll();
    return peer.received.size() > kRequests * 100'000;
  }));
  ASSERT_TRUE(Run([&] {
    peer.Poll();
    return FramesIn(peer.received).size() == kRequests + 1;
  }));
  EXPECT_EQ(server_->service.requests.size(), kRequests + 1);
}

TEST_F(PeerServerTest, OneThatNeverReadsIsDisconnected) {
  Start({.link = {.stall_timeout = milliseconds(100), .max_queue_bytes = 1 << 20}});
  server_->service.value.assign(std::size_t{32} << 20, 'v');
  const RawSocket peer = ConnectWith(
      HelloBytes() + FrameBytes(ReadRequest{.request = 1, .list_hash = 1, .key = "key"}));
  ASSERT_TRUE(Run([&] { return Ends(LinkEnd::kStalled) == 1; }));
  EXPECT_EQ(server_->server.links(), 0u);
}

TEST_F(PeerServerTest, HasAtMostSoManyConnections) {
  Start({.max_links = 2});
  RawSocket first = ConnectWith(HelloBytes()), second = ConnectWith(HelloBytes());
  ASSERT_TRUE(Run([&] { return server_->server.counters().links_opened.value() == 2; }));
  RawSocket third = ConnectWith(HelloBytes());
  ASSERT_TRUE(RunUntilEnd(third));
  EXPECT_EQ(server_->server.counters().refused_links.value(), 1u);
  first.Close();
  ASSERT_TRUE(Run([&] { return server_->server.links() == 1; }));
  RawSocket fourth = ConnectWith(HelloBytes());
  ASSERT_TRUE(Run([&] { return server_->server.counters().links_opened.value() == 3; }));
}

TEST_F(PeerServerTest, DrainDoesNotWaitForOneThatNeverCloses) {
  Start({.link = {.drain_timeout = milliseconds(30)}});
  const RawSocket silent = ConnectWith(kHello), open = ConnectWith(HelloBytes());
  ASSERT_TRUE(Run([&] {
    return server_->server.counters().links_opened.value() == 1 && server_->server.links() == 2;
  }));
  bool drained = false;
  server_->server.Drain([&] { drained = true; });
  ASSERT_TRUE(Run([&] { return drained; }));
  EXPECT_EQ(server_->server.links(), 0u);
}

TEST_F(PeerServerTest, EndsAllConnectionsWhenItGoes) {
  Start();
  RawSocket peer = ConnectWith(HelloBytes() + FrameBytes(StoreOf(1, "key", "value")));
  ASSERT_TRUE(Run([&] { return server_->service.requests.size() == 1; }));
  server_.reset();
  ASSERT_TRUE(RunUntil(io_, [&] {
    peer.Poll();
    return peer.ended;
  }));
}

TEST_F(PeerServerTest, RefusesWhatIsNoTcpSocket) {
  Start();
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  server_->server.TakeOver(pipe_ends[0], kHello);
  EXPECT_EQ(server_->server.links(), 0u);
  EXPECT_EQ(server_->server.counters().refused_links.value(), 1u);
  close(pipe_ends[1]);
}

// --- Membership connections

TEST_F(PeerServerTest, AConnectionThatBeginsWithAnEchoMovesWithAllThatWasRead) {
  Start();
  int moved = -1;
  MemberKey from = kNoMember;
  std::string frames;
  server_->server.SetMembershipHandler(
      [&](int socket, const PeerHello& theirs, std::string received) {
        moved = socket;
        from = theirs.key;
        frames = std::move(received);
      });
  const std::string echo = EncodeStreamFrame({1, Echo{1, kServerKey, 2}});
  RawSocket peer = ConnectWith(HelloBytes() + echo + echo.substr(0, 5));
  ASSERT_TRUE(Run([&] { return moved >= 0; }));
  EXPECT_EQ(from, kClientKey);
  EXPECT_EQ(frames, echo + echo.substr(0, 5));
  EXPECT_EQ(server_->server.links(), 0u);
  const RawSocket mine(moved);
  ASSERT_TRUE(Run([&] {
    peer.Poll();
    return !FramesIn(peer.received).empty();
  })) << "HELLO has left before";
  EXPECT_FALSE(peer.ended);
}

TEST_F(PeerServerTest, AConnectionOfTheDataPathStaysWhateverComesLater) {
  Start();
  int moves = 0;
  server_->server.SetMembershipHandler([&](int socket, const PeerHello&, std::string) {
    ++moves;
    RawSocket closes(socket);
  });
  RawSocket peer = ConnectWith(HelloBytes() + FrameBytes(StoreOf(1, "key", "value")) +
                               EncodeStreamFrame({1, Echo{1, kServerKey, 2}}) +
                               FrameBytes(StoreOf(2, "key", "value")));
  ASSERT_TRUE(Run([&] { return server_->service.requests.size() == 2; }));
  EXPECT_EQ(moves, 0);
  EXPECT_EQ(server_->server.counters().unknown_frames.value(), 1u);
}

}  // namespace
}  // namespace vf
