// How many bytes memberlist's messages take, without headers of UDP, TCP and IP.
//
// Measured with its own codec (msgpack maps with field names, LZW where it makes a packet shorter)
// for names of 9 letters, IPv4 addresses, no metadata. Compressed sizes are straight lines through
// the measured ones: within 15 % for 2 to 20 records, 5 % for 100 to 10,000 members.
#pragma once

#include <algorithm>
#include <cstddef>

#include "tools/cluster-sim/rivals/rival.h"

namespace vf::sim::memberlist_sizes {

inline constexpr std::size_t kPing = 77;
inline constexpr std::size_t kAck = 20;
inline constexpr std::size_t kPingRequest = 103;
inline constexpr std::size_t kNack = 11;
inline constexpr std::size_t kChecksum = 5;        // of packets whose receiver's version is known
inline constexpr std::size_t kCompoundHeader = 2;  // of more than one message in a packet
inline constexpr std::size_t kCompoundPart = 2;    // each

constexpr std::size_t Update(RivalState state) { return state == RivalState::kAlive ? 65 : 45; }

// What is left of a compound packet after compression.
constexpr std::size_t Compressed(std::size_t bytes) {
  return std::min(bytes, 110 + bytes * 32 / 100);
}

// A table of all members, compressed.
constexpr std::size_t Table(std::size_t members) { return 280 + 9 * members; }

}  // namespace vf::sim::memberlist_sizes
