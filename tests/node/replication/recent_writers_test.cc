#include "node/replication/recent_writers.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace vf {
namespace {

TEST(RecentWritersTest, RemembersTheLastWriteOfAKeyOnly) {
  RecentWriters writers;
  const KeyHash apple = HashKey("apple");
  EXPECT_EQ(writers.Find(apple, {1}), kNoMember);
  writers.Note(apple, {1}, 7);
  EXPECT_EQ(writers.Find(apple, {1}), 7u);
  EXPECT_EQ(writers.Find(apple, {2}), kNoMember);
  EXPECT_EQ(writers.Find(HashKey("pear"), {1}), kNoMember);
  writers.Note(apple, {2}, 8);
  EXPECT_EQ(writers.Find(apple, {1}), kNoMember);
  EXPECT_EQ(writers.Find(apple, {2}), 8u);
}

TEST(RecentWritersTest, ForgetsWithoutMixingKeysUp) {
  RecentWriters writers;
  constexpr int kKeys = 20'000;
  const auto hash = [](int i) { return HashKey("key" + std::to_string(i)); };
  const auto frontend = [](int i) { return static_cast<MemberKey>(i + 1); };
  for (int i = 0; i < kKeys; ++i) writers.Note(hash(i), {5}, frontend(i));
  std::size_t known = 0;
  for (int i = 0; i < kKeys; ++i) {
    const MemberKey found = writers.Find(hash(i), {5});
    if (found == kNoMember) continue;
    EXPECT_EQ(found, frontend(i));
    ++known;
  }
  EXPECT_LE(known, RecentWriters::kPlaces);
  EXPECT_GT(known, RecentWriters::kPlaces / 2);
}

TEST(RecentWritersTest, ThreadsThatMeetInOnePlaceSeeWholeEntriesOrNone) {
  RecentWriters writers;
  const KeyHash apple = HashKey("apple");
  std::vector<std::thread> threads;
  for (const MemberKey frontend : {1u, 2u, 3u}) {
    threads.emplace_back([&writers, &apple, frontend] {
      for (int i = 0; i < 20'000; ++i) {
        writers.Note(apple, {frontend}, frontend);
        const MemberKey found = writers.Find(apple, {frontend});
        EXPECT_TRUE(found == kNoMember || found == frontend) << found;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace vf
