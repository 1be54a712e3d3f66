#include "tools/cluster-sim/engine/slot_bitmap.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace vf::sim {
namespace {

TEST(SlotBitmapTest, FindsTheNextSlotAsASetDoes) {
  Rng rng(1);
  SlotBitmap bitmap;
  std::set<std::size_t> slots;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t slot = rng.Uniform(SlotBitmap::kSlots);
    if (rng.Chance(1, 3)) {
      bitmap.Set(slot);
      slots.insert(slot);
    } else {
      bitmap.Clear(slot);
      slots.erase(slot);
    }
    const std::size_t from = rng.Uniform(SlotBitmap::kSlots + 1);
    const auto next = slots.lower_bound(from);
    ASSERT_EQ(bitmap.FirstFrom(from), next == slots.end() ? SlotBitmap::kSlots : *next);
    ASSERT_EQ(bitmap.Empty(), slots.empty());
  }
}

TEST(SlotBitmapTest, FindsTheLastSlotAndNothingBehindIt) {
  SlotBitmap bitmap;
  EXPECT_EQ(bitmap.FirstFrom(0), SlotBitmap::kSlots);
  bitmap.Set(SlotBitmap::kSlots - 1);
  EXPECT_EQ(bitmap.FirstFrom(0), SlotBitmap::kSlots - 1);
  EXPECT_EQ(bitmap.FirstFrom(SlotBitmap::kSlots - 1), SlotBitmap::kSlots - 1);
  EXPECT_EQ(bitmap.FirstFrom(SlotBitmap::kSlots), SlotBitmap::kSlots);
}

}  // namespace
}  // namespace vf::sim
