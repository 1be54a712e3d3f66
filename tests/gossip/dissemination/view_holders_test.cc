#include "gossip/dissemination/view_holders.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(ViewHoldersTest, TheNewestTakeThePlaceOfTheOldest) {
  ViewHolders holders;
  for (MemberKey key = 1; key <= ViewHolders::kMaxHolders + 2; ++key) {
    holders.Note(key);
    holders.Note(key);
  }
  EXPECT_EQ(holders.keys().size(), ViewHolders::kMaxHolders);
  EXPECT_FALSE(holders.Contains(1));
  EXPECT_FALSE(holders.Contains(2));
  EXPECT_TRUE(holders.Contains(3));
  EXPECT_TRUE(holders.Contains(ViewHolders::kMaxHolders + 2));
  holders.Clear();
  EXPECT_TRUE(holders.keys().empty());
}

}  // namespace
}  // namespace vf
