#include "node/replication/copy_states.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(CopyStatesTest, NothingIsInSyncAtFirst) {
  const CopyStates states(4);
  for (Partition p = 0; p < 4; ++p) EXPECT_FALSE(states.IsInSync(p));
}

TEST(CopyStatesTest, ADoubtEndsAllAtOnce) {
  CopyStates states(2);
  states.Set(0, states.epoch());
  states.Set(1, states.epoch());
  EXPECT_TRUE(states.IsInSync(0));
  states.DoubtAll();
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_FALSE(states.IsInSync(1));
  states.Set(1, states.epoch());
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_TRUE(states.IsInSync(1));
}

// What was compared before the doubt may lack the writes that the doubt is about.
TEST(CopyStatesTest, AComparisonFromBeforeTheDoubtDoesNotCount) {
  CopyStates states(1);
  const CopyStates::Epoch compared_in = states.epoch();
  states.DoubtAll();
  states.Set(0, compared_in);
  EXPECT_FALSE(states.IsInSync(0));
}

TEST(CopyStatesTest, ClearingConcernsOneCopy) {
  CopyStates states(2);
  states.Set(0, states.epoch());
  states.Set(1, states.epoch());
  states.Clear(0);
  EXPECT_FALSE(states.IsInSync(0));
  EXPECT_TRUE(states.IsInSync(1));
}

}  // namespace
}  // namespace vf
