#include "node/store/record_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "node/store/scan_order.h"

namespace vf {
namespace {

RecordRef Record(const std::string& key) { return RecordRef::Make({.key = key, .value = "v"}); }

std::vector<std::uint64_t> HashesFrom(const RecordTable& table, std::uint64_t from) {
  std::vector<std::uint64_t> hashes;
  EXPECT_TRUE(table.VisitFrom(from, [&](const RecordTable::Slot& slot) {
    hashes.push_back(std::uint64_t{slot.order} << 32);
    return true;
  }));
  return hashes;
}

// Holds a table against a std::map of the same content.
class Model {
 public:
  void Insert(std::uint64_t hash) {
    const std::string key = std::to_string(next_key_);
    table_.Insert(hash, Record(key), next_key_);
    content_.emplace(std::pair(ScanOrderOf(hash), key), next_key_++);
  }
  // The one that stands there in the order of hashes and keys.
  void Erase(std::size_t number) {
    const auto it = std::next(content_.begin(), static_cast<std::ptrdiff_t>(number));
    RecordTable::Slot* const slot = table_.Find(it->first.first, it->first.second);
    ASSERT_NE(slot, nullptr);
    ASSERT_EQ(table_.Erase(slot).key(), it->first.second);
    content_.erase(it);
  }

  void Check(Rng& rng) const {
    ASSERT_EQ(table_.size(), content_.size());
    for (const auto& [where, stamp] : content_) {
      const RecordTable::Slot* found = table_.Find(where.first, where.second);
      ASSERT_NE(found, nullptr);
      ASSERT_EQ(found->record.key(), where.second);
      ASSERT_EQ(found->stamp, stamp);
      ASSERT_EQ(table_.Find(where.first, where.second + "?"), nullptr);
    }
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t from = i == 0 ? 0 : i == 1 ? UINT64_MAX : rng.Next();
      std::vector<std::uint64_t> expected;
      for (auto it = content_.lower_bound({ScanOrderOf(from), ""}); it != content_.end(); ++it) {
        expected.push_back(it->first.first);
      }
      ASSERT_EQ(HashesFrom(table_, from), expected);
    }
  }

  const RecordTable& table() const { return table_; }

 private:
  RecordTable table_;
  std::map<std::pair<std::uint64_t, std::string>, std::uint32_t> content_;  // stamps
  std::uint32_t next_key_ = 0;
};

TEST(RecordTableTest, EmptyTableHoldsNothingAndNoMemory) {
  const RecordTable table;
  EXPECT_EQ(table.Find(0, ""), nullptr);
  EXPECT_EQ(table.Find(UINT64_MAX, "k"), nullptr);
  EXPECT_TRUE(HashesFrom(table, 0).empty());
  EXPECT_EQ(table.memory_bytes(), 0u);
}

TEST(RecordTableTest, AgreesWithAModelWhateverTheHashes) {
  Rng rng(1);
  for (int round = 0; round < 30; ++round) {
    Model model;
    const int spread = static_cast<int>(rng.Uniform(5));
    const std::uint64_t records = 1 + rng.Uniform(400);
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::uint64_t any = rng.Next();
      model.Insert(spread == 0   ? any                            // even
                   : spread == 1 ? ~std::uint64_t{0}              // all equal, in the last home
                   : spread == 2 ? UINT64_MAX - (any % 16 << 32)  // crowded at the end
                   : spread == 3 ? any % 16                       // crowded at the begin
                                 : (any % 8) << 61);              // few homes, many ties
    }
    ASSERT_NO_FATAL_FAILURE(model.Check(rng)) << "round " << round;
    while (model.table().size() > records / 3) {
      ASSERT_NO_FATAL_FAILURE(model.Erase(rng.Uniform(model.table().size())));
      if (rng.Chance(1, 4)) model.Insert(rng.Chance(1, 2) ? rng.Next() : UINT64_MAX);
      if (rng.Chance(1, 16)) {
        ASSERT_NO_FATAL_FAILURE(model.Check(rng)) << "round " << round;
      }
    }
    while (model.table().size() > 0) ASSERT_NO_FATAL_FAILURE(model.Erase(0));
    EXPECT_EQ(model.table().memory_bytes(), 0u);
  }
}

TEST(RecordTableTest, GivesMemoryBackWhenRecordsGo) {
  Rng rng(3);
  RecordTable table;
  std::vector<std::pair<std::uint64_t, std::string>> all;
  for (int i = 0; i < 20'000; ++i) {
    all.emplace_back(rng.Next(), std::to_string(i));
    table.Insert(all.back().first, Record(all.back().second), 0);
  }
  while (all.size() > 1'000) {
    table.Erase(table.Find(all.back().first, all.back().second));
    all.pop_back();
    ASSERT_LE(table.memory_bytes(), 16u * (all.size() * 5 / 2 + 64));
  }
  for (const auto& [hash, key] : all) ASSERT_NE(table.Find(hash, key), nullptr);
}

TEST(RecordTableTest, VisitStopsWhereItIsTold) {
  Model model;
  for (std::uint64_t i = 1; i <= 10; ++i) model.Insert(i << 60);
  int seen = 0;
  EXPECT_FALSE(
      model.table().VisitFrom(3ULL << 60, [&](const RecordTable::Slot&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(RecordTableTest, PredictsItsMemoryWhenHashesAreEven) {
  Rng rng(2);
  RecordTable table;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t predicted = table.memory_bytes_after_insert();
    table.Insert(rng.Next(), Record(std::to_string(i)), 0);
    ASSERT_EQ(table.memory_bytes(), predicted) << i;
  }
  EXPECT_LE(table.memory_bytes(), 25u * 20'000);
}

TEST(RecordTableTest, KeysOfOneHashDoNotBlowItUp) {
  RecordTable table;
  for (int i = 0; i < 2'000; ++i) table.Insert(UINT64_MAX, Record(std::to_string(i)), 0);
  EXPECT_LE(table.memory_bytes(), 16u * 4 * 2'000);
  EXPECT_EQ(HashesFrom(table, UINT64_MAX).size(), 2'000u);
}

}  // namespace
}  // namespace vf
