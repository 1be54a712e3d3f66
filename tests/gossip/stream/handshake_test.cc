#include "gossip/stream/handshake.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/gossip/stream/sample_hello.h"

namespace vf {
namespace {

using Side = PeerHandshake::Side;

constexpr MemberKey kUs = 0x1111;
constexpr MemberKey kThem = 0x2222;

ByteSpan BodyOf(const std::string& frame) { return AsBytes(frame).subspan(4); }

TEST(HandshakeTest, BothSidesAreDoneAfterOneHelloEach) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), {}, kThem);
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), {});
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
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), {});
  const auto step = server.OnFrame(BodyOf(EncodeHello(other)));
  ASSERT_TRUE(step.refusal);
  EXPECT_EQ(step.refusal->end, LinkEnd::kOtherCluster);
  EXPECT_FALSE(server.is_done());

  PeerHandshake client(Side::kConnecting, other, {}, kThem);
  const auto refused = client.OnFrame(BodyOf(step.send));
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->end, LinkEnd::kOtherCluster);
  EXPECT_EQ(refused.send, "");
}

TEST(HandshakeTest, SomebodyElseAtTheAddressIsRefusedWhenSomebodyIsMeant) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), {}, kThem);
  const auto step = client.OnFrame(BodyOf(EncodeHello(HelloOf(kThem + 1))));
  ASSERT_TRUE(step.refusal);
  EXPECT_EQ(step.refusal->end, LinkEnd::kOtherMember);

  PeerHandshake anybody(Side::kConnecting, HelloOf(kUs), {});
  EXPECT_FALSE(anybody.OnFrame(BodyOf(EncodeHello(HelloOf(kThem + 1)))).refusal);
  EXPECT_EQ(anybody.theirs().key, kThem + 1);
}

TEST(HandshakeTest, AnyOtherFirstFrameIsRefusedWithoutAnAnswer) {
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), {});
  const auto step = server.OnFrame(AsBytes("\x93\x03\x01\x02"));
  ASSERT_TRUE(step.refusal);
  EXPECT_EQ(step.refusal->end, LinkEnd::kBadFrame);
  EXPECT_FALSE(step.refusal->text.empty());
  EXPECT_EQ(step.send, "");
}

// --- With cluster keys ---

ClusterKeys Keys(std::string_view text) { return *ClusterKeys::Parse(text); }

const ClusterKeys kKey = Keys("0123456789abcdef");
const ClusterKeys kOtherKey = Keys("fedcba9876543210");

// Bodies of the frames in `bytes`.
std::vector<std::string> BodiesIn(std::string_view bytes) {
  std::vector<std::string> bodies;
  while (!bytes.empty()) {
    const auto length = LoadBigEndian<std::uint32_t>(AsBytes(bytes).data());
    bodies.emplace_back(bytes.substr(4, length));
    bytes.remove_prefix(4 + length);
  }
  return bodies;
}

// Both sides until nothing is left to say; what each refused, if it did.
struct Outcome {
  std::optional<LinkEnd> client;
  std::optional<LinkEnd> server;
  bool client_done = false;
  bool server_done = false;
};
Outcome Shake(const ClusterKeys& client_keys, const ClusterKeys& server_keys) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), client_keys, kThem);
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), server_keys);
  Outcome outcome;
  std::string to_server = client.Opening().substr(1);
  std::string to_client;
  const auto feed = [](PeerHandshake& side, std::string& in, std::string& out,
                       std::optional<LinkEnd>& end) {
    for (const std::string& body : BodiesIn(std::exchange(in, ""))) {
      if (end || side.is_done()) return;
      const auto step = side.OnFrame(AsBytes(body));
      out += step.send;
      if (step.refusal) {
        EXPECT_FALSE(step.refusal->text.empty());
        end = step.refusal->end;
      }
    }
  };
  for (int i = 0; i < 4; ++i) {
    feed(server, to_server, to_client, outcome.server);
    feed(client, to_client, to_server, outcome.client);
  }
  outcome.client_done = client.is_done();
  outcome.server_done = server.is_done();
  return outcome;
}

