#include "base/near_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace vf {
namespace {

constexpr std::size_t kMostEdits = 2;

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> NearName(std::string_view name, std::span<const std::string> known) {
  std::optional<std::string> nearest;
  std::size_t least = kMostEdits + 1;
  for (const std::string& candidate : known) {
    // Names that differ much in length are not compared: what is unknown may be very long.
    if (name.size() > candidate.size() + kMostEdits) continue;
    const std::size_t edits = EditDistance(name, candidate);
    if (edits < least) {
      least = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace vf
