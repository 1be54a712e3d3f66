#include "node/replication/copy_states.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

bool Compare(CopyStates& states, Partition partition) {
  states.Begin(partition);
  return states.Complete(partition);
}

TEST(CopyStatesTest, NothingIsInSyncAtFirst) {
  const CopyStates states(4);
  for (Partition p = 0; p < 4; ++p) EXPECT_FALSE(states.IsInSync(p));
}

TEST(CopyStatesTest, ACopyThatComparesItselfIsNotInSyncYet) {
  CopyStates states(1);
  states.Begin(0);
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_TRUE(states.Complete(0));
  EXPECT_TRUE(states.IsInSync(0));
  states.Begin(0);
  EXPECT_FALSE(states.IsInSync(0));
}

TEST(CopyStatesTest, ADoubtEndsAllAtOnce) {
  CopyStates states(2);
  EXPECT_TRUE(Compare(states, 0));
  EXPECT_TRUE(Compare(states, 1));
  states.DoubtAll();
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_FALSE(states.IsInSync(1));
  EXPECT_TRUE(Compare(states, 1));
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_TRUE(states.IsInSync(1));
}

// What was compared before the doubt may lack the writes that the doubt is about.
TEST(CopyStatesTest, AComparisonFromBeforeTheDoubtDoesNotCount) {
  CopyStates states(2);
  states.Begin(0);
  states.Begin(1);
  states.DoubtAll();
  EXPECT_FALSE(states.Complete(0));
  EXPECT_FALSE(states.IsInSync(0));
  states.Begin(1);
  states.Doubt(1);
  EXPECT_FALSE(states.Complete(1));
  EXPECT_FALSE(states.IsInSync(1));
  EXPECT_TRUE(Compare(states, 1)) << "the next one does";
}

TEST(CopyStatesTest, DoubtMayConcernOneCopy) {
  CopyStates states(2);
  EXPECT_TRUE(Compare(states, 0));
  EXPECT_TRUE(Compare(states, 1));
  states.Doubt(0);
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_TRUE(states.IsInSync(1));
}

}  // namespace
}  // namespace vf