TEST(HandshakeTest, WithOneKeyBothSidesAreDoneAfterAuth) {
  const Outcome outcome = Shake(kKey, kKey);
  EXPECT_TRUE(outcome.client_done);
  EXPECT_TRUE(outcome.server_done);
  EXPECT_FALSE(outcome.client || outcome.server);
}

TEST(HandshakeTest, NobodyIsDoneBeforeTheOtherSidesAuth) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), kKey, kThem);
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), kKey);
  const auto answered = server.OnFrame(BodyOf(client.Opening().substr(1)));
  EXPECT_FALSE(server.is_done());
  const auto bodies = BodiesIn(answered.send);
  ASSERT_EQ(bodies.size(), 2u);
  const auto own_auth = client.OnFrame(AsBytes(bodies[0]));
  EXPECT_FALSE(client.is_done());
  EXPECT_NE(own_auth.send, "");
  EXPECT_EQ(client.OnFrame(AsBytes(bodies[1])).send, "");
  EXPECT_TRUE(client.is_done());
  EXPECT_EQ(client.theirs().key, kThem);
  server.OnFrame(BodyOf(own_auth.send));
  EXPECT_TRUE(server.is_done());
  EXPECT_EQ(server.theirs().key, kUs);
}

TEST(HandshakeTest, KeysOfBothSidesHaveToMatch) {
  for (const auto& [client, server] :
       {std::pair(kKey, ClusterKeys()), std::pair(ClusterKeys(), kKey)}) {
    const Outcome outcome = Shake(client, server);
    EXPECT_EQ(outcome.client, LinkEnd::kOtherKey);
    EXPECT_EQ(outcome.server, LinkEnd::kOtherKey);
  }
  const Outcome other = Shake(kKey, kOtherKey);
  EXPECT_EQ(other.client, LinkEnd::kOtherKey);
  EXPECT_EQ(other.server, LinkEnd::kOtherKey);
  EXPECT_FALSE(other.client_done || other.server_done);
}

TEST(HandshakeTest, KeysAreChangedInThreeSteps) {
  const ClusterKeys steps[] = {kKey, Keys("0123456789abcdef\nfedcba9876543210"),
                               Keys("fedcba9876543210\n0123456789abcdef"), kOtherKey};
  for (std::size_t i = 0; i + 1 < std::size(steps); ++i) {
    for (const auto& [client, server] :
         {std::pair(i, i + 1), std::pair(i + 1, i), std::pair(i, i)}) {
      const Outcome outcome = Shake(steps[client], steps[server]);
      EXPECT_TRUE(outcome.client_done && outcome.server_done) << client << server;
    }
  }
}

// What one connection has shown is worth nothing on another, nor in the other direction.
TEST(HandshakeTest, AuthCannotBeReplayedOrReflected) {
  PeerHello hello = HelloOf(kUs);
  PeerHandshake client(Side::kConnecting, hello, kKey, kThem);
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), kKey);
  const auto answered = BodiesIn(server.OnFrame(BodyOf(client.Opening().substr(1))).send);
  const std::string auth = client.OnFrame(AsBytes(answered[0])).send;

  PeerHello later = HelloOf(kThem);
  later.nonce.fill(std::byte{9});
  PeerHandshake again(Side::kAccepting, later, kKey);
  again.OnFrame(BodyOf(client.Opening().substr(1)));
  const auto replayed = again.OnFrame(BodyOf(auth));
  ASSERT_TRUE(replayed.refusal);
  EXPECT_EQ(replayed.refusal->end, LinkEnd::kOtherKey);

  const auto reflected = server.OnFrame(AsBytes(answered[1]));
  ASSERT_TRUE(reflected.refusal);
  EXPECT_EQ(reflected.refusal->end, LinkEnd::kOtherKey);
}

TEST(HandshakeTest, WhoWasRefusedHasNoSecondTry) {
  PeerHello other = HelloOf(kUs);
  other.cluster_hash = 8;
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), {});
  EXPECT_TRUE(server.OnFrame(BodyOf(EncodeHello(other))).refusal);
  const auto again = server.OnFrame(BodyOf(EncodeHello(HelloOf(kUs))));
  ASSERT_TRUE(again.refusal);
  EXPECT_EQ(again.refusal->end, LinkEnd::kOtherCluster);
  EXPECT_EQ(again.send, "");
  EXPECT_FALSE(server.is_done());
}

