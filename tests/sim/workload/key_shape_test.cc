#include "tools/cluster-sim/workload/key_shape.h"

#include <gtest/gtest.h>

#include <set>

#include "tools/cluster-sim/workload/key_book.h"

namespace vf::sim {
namespace {

TEST(KeyShapeTest, KeysAreDifferentAndLegal) {
  Rng rng(1);
  std::set<std::string> keys;
  std::size_t longest = 0;
  bool binary = false;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const std::string key = MakeKey(i, rng);
    EXPECT_GE(key.size(), 1U);
    longest = std::max(longest, key.size());
    binary = binary || key.find('\0') != std::string::npos;
    EXPECT_TRUE(keys.insert(key).second) << i;
  }
  EXPECT_EQ(longest, 2048U);
  EXPECT_TRUE(binary);
}

TEST(KeyShapeTest, ValuesNameTheirWriteAndKeepTheLimit) {
  Rng rng(2);
  std::set<std::string> values;
  bool full = false;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    const std::string value = MakeValue(i, 48, rng);
    EXPECT_EQ(value.rfind("w" + std::to_string(i) + ":", 0), 0U);
    EXPECT_LE(value.size(), 48U);
    full = full || value.size() == 48;
    EXPECT_TRUE(values.insert(value).second);
  }
  EXPECT_TRUE(full);
}

TEST(KeyBookTest, NumbersKeysInTheOrderOfTheirComing) {
  KeyBook book(2);
  EXPECT_EQ(book.Add("a"), 0U);
  EXPECT_EQ(book.Add("b"), 1U);
  EXPECT_EQ(book.Add("a"), 0U);
  EXPECT_EQ(book.size(), 2U);
  EXPECT_EQ(*book.Find("b"), 1U);
  EXPECT_EQ(book.Find("c"), nullptr);
  EXPECT_EQ(book.At(0).partition, PartitionOf(HashKey("a"), 2));
}

}  // namespace
}  // namespace vf::sim
