// The bytes on disk: golden ones, which must never change, and what is refused.
#include "node/store/rocksdb/row.h"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"

namespace vf::disk {
namespace {

constexpr Place kPlace{0x0102, 0x03040506};
constexpr std::uint64_t kOrder = 0xA1A2A3A400000000;

std::string Hex(std::string_view bytes) { return ToHex(AsBytes(bytes)); }

TEST(RowTest, KeysHaveTheirBytes) {
  EXPECT_EQ(Hex(DiskKey::OfMeta("format").view()), "6d666f726d6174");
  EXPECT_EQ(Hex(DiskKey::OfGeneration(0x0102).view()), "670102");
  EXPECT_EQ(Hex(DiskKey::OfRow(kPlace, kOrder, "key").view()), "72010203040506a1a2a3a46b6579");
  EXPECT_EQ(Hex(DiskKey::OfValue(kPlace, kOrder, 0x1112131415161718, "key").view()),
            "76010203040506a1a2a3a411121314151617186b6579");
  EXPECT_EQ(Hex(TimeKey::Of(kPlace, TimeKind::kTombstone, 0x21, kOrder, "key").view()),
            "74010203040506010000000000000021a1a2a3a46b6579");
}

TEST(RowTest, RowsHaveTheirBytes) {
  const RecordView value{
      .key = "k", .value = "value", .version = {0x0102030405060708}, .expiry_ms = 0x11};
  EXPECT_EQ(Hex(EncodeRow(RowOf(value, 0x1112131415161718))),
            "02010203040506070811121314151617180000000000000011" + Hex("value"));
  const RecordView deleted{.key = "k", .version = {1}, .tombstone = true};
  EXPECT_EQ(Hex(EncodeRow(RowOf(deleted, 2))), "0100000000000000010000000000000002");
  const std::string large(1'025, 'v');
  const RecordView apart{.key = "k", .value = large, .version = {1}};
  EXPECT_EQ(Hex(EncodeRow(RowOf(apart, 2))), "040000000000000001000000000000000200000401");
  EXPECT_EQ(Hex(EncodeMark({.hash = 1, .start = 2, .stamp = 3})),
            "00000000000000010000000200000003");
}

TEST(RowTest, RowsComeBack) {
  const std::string most(kMostValueBytesInRow, 'v');
  const RecordView records[] = {
      {.key = "k", .value = "", .version = {UINT64_MAX}},
      {.key = "k", .value = most, .version = {5}, .expiry_ms = UINT64_MAX},
      {.key = "k", .version = {5}, .expiry_ms = 7, .tombstone = true},
  };
  for (const RecordView& record : records) {
    const std::string bytes = EncodeRow(RowOf(record, 9));
    const std::optional<Row> row = ParseRow(bytes);
    ASSERT_TRUE(row);
    EXPECT_FALSE(row->apart);
    EXPECT_EQ(row->hash, 9u);
    EXPECT_EQ(row->View("k", {}), record);
  }
}

TEST(RowTest, TheOrderOfKeysIsThatOfNumbers) {
  const auto time = [](std::uint64_t ms) {
    return std::string(TimeKey::From(kPlace, TimeKind::kExpiry, ms, 0).view());
  };
  EXPECT_LT(time(255), time(256));
  EXPECT_LT(time(UINT64_MAX), TimeKey::From(kPlace, TimeKind::kTombstone, 0, 0).view());
  EXPECT_LT(DiskKey::OfRow(kPlace, UINT64_MAX, "z").view(),
            DiskKey::End(Space::kRows, kPlace).view());
}

TEST(RowTest, WhatIsNoRowIsRefused) {
  const std::string row = EncodeRow(RowOf({.key = "k", .value = "", .version = {1}}, 2));
  for (std::size_t size = 0; size < row.size(); ++size) EXPECT_FALSE(ParseRow(row.substr(0, size)));
  EXPECT_FALSE(ParseRow("\x08" + row.substr(1))) << "an unknown flag";
  EXPECT_FALSE(ParseRow("\x01" + row.substr(1) + "v")) << "a tombstone with a value";
  EXPECT_FALSE(ParseRowKey(DiskKey::RowsFrom(kPlace, kOrder).view())) << "no key";
  EXPECT_FALSE(ParseRowKey("r"));
  EXPECT_FALSE(ParsePlace("mformat123"));
  EXPECT_FALSE(TimeKey::Parse(DiskKey::OfRow(kPlace, kOrder, "key").view()));
  EXPECT_FALSE(ParseMark("too short"));
}

}  // namespace
}  // namespace vf::disk
