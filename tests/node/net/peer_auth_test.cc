// Cluster keys on peer connections: a PeerClient and a PeerServer, both real, over loopback.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/os/clocks.h"
#include "tests/node/net/raw_peer.h"

namespace vf {
namespace {

constexpr char kKey[] = "0123456789abcdef";
constexpr char kOtherKey[] = "fedcba9876543210";

ClusterKeys Keys(const std::string& text) {
  return text.empty() ? ClusterKeys() : *ClusterKeys::Parse(text);
}

class PeerAuthTest : public testing::Test {
 protected:
  void Connect(const std::string& server_keys, const std::string& client_keys) {
    server_context_ =
        std::make_unique<PeerContext>([] { return HelloOf(kServerKey); }, Keys(server_keys));
    client_context_ =
        std::make_unique<PeerContext>([] { return HelloOf(kClientKey); }, Keys(client_keys));
    server_ = std::make_unique<ServerUnderTest>(io_, *server_context_);
    client_ =
        std::make_unique<PeerClient>(io_, PeerClientConfig(), *client_context_, owner_, Rng(1));
    client_->Send(MonotonicNow(), MemberAt(kServerKey, server_->endpoint()),
                  StoreOf(1, "key", std::string(100'000, 'v')));
  }
  template <typename Condition>
  bool Run(Condition condition) {
    return RunUntil(io_, [&] {
      server_->Poll();
      return condition();
    });
  }
  static std::uint64_t Ends(const PeerCounters& counters, LinkEnd end) {
    return counters.ends[static_cast<std::size_t>(end)].value();
  }

  boost::asio::io_context io_;
  std::unique_ptr<PeerContext> server_context_;
  std::unique_ptr<PeerContext> client_context_;
  RecordingOwner owner_;
  std::unique_ptr<ServerUnderTest> server_;
  std::unique_ptr<PeerClient> client_;
};

TEST_F(PeerAuthTest, MembersWithOneKeyTalk) {
  Connect(kKey, kKey);
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
  EXPECT_TRUE(owner_.failures.empty());
  EXPECT_EQ(server_->service.requests.size(), 1u);
}

TEST_F(PeerAuthTest, AKeyThatOneSideOnlySignsWithIsEnough) {
  Connect(std::string(kKey) + "\n" + kOtherKey, std::string(kOtherKey) + "\n" + kKey);
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
}

TEST_F(PeerAuthTest, AnotherKeyOrNoneIsRefusedAndCountedOnBothSides) {
  const std::pair<std::string, std::string> cases[] = {{kKey, ""}, {"", kKey}, {kKey, kOtherKey}};
  for (const auto& [server_keys, client_keys] : cases) {
    owner_ = RecordingOwner();
    Connect(server_keys, client_keys);
    ASSERT_TRUE(Run([&] {
      return !owner_.failures.empty() && server_->server.links() == 0 &&
             Ends(server_->server.counters(), LinkEnd::kOtherKey) == 1;
    })) << server_keys
        << " " << client_keys;
    EXPECT_EQ(owner_.failures.front(), std::pair(kServerKey, PeerFailure::kRefused));
    EXPECT_EQ(Ends(client_->counters(), LinkEnd::kOtherKey), 1u);
    EXPECT_TRUE(server_->service.requests.empty());
    EXPECT_TRUE(owner_.up.empty());
    client_.reset();
    server_.reset();
  }
}

// A process that claims to sign, and then goes on without a valid AUTH.
TEST_F(PeerAuthTest, NothingIsServedBeforeAuth) {
  Connect(kKey, kKey);
  ASSERT_TRUE(Run([&] { return owner_.replies.size() == 1; }));
  RawSocket raw = RawSocket::ConnectTo(server_->endpoint());
  PeerHello hello = HelloOf(kClientKey);
  hello.signs = true;
  raw.Write(kPeerProtocolByte + EncodeHello(hello) + FrameBytes(StoreOf(7, "stolen", "value")));
  ASSERT_TRUE(Run([&] {
    raw.Poll();
    return raw.ended;
  }));
  raw.Close();
  EXPECT_TRUE(Run([&] { return Ends(server_->server.counters(), LinkEnd::kBadFrame) == 1; }));
  EXPECT_EQ(server_->service.requests.size(), 1u);
  EXPECT_EQ(FramesIn(raw.received).size(), 2u) << "its HELLO and its AUTH";
}

}  // namespace
}  // namespace vf
