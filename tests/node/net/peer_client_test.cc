// A PeerClient against a peer that misbehaves in each way.
#include "node/net/peer_client.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/os/clocks.h"
#include "node/replication/codec.h"
#include "tests/node/net/raw_peer.h"

namespace vf {
namespace {

class PeerClientTest : public testing::Test {
 protected:
  void Start(PeerClientConfig config = {}) {
    client_ = std::make_unique<PeerClient>(io_, config, context_, owner_, Rng(1));
  }
  void Send(const PeerMessage& message) {
    client_->Send(MonotonicNow(), MemberAt(kServerKey, listener_.endpoint()), message);
  }
  // The connection that the client makes, its HELLO read and answered.
  RawSocket AcceptWithHello(const std::string& answer = EncodeHello(HelloOf(kServerKey))) {
    RawSocket peer = Accept();
    EXPECT_TRUE(RunUntil(io_, [&] {
      peer.Poll();
      return peer.received.size() > 1 && FramesIn(peer.received.substr(1)).size() == 1;
    }));
    EXPECT_EQ(peer.received.front(), kPeerProtocolByte);
    const auto hello = DecodeHello(AsBytes(FramesIn(peer.received.substr(1)).front()));
    EXPECT_TRUE(hello.has_value());
    EXPECT_EQ(hello.value_or(PeerHello()).key, kClientKey);
    peer.received.clear();
    peer.Write(answer);
    return peer;
  }
  RawSocket Accept() {
    RawSocket peer;
    EXPECT_TRUE(RunUntil(io_, [&] { return (peer = listener_.Accept()).is_open(); }));
    return peer;
  }
  std::uint64_t Ends(LinkEnd end) const {
    return client_->counters().ends[static_cast<std::size_t>(end)].value();
  }
  bool RunUntilFailure() {
    return RunUntil(io_, [&] { return !owner_.failures.empty(); });
  }

