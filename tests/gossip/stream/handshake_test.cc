#include "gossip/stream/handshake.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

using Side = PeerHandshake::Side;

constexpr MemberKey kUs = 0x1111;
constexpr MemberKey kThem = 0x2222;

PeerHello HelloOf(MemberKey key) {
  PeerHello hello;
  hello.cluster_hash = 7;
  hello.foundation = {1, 2};
  hello.key = key;
  hello.replicas = 3;
  hello.partition_digits = 2;
  return hello;
}

ByteSpan BodyOf(const std::string& frame) { return AsBytes(frame).subspan(4); }

TEST(HandshakeTest, BothSidesAreDoneAfterOneHelloEach) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), kThem);
  PeerHandshake server(Side::kAccepting, HelloOf(kThem));
  const std::string opening = client.Opening();
  ASSERT_EQ(opening.front(), kPeerProtocolByte);
  EXPECT_EQ(server.Opening(), "");

  const auto answered = server.OnFrame(BodyOf(opening.substr(1)));
  EXPECT_FALSE(answered.refusal);
  EXPECT_TRUE(server.is_done());
  EXPECT_EQ(server.theirs(), HelloOf(kUs));

  const auto last = client.OnFrame(BodyOf(answered.send));
  EXPECT_FALSE(last.refusal);
  EXPECT_EQ(last.send, "");
  EXPECT_TRUE(client.is_done());
  EXPECT_EQ(client.theirs(), HelloOf(kThem));
}

TEST(HandshakeTest, TheSideThatConnectedIsToldWhoRefusesIt) {
  PeerHello other = HelloOf(kUs);
  other.cluster_hash = 8;
  PeerHandshake server(Side::kAccepting, HelloOf(kThem));
  const auto step = server.OnFrame(BodyOf(EncodeHello(other)));
  ASSERT_TRUE(step.refusal);
  EXPECT_EQ(step.refusal->end, LinkEnd::kOtherCluster);
  EXPECT_FALSE(server.is_done());

  PeerHandshake client(Side::kConnecting, other, kThem);
  const auto refused = client.OnFrame(BodyOf(step.send));
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->end, LinkEnd::kOtherCluster);
  EXPECT_EQ(refused.send, "");
}

TEST(HandshakeTest, SomebodyElseAtTheAddressIsRefusedWhenSomebodyIsMeant) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), kThem);
  const auto step = client.OnFrame(BodyOf(EncodeHello(HelloOf(kThem + 1))));
  ASSERT_TRUE(step.refusal);
  EXPECT_EQ(step.refusal->end, LinkEnd::kOtherMember);

  PeerHandshake anybody(Side::kConnecting, HelloOf(kUs));
  EXPECT_FALSE(anybody.OnFrame(BodyOf(EncodeHello(HelloOf(kThem + 1)))).refusal);
  EXPECT_EQ(anybody.theirs().key, kThem + 1);
}

TEST(HandshakeTest, AnyOtherFirstFrameIsRefusedWithoutAnAnswer) {
  PeerHandshake server(Side::kAccepting, HelloOf(kThem));
  const auto step = server.OnFrame(AsBytes("\x93\x03\x01\x02"));
  ASSERT_TRUE(step.refusal);
  EXPECT_EQ(step.refusal->end, LinkEnd::kBadFrame);
  EXPECT_FALSE(step.refusal->text.empty());
  EXPECT_EQ(step.send, "");
}

}  // namespace
}  // namespace vf
