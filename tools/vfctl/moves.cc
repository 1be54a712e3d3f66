#include "tools/vfctl/moves.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/vfctl/progress_bar.h"
#include "tools/vfctl/tables.h"
#include "tools/vfctl/text_table.h"

namespace vf::ctl {
namespace {

using Json = nlohmann::json;

// Who made no step for so long waits, mostly for a member that may come back: its pace says nothing
// then.
constexpr std::uint64_t kWaitsAfterMs = 5000;

std::uint64_t NumberOf(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

std::string AgeText(double milliseconds) {
  constexpr double kMost = 1e15;  // 30,000 years
  return DurationText(static_cast<std::int64_t>(std::min(milliseconds, kMost)));
}

}  // namespace

std::optional<Move> MoveOf(std::string_view status_json) {
  const Json status = Json::parse(status_json, nullptr, false);
  if (!status.is_object()) return std::nullopt;
  const auto found = status.find("move");
  if (found == status.end() || !found->is_object()) return std::nullopt;
  Move move;
  move.partitions = NumberOf(*found, "partitions");
  move.complete = NumberOf(*found, "complete");
  move.records = NumberOf(*found, "records");
  move.bytes = NumberOf(*found, "bytes");
  move.since_ms = NumberOf(*found, "since_ms");
  move.last_step_ms = NumberOf(*found, "last_step_ms");
  if (move.complete >= move.partitions) return std::nullopt;
  return move;
}

std::string MovesTable(const std::vector<NodeMove>& moves) {
  if (moves.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const auto& [address, move] : moves) {
    rows.push_back({address, ProgressBar(move.complete, move.partitions),
                    std::to_string(move.complete) + " of " + std::to_string(move.partitions),
                    BytesText(move.bytes), std::to_string(move.records),
                    AgeText(static_cast<double>(move.since_ms)), TimeLeftText(move)});
  }
  std::stable_sort(rows.begin(), rows.end());
  return TextTable({"NODE", "MOVE", "PARTITIONS", "BROUGHT", "RECORDS", "FOR", "LEFT"}, rows);
}

std::string TimeLeftText(const Move& move) {
  if (move.last_step_ms >= kWaitsAfterMs) {
    return "unknown: no step for " + AgeText(static_cast<double>(move.last_step_ms));
  }
  if (move.complete == 0) return "unknown until a partition is complete";
  const double rest = static_cast<double>(move.partitions - move.complete);
  const double left_ms =
      static_cast<double>(move.since_ms) * rest / static_cast<double>(move.complete);
  return left_ms < 1000 ? "less than 1s" : "about " + AgeText(left_ms);
}

std::string BytesText(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (amount >= 1023.95 && unit + 1 < kUnits.size()) {  // It would be shown as 1024.0.
    amount /= 1024;
    ++unit;
  }
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", amount, kUnits[unit]);
  return text.data();
}

}  // namespace vf::ctl
