#include "gossip/stream/frame_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/rng.h"

namespace vf {
namespace {

using Result = FrameReader::Result;

std::string Frame(const std::string& body) {
  std::string frame(4, '\0');
  StoreBigEndian(reinterpret_cast<std::byte*>(frame.data()),
                 static_cast<std::uint32_t>(body.size()));
  return frame + body;
}

std::string Length(std::uint32_t length) {
  std::string bytes(4, '\0');
  StoreBigEndian(reinterpret_cast<std::byte*>(bytes.data()), length);
  return bytes;
}

std::vector<std::string> Drain(FrameReader& reader) {
  std::vector<std::string> bodies;
  ByteSpan body;
  while (reader.Next(body) == Result::kFrame) bodies.emplace_back(AsText(body));
  return bodies;
}

TEST(FrameReaderTest, GivesFramesInTheirOrder) {
  FrameReader reader(100);
  reader.Append(AsBytes(Frame("first") + Frame("second") + "\0\0"));
  EXPECT_EQ(Drain(reader), (std::vector<std::string>{"first", "second"}));
  ByteSpan body;
  EXPECT_EQ(reader.Next(body), Result::kNeedMore);
}

TEST(FrameReaderTest, EverySplitGivesTheSameFrames) {
  const std::string bytes = Frame("ab") + Frame(std::string(300, 'x')) + Frame("cd");
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    FrameReader reader(1'000);
    reader.Append(AsBytes(std::string_view(bytes).substr(0, split)));
    std::vector<std::string> bodies = Drain(reader);
    reader.Append(AsBytes(std::string_view(bytes).substr(split)));
    for (const std::string& body : Drain(reader)) bodies.push_back(body);
    ASSERT_EQ(bodies, (std::vector<std::string>{"ab", std::string(300, 'x'), "cd"})) << split;
  }
}

TEST(FrameReaderTest, RandomReadsOfRandomFramesGiveTheSameFrames) {
  Rng rng(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> expected, bodies;
    std::string bytes;
    for (int i = 0; i < 40; ++i) {
      const std::size_t size = rng.Chance(1, 8) ? rng.Uniform(200'000) : rng.Uniform(60);
      expected.emplace_back(2 + size, static_cast<char>('a' + i % 26));
      bytes += Frame(expected.back());
    }
    FrameReader reader(1 << 20);
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto space = reader.Space();
      const std::size_t part = std::min({space.size(), rest.size(), 1 + rng.Uniform(30'000)});
      std::memcpy(space.data(), rest.data(), part);
      reader.Filled(part);
      rest.remove_prefix(part);
      for (const std::string& body : Drain(reader)) bodies.push_back(body);
    }
    ASSERT_EQ(bodies, expected) << round;
  }
}

TEST(FrameReaderTest, RefusesLengthsBelowTwoAndAboveTheLimitBeforeAllocating) {
  for (const std::uint32_t length : {0u, 1u, 101u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    FrameReader reader(100);
    reader.Append(AsBytes(Length(length)));
    ByteSpan body;
    EXPECT_EQ(reader.Next(body), Result::kRefused) << length;
    reader.Append(AsBytes(Frame("fine")));
    EXPECT_EQ(reader.Next(body), Result::kRefused) << "for ever";
    EXPECT_LE(reader.capacity(), 65'536u);
  }
}

TEST(FrameReaderTest, TakesBothEndsOfTheLimit) {
  FrameReader reader(100);
  reader.Append(AsBytes(Frame("ab") + Frame(std::string(100, 'x'))));
  EXPECT_EQ(Drain(reader).size(), 2u);
}

TEST(FrameReaderTest, MemoryFollowsWhatArrivedAndNotWhatIsClaimed) {
  FrameReader reader(std::size_t{1} << 30);
  reader.Append(AsBytes(Length(1u << 30)));
  ByteSpan body;
  EXPECT_EQ(reader.Next(body), Result::kNeedMore);
  EXPECT_LE(reader.capacity(), 4'096u);
  std::size_t arrived = 4;
  const std::string part(10'000, 'x');
  for (int i = 0; i < 100; ++i) {
    reader.Append(AsBytes(part));
    arrived += part.size();
    ASSERT_LE(reader.capacity(), std::max<std::size_t>(65'536, 4 * arrived));
  }
}

TEST(FrameReaderTest, GivesMemoryBackAfterALargeFrame) {
  FrameReader reader(std::size_t{1} << 24);
  reader.Append(AsBytes(Frame(std::string(std::size_t{1} << 24, 'x'))));
  EXPECT_GE(reader.capacity(), std::size_t{1} << 24);
  EXPECT_EQ(Drain(reader).size(), 1u);
  reader.Space();
  EXPECT_LE(reader.capacity(), 65'536u);
}

TEST(FrameReaderTest, ReadsGrowForAConnectionThatBringsMuch) {
  FrameReader reader(100);
  std::size_t largest = 0;
  for (int i = 0; i < 20; ++i) {
    const auto space = reader.Space();
    largest = std::max(largest, space.size());
    const std::string frames = Frame("ab");
    for (std::size_t at = 0; at < space.size(); ++at) {
      space[at] = static_cast<std::byte>(frames[at % frames.size()]);
    }
    reader.Filled(space.size() - space.size() % frames.size());
    reader.Filled(0);
    Drain(reader);
  }
  EXPECT_LE(largest, 65'536u);
}

TEST(FrameTypeTest, IsTheFirstElementOfTheArray) {
  const auto type = [](std::string_view text) { return FrameTypeOf(AsBytes(text)); };
  EXPECT_EQ(type(std::string_view("\x92\x10\x00", 3)), 16);
  EXPECT_EQ(type(std::string_view("\xdc\x01\x00\x15", 4)), 21);
  EXPECT_EQ(type(std::string_view("\xdd\x00\x00\x00\x02\x01", 6)), 1);
  EXPECT_EQ(type("\x91\xcc\xff"), 255);
  for (const std::string_view text :
       {std::string_view(""), std::string_view("\x90\x01"), std::string_view("\x92"),
        std::string_view("\x81\x01\x01"), std::string_view("\x92\xcd\x01\x00", 4),
        std::string_view("\x92\xff"), std::string_view("\x92\xcc"), std::string_view("\xdc\x01"),
        std::string_view("\x01\x01"), std::string_view("\x92\xa1x")}) {
    EXPECT_EQ(type(text), std::nullopt) << ToHex(AsBytes(text));
  }
}

}  // namespace
}  // namespace vf
