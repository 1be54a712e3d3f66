#include "node/store/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vf {
namespace {

const std::string kLongValue(5'000, 'x');

TEST(RecordTest, NewerVersionWinsWhateverElse) {
  const RecordView older{.key = "k", .value = "", .version = {1}, .tombstone = true};
  const RecordView newer{.key = "k", .value = "", .version = {2}, .expiry_ms = 1};
  EXPECT_EQ(CompareRecords(older, newer), std::strong_ordering::less);
  EXPECT_EQ(CompareRecords(newer, older), std::strong_ordering::greater);
}

TEST(RecordTest, VersionsAreUnsigned) {
  EXPECT_EQ(CompareRecords({.version = {UINT64_MAX}}, {.version = {1}}),
            std::strong_ordering::greater);
}

TEST(RecordTest, OfEqualVersionsTheTombstoneWins) {
  const RecordView value{.key = "k", .value = "\xff", .version = {1}};
  const RecordView tombstone{.key = "k", .version = {1}, .expiry_ms = 1, .tombstone = true};
  EXPECT_EQ(CompareRecords(tombstone, value), std::strong_ordering::greater);
}

TEST(RecordTest, OfEqualVersionsTheGreaterValueByUnsignedBytesWins) {
  const std::vector<std::string> rising = {
      "", std::string(1, '\0'), "a", std::string("a\0", 2), "ab", "b", "\x7f", "\x80", "\xff"};
  for (std::size_t i = 0; i < rising.size(); ++i) {
    for (std::size_t j = 0; j < rising.size(); ++j) {
      EXPECT_EQ(CompareRecords({.value = rising[i]}, {.value = rising[j]}), i <=> j)
          << i << " " << j;
    }
  }
}

TEST(RecordTest, LastTheLaterExpiryWinsAndNoneIsTheLatest) {
  EXPECT_EQ(CompareRecords({.expiry_ms = 2}, {.expiry_ms = 1}), std::strong_ordering::greater);
  EXPECT_EQ(CompareRecords({.expiry_ms = 0}, {.expiry_ms = UINT64_MAX}),
            std::strong_ordering::greater);
  EXPECT_EQ(CompareRecords({.expiry_ms = 0}, {.expiry_ms = 0}), std::strong_ordering::equal);
}

TEST(RecordTest, KeysPlayNoPartInTheOrder) {
  EXPECT_EQ(CompareRecords({.key = "a"}, {.key = "b"}), std::strong_ordering::equal);
}

TEST(RecordTest, IsLiveUntilItsExpiryInstant) {
  const RecordView record{.key = "k", .value = "v", .expiry_ms = 1'000};
  EXPECT_TRUE(IsLive(record, {999}));
  EXPECT_FALSE(IsLive(record, {1'000}));
  EXPECT_TRUE(IsLive({.key = "k"}, {UINT64_MAX}));
  EXPECT_FALSE(IsLive({.key = "k", .tombstone = true}, {0}));
}

// Digests of processes of different releases are compared: these values must never change.
TEST(RecordTest, HashesToTheGoldenValues) {
  EXPECT_EQ(RecordHash({}), 0xc3341587631f33f1ULL);
  EXPECT_EQ(RecordHash({.key = "key", .value = "value", .version = {0x0123456789abcdefULL}}),
            0x77df3332f0fe6f2cULL);
  EXPECT_EQ(RecordHash({.key = "key",
                        .value = "value",
                        .version = {0x0123456789abcdefULL},
                        .expiry_ms = 1'700'000'000'000}),
            0x3a538cfb57784294ULL);
  EXPECT_EQ(RecordHash({.key = "key", .version = {0x0123456789abcdefULL}, .tombstone = true}),
            0x07eb7d48a4f70e41ULL);
}

TEST(RecordTest, HashCoversEverythingThatTheOrderCompares) {
  const RecordView base{.key = "ab", .value = "cd", .version = {1}};
  const RecordView others[] = {
      {.key = "abc", .value = "d", .version = {1}},
      {.key = "ab", .value = "ce", .version = {1}},
      {.key = "ab", .value = "cd", .version = {2}},
      {.key = "ab", .value = "cd", .version = {1}, .expiry_ms = 1},
      {.key = "ab", .value = "", .version = {1}},
      {.key = "ab", .value = "", .version = {1}, .tombstone = true},
  };
  std::vector<std::uint64_t> hashes = {RecordHash(base)};
  for (const RecordView& other : others) hashes.push_back(RecordHash(other));
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

TEST(RecordRefTest, GivesBackWhatWasPutIn) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  const RecordView views[] = {
      {},
      {.key = "k", .value = "", .version = {1}},
      {.key = "k", .version = {UINT64_MAX}, .tombstone = true},
      {.key = "k", .version = {5}, .expiry_ms = 6, .tombstone = true},
      {.key = every_byte, .value = every_byte, .version = {1}, .expiry_ms = UINT64_MAX},
      {.key = "k", .value = kLongValue, .version = {1}},
      {.key = "k", .value = kLongValue, .version = {1}, .expiry_ms = 7},
  };
  for (const RecordView& view : views) {
    const RecordRef record = RecordRef::Make(view);
    EXPECT_EQ(record.view(), view);
    EXPECT_EQ(record.key(), view.key);
    EXPECT_EQ(record.version(), view.version);
    EXPECT_EQ(record.hash(), RecordHash(view));
  }
}

TEST(RecordRefTest, LimitsAreTakenToTheLastByte) {
  const std::string key(65'535, 'k');
  EXPECT_EQ(RecordRef::Make({.key = key}).key().size(), 65'535u);
  const std::string longer(65'536, 'k');
  EXPECT_DEATH(RecordRef::Make({.key = longer}), "key too long");
  EXPECT_DEATH(RecordRef::Make({.key = "k", .value = "v", .tombstone = true}),
               "a tombstone with a value");
  // A view of 4 GiB that is never read: the length is checked first.
  const std::string_view huge(key.data(), std::size_t{1} << 32);
  EXPECT_DEATH(RecordRef::Make({.key = "k", .value = huge}), "value too long");
}

TEST(RecordRefTest, BytesLiveAsLongAsTheLastReference) {
  RecordRef outer;
  EXPECT_FALSE(outer);
  {
    RecordRef inner = RecordRef::Make({.key = "key", .value = "value"});
    outer = inner;
    RecordRef moved = std::move(inner);
    EXPECT_FALSE(inner);  // NOLINT(bugprone-use-after-move): moving leaves none.
    moved = moved;        // NOLINT
    EXPECT_EQ(moved.key().data(), outer.key().data());
  }
  EXPECT_EQ(outer.view().value, "value");
  outer = RecordRef();
  EXPECT_FALSE(outer);
}

TEST(RecordRefTest, HeaderIsCompact) {
  const std::string key(16, 'k'), value(100, 'v');
  EXPECT_LE(RecordRef::Make({.key = key, .value = value}).allocated_bytes(), 144u);
}

}  // namespace
}  // namespace vf
