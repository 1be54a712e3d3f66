#include "node/store/rocksdb/row.h"

#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"

namespace vf::disk {
namespace {

constexpr std::uint8_t kTombstone = 1;
constexpr std::uint8_t kHasExpiry = 2;
constexpr std::uint8_t kApart = 4;
constexpr std::uint8_t kAllFlags = kTombstone | kHasExpiry | kApart;

template <typename Integer>
void AppendNumber(std::string& out, Integer value) {
  std::byte bytes[sizeof(Integer)];
  StoreBigEndian(bytes, value);
  out.append(AsText(bytes));
}

// Takes fields off the front of some bytes; what is missing makes it fail for good.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Integer>
  Integer Number() {
    if (bytes_.size() < sizeof(Integer)) {
      failed_ = true;
      return 0;
    }
    const auto value = LoadBigEndian<Integer>(AsBytes(bytes_).data());
    bytes_.remove_prefix(sizeof(Integer));
    return value;
  }
  bool Is(Space space) { return Number<std::uint8_t>() == static_cast<std::uint8_t>(space); }
  Place TakePlace() {
    Place place;
    place.partition = Number<std::uint16_t>();
    place.generation = Number<std::uint32_t>();
    return place;
  }
  // Half of it is kept (scan_order.h).
  std::uint64_t TakeOrder() { return std::uint64_t{Number<std::uint32_t>()} << 32; }
  std::string_view Rest() const { return bytes_; }
  bool failed() const { return failed_; }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

std::uint32_t HalfOf(std::uint64_t order) { return static_cast<std::uint32_t>(order >> 32); }

}  // namespace

// --- Keys ---

template <typename Integer>
void DiskKey::Append(Integer value) {
  StoreBigEndian(reinterpret_cast<std::byte*>(bytes_.data() + size_), value);
  size_ += sizeof(Integer);
}

void DiskKey::Append(std::string_view bytes) {
  VF_CHECK(bytes.size() <= kMostKeyBytes, "key length out of range");
  if (!bytes.empty()) std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void DiskKey::Append(Place place) {
  VF_CHECK(place.partition <= std::numeric_limits<std::uint16_t>::max(), "no such partition");
  Append(static_cast<std::uint16_t>(place.partition));
  Append(place.generation);
}

DiskKey DiskKey::OfMeta(std::string_view name) {
  DiskKey key(Space::kMeta);
  key.Append(name);
  return key;
}

DiskKey DiskKey::OfGeneration(Partition partition) {
  DiskKey key(Space::kGenerations);
  key.Append(static_cast<std::uint16_t>(partition));
  return key;
}

DiskKey DiskKey::Begin(Space space, Place place) {
  DiskKey key(space);
  key.Append(place);
  return key;
}

DiskKey DiskKey::End(Space space, Place place) {
  ++place.generation;
  return Begin(space, place);
}

DiskKey DiskKey::OfRow(Place place, std::uint64_t order, std::string_view key) {
  DiskKey row = RowsFrom(place, order);
  row.Append(key);
  return row;
}

DiskKey DiskKey::RowsFrom(Place place, std::uint64_t order) {
  DiskKey row = Begin(Space::kRows, place);
  row.Append(HalfOf(order));
  return row;
}

DiskKey DiskKey::OfValue(Place place, std::uint64_t order, std::uint64_t record_hash,
                         std::string_view key) {
  DiskKey value = Begin(Space::kValues, place);
  value.Append(HalfOf(order));
  value.Append(record_hash);
  value.Append(key);
  return value;
}

std::optional<RowKey> ParseRowKey(std::string_view bytes) {
  Reader in(bytes);
  if (!in.Is(Space::kRows)) return std::nullopt;
  RowKey row;
  row.place = in.TakePlace();
  row.order = in.TakeOrder();
  row.key = in.Rest();
  if (in.failed() || row.key.empty()) return std::nullopt;
  return row;
}

std::optional<Partition> ParseGenerationKey(std::string_view bytes) {
  Reader in(bytes);
  if (!in.Is(Space::kGenerations)) return std::nullopt;
  const Partition partition = in.Number<std::uint16_t>();
  if (in.failed() || !in.Rest().empty()) return std::nullopt;
  return partition;
}

std::optional<Place> ParsePlace(std::string_view bytes) {
  Reader in(bytes);
  const auto space = static_cast<Space>(in.Number<std::uint8_t>());
  const Place place = in.TakePlace();
  if (in.failed()) return std::nullopt;
  switch (space) {
    case Space::kRows:
    case Space::kTimes:
    case Space::kValues:
      return place;
    case Space::kGenerations:
    case Space::kMeta:
      break;
  }
  return std::nullopt;
}

DiskKey TimeKey::Of(Place place, TimeKind kind, std::uint64_t at_ms, std::uint64_t order,
                    std::string_view key) {
  DiskKey time = DiskKey::Begin(Space::kTimes, place);
  time.Append(static_cast<std::uint8_t>(kind));
  time.Append(at_ms);
  time.Append(HalfOf(order));
  time.Append(key);
  return time;
}

std::optional<TimeKey> TimeKey::Parse(std::string_view bytes) {
  Reader in(bytes);
  if (!in.Is(Space::kTimes)) return std::nullopt;
  TimeKey time;
  in.TakePlace();
  in.Number<std::uint8_t>();
  time.at_ms = in.Number<std::uint64_t>();
  time.order = in.TakeOrder();
  time.key = in.Rest();
  if (in.failed() || time.key.empty()) return std::nullopt;
  return time;
}

// --- Rows ---

Row RowOf(const RecordView& record, std::uint64_t hash) {
  return {.version = record.version,
          .hash = hash,
          .expiry_ms = record.expiry_ms,
          .value_bytes = static_cast<std::uint32_t>(record.value.size()),
          .tombstone = record.tombstone,
          .apart = record.value.size() > kMostValueBytesInRow,
          .value = record.value.size() > kMostValueBytesInRow ? std::string_view() : record.value};
}

std::string EncodeRow(const Row& row) {
  std::string out;
  out.reserve(1 + 8 + 8 + 8 + 4 + row.value.size());
  std::uint8_t flags = row.tombstone ? kTombstone : 0;
  if (row.expiry_ms != 0) flags |= kHasExpiry;
  if (row.apart) flags |= kApart;
  AppendNumber(out, flags);
  AppendNumber(out, row.version.value);
  AppendNumber(out, row.hash);
  if (row.expiry_ms != 0) AppendNumber(out, row.expiry_ms);
  if (row.apart) {
    AppendNumber(out, row.value_bytes);
  } else {
    out.append(row.value);
  }
  return out;
}

std::optional<Row> ParseRow(std::string_view bytes) {
  Reader in(bytes);
  Row row;
  const auto flags = in.Number<std::uint8_t>();
  row.tombstone = (flags & kTombstone) != 0;
  row.apart = (flags & kApart) != 0;
  row.version.value = in.Number<std::uint64_t>();
  row.hash = in.Number<std::uint64_t>();
  if ((flags & kHasExpiry) != 0) row.expiry_ms = in.Number<std::uint64_t>();
  if (row.apart) {
    row.value_bytes = in.Number<std::uint32_t>();
    if (!in.Rest().empty()) return std::nullopt;
  } else {
    row.value = in.Rest();
    row.value_bytes = static_cast<std::uint32_t>(row.value.size());
  }
  const bool valued_tombstone = row.tombstone && row.value_bytes > 0;
  if (in.failed() || valued_tombstone || (flags & ~kAllFlags) != 0) return std::nullopt;
  return row;
}

std::string EncodeMark(const TombstoneMark& mark) {
  std::string out;
  AppendNumber(out, mark.hash);
  AppendNumber(out, mark.start);
  AppendNumber(out, mark.stamp);
  return out;
}

std::optional<TombstoneMark> ParseMark(std::string_view bytes) {
  Reader in(bytes);
  TombstoneMark mark;
  mark.hash = in.Number<std::uint64_t>();
  mark.start = in.Number<std::uint32_t>();
  mark.stamp = in.Number<std::uint32_t>();
  if (in.failed() || !in.Rest().empty()) return std::nullopt;
  return mark;
}

std::string EncodeNumber(std::uint32_t number) {
  std::string out;
  AppendNumber(out, number);
  return out;
}

std::optional<std::uint32_t> ParseNumber(std::string_view bytes) {
  Reader in(bytes);
  const auto number = in.Number<std::uint32_t>();
  if (in.failed() || !in.Rest().empty()) return std::nullopt;
  return number;
}

}  // namespace vf::disk
