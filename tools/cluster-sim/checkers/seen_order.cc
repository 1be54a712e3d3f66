#include "tools/cluster-sim/checkers/seen_order.h"

#include <algorithm>
#include <cstring>

namespace vf::sim {
namespace {

std::strong_ordering CompareBytes(std::string_view a, std::string_view b) {
  const std::size_t both = std::min(a.size(), b.size());
  const int difference = both == 0 ? 0 : std::memcmp(a.data(), b.data(), both);
  return difference != 0 ? difference <=> 0 : a.size() <=> b.size();
}

// 0, never, becomes the latest.
std::uint64_t ExpiryRank(std::uint64_t expiry_ms) { return expiry_ms - 1; }

}  // namespace

SeenView ViewOf(const SeenRecord& record) {
  return {record.version, record.tombstone, record.expiry_ms, record.value};
}

SeenView ViewOfWrite(const Operation& operation) {
  if (operation.kind == OperationKind::kDelete) return {operation.version, true, 0, {}};
  return {operation.version, false, operation.expiry_ms, operation.value};
}

SeenView ViewOfAnswer(const Operation& operation) {
  return {operation.version, false, 0, operation.value};
}

std::strong_ordering CompareWrites(const SeenView& a, const SeenView& b) {
  if (a.version != b.version) return a.version <=> b.version;
  if (a.tombstone != b.tombstone) return a.tombstone <=> b.tombstone;
  return CompareBytes(a.value, b.value);
}

std::strong_ordering CompareSeen(const SeenView& a, const SeenView& b) {
  const std::strong_ordering order = CompareWrites(a, b);
  if (order != std::strong_ordering::equal) return order;
  return ExpiryRank(a.expiry_ms) <=> ExpiryRank(b.expiry_ms);
}

}  // namespace vf::sim