TEST(HandshakeTest, NothingButAuthIsTakenAfterHello) {
  for (const std::string& body :
       {std::string("\x93\x10\x01\x02"), std::string(""),
        std::string("\x94\x02\x00\x05\xc4\x01x", 7), EncodeHello(HelloOf(kUs)).substr(4)}) {
    PeerHandshake client(Side::kConnecting, HelloOf(kUs), kKey, kThem);
    PeerHandshake server(Side::kAccepting, HelloOf(kThem), kKey);
    server.OnFrame(BodyOf(client.Opening().substr(1)));
    const auto step = server.OnFrame(AsBytes(body));
    ASSERT_TRUE(step.refusal);
    EXPECT_EQ(step.refusal->end, LinkEnd::kBadFrame);
    EXPECT_FALSE(server.is_done());
  }
}

TEST(HandshakeTest, EveryChangedBitOfAuthOrHelloIsNoticed) {
  PeerHandshake client(Side::kConnecting, HelloOf(kUs), kKey, kThem);
  PeerHandshake answering(Side::kAccepting, HelloOf(kThem), kKey);
  const std::string opening = client.Opening().substr(1);
  const auto answered = BodiesIn(answering.OnFrame(BodyOf(opening)).send);
  const std::string auth = client.OnFrame(AsBytes(answered[0])).send.substr(4);
  for (std::size_t bit = 0; bit < auth.size() * 8; ++bit) {
    PeerHandshake server(Side::kAccepting, HelloOf(kThem), kKey);
    server.OnFrame(BodyOf(opening));
    std::string changed = auth;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    // The request number, of which an AUTH has none, says nothing and is not signed.
    if (bit / 8 == 2) continue;
    EXPECT_TRUE(server.OnFrame(AsBytes(changed)).refusal) << bit;
  }
  std::string other = opening;
  other[other.size() - 2] = static_cast<char>(other[other.size() - 2] ^ 1);  // the nonce
  PeerHandshake server(Side::kAccepting, HelloOf(kThem), kKey);
  ASSERT_FALSE(server.OnFrame(BodyOf(other)).refusal);
  EXPECT_TRUE(server.OnFrame(AsBytes(auth)).refusal);
}

// tests/gossip/wire/hello/golden_hello_test.py checks the same bytes with another implementation.
TEST(AuthTest, GoldenBytes) {
  PeerHello connecting;
  connecting.proto_max = 2;
  connecting.cluster_hash = 0xd456ec4d;
  connecting.foundation = {1'700'000'000'000, 0x0123456789abcdef};
  connecting.key = 0xfedcba9876543210;
  connecting.boot = 26'562'500'000;
  connecting.incarnation = 70'000;
  connecting.replicas = 3;
  connecting.partition_digits = 2;
  connecting.signs = true;
  PeerHello accepting = connecting;
  accepting.key = 5;
  for (std::size_t i = 0; i < 16; ++i) {
    connecting.nonce[i] = static_cast<std::byte>(i);
    accepting.nonce[i] = static_cast<std::byte>(16 + i);
  }
  const std::string first = EncodeHello(connecting);
  const std::string second = EncodeHello(accepting);
  const ClusterKeys keys = Keys("correct horse battery staple\nfedcba9876543210");
  const auto recorded = [](const std::string& name) {
    std::ifstream file(VF_TESTDATA "/../../wire/hello/testdata/" + name + ".hex");
    std::string hex;
    file >> hex;
    return hex;
  };
  for (const auto& [direction, name] :
       {std::pair(AuthDirection::kFromConnecting, "auth_from_connecting"),
        std::pair(AuthDirection::kFromAccepting, "auth_from_accepting")}) {
    const std::string frame = EncodeAuth(keys, direction, {first, second});
    EXPECT_EQ(ToHex(AsBytes(frame)), recorded(name)) << name;
    EXPECT_EQ(JudgeAuth(keys, direction, {first, second}, BodyOf(frame)), AuthVerdict::kRight);
    EXPECT_EQ(JudgeAuth(keys, direction, {second, first}, BodyOf(frame)), AuthVerdict::kOtherKey);
  }
}

}  // namespace
}  // namespace vf
