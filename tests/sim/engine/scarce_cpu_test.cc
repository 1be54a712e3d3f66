#include "tools/cluster-sim/engine/scarce_cpu.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

constexpr TimePoint kNow{seconds(1)};

TEST(ScarceCpuTest, NothingIsDoneWithoutASlot) {
  ScarceCpu cpu(milliseconds(2));
  EXPECT_EQ(cpu.Begin(kNow), kNever);
  EXPECT_FALSE(cpu.IsDone(kNow));
}

TEST(ScarceCpuTest, PiecesAreDoneOneAfterAnother) {
  ScarceCpu cpu(milliseconds(2));
  cpu.BeginSlot();
  EXPECT_EQ(cpu.Begin(kNow), kNow + milliseconds(2));
  EXPECT_EQ(cpu.Begin(kNow + milliseconds(1)), kNever) << "one at a time";
  EXPECT_FALSE(cpu.IsDone(kNow + milliseconds(1)));
  EXPECT_TRUE(cpu.IsDone(kNow + milliseconds(2)));
  EXPECT_FALSE(cpu.IsDone(kNow + milliseconds(2))) << "it was handled";
  EXPECT_EQ(cpu.Begin(kNow + milliseconds(2)), kNow + milliseconds(4));
}

TEST(ScarceCpuTest, ASlotThatIsTooShortPaysItsPart) {
  ScarceCpu cpu(milliseconds(5));
  cpu.BeginSlot();
  ASSERT_EQ(cpu.Begin(kNow), kNow + milliseconds(5));
  cpu.EndSlot(kNow + milliseconds(2));
  EXPECT_FALSE(cpu.IsDone(kNow + milliseconds(5))) << "it stood still";
  cpu.BeginSlot();
  EXPECT_EQ(cpu.Begin(kNow + seconds(1)), kNow + seconds(1) + milliseconds(3));
  EXPECT_TRUE(cpu.IsDone(kNow + seconds(1) + milliseconds(3)));
  EXPECT_EQ(cpu.Begin(kNow + seconds(2)), kNow + seconds(2) + milliseconds(5)) << "a new piece";
}

TEST(ScarceCpuTest, AnIdleSlotPaysForNothing) {
  ScarceCpu cpu(milliseconds(5));
  cpu.BeginSlot();
  cpu.EndSlot(kNow + seconds(1));
  cpu.BeginSlot();
  EXPECT_EQ(cpu.Begin(kNow + seconds(2)), kNow + seconds(2) + milliseconds(5));
}

}  // namespace
}  // namespace vf::sim
