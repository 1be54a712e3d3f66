#include "gossip/wire/codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <map>
#include <string>

#include "base/hash64.h"
#include "base/rng.h"
#include "gossip/wire/member_record_codec.h"
#include "tests/gossip/wire/datagram_samples.h"

namespace vf {
namespace {

using Bytes = std::vector<std::byte>;

Bytes FromInts(std::initializer_list<int> ints) {
  Bytes bytes;
  for (const int i : ints) bytes.push_back(static_cast<std::byte>(i));
  return bytes;
}

// A datagram with this body and a right checksum.
Bytes Datagram(const Bytes& body, std::uint8_t version = kFormatVersion, std::uint8_t flags = 0) {
  Bytes bytes = FromInts({'V', 'F', version, flags, 0, 0, 0, 0});
  StoreBigEndian(bytes.data() + 4, Checksum32(body));
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

// The header fields of a packet, then `messages` as they are.
Bytes Body(const Bytes& messages) {
  Bytes body = FromInts({0x98, 1, 2, 3, 4, 5, 6, 0});
  body.insert(body.end(), messages.begin(), messages.end());
  return body;
}

DropReason ReasonOf(const Bytes& datagram) {
  const auto decoded = DecodePacket(datagram);
  if (!std::holds_alternative<DropReason>(decoded)) {
    ADD_FAILURE() << "was accepted: " << ToHex(datagram);
    return DropReason::kOverload;
  }
  return std::get<DropReason>(decoded);
}

Packet Decoded(const Bytes& datagram) {
  auto decoded = DecodePacket(datagram);
  if (!std::holds_alternative<Packet>(decoded)) {
    ADD_FAILURE() << "was dropped: " << DropReasonName(std::get<DropReason>(decoded)) << " "
                  << ToHex(datagram);
    return {};
  }
  return std::get<Packet>(decoded);
}

TEST(CodecTest, GoldenBytesDecodeAndEncodeToTheSame) {
  std::map<std::string, std::string> golden;
  std::ifstream file(VF_TESTDATA "/datagrams.txt");
  for (std::string name, hex; file >> name >> hex;) golden[name] = hex;
  const auto samples = SamplePackets();
  EXPECT_EQ(golden.size(), samples.size());
  for (const auto& [name, packet] : samples) {
    const Bytes bytes = EncodePacket(packet);
    EXPECT_EQ(ToHex(bytes), golden[name]) << "the line should be:\n" << name << " " << ToHex(bytes);
    EXPECT_EQ(Decoded(bytes), packet) << name;
  }
}

TEST(CodecTest, SizesAreThoseOfTheDesign) {
  const std::size_t record = EncodeUpdate(Alive{SampleRecord()}).size();
  EXPECT_LE(record, 75u);
  DatagramBuilder builder({0xdeadbeef, 0x0102030405060708, 0x12345678, 42, ~0ULL, 1000, 0});
  int suspects = 0;
  while (
      builder.AddUpdate(EncodeUpdate(Suspect{~0ULL - 1, 0x12345678, 3, 0x0102030405060708, 1}))) {
    ++suspects;
  }
  EXPECT_GE(suspects, 45);
  EXPECT_LE(builder.Finish().size(), kMaxDatagramBytes);
}

TEST(CodecTest, EveryTruncationIsDropped) {
  for (const auto& [name, packet] : SamplePackets()) {
    const Bytes bytes = EncodePacket(packet);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_TRUE(std::holds_alternative<DropReason>(DecodePacket(cut))) << name << " " << size;
      if (size <= kDatagramPrefixBytes) continue;
      const Bytes body(cut.begin() + kDatagramPrefixBytes, cut.end());
      ASSERT_TRUE(std::holds_alternative<DropReason>(DecodePacket(Datagram(body)))) << name;
    }
  }
}

TEST(CodecTest, EveryFlippedBitIsDropped) {
  Bytes bytes = EncodePacket(SamplePackets()[11].second);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    if (bit / 8 == 3) continue;  // the flags stand before what the checksum covers
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    ASSERT_TRUE(std::holds_alternative<DropReason>(DecodePacket(bytes))) << bit;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
  }
}

TEST(CodecTest, ForeignDatagramsAreDroppedByReason) {
  EXPECT_EQ(ReasonOf({}), DropReason::kSize);
  EXPECT_EQ(ReasonOf(Bytes(1401, std::byte{'V'})), DropReason::kSize);
  const std::string http = "GET /get/?key=a HTTP/1.1\r\n\r\n";
  EXPECT_EQ(ReasonOf(Bytes(AsBytes(http).begin(), AsBytes(http).end())), DropReason::kMagic);
  const Bytes empty = Body(FromInts({0x90}));
  Decoded(Datagram(empty));
  EXPECT_EQ(ReasonOf(Datagram(empty, 2)), DropReason::kVersion);
  EXPECT_EQ(ReasonOf(Datagram(empty, 1, kFlagAuthenticated)), DropReason::kSigned);
  EXPECT_EQ(ReasonOf(Datagram(empty, 1, kFlagCompressed)), DropReason::kFlags);
  EXPECT_TRUE(Decoded(Datagram(empty, 1, kFlagHeal)).heal);
}

// U2
TEST(CodecTest, DeepNestingIsDropped) {
  for (const std::size_t depth : {6u, 7u, 100u, 1390u}) {
    Bytes nested(depth, std::byte{0x91});
    nested.push_back(std::byte{0x90});
    EXPECT_EQ(ReasonOf(Datagram(nested)), DropReason::kDecode) << depth;
  }
}

// U3, U4
TEST(CodecTest, HugeLengthsAreDropped) {
  for (const int head : {0xdd, 0xdf, 0xdb, 0xc6, 0xc9}) {
    EXPECT_EQ(ReasonOf(Datagram(FromInts({head, 0xff, 0xff, 0xff, 0xff, 0, 0}))),
              DropReason::kDecode);
    EXPECT_EQ(ReasonOf(Datagram(Body(FromInts({0x91, head, 0xff, 0xff, 0xff, 0xff, 0})))),
              DropReason::kDecode);
  }
  Bytes arrays;
  for (int i = 0; i < 460; ++i) {
    for (const int b : {0xdc, 0xff, 0xff}) arrays.push_back(static_cast<std::byte>(b));
  }
  EXPECT_EQ(ReasonOf(Datagram(arrays)), DropReason::kDecode);
}

// U5: in place of the first number of a PING.
TEST(CodecTest, WrongTypesAreDropped) {
  const std::vector<Bytes> wrong = {
      FromInts({0xa1, 'x'}),                           // text
      FromInts({0xca, 0x7f, 0xc0, 0, 0}),              // not a number
      FromInts({0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0}),  // 1.0
      FromInts({0xff}),                                // -1
      FromInts({0xcf, 0, 0, 0, 1, 0, 0, 0, 0}),        // 2^32
      FromInts({0xcf, 0xff, 0, 0, 0, 0, 0, 0, 0}),     // above 2^63
      FromInts({0xc0}),
      FromInts({0xc3}),
      FromInts({0x90}),
      FromInts({0x80}),
  };
  const auto ping = [](const Bytes& seq) {
    Bytes messages = FromInts({0x91, 0x96, 1});
    messages.insert(messages.end(), seq.begin(), seq.end());
    for (const int b : {9, 0, 0, 0}) messages.push_back(static_cast<std::byte>(b));
    return Datagram(Body(messages));
  };
  EXPECT_EQ(std::get<Ping>(Decoded(ping(FromInts({7}))).messages[0]).seq, 7u);
  for (const Bytes& seq : wrong) EXPECT_EQ(ReasonOf(ping(seq)), DropReason::kDecode) << ToHex(seq);
  // A state, a type and a key that do not exist.
  EXPECT_EQ(ReasonOf(Datagram(Body(FromInts({0x91, 0x96, 1, 7, 9, 0, 4, 0})))),
            DropReason::kDecode);
  EXPECT_EQ(ReasonOf(Datagram(FromInts({0x98, 1, 0, 3, 4, 5, 6, 0, 0x90}))), DropReason::kDecode);
}

// U6
TEST(CodecTest, TooFewFieldsAreDroppedExtraOnesIgnoredUnknownTypesSkipped) {
  EXPECT_EQ(ReasonOf(Datagram(Body(FromInts({0x91, 0x95, 1, 7, 9, 0, 0})))), DropReason::kDecode);
  const Packet extra = Decoded(Datagram(Body(FromInts(
      {0x93, 0x97, 1, 7, 9, 0, 0, 0, 0xc0, 0x93, 99, 0x91, 1, 0xa1, 'x', 0x93, 4, 7, 1}))));
  ASSERT_EQ(extra.messages.size(), 2u);
  EXPECT_EQ(std::get<Ping>(extra.messages[0]).target, 9u);
  EXPECT_EQ(std::get<PingNack>(extra.messages[1]).reason, NackReason::kRefused);
  Bytes more_header = FromInts({0x99, 1, 2, 3, 4, 5, 6, 0, 0x90, 0x2a});
  EXPECT_TRUE(Decoded(Datagram(more_header)).messages.empty());
  Bytes behind = Body(FromInts({0x90}));
  behind.push_back(std::byte{0});
  EXPECT_EQ(ReasonOf(Datagram(behind)), DropReason::kDecode);
}

TEST(CodecTest, ABriefDigestSaysSoAndAnotherOneCostsNoByteForIt) {
  Packet packet = SamplePackets().front().second;
  packet.messages = {Digest{0, {1}, false, {1}, false}};
  const std::size_t size = EncodePacket(packet).size();
  packet.messages = {Digest{0, {1}, false, {1}, true}};
  EXPECT_EQ(EncodePacket(packet).size(), size + 1);
  EXPECT_EQ(Decoded(EncodePacket(packet)), packet);
}

TEST(CodecTest, DigestBinsMustFitEachOther) {
  Digest digest{0, {1, 2}, false, {1, 2}};
  Packet packet = SamplePackets()[0].second;
  packet.messages = {digest};
  EXPECT_EQ(Decoded(EncodePacket(packet)), packet);
  digest.counts.pop_back();
  packet.messages = {digest};
  EXPECT_EQ(ReasonOf(EncodePacket(packet)), DropReason::kDecode);
  packet.messages = {Digest{255, {1, 2}, false, {1, 2}}};
  EXPECT_EQ(ReasonOf(EncodePacket(packet)), DropReason::kDecode);
}

TEST(CodecTest, BuilderRefusesWhatDoesNotFitAndStaysWhole) {
  DatagramBuilder builder(PacketHeader{1, 2, 3, 4, 5, 6, 0});
  std::size_t added = 0;
  while (builder.Add(Alive{SampleRecord()})) ++added;
  EXPECT_GE(added, 17u);
  EXPECT_EQ(Decoded(builder.Finish()).messages.size(), added);
  EXPECT_TRUE(builder.Add(PingAck{1, 0, 0}));
  EXPECT_EQ(Decoded(builder.Finish()).messages.size(), added + 1);
}

TEST(CodecTest, BuilderKeepsTheLimitOfMessages) {
  DatagramBuilder builder(PacketHeader{1, 2, 3, 4, 5, 6, 0});
  std::size_t added = 0;
  while (builder.Add(PingAck{1, 0, 0})) ++added;
  EXPECT_LE(added, kMaxMessages);
  EXPECT_EQ(Decoded(builder.Finish()).messages.size(), added);
}

// U1: random bodies, and random changes of good ones.
TEST(CodecTest, RandomBytesNeverBreakIt) {
  const std::uint64_t seed = 20260101;
  RecordProperty("seed", std::to_string(seed));
  Rng rng(seed);
  const auto samples = SamplePackets();
  for (int i = 0; i < 50'000; ++i) {
    Bytes body;
    if (i % 2 == 0) {
      body.resize(1 + rng.Uniform(200));
      for (std::byte& b : body) b = static_cast<std::byte>(rng.Next());
    } else {
      const Bytes good = EncodePacket(samples[rng.Uniform(samples.size())].second);
      body.assign(good.begin() + kDatagramPrefixBytes, good.end());
      for (std::uint64_t changes = 1 + rng.Uniform(4); changes > 0; --changes) {
        body[rng.Uniform(body.size())] = static_cast<std::byte>(rng.Next());
      }
    }
    const auto decoded = DecodePacket(Datagram(body));
    if (const Packet* packet = std::get_if<Packet>(&decoded)) {
      DatagramBuilder builder(packet->header);
      bool whole = true;
      for (const Message& m : packet->messages) whole = builder.Add(m) && whole;
      if (!whole) continue;
      ASSERT_EQ(Decoded(builder.Finish()).messages, packet->messages);
    }
  }
}

TEST(CodecTest, RecordsOnTheirOwnAreThoseOfDatagrams) {
  const MemberRecord live = SampleRecord();
  const Bytes alone = EncodeMemberRecord(live);
  const Bytes update = EncodeUpdate(Alive{live});
  // ALIVE is the record with a type in front: [6, fields...].
  EXPECT_EQ(ToHex(ByteSpan(alone).subspan(3)), ToHex(ByteSpan(update).subspan(4)));
  EXPECT_EQ(DecodeMemberRecord(alone), live);
  for (const MemberState state : {MemberState::kDead, MemberState::kLeft}) {
    EXPECT_EQ(DecodeMemberRecord(EncodeMemberRecord(SampleTombstone(state))),
              SampleTombstone(state));
  }
}

}  // namespace
}  // namespace vf