  boost::asio::io_context io_;
  PeerContext context_{[] { return HelloOf(kClientKey); }};
  RecordingOwner owner_;
  RawListener listener_;
  std::unique_ptr<PeerClient> client_;
};

TEST_F(PeerClientTest, SaysHelloFirstAndWaitsForTheAnswerBeforeItSendsRequests) {
  Start();
  Send(StoreOf(1, "key", "value"));
  RawSocket peer = Accept();
  ASSERT_TRUE(RunUntil(io_, [&] {
    peer.Poll();
    return peer.received.size() > 1 && FramesIn(peer.received.substr(1)).size() == 1;
  }));
  for (int i = 0; i < 5; ++i) io_.run_one_for(std::chrono::milliseconds(2));
  peer.Poll();
  EXPECT_EQ(peer.received.substr(1).size(), 4 + FramesIn(peer.received.substr(1))[0].size());
  peer.received.clear();
  peer.Write(EncodeHello(HelloOf(kServerKey)));
  ASSERT_TRUE(RunUntil(io_, [&] {
    peer.Poll();
    return !FramesIn(peer.received).empty();
  }));
  EXPECT_EQ(peer.received, FrameBytes(StoreOf(1, "key", "value")));
}

TEST_F(PeerClientTest, NoncesDifferFromConnectionToConnection) {
  Start();
  std::vector<std::array<std::byte, 16>> nonces;
  for (int i = 0; i < 2; ++i) {
    owner_.failures.clear();
    Send(StoreOf(1, "key", "value"));
    RawSocket peer = Accept();
    ASSERT_TRUE(RunUntil(io_, [&] {
      peer.Poll();
      return peer.received.size() > 1 && FramesIn(peer.received.substr(1)).size() == 1;
    }));
    nonces.push_back(DecodeHello(AsBytes(FramesIn(peer.received.substr(1))[0]))->nonce);
    peer.Write(EncodeHello(HelloOf(kServerKey)));
    ASSERT_TRUE(RunUntil(io_, [&] { return owner_.up.size() == nonces.size(); }));
    peer.Close();
    ASSERT_TRUE(RunUntilFailure());
  }
  EXPECT_NE(nonces[0], nonces[1]);
}

TEST_F(PeerClientTest, RefusedIsToldLaterAndThenAtOnceDuringTheBackoff) {
  Start({.backoff = {.min = seconds(3'600), .max = seconds(3'600)}});
  Endpoint nobody;
  {
    RawListener gone;
    nobody = gone.endpoint();
  }
  const MemberRecord member = MemberAt(kServerKey, nobody);
  client_->Send(MonotonicNow(), member, StoreOf(1, "key", "value"));
  EXPECT_TRUE(owner_.failures.empty());
  ASSERT_TRUE(RunUntilFailure());
  EXPECT_EQ(owner_.failures[0], std::pair(kServerKey, PeerFailure::kRefused));
  EXPECT_EQ(Ends(LinkEnd::kRefused), 1u);

  client_->Send(MonotonicNow(), member, StoreOf(2, "key", "value"));
  client_->Send(MonotonicNow(), member, StoreOf(3, "key", "value"));
  EXPECT_EQ(owner_.failures.size(), 1u);
  ASSERT_TRUE(RunUntil(io_, [&] { return owner_.failures.size() == 2; }));
  EXPECT_EQ(owner_.failures[1], std::pair(kServerKey, PeerFailure::kRefused));
  EXPECT_EQ(client_->counters().refused_backoff.value(), 2u);
  EXPECT_EQ(Ends(LinkEnd::kRefused), 1u) << "connected during the backoff";
}

TEST_F(PeerClientTest, ConnectsAgainAfterTheBackoff) {
  Start({.backoff = {.min = milliseconds(1), .max = milliseconds(4)}});
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(RunUntil(io_, [&] {
      Send(StoreOf(1, "key", "value"));
      if (RawSocket peer = listener_.Accept(); peer.is_open()) peer.Close();
      return Ends(LinkEnd::kClosed) + Ends(LinkEnd::kReset) >= static_cast<std::uint64_t>(i);
    }));
  }
  // And when it is there again, everything works.
  ASSERT_TRUE(RunUntil(io_, [&] {
    Send(ReadRequest{.request = 9, .list_hash = 1, .key = "key"});
    RawSocket peer = listener_.Accept();
    if (!peer.is_open()) return false;
    peer.Write(EncodeHello(HelloOf(kServerKey)));
    const bool up = RunUntil(io_, [&] { return !owner_.up.empty(); });
    ReadReply reply;
    reply.request = 9;
    peer.Write(FrameBytes(reply));
    return up && RunUntil(io_, [&] { return !owner_.replies.empty(); });
  }));
}

TEST_F(PeerClientTest, AResetInTheMiddleIsToldAndTheNextRequestConnectsAtOnce) {
  Start({.backoff = {.min = seconds(3'600), .max = seconds(3'600)}});
  Send(StoreOf(1, "key", "value"));
  RawSocket peer = AcceptWithHello();
  ASSERT_TRUE(RunUntil(io_, [&] {
    peer.Poll();
    return !peer.received.empty();
  }));
  peer.Reset();
  ASSERT_TRUE(RunUntilFailure());
  EXPECT_EQ(owner_.failures[0], std::pair(kServerKey, PeerFailure::kReset));
  Send(StoreOf(1, "key", "value"));
  RawSocket again = AcceptWithHello();
  ASSERT_TRUE(RunUntil(io_, [&] { return owner_.up.size() == 2; }));

  // But one that never answers is not connected to without pause.
  again.Reset();
  ASSERT_TRUE(RunUntil(io_, [&] { return owner_.failures.size() == 2; }));
  EXPECT_EQ(owner_.failures[1].second, PeerFailure::kReset);
  Send(StoreOf(1, "key", "value"));
  ASSERT_TRUE(RunUntil(io_, [&] { return owner_.failures.size() == 3; }));
  EXPECT_EQ(owner_.failures[2].second, PeerFailure::kRefused);
  EXPECT_EQ(client_->counters().refused_backoff.value(), 1u);
}

// The other side goes after each number of bytes of its answers: the client hears of the end each
// time, and has exactly the answers that were whole.
TEST_F(PeerClientTest, AnEndAfterAnyByteIsTold) {
  StoreReply reply;
  reply.request = 1;
  const std::string hello = EncodeHello(HelloOf(kServerKey));
  const std::string answers = hello + FrameBytes(reply);
  for (std::size_t bytes = 0; bytes <= answers.size(); ++bytes) {
    owner_ = {};
    Start();
    Send(StoreOf(1, "key", "value"));
    RawSocket peer = AcceptWithHello(answers.substr(0, bytes));
    ASSERT_TRUE(RunUntil(io_, [&] { return bytes < hello.size() || !owner_.up.empty(); }));
    if (bytes == answers.size()) {
      ASSERT_TRUE(RunUntil(io_, [&] { return !owner_.replies.empty(); }));
    }
    if (bytes % 2 == 0) {
      peer.Close();
    } else {
      peer.Reset();
    }
    ASSERT_TRUE(RunUntilFailure()) << bytes;
    EXPECT_EQ(owner_.failures.size(), 1u);
    EXPECT_EQ(owner_.failures[0].second,
              bytes < hello.size() ? PeerFailure::kRefused : PeerFailure::kReset)
        << bytes;
    EXPECT_EQ(owner_.replies.size(), bytes == answers.size() ? 1u : 0u) << bytes;
  }
}

TEST_F(PeerClientTest, ASilentPeerIsGivenUpAfterTheHandshakeTimeout) {
  Start({.link = {.handshake_timeout = milliseconds(20)}});
  Send(StoreOf(1, "key", "value"));
  const RawSocket peer = Accept();
  ASSERT_TRUE(RunUntilFailure());
  EXPECT_EQ(owner_.failures[0].second, PeerFailure::kRefused);
  EXPECT_EQ(Ends(LinkEnd::kHandshakeTimeout), 1u);
}

TEST_F(PeerClientTest, RefusesWhatIsNoHello) {
  std::string long_hello(4, '\0');
  StoreBigEndian(reinterpret_cast<std::byte*>(long_hello.data()), std::uint32_t{1'025});
  StoreReply reply;
  int round = 0;
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), long_hello, FrameBytes(reply),
        std::string("\0\0\0\0", 4), std::string("\xff\xff\xff\xff")}) {
    owner_ = {};
    Start();
    Send(StoreOf(1, "key", "value"));
    const RawSocket peer = AcceptWithHello(bytes);
    ASSERT_TRUE(RunUntilFailure()) << round;
    EXPECT_EQ(owner_.failures[0].second, PeerFailure::kRefused);
    EXPECT_EQ(Ends(LinkEnd::kBadLength) + Ends(LinkEnd::kBadFrame), 1u) << round++;
  }
}

