// What the events of a run of a whole cluster are about.
#pragma once

#include <cstdint>

namespace vf::sim {

// Event::target and Event::payload mean what is said here. Part of the trace hash: append only.
enum class EventKind : std::uint32_t {
  kCall = 0,         // payload: one of the calls that the loop keeps
  kDatagram = 1,     // target: a host; payload: a datagram in flight
  kRefusal = 2,      // target: a process; payload: the host where nobody listens
  kThreadTimer = 3,  // target: a process; payload: which of its threads
  kThreadTurn = 4,   // the same
  kSegment = 5,      // target: a stream; payload: its generation and a direction
  kStreamRetry = 6,  // the same
  kStreamCheck = 7,  // target: a stream; payload: its generation
  kClient = 8,       // target: a client: it begins an operation
  kRequest = 9,      // target: a process; payload: an operation
  kAnswer = 10,      // target: a client; payload: an operation
};
inline constexpr std::uint32_t kEventKinds = 11;

}  // namespace vf::sim
