#include "node/data/conflict_log.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(ConflictLogTest, KeepsTheLastHundredTheNewestFirstAndCountsAll) {
  ConflictLog log;
  EXPECT_EQ(log.count(), 0u);
  EXPECT_TRUE(log.Last().empty());
  for (int i = 0; i < 250; ++i) log.Note({"key" + std::to_string(i), {{2}, 7}, {{1}, 8}});
  EXPECT_EQ(log.count(), 250u);
  const auto last = log.Last();
  ASSERT_EQ(last.size(), ConflictLog::kKept);
  for (std::size_t i = 0; i < last.size(); ++i) {
    EXPECT_EQ(last[i]->key, "key" + std::to_string(249 - i));
  }
  EXPECT_EQ(last[0]->kept.version, Version{2});
  EXPECT_EQ(last[0]->lost.frontend, 8u);
}

TEST(ConflictLogTest, ShowsWhatThereIsBeforeItIsFull) {
  ConflictLog log;
  log.Note({"a", {}, {}});
  log.Note({"b", {}, {}});
  const auto last = log.Last();
  ASSERT_EQ(last.size(), 2u);
  EXPECT_EQ(last[0]->key, "b");
  EXPECT_EQ(last[1]->key, "a");
}

}  // namespace
}  // namespace vf
