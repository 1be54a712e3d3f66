#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "gossip/wire/msgpack_reader.h"
#include "gossip/wire/msgpack_writer.h"

namespace vf {
namespace {

constexpr MsgpackLimits kLimits = {.elements = 4, .tokens = 12, .depth = 3, .text_bytes = 3};

std::vector<std::byte> FromInts(std::initializer_list<int> ints) {
  std::vector<std::byte> bytes;
  for (const int i : ints) bytes.push_back(static_cast<std::byte>(i));
  return bytes;
}

bool IsRefused(std::initializer_list<int> ints) {
  return ParseMsgpack(FromInts(ints), kLimits).empty();
}

TEST(MsgpackWriterTest, WritesTheShortestForm) {
  std::string text;
  MsgpackWriter<std::string> out(text);
  out.Array(3);
  out.Number(127);
  out.Number(256);
  out.Flag(true);
  out.Bin(AsBytes("ab"));
  out.Text("c");
  out.Nil();
  out.BinHead(300);
  EXPECT_EQ(ToHex(AsBytes(text)), "937fcd010001c4026162a163c0c5012c");
  std::vector<std::byte> bytes;
  DatagramWriter same(bytes);
  same.Array(3);
  same.Number(127);
  EXPECT_EQ(ToHex(bytes), "937f");
}

TEST(MsgpackReaderTest, TakesElementsInOrder) {
  // [5, bin "ab", "c", nil, ...]
  const auto bytes = FromInts({0x94, 5, 0xc4, 2, 'a', 'b', 0xa1, 'c', 0xc0});
  const auto tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  EXPECT_EQ(in.Number<std::uint8_t>(), 5);
  EXPECT_FALSE(in.TakeNil());
  EXPECT_EQ(AsText(in.Bin()), "ab");
  EXPECT_EQ(in.Text(1), "c");
  EXPECT_TRUE(in.TakeNil());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_TRUE(in.ok());
  EXPECT_FALSE(in.TakeNil());
  EXPECT_TRUE(in.ok()) << "nothing was asked for that is not there";
  EXPECT_EQ(in.Number<std::uint8_t>(), 0);
  EXPECT_FALSE(in.ok());
}

TEST(MsgpackReaderTest, StaysNotOkAndEmptyAfterTheFirstWrongElement) {
  const auto bytes = FromInts({0x93, 5, 6, 7});
  const auto tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  EXPECT_TRUE(in.Bin().empty());
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.Number<std::uint8_t>(), 0);
  EXPECT_EQ(in.left(), 0u);
  in.Require(true);
  EXPECT_FALSE(in.ok());
}

TEST(MsgpackReaderTest, StepsOverArraysThatNobodyReads) {
  // [[1, [2, 3]], 4]
  const auto bytes = FromInts({0x92, 0x92, 1, 0x92, 2, 3, 4});
  const auto tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  MsgpackReader inner = in.Array();
  EXPECT_EQ(inner.left(), 2u);
  EXPECT_EQ(in.Number<std::uint8_t>(), 4);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(inner.Number<std::uint8_t>(), 1);
}

TEST(MsgpackReaderTest, AListWithABadItemIsBad) {
  const auto read = [](MsgpackReader& item) { return item.Number<std::uint8_t>(); };
  const auto good = FromInts({0x91, 0x92, 0x91, 1, 0x91, 2});
  const auto good_tokens = ParseMsgpack(good, kLimits);
  MsgpackReader in(good_tokens);
  EXPECT_EQ(in.List<std::uint8_t>(read), (std::vector<std::uint8_t>{1, 2}));
  EXPECT_TRUE(in.ok());
  const auto bad = FromInts({0x91, 0x92, 0x91, 1, 0x90});
  const auto bad_tokens = ParseMsgpack(bad, kLimits);
  MsgpackReader wrong(bad_tokens);
  wrong.List<std::uint8_t>(read);
  EXPECT_FALSE(wrong.ok());
}

TEST(MsgpackReaderTest, NumbersAreBounded) {
  const auto bytes = FromInts({0x94, 0xcc, 255, 0xcd, 1, 0, 3, 2});
  const auto tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  EXPECT_EQ(in.Number<std::uint8_t>(), 255);
  MsgpackReader other = in;
  EXPECT_EQ(in.Number<std::uint16_t>(), 256);
  EXPECT_EQ(in.Bounded(3), 3u);
  EXPECT_FALSE(in.Flag());
  EXPECT_FALSE(in.ok()) << "2 is no flag";
  other.Number<std::uint8_t>();
  EXPECT_FALSE(other.ok()) << "256 is no byte";
}

TEST(ParseMsgpackTest, KeepsEachLimit) {
  EXPECT_FALSE(IsRefused({0x94, 1, 2, 3, 4}));
  EXPECT_TRUE(IsRefused({0x95, 1, 2, 3, 4, 5})) << "five elements";
  EXPECT_FALSE(IsRefused({0x91, 0x91, 0x90}));
  EXPECT_TRUE(IsRefused({0x91, 0x91, 0x91, 0x90})) << "four deep";
  EXPECT_FALSE(IsRefused({0xa3, 'a', 'b', 'c'}));
  EXPECT_TRUE(IsRefused({0xa4, 'a', 'b', 'c', 'd'})) << "a text of four bytes";
  EXPECT_FALSE(IsRefused({0x93, 0x94, 1, 2, 3, 4, 0x93, 1, 2, 3, 0x91, 1}))
      << "the array itself, 3, 4 + 3 + 1";
  EXPECT_TRUE(IsRefused({0x93, 0x94, 1, 2, 3, 4, 0x93, 1, 2, 3, 0x92, 1, 2})) << "13 tokens";
  MsgpackLimits textless = kLimits;
  textless.text_bytes = 0;
  EXPECT_TRUE(ParseMsgpack(FromInts({0xa0}), textless).empty());
}

TEST(ParseMsgpackTest, RefusesWhatIsNotOneWholeObject) {
  EXPECT_TRUE(IsRefused({}));
  EXPECT_TRUE(IsRefused({0x92, 1}));
  EXPECT_TRUE(IsRefused({0x91, 1, 2}));
  EXPECT_TRUE(IsRefused({0xc1})) << "never used by msgpack";
  EXPECT_TRUE(IsRefused({0x81, 1, 2})) << "a map";
  EXPECT_TRUE(IsRefused({0xd4, 1, 2})) << "an extension";
  EXPECT_TRUE(IsRefused({0xdd, 0xff, 0xff, 0xff, 0xff}));
  EXPECT_TRUE(IsRefused({0xc6, 0xff, 0xff, 0xff, 0xff}));
}

}  // namespace
}  // namespace vf
