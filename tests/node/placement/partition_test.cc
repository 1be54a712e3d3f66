#include "node/placement/partition.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

TEST(PartitionTest, IsTheFirstHexDigitsOfTheSha1) {
  for (const std::string key : {"", "a", "KEY", "apple", "zebra", "key with spaces", "\xff"}) {
    const KeyHash hash = HashKey(key);
    for (int digits = kMinPartitionDigits; digits <= kMaxPartitionDigits; ++digits) {
      const Partition partition = PartitionOf(hash, digits);
      const std::string first = hash.Hex().substr(0, static_cast<std::size_t>(digits));
      EXPECT_EQ(partition, std::stoul(first, nullptr, 16)) << key << " " << digits;
      EXPECT_EQ(PartitionText(partition, digits), first);
      EXPECT_LT(partition, PartitionCount(digits));
    }
  }
}

TEST(PartitionTest, IsWhatSha1sumPrints) {
  // printf apple | sha1sum: d0be2dc421be4fcd0172e5afceea3970e2f3d940
  const KeyHash hash = HashKey("apple");
  EXPECT_EQ(PartitionOf(hash, 1), 0xdu);
  EXPECT_EQ(PartitionOf(hash, 2), 0xd0u);
  EXPECT_EQ(PartitionOf(hash, 3), 0xd0bu);
  EXPECT_EQ(PartitionOf(hash, 4), 0xd0beu);
}

TEST(PartitionTest, TextKeepsLeadingZeros) {
  EXPECT_EQ(PartitionText(0, 1), "0");
  EXPECT_EQ(PartitionText(0x0a, 2), "0a");
  EXPECT_EQ(PartitionText(0xffff, 4), "ffff");
}

TEST(PartitionTest, CountIsAPowerOfSixteen) {
  EXPECT_EQ(PartitionCount(1), 16u);
  EXPECT_EQ(PartitionCount(2), 256u);
  EXPECT_EQ(PartitionCount(3), 4096u);
  EXPECT_EQ(PartitionCount(4), 65536u);
}

}  // namespace
}  // namespace vf