TEST_F(PeerClientTest, RefusesFramesThatAreNoAnswer) {
  const std::string hello = EncodeHello(HelloOf(kServerKey));
  int round = 0;
  for (const std::string& bytes :
       {hello, FrameBytes(StoreOf(1, "key", "value")), FrameBytes(ListNotice{}),
        std::string("\0\0\0\2\x92\x11", 6), std::string("\0\0\0\1\x90", 5),
        std::string("\0\0\0\2\xc0\xc0", 6)}) {
    owner_ = {};
    Start();
    Send(StoreOf(1, "key", "value"));
    const RawSocket peer = AcceptWithHello(hello + bytes);
    ASSERT_TRUE(RunUntilFailure()) << round;
    EXPECT_EQ(owner_.failures[0].second, PeerFailure::kRefused) << round;
    EXPECT_TRUE(owner_.replies.empty()) << round++;
  }
}

TEST_F(PeerClientTest, SkipsFramesOfTypesThatItDoesNotKnow) {
  Start();
  Send(StoreOf(1, "key", "value"));
  StoreReply reply;
  reply.request = 1;
  const RawSocket peer =
      AcceptWithHello(EncodeHello(HelloOf(kServerKey)) +
                      std::string("\0\0\0\4\x93\x63\x01\x02", 8) + FrameBytes(reply));
  ASSERT_TRUE(RunUntil(io_, [&] { return owner_.replies.size() == 1; }));
  EXPECT_EQ(client_->counters().unknown_frames.value(), 1u);
  EXPECT_TRUE(owner_.failures.empty());
}

