#include "base/check.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(CheckTest, FailurePrintsPlaceConditionAndTextAndAborts) {
  const int apples = 1;
  EXPECT_EXIT(VF_CHECK(apples == 2, "too few apples"), testing::KilledBySignal(SIGABRT),
              "bug: .*check_test\\.cc:[0-9]+: check failed: apples == 2: too few apples");
}

TEST(CheckTest, ConditionIsEvaluatedOnceAndMayHoldCommas) {
  int evaluated = 0;
  VF_CHECK((++evaluated, true), "never");
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckTest, IsOneStatement) {
  bool reached = false;
  if (reached)
    VF_CHECK(false, "not reached");
  else
    reached = true;
  EXPECT_TRUE(reached);
}

}  // namespace
}  // namespace vf
