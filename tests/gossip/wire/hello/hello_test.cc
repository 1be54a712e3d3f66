#include "gossip/wire/hello.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/rng.h"

namespace vf {
namespace {

PeerHello Example() {
  PeerHello hello;
  hello.proto_min = 1;
  hello.proto_max = 2;
  hello.cluster_hash = 0xd456ec4d;
  hello.foundation = {.founded_ms = 1'700'000'000'000, .random = 0x0123456789abcdef};
  hello.key = 0xfedcba9876543210;
  hello.boot = 26'562'500'000;
  hello.incarnation = 70'000;
  hello.replicas = 3;
  hello.partition_digits = 2;
  for (std::size_t i = 0; i < hello.nonce.size(); ++i) hello.nonce[i] = static_cast<std::byte>(i);
  return hello;
}

ByteSpan Body(const std::string& frame) { return AsBytes(frame).subspan(4); }

std::string Recorded(const std::string& name) {
  std::ifstream file(std::string(VF_TESTDATA) + "/" + name + ".hex");
  std::string hex;
  file >> hex;
  return hex;
}

// The bytes are part of the wire format and must never change.
TEST(HelloTest, GoldenBytes) {
  EXPECT_EQ(ToHex(AsBytes(EncodeHello(Example()))), Recorded("founded"));
  PeerHello unfounded;
  unfounded.key = 1;
  EXPECT_EQ(ToHex(AsBytes(EncodeHello(unfounded))), Recorded("unfounded"));
  PeerHello signing = Example();
  signing.signs = true;
  EXPECT_EQ(ToHex(AsBytes(EncodeHello(signing))), Recorded("signing"));
}

TEST(HelloTest, DecodesWhatItEncodes) {
  EXPECT_EQ(DecodeHello(Body(EncodeHello(Example()))), Example());
  PeerHello unfounded;
  unfounded.key = 1;
  EXPECT_EQ(DecodeHello(Body(EncodeHello(unfounded))), unfounded);
  PeerHello signing = Example();
  signing.signs = true;
  EXPECT_EQ(DecodeHello(Body(EncodeHello(signing))), signing);
}

TEST(HelloTest, IgnoresElementsOfNewerReleases) {
  std::string frame = EncodeHello(Example());
  ASSERT_EQ(frame[4], '\x9c');
  frame[4] = '\x9f';
  frame += std::string("\x00\xa3new\x01", 6);  // it does not sign, then two unknown ones
  EXPECT_EQ(DecodeHello(Body(frame)), Example());
}

TEST(HelloTest, RefusesEveryTruncationAndWhatFollows) {
  const std::string frame = EncodeHello(Example());
  for (std::size_t size = 4; size < frame.size(); ++size) {
    EXPECT_EQ(DecodeHello(Body(frame.substr(0, size))), std::nullopt) << size;
  }
  EXPECT_EQ(DecodeHello(Body(frame + "\x01")), std::nullopt);
}

TEST(HelloTest, RefusesWrongTypesAndValuesOutOfRange) {
  // One element replaced at a time, by its index.
  const std::vector<std::string> fields = {"\x01",
                                           std::string(1, '\0'),
                                           "\x01",
                                           "\x01",
                                           "\x05",
                                           std::string("\xc4\x00", 2),
                                           "\x07",
                                           "\x01",
                                           std::string(1, '\0'),
                                           "\x03",
                                           "\x02",
                                           std::string("\xc4\x10", 2) + std::string(16, 'n')};
  const auto with = [&](std::size_t index, const std::string& bytes) {
    std::string body = "\x9c";
    for (std::size_t i = 0; i < fields.size(); ++i) body += i == index ? bytes : fields[i];
    return DecodeHello(AsBytes(body));
  };
  ASSERT_NE(with(99, ""), std::nullopt);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (const std::string& wrong :
         {std::string("\xc0"), std::string("\xc3"), std::string("\xff"), std::string("\xa1x"),
          std::string("\x91\x01"), std::string("\x81\x01\x01"),
          std::string("\xcb\x3f\xf0\0\0\0\0\0\0", 9), std::string("\xc4\x01x", 3),
          std::string("\xdd\xff\xff\xff\xff"), std::string("\xc6\xff\xff\xff\xff")}) {
      EXPECT_EQ(with(i, wrong), std::nullopt) << i << " " << ToHex(AsBytes(wrong));
    }
  }
  EXPECT_EQ(with(0, "\x02"), std::nullopt) << "another type";
  EXPECT_EQ(with(2, std::string("\xcd\x01\x00", 3)), std::nullopt) << "256 as a protocol version";
  EXPECT_EQ(with(4, std::string("\xcf\0\0\0\1\0\0\0\0", 9)), std::nullopt) << "33 bits of hash";
  EXPECT_EQ(with(6, std::string(1, '\0')), std::nullopt) << "no key";
  EXPECT_EQ(with(5, std::string("\xc4\x10", 2) + std::string(16, '\0')), std::nullopt)
      << "a foundation that is none";
}

TEST(HelloTest, SurvivesRandomBytes) {
  Rng rng(1);
  const std::string valid = EncodeHello(Example()).substr(4);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = valid;
    for (std::uint64_t flips = 1 + rng.Uniform(4); flips > 0; --flips) {
      bytes[rng.Uniform(bytes.size())] = static_cast<char>(rng.Next());
    }
    if (rng.Chance(1, 4)) bytes.resize(rng.Uniform(bytes.size()));
    const auto hello = DecodeHello(AsBytes(bytes));
    EXPECT_TRUE(!hello || hello->key != kNoMember);
  }
}

TEST(HelloTest, VerdictNamesTheFirstDifferenceAndIsSymmetric) {
  const PeerHello ours = Example();
  const auto verdict = [&](auto change) {
    PeerHello theirs = ours;
    theirs.key = 5;
    change(theirs);
    const HelloVerdict result = CompareHellos(ours, theirs);
    EXPECT_EQ(CompareHellos(theirs, ours), result);
    EXPECT_EQ(DescribeVerdict(result, ours, theirs).empty(), result == HelloVerdict::kAccepted);
    return result;
  };
  EXPECT_EQ(verdict([](PeerHello&) {}), HelloVerdict::kAccepted);
  EXPECT_EQ(verdict([](PeerHello& h) { h.cluster_hash = 1; }), HelloVerdict::kOtherCluster);
  EXPECT_EQ(verdict([](PeerHello& h) { h.signs = true; }), HelloVerdict::kOtherKey);
  EXPECT_EQ(verdict([](PeerHello& h) { h.proto_min = 3, h.proto_max = 9; }),
            HelloVerdict::kOtherProtocol);
  EXPECT_EQ(verdict([](PeerHello& h) { h.proto_min = 2, h.proto_max = 9; }),
            HelloVerdict::kAccepted);
  EXPECT_EQ(verdict([](PeerHello& h) { h.foundation.random = 1; }), HelloVerdict::kOtherFoundation);
  EXPECT_EQ(verdict([](PeerHello& h) { h.foundation = {}; }), HelloVerdict::kAccepted);
  EXPECT_EQ(verdict([](PeerHello& h) { h.replicas = 2; }), HelloVerdict::kOtherSettings);
  EXPECT_EQ(verdict([](PeerHello& h) { h.partition_digits = 1; }), HelloVerdict::kOtherSettings);
  EXPECT_EQ(verdict([](PeerHello& h) { h.replicas = h.partition_digits = 0; }),
            HelloVerdict::kAccepted);
}

}  // namespace
}  // namespace vf
