// How far nodes are with making their copies complete, by what they answer.
//
// Pure. Texts that no node of Velour Fog gives count as nothing known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vf::ctl {

// See /status.
struct Move {
  std::uint64_t partitions = 0;
  std::uint64_t complete = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t since_ms = 0;
  std::uint64_t last_step_ms = 0;
};

// None: no move runs at the node that answered this.
std::optional<Move> MoveOf(std::string_view status_json);

struct NodeMove {
  std::string address;
  Move move;
};

// A table with a bar for each node. Empty without any.
std::string MovesTable(const std::vector<NodeMove>& moves);

// "about 42s" by the pace of partitions so far, or why nobody can say.
std::string TimeLeftText(const Move& move);

// "512 B", "1.0 KiB", "31.2 MiB": powers of 1024.
std::string BytesText(std::uint64_t bytes);

}  // namespace vf::ctl
