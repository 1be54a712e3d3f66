#include "base/os/text_number.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(TextNumberTest, TakesDigitsInRangeOnly) {
  EXPECT_EQ(ParseWhole("0", 0, 9), 0u);
  EXPECT_EQ(ParseWhole("18446744073709551615", 0, ~0ull), ~0ull);
  for (const char* text :
       {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "10", "18446744073709551616"}) {
    EXPECT_FALSE(ParseWhole(text, 0, 9)) << text;
  }
}

TEST(TextNumberTest, TakesByteSizesInPowersOf1024) {
  EXPECT_EQ(ParseByteSize("0"), 0u);
  EXPECT_EQ(ParseByteSize("1000"), 1000u);
  EXPECT_EQ(ParseByteSize("2K"), 2048u);
  EXPECT_EQ(ParseByteSize("16M"), 16u << 20);
  EXPECT_EQ(ParseByteSize("3G"), 3ull << 30);
  for (const char* text : {"", "K", "-1", "-5K", "1T", "1k", "1KB", "1.5M", "17179869184G"}) {
    EXPECT_FALSE(ParseByteSize(text)) << text;
  }
}

TEST(TextNumberTest, WritesByteSizesShortly) {
  EXPECT_EQ(ByteSizeText(0), "0");
  EXPECT_EQ(ByteSizeText(1000), "1000");
  EXPECT_EQ(ByteSizeText(2048), "2K");
  EXPECT_EQ(ByteSizeText(std::uint64_t{1} << 30), "1G");
}

}  // namespace
}  // namespace vf
