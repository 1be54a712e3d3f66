#include "gossip/udp/key_strangers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gossip/members/member_order.h"
#include "gossip/seal/datagram_seal.h"

namespace vf {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Bytes = std::vector<std::byte>;

constexpr TimePoint kNow{seconds(1000)};
const Endpoint kFrom = *Endpoint::ParseAddress("10.0.0.7", 8000);

constexpr std::uint32_t kCluster = 0xdeadbeef;

MemberRecord Self() {
  MemberRecord self;
  self.id.bytes.fill(std::byte{7});
  self.boot = 28'000'000'000;
  self.endpoint = kFrom;
  self.roles = kRoleStorage;
  return self;
}

Packet Sample(const Message& message) {
  Packet packet;
  packet.header = {kCluster, Self().key(), Boot32(Self().boot), 0, 0, 0, 0};
  packet.messages = {message};
  return packet;
}
const Packet kPing = Sample(Ping{1, 2, 3, MemberState::kAlive, 4});
const Packet kJoin = Sample(Join{Self(), {}, {}, true});

Bytes Signed(Bytes datagram) {
  DatagramSeal seal(*ClusterKeys::Parse("0123456789abcdef"));
  seal.Seal(datagram);
  return datagram;
}

TEST(KeyStrangersTest, NamesEachOncePerHour) {
  KeyStrangers strangers(kCluster);
  const Bytes ping = EncodePacket(kPing);
  EXPECT_EQ(strangers.Cause(kNow), "");
  const auto first = strangers.OnDropped(kNow, kFrom, ping, DropReason::kUnsigned);
  EXPECT_THAT(first.log, HasSubstr("10.0.0.7:8000 does not sign"));
  EXPECT_THAT(first.log, HasSubstr("--cluster-key-file"));
  EXPECT_THAT(first.log, Not(HasSubstr("ready")));
  EXPECT_FALSE(first.wants_an_answer);
  EXPECT_EQ(strangers.OnDropped(kNow + minutes(59), kFrom, ping, DropReason::kUnsigned).log, "");
  EXPECT_NE(strangers.OnDropped(kNow, kFrom.WithPort(1), ping, DropReason::kUnsigned).log, "");
  EXPECT_NE(strangers.OnDropped(kNow + hours(1), kFrom, ping, DropReason::kUnsigned).log, "");
}

TEST(KeyStrangersTest, SaysWhichSideLacksWhat) {
  KeyStrangers strangers(kCluster);
  const Bytes sealed = Signed(EncodePacket(kPing));
  EXPECT_THAT(strangers.OnDropped(kNow, kFrom, sealed, DropReason::kSigned).log,
              HasSubstr("this process has none"));
  EXPECT_THAT(strangers.Cause(kNow), HasSubstr("signs with a cluster key, and this process has"));
  EXPECT_THAT(strangers.OnDropped(kNow, kFrom, sealed, DropReason::kBadTag).log,
              HasSubstr("that this process does not have"));
  EXPECT_THAT(strangers.Cause(kNow + minutes(1)), HasSubstr("that this process does not have"));
  EXPECT_EQ(strangers.Cause(kNow + minutes(3)), "") << "it is gone, or understood by now";
}

TEST(KeyStrangersTest, AnswersOnlyWhoAsksToJoin) {
  KeyStrangers strangers(kCluster);
  const Bytes ping = EncodePacket(kPing);
  const Bytes join = EncodePacket(kJoin);
  const auto wants = [&](const Bytes& datagram, DropReason reason) {
    return strangers.OnDropped(kNow, kFrom, datagram, reason).wants_an_answer;
  };
  EXPECT_FALSE(wants(ping, DropReason::kUnsigned));
  EXPECT_TRUE(wants(join, DropReason::kUnsigned));
  EXPECT_TRUE(wants(Signed(join), DropReason::kBadTag));
  EXPECT_TRUE(wants(Signed(join), DropReason::kSigned));
  // Shorter than any JOIN, and no JOIN itself: nobody answers it again.
  const Bytes answer = AnswerWithoutContent(kCluster, Self());
  EXPECT_LE(Signed(answer).size(), join.size());
  const auto read = ReadUnverified(answer);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->messages.empty());
  EXPECT_EQ(read->header.cluster_hash, kCluster);
  EXPECT_FALSE(wants(answer, DropReason::kUnsigned));
}

TEST(KeyStrangersTest, ForeignAndBrokenDatagramsAreNamedOnceAndAreNoCause) {
  KeyStrangers strangers(kCluster);
  const auto log = [&](const Bytes& datagram, DropReason reason) {
    const auto noticed = strangers.OnDropped(kNow, kFrom, datagram, reason);
    EXPECT_FALSE(noticed.wants_an_answer);
    return noticed.log;
  };
  Packet other = kJoin;
  other.header.cluster_hash ^= 1;
  EXPECT_THAT(log(EncodePacket(other), DropReason::kUnsigned), HasSubstr("another name"));
  EXPECT_EQ(log(EncodePacket(other), DropReason::kUnsigned), "");
  const ByteSpan http = AsBytes("GET / HTTP/1.1");
  EXPECT_THAT(log({http.begin(), http.end()}, DropReason::kMagic),
              HasSubstr("from 10.0.0.7:8000: datagrams that are not gossip of this release"));
  EXPECT_EQ(log({http.begin(), http.end()}, DropReason::kMagic), "");
  Bytes broken = EncodePacket(kJoin);
  broken.resize(30);
  EXPECT_THAT(log(broken, DropReason::kUnsigned), HasSubstr("(unsigned)"));
  EXPECT_THAT(log(broken, DropReason::kChecksum), HasSubstr("(checksum)"));
  EXPECT_EQ(log(EncodePacket(kJoin), DropReason::kReplay), "") << "networks repeat datagrams";
  EXPECT_EQ(strangers.Cause(kNow), "");
}

TEST(KeyStrangersTest, LooksAtFewDatagramsASecond) {
  KeyStrangers strangers(kCluster);
  const Bytes join = EncodePacket(kJoin);
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    const Endpoint from = kFrom.WithPort(static_cast<std::uint16_t>(1 + i));
    answers += strangers.OnDropped(kNow, from, join, DropReason::kUnsigned).wants_an_answer;
  }
  EXPECT_EQ(answers, KeyStrangers::kLooksASecond);
  EXPECT_TRUE(
      strangers.OnDropped(kNow + seconds(1), kFrom, join, DropReason::kUnsigned).wants_an_answer);
}

}  // namespace
}  // namespace vf
