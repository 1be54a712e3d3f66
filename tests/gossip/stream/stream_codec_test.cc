#include "gossip/stream/stream_codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "tests/gossip/stream/frame_samples.h"

namespace vf {
namespace {

ByteSpan Body(const std::string& frame) { return AsBytes(frame).subspan(4); }

std::string Recorded(const std::string& name) {
  std::ifstream file(std::string(VF_TESTDATA) + "/" + name + ".hex");
  std::string hex;
  file >> hex;
  return hex;
}

// The bytes are part of the wire format and must never change.
TEST(StreamCodecTest, GoldenBytes) {
  for (const auto& [name, frame] : SampleFrames()) {
    EXPECT_EQ(ToHex(AsBytes(EncodeStreamFrame(frame))), Recorded(name)) << name;
  }
}

TEST(StreamCodecTest, DecodesWhatItEncodes) {
  for (const auto& [name, frame] : SampleFrames()) {
    EXPECT_EQ(DecodeStreamFrame(Body(EncodeStreamFrame(frame))), frame) << name;
  }
}

TEST(StreamCodecTest, RefusesEveryTruncationAndWhatFollows) {
  for (const auto& [name, frame] : SampleFrames()) {
    const std::string bytes = EncodeStreamFrame(frame);
    for (std::size_t size = 4; size < bytes.size(); ++size) {
      EXPECT_EQ(DecodeStreamFrame(Body(bytes.substr(0, size))), std::nullopt) << name << size;
    }
    EXPECT_EQ(DecodeStreamFrame(Body(bytes + "\x01")), std::nullopt) << name;
  }
}

TEST(StreamCodecTest, IgnoresElementsOfNewerReleases) {
  for (const auto& [name, frame] : SampleFrames()) {
    std::string bytes = EncodeStreamFrame(frame);
    ASSERT_EQ(bytes[4] & 0xf0, 0x90) << name;
    bytes[4] = static_cast<char>(bytes[4] + 2);
    bytes += std::string("\xa3new\x01", 5);
    EXPECT_EQ(DecodeStreamFrame(Body(bytes)), frame) << name;
  }
}

TEST(StreamCodecTest, RefusesTypesThatAreNoneOfItsOwn) {
  EXPECT_EQ(DecodeStreamFrame(AsBytes("\x92\x01\x01")), std::nullopt) << "HELLO";
  EXPECT_EQ(DecodeStreamFrame(AsBytes("\x93\x10\x01\x01")), std::nullopt) << "STORE";
  EXPECT_EQ(DecodeStreamFrame(AsBytes("\x92\x09\x01")), std::nullopt) << "of a newer release";
  EXPECT_FALSE(IsStreamType(2));
  EXPECT_TRUE(IsStreamType(3));
  EXPECT_TRUE(IsStreamType(8));
  EXPECT_FALSE(IsStreamType(9));
}

TEST(StreamCodecTest, DigestsAreAllOrNone) {
  ExchangeDigests some;
  some.digests.assign(kViewBuckets - 1, 1);
  EXPECT_EQ(DecodeStreamFrame(Body(EncodeStreamFrame({1, some}))), std::nullopt);
  some.digests.assign(kViewBuckets + 1, 1);
  EXPECT_EQ(DecodeStreamFrame(Body(EncodeStreamFrame({1, some}))), std::nullopt);
}

TEST(StreamCodecTest, DifferingBucketsAscend) {
  for (const std::vector<std::uint8_t>& wrong :
       {std::vector<std::uint8_t>{1, 1}, std::vector<std::uint8_t>{2, 1},
        std::vector<std::uint8_t>(300, 7)}) {
    EXPECT_EQ(DecodeStreamFrame(Body(EncodeStreamFrame({1, ExchangeEnd{1, 1, wrong}}))),
              std::nullopt);
  }
}

TEST(StreamCodecTest, APartOfTheMostRecordsFitsAFrameAndALongerOneIsRefused) {
  Exchange part;
  MemberRecord record = SampleRecord(1);
  record.zone = "zzzzzzzzzzzzzzzz";
  record.endpoint = *Endpoint::Parse("[fd00::1]:65535");
  part.members.assign(kMaxPartRecords, record);
  std::string bytes = EncodeStreamFrame({1, part});
  EXPECT_LE(bytes.size(), kMaxStreamBodyBytes);
  EXPECT_EQ(DecodeStreamFrame(Body(bytes)), (StreamFrame{1, part}));

  // [6, 1, 0, 1,025 records, []], and 1,024 of each kind.
  const std::string one = bytes.substr(4 + 4 + 3, (bytes.size() - 4 - 4 - 3 - 1) / kMaxPartRecords);
  std::string longer = bytes.substr(4, 4) + std::string("\xdc\x04\x01", 3);
  for (std::size_t i = 0; i <= kMaxPartRecords; ++i) longer += one;
  EXPECT_EQ(DecodeStreamFrame(AsBytes(longer + "\x90")), std::nullopt);
}

TEST(StreamCodecTest, WhatALengthClaimsIsNotAllocated) {
  // A PART of 4,294,967,295 records.
  EXPECT_EQ(DecodeStreamFrame(AsBytes(std::string("\x95\x06\x01\x00\xdd\xff\xff\xff\xff\x90", 10))),
            std::nullopt);
  // EXCHANGE with digests of 4 GiB.
  EXPECT_EQ(DecodeStreamFrame(AsBytes(std::string("\x93\x05\x01\xc6\xff\xff\xff\xff", 8))),
            std::nullopt);
}

TEST(StreamCodecTest, ADeadRecordIsNoMemberAndALiveOneNoTombstone) {
  Exchange part{9, {SampleTombstone(MemberState::kDead)}, {}};
  part.members[0].state = MemberState::kAlive;
  const std::string good = EncodeStreamFrame({1, part});
  EXPECT_NE(DecodeStreamFrame(Body(good)), std::nullopt);
  Exchange wrong{9, {}, {SampleRecord(1)}};
  EXPECT_EQ(DecodeStreamFrame(Body(EncodeStreamFrame({1, wrong}))), std::nullopt);
}

TEST(StreamCodecTest, SurvivesRandomBytes) {
  Rng rng(1);
  for (const auto& [name, frame] : SampleFrames()) {
    const std::string valid = EncodeStreamFrame(frame).substr(4);
    for (int i = 0; i < 3'000; ++i) {
      std::string bytes = valid;
      for (std::uint64_t flips = 1 + rng.Uniform(4); flips > 0; --flips) {
        bytes[rng.Uniform(bytes.size())] = static_cast<char>(rng.Next());
      }
      if (rng.Chance(1, 4)) bytes.resize(rng.Uniform(bytes.size()));
      const auto decoded = DecodeStreamFrame(AsBytes(bytes));
      if (!decoded) continue;
      EXPECT_EQ(DecodeStreamFrame(Body(EncodeStreamFrame(*decoded))), decoded) << name;
    }
  }
}

}  // namespace
}  // namespace vf
