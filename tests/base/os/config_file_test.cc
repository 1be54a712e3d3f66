#include "base/os/config_file.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(ConfigFileTest, ReadsNamesAndValuesWithTheirLines) {
  const auto lines = ParseConfig("# first\n a = b \n\nc=\"d # e\"\nf = x = y");
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ((*lines)[0].number, 2);
  EXPECT_EQ((*lines)[0].name, "a");
  EXPECT_EQ((*lines)[0].value, "b");
  EXPECT_EQ((*lines)[1].number, 4);
  EXPECT_EQ((*lines)[1].value, "d # e");
  EXPECT_EQ((*lines)[2].value, "x = y");
}

TEST(ConfigFileTest, RefusesLinesWithoutNameOrEqualsSign) {
  for (const char* text : {"a", "a b\n", "= b", "ok = 1\n[section]\n"}) {
    EXPECT_FALSE(ParseConfig(text).ok()) << text;
  }
}

TEST(ConfigFileTest, AnEmptyFileSaysNothing) {
  ASSERT_TRUE(ParseConfig("").ok());
  EXPECT_TRUE(ParseConfig("\n\n# only this")->empty());
}

}  // namespace
}  // namespace vf
