// The news of newcomers goes in batches; a lonely one waits for nobody.
#include "gossip/dissemination/newcomer_batches.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

class NewcomerBatchesTest : public ::testing::Test {
 protected:
  const SwimConfig config_ = SwimConfig::Lan();
  NewcomerBatches batches_{config_};
  TimePoint now_{seconds(100)};
};

TEST_F(NewcomerBatchesTest, TheFirstGoesWithinTheWindowOfAllNews) {
  batches_.Add(now_, 1);
  EXPECT_EQ(batches_.NextDeadline(), now_ + config_.push_window);
  EXPECT_TRUE(batches_.TakeDue(now_).empty());
  EXPECT_EQ(batches_.TakeDue(now_ + config_.push_window), (std::vector<MemberKey>{1}));
  EXPECT_EQ(batches_.NextDeadline(), kNever);
}

TEST_F(NewcomerBatchesTest, WhoComesSoonAfterABatchWaitsForTheNext) {
  batches_.Add(now_, 1);
  now_ = batches_.NextDeadline();
  batches_.TakeDue(now_);
  batches_.Add(now_ + milliseconds(1), 2);
  batches_.Add(now_ + milliseconds(5), 3);
  EXPECT_EQ(batches_.NextDeadline(), now_ + milliseconds(20));
  EXPECT_EQ(batches_.TakeDue(now_ + milliseconds(20)), (std::vector<MemberKey>{2, 3}));
  batches_.Add(now_ + seconds(1), 4);
  EXPECT_EQ(batches_.NextDeadline(), now_ + seconds(1) + config_.push_window);
}

// Membership design, section 2.9.
TEST_F(NewcomerBatchesTest, TwoThousandColdStartsMakeTwentyToSixtyBatches) {
  for (const Duration spread : {seconds(1), seconds(2), seconds(4)}) {
    NewcomerBatches batches(config_);
    int made = 0;
    std::size_t told = 0;
    const TimePoint start = now_;
    for (int i = 0; i < 2'000; ++i) {
      now_ = start + i * spread / 2'000;
      while (batches.NextDeadline() <= now_) {
        told += batches.TakeDue(batches.NextDeadline()).size();
        ++made;
      }
      batches.Add(now_, static_cast<MemberKey>(i + 1));
    }
    told += batches.TakeDue(batches.NextDeadline()).size();
    ++made;
    EXPECT_EQ(told, 2'000u);
    EXPECT_GE(made, 15);
    EXPECT_LE(made, 60);
    now_ += seconds(10);
  }
}

TEST_F(NewcomerBatchesTest, AfterTheRushTheShortWindowReturns) {
  for (int i = 0; i < 300; ++i) batches_.Add(now_, 1);
  batches_.TakeDue(now_ + milliseconds(2));
  batches_.Add(now_ + milliseconds(3), 2);
  EXPECT_EQ(batches_.NextDeadline(), now_ + milliseconds(2) + config_.join_window_busy);
  batches_.TakeDue(now_ + milliseconds(200));
  now_ += seconds(3);
  batches_.Add(now_, 3);
  batches_.TakeDue(now_ + milliseconds(2));
  batches_.Add(now_ + milliseconds(3), 4);
  EXPECT_EQ(batches_.NextDeadline(), now_ + milliseconds(2) + config_.join_window);
}

}  // namespace
}  // namespace vf
