#include "base/text_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vf {
namespace {

using Numbered = std::vector<std::pair<int, std::string>>;

Numbered LinesOf(std::string_view text) {
  Numbered found;
  for (TextLines lines(text); lines.Next();) found.emplace_back(lines.number(), lines.line());
  return found;
}

TEST(TextLinesTest, GivesTrimmedLinesWithTheirNumbers) {
  EXPECT_EQ(LinesOf(" a b \r\n\n# said\n\tc"), (Numbered{{1, "a b"}, {4, "c"}}));
}

TEST(TextLinesTest, ATextThatSaysNothingHasNoLines) {
  EXPECT_EQ(LinesOf(""), Numbered{});
  EXPECT_EQ(LinesOf("\n \t\n  # said"), Numbered{});
}

}  // namespace
}  // namespace vf
