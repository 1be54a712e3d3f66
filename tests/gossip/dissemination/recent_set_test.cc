#include "gossip/dissemination/recent_set.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(RecentSetTest, TheNewestTakeThePlaceOfTheOldest) {
  RecentSet<int, 64> recent;
  for (int item = 1; item <= 66; ++item) {
    EXPECT_TRUE(recent.Add(item));
    EXPECT_FALSE(recent.Add(item)) << "it is there already";
  }
  EXPECT_EQ(recent.items().size(), 64u);
  EXPECT_FALSE(recent.Contains(1));
  EXPECT_FALSE(recent.Contains(2));
  EXPECT_TRUE(recent.Contains(3));
  EXPECT_TRUE(recent.Contains(66));
  recent.Clear();
  EXPECT_TRUE(recent.items().empty());
}

}  // namespace
}  // namespace vf
