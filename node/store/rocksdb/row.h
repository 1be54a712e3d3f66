// How records stand in RocksDB: the bytes of their keys and rows, which must never change without
// a new kDiskFormat.
//
// All keys begin with a letter, their space. Numbers are big-endian, so that the order of the bytes
// is that of the numbers:
//   g partition(2)                                              -> generation(4)
//   m name                                                      -> what the name says
//   r partition(2) generation(4) order(4) key                   -> row
//   t partition(2) generation(4) kind(1) ms(8) order(4) key     -> nothing; of tombstones: below
//   v partition(2) generation(4) order(4) hash(8) key           -> a value that stands apart
// The generation of a partition rises when all of it is dropped: what has a lower one is garbage.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/key_hash.h"
#include "node/store/record.h"
#include "node/store/store.h"

namespace vf::disk {

inline constexpr std::uint32_t kDiskFormat = 1;

// Longer values stand apart from their rows, which are read at every start.
inline constexpr std::size_t kMostValueBytesInRow = 1'024;

enum class Space : char {
  kGenerations = 'g',
  kMeta = 'm',
  kRows = 'r',
  kTimes = 't',
  kValues = 'v',
};

// Where the records of a partition are now.
struct Place {
  Partition partition = 0;
  std::uint32_t generation = 0;
  bool operator==(const Place&) const = default;
};

// --- Keys ---

// A key in a buffer of its own: no allocation.
class DiskKey {
 public:
  static constexpr std::size_t kMostKeyBytes = 2'048;  // of a record's key

  static DiskKey OfMeta(std::string_view name);
  static DiskKey OfGeneration(Partition partition);
  // Of nothing: before all keys of the place in that space. Of the place after it: behind them.
  static DiskKey Begin(Space space, Place place);
  static DiskKey End(Space space, Place place);
  // `order`: ScanOrder(key).
  static DiskKey OfRow(Place place, std::uint64_t order, std::string_view key);
  static DiskKey RowsFrom(Place place, std::uint64_t order);
  static DiskKey OfValue(Place place, std::uint64_t order, std::uint64_t record_hash,
                         std::string_view key);

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  friend class TimeKey;
  explicit DiskKey(Space space) : size_(1) { bytes_[0] = static_cast<char>(space); }
  template <typename Integer>
  void Append(Integer value);
  void Append(std::string_view bytes);
  void Append(Place place);

  std::size_t size_;
  std::array<char, kMostKeyBytes + 32> bytes_;
};

struct RowKey {
  Place place;
  std::uint64_t order = 0;
  std::string_view key;
};
// None: not such a key.
std::optional<RowKey> ParseRowKey(std::string_view bytes);
std::optional<Partition> ParseGenerationKey(std::string_view bytes);
// Of a key in one of the spaces that have places. None: it is in none of them.
std::optional<Place> ParsePlace(std::string_view bytes);

// What happens to one record of a partition, and when.
enum class TimeKind : std::uint8_t { kExpiry = 0, kTombstone = 1 };

class TimeKey {
 public:
  static DiskKey Of(Place place, TimeKind kind, std::uint64_t at_ms, std::uint64_t order,
                    std::string_view key);
  static DiskKey From(Place place, TimeKind kind, std::uint64_t at_ms, std::uint64_t order) {
    return Of(place, kind, at_ms, order, {});
  }
  // None: not such a key.
  static std::optional<TimeKey> Parse(std::string_view bytes);

  std::uint64_t at_ms = 0;
  std::uint64_t order = 0;
  std::string_view key;
};

// --- Rows ---

// A record but for its key, and for its value where that stands apart.
struct Row {
  Version version{};
  std::uint64_t hash = 0;  // RecordHash()
  std::uint64_t expiry_ms = 0;
  std::uint32_t value_bytes = 0;
  bool tombstone = false;
  bool apart = false;        // the value
  std::string_view value{};  // empty if it stands apart

  // Whether it stands in the index by time, where, and when.
  bool HasTime() const { return tombstone || expiry_ms != 0; }
  TimeKind Kind() const { return tombstone ? TimeKind::kTombstone : TimeKind::kExpiry; }
  std::uint64_t AtMs() const { return tombstone ? version.Milliseconds() : expiry_ms; }
  RecordView View(std::string_view key, std::string_view value_apart) const {
    return {.key = key,
            .value = apart ? value_apart : value,
            .version = version,
            .expiry_ms = expiry_ms,
            .tombstone = tombstone};
  }
};

// The row of a record; views of it.
Row RowOf(const RecordView& record, std::uint64_t hash);
std::string EncodeRow(const Row& row);
// A view of `bytes`. None: they are no row.
std::optional<Row> ParseRow(std::string_view bytes);

// What the index says of a tombstone, so that its row need not be read.
struct TombstoneMark {
  std::uint64_t hash = 0;   // RecordHash()
  std::uint32_t start = 0;  // the number of the process that stored it; see Stamp
  Stamp stamp = 0;
};
std::string EncodeMark(const TombstoneMark& mark);
std::optional<TombstoneMark> ParseMark(std::string_view bytes);

std::string EncodeNumber(std::uint32_t number);
std::optional<std::uint32_t> ParseNumber(std::string_view bytes);

}  // namespace vf::disk
