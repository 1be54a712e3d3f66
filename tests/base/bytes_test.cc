#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace vf {
namespace {

TEST(BytesTest, TextAndBytesAreTheSameMemory) {
  const std::string text("a\0\xff", 3);
  EXPECT_EQ(AsBytes(text).size(), 3u);
  EXPECT_EQ(AsText(AsBytes(text)), text);
  EXPECT_EQ(static_cast<const void*>(AsBytes(text).data()), text.data());
  EXPECT_TRUE(AsText({}).empty());
}

TEST(BytesTest, StoresLeastByteFirstAsLittleEndian) {
  std::array<std::byte, 8> out{};
  StoreLittleEndian(out.data(), std::uint64_t{0x0102030405060708});
  EXPECT_EQ(ToHex(out), "0807060504030201");
  StoreLittleEndian(out.data(), std::uint16_t{0xfffe});
  EXPECT_EQ(ToHex(out), "feff060504030201");
}

TEST(BytesTest, StoresGreatestByteFirstAsBigEndian) {
  std::array<std::byte, 8> out{};
  StoreBigEndian(out.data(), std::uint64_t{0x0102030405060708});
  EXPECT_EQ(ToHex(out), "0102030405060708");
  StoreBigEndian(out.data(), std::uint32_t{0xfffefdfc});
  EXPECT_EQ(ToHex(out), "fffefdfc05060708");
}

TEST(BytesTest, LoadsWhatItStored) {
  std::array<std::byte, 8> out{};
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX, std::uint64_t{0x8000000000000001}}) {
    StoreBigEndian(out.data(), value);
    EXPECT_EQ(LoadBigEndian<std::uint64_t>(out.data()), value);
  }
  StoreBigEndian(out.data(), std::uint16_t{0x8001});
  EXPECT_EQ(LoadBigEndian<std::uint16_t>(out.data()), 0x8001);
}

TEST(BytesTest, HexHasTwoLowerCaseDigitsAByte) {
  EXPECT_EQ(ToHex({}), "");
  EXPECT_EQ(ToHex(AsBytes(std::string_view("\0\x0f\xa9\xff", 4))), "000fa9ff");
  EXPECT_EQ(ToHex64(0), "0000000000000000");
  EXPECT_EQ(ToHex64(0xabcdef), "0000000000abcdef");
  EXPECT_EQ(ToHex64(UINT64_MAX), "ffffffffffffffff");
}

}  // namespace
}  // namespace vf