TEST_F(PeerClientTest, TheQueueOfAPeerThatReadsNothingIsBounded) {
  constexpr std::size_t kLimit = 1 << 20;
  Start({.link = {.max_queue_bytes = kLimit}});
  Send(StoreOf(0, "key", "value"));
  const RawSocket peer = AcceptWithHello();
  ASSERT_TRUE(RunUntil(io_, [&] { return !owner_.up.empty(); }));
  // More than the system's buffers and the queue hold together.
  int sent = 0;
  ASSERT_TRUE(RunUntil(io_, [&] {
    Send(StoreOf(1, "key", std::string(100'000, 'v')));
    return ++sent > 10'000 || !owner_.failures.empty();
  }));
  EXPECT_EQ(owner_.failures.front(), std::pair(kServerKey, PeerFailure::kOverflow));
  EXPECT_GE(client_->counters().refused_full.value(), 1u);

  // Another peer is not concerned.
  ServerUnderTest other(io_, context_);
  client_->Send(MonotonicNow(), MemberAt(kClientKey, other.endpoint()), StoreOf(2, "key", "value"));
  ASSERT_TRUE(RunUntil(io_, [&] {
    other.Poll();
    return owner_.replies.size() == 1;
  }));
}

TEST_F(PeerClientTest, AFrameAboveTheLimitGoesOutFromAnEmptyQueue) {
  Start({.link = {.max_queue_bytes = 1'000}});
  Send(StoreOf(1, "key", std::string(500'000, 'v')));
  RawSocket peer = AcceptWithHello();
  ASSERT_TRUE(RunUntil(io_, [&] {
    peer.Poll();
    return FramesIn(peer.received).size() == 1;
  }));
  EXPECT_TRUE(owner_.failures.empty());
}

TEST_F(PeerClientTest, APeerThatReadsNothingIsGivenUpAfterTheStallTimeout) {
  Start({.link = {.stall_timeout = milliseconds(100)}});
  Send(StoreOf(1, "key", std::string(std::size_t{32} << 20, 'v')));
  const RawSocket peer = AcceptWithHello();
  ASSERT_TRUE(RunUntilFailure());
  EXPECT_EQ(owner_.failures[0].second, PeerFailure::kRefused);
  EXPECT_EQ(Ends(LinkEnd::kStalled), 1u);
}

TEST_F(PeerClientTest, ASlowReaderIsNotStalled) {
  Start({.link = {.stall_timeout = milliseconds(200)}});
  const std::string value(std::size_t{16} << 20, 'v');
  Send(StoreOf(1, "key", value));
  RawSocket peer = AcceptWithHello();
  std::size_t polls = 0;
  ASSERT_TRUE(RunUntil(io_, [&] {
    if (++polls % 4 == 0) peer.Poll();
    return FramesIn(peer.received).size() == 1;
  }));
  EXPECT_TRUE(owner_.failures.empty());
}

TEST_F(PeerClientTest, IPv6PeersAreReached) {
  Start();
  const Endpoint nobody = *Endpoint::Parse("[::1]:1");
  client_->Send(MonotonicNow(), MemberAt(kServerKey, nobody), StoreOf(1, "key", "value"));
  ASSERT_TRUE(RunUntilFailure());
  EXPECT_EQ(owner_.failures[0].second, PeerFailure::kRefused);
}

}  // namespace
}  // namespace vf
