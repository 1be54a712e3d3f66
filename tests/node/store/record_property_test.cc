// The order of records is total and merging by it is commutative, associative and idempotent, held
// over random records with ties in every field.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "node/store/record.h"
#include "tests/node/store/random_records.h"

namespace vf {
namespace {

constexpr int kDraws = 50'000;

bool Less(const RecordRef& a, const RecordRef& b) { return CompareRecords(a.view(), b.view()) < 0; }
const RecordRef& Merge(const RecordRef& a, const RecordRef& b) { return Less(a, b) ? b : a; }

TEST(RecordPropertyTest, OrderIsAntisymmetricAndEqualOnlyForEqualRecords) {
  Rng rng(1);
  for (int i = 0; i < kDraws; ++i) {
    const RecordRef a = RandomRecord(rng, "k"), b = RandomRecord(rng, "k");
    const auto ab = CompareRecords(a.view(), b.view());
    ASSERT_EQ(ab, 0 <=> CompareRecords(b.view(), a.view()));
    ASSERT_EQ(ab == 0, a.view() == b.view());
    ASSERT_EQ(ab == 0, a.hash() == b.hash());
  }
}

TEST(RecordPropertyTest, OrderIsTransitive) {
  Rng rng(2);
  for (int i = 0; i < kDraws; ++i) {
    const RecordRef a = RandomRecord(rng, "k"), b = RandomRecord(rng, "k"),
                    c = RandomRecord(rng, "k");
    if (!Less(b, a) && !Less(c, b)) {
      ASSERT_FALSE(Less(c, a));
    }
  }
}

TEST(RecordPropertyTest, MergingIsCommutativeAssociativeAndIdempotent) {
  Rng rng(3);
  for (int i = 0; i < kDraws; ++i) {
    const RecordRef a = RandomRecord(rng, "k"), b = RandomRecord(rng, "k"),
                    c = RandomRecord(rng, "k");
    ASSERT_EQ(Merge(a, b).view(), Merge(b, a).view());
    ASSERT_EQ(Merge(Merge(a, b), c).view(), Merge(a, Merge(b, c)).view());
    ASSERT_EQ(Merge(a, a).view(), a.view());
  }
}

}  // namespace
}  // namespace vf
