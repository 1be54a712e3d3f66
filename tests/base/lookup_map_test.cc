#include "base/lookup_map.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace vf {
namespace {

TEST(LookupMapTest, FindsWhatWasInsertedUntilItIsErased) {
  LookupMap<std::uint64_t, std::string> map;
  EXPECT_EQ(map.Find(std::uint64_t{1}), nullptr);
  EXPECT_TRUE(map.Insert(1, "one"));
  ASSERT_NE(map.Find(std::uint64_t{1}), nullptr);
  EXPECT_EQ(*map.Find(std::uint64_t{1}), "one");
  EXPECT_TRUE(map.Contains(std::uint64_t{1}));
  EXPECT_TRUE(map.Erase(std::uint64_t{1}));
  EXPECT_FALSE(map.Erase(std::uint64_t{1}));
  EXPECT_FALSE(map.Contains(std::uint64_t{1}));
}

TEST(LookupMapTest, InsertKeepsWhatIsThere) {
  LookupMap<int, std::string> map;
  EXPECT_TRUE(map.Insert(1, "first"));
  EXPECT_FALSE(map.Insert(1, "second"));
  EXPECT_EQ(*map.Find(1), "first");
  map[1] = "third";
  EXPECT_EQ(*map.Find(1), "third");
}

TEST(LookupMapTest, SubscriptMakesADefault) {
  LookupMap<int, int> map;
  EXPECT_EQ(map[7], 0);
  EXPECT_EQ(map.Size(), 1u);
  map.Clear();
  EXPECT_EQ(map.Size(), 0u);
}

TEST(LookupMapTest, TextIsFoundByAView) {
  TextLookupMap<int> map;
  map["key"] = 1;
  const char text[] = "a key or more";
  EXPECT_NE(map.Find(std::string_view(text + 2, 3)), nullptr);
  EXPECT_EQ(std::as_const(map).Find(std::string_view("ke")), nullptr);
  EXPECT_TRUE(map.Erase(std::string_view("key")));
}

TEST(LookupMapTest, HoldsValuesThatOnlyMove) {
  LookupMap<int, std::unique_ptr<int>> map;
  EXPECT_TRUE(map.Insert(1, std::make_unique<int>(5)));
  EXPECT_EQ(**map.Find(1), 5);
}

template <typename Map>
concept CanBeIterated = requires(Map map) {
  map.begin();
};

TEST(LookupMapTest, CannotBeIterated) { EXPECT_FALSE((CanBeIterated<LookupMap<int, int>>)); }

}  // namespace
}  // namespace vf
