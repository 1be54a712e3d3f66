#include "node/replication/sync_turns.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/support/test_views.h"

namespace vf {
namespace {

TEST(SyncTurnsTest, EveryPairHasItsTurnOnceARound) {
  TestViews views(1, 3, 1);
  views.Set(TestMembers(5));
  const auto view = views.view();
  SyncTurns turns({}, Rng(1));
  turns.Follow(*view);
  std::set<std::pair<Partition, MemberKey>> due;
  for (Partition p = 0; p < 16; ++p) {
    if (!view->ListOf(p).IsOwner(1)) continue;
    for (const MemberKey owner : view->ListOf(p).owners) {
      if (owner != 1) due.insert({p, owner});
    }
  }
  EXPECT_EQ(turns.pairs(), due.size());
  for (int round = 0; round < 2; ++round) {
    std::set<std::pair<Partition, MemberKey>> had;
    for (std::size_t i = 0; i < due.size(); ++i) {
      const auto pair = turns.Next(*view);
      ASSERT_TRUE(pair);
      had.insert({pair->partition, pair->peer});
    }
    EXPECT_EQ(had, due) << round;
  }
}

TEST(SyncTurnsTest, WhoIsAloneHasNone) {
  TestViews views(1, 3, 1);
  views.Set({TestMember(1)});
  const auto view = views.view();
  SyncTurns turns({}, Rng(1));
  turns.Follow(*view);
  EXPECT_EQ(turns.pairs(), 0u);
  EXPECT_FALSE(turns.Next(*view));
}

TEST(SyncTurnsTest, TheyFollowWhatIsOwned) {
  TestViews views(1, 1, 1);
  views.Set(TestMembers(2));
  SyncTurns turns({}, Rng(1));
  turns.Follow(*views.view());
  EXPECT_EQ(turns.pairs(), 0u) << "one owner each";
  TestViews more(1, 2, 1);
  more.Set(TestMembers(2));
  turns.Follow(*more.view());
  EXPECT_EQ(turns.pairs(), 16u);
  // Fewer than before, in the middle of a round.
  for (int i = 0; i < 9; ++i) turns.Next(*more.view());
  more.Set(TestMembers(9));
  const auto view = more.view();
  turns.Follow(*view);
  EXPECT_LT(turns.pairs(), 16u);
  for (int i = 0; i < 40; ++i) {
    const auto pair = turns.Next(*view);
    ASSERT_TRUE(pair);
    EXPECT_TRUE(view->ListOf(pair->partition).IsOwner(1));
    EXPECT_TRUE(view->ListOf(pair->partition).IsOwner(pair->peer));
    EXPECT_NE(pair->peer, 1u);
  }
}

TEST(SyncTurnsTest, TheRateIsARoundsButBounded) {
  TurnConfig config;
  config.round = seconds(10);
  config.min_pause = milliseconds(4);
  config.max_pause = milliseconds(500);
  config.slower_by = 4;
  TestViews views(1, 3, 1);
  views.Set(TestMembers(3));
  SyncTurns turns(config, Rng(1));
  turns.Follow(*views.view());
  EXPECT_EQ(turns.pairs(), 32u);
  EXPECT_EQ(turns.Pause(false), config.round / 32);
  EXPECT_EQ(turns.Pause(true), config.round / 32 * 4);
  TestViews many(1, 3, 4);
  many.Set(TestMembers(3));
  turns.Follow(*many.view());
  EXPECT_EQ(turns.Pause(false), milliseconds(4)) << "131,072 pairs";
  TestViews few(1, 2, 1);
  few.Set(TestMembers(12));
  turns.Follow(*few.view());
  ASSERT_LT(turns.pairs(), 20u);
  EXPECT_EQ(turns.Pause(false), milliseconds(500));
}

}  // namespace
}  // namespace vf
