// Which way a data message goes: requests to those who hold records, answers back.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "node/replication/message.h"

namespace vf {

// The message as one of the alternatives of `Narrow`; none if it is no such.
template <typename Narrow, typename Wide>
std::optional<Narrow> NarrowMessage(Wide message) {
  return std::visit(
      [](auto& m) -> std::optional<Narrow> {
        if constexpr (std::is_constructible_v<Narrow, decltype(std::move(m))>) {
          return Narrow(std::move(m));
        } else {
          return std::nullopt;
        }
      },
      message);
}

// None: an answer, which has no place on the side that is connected to.
inline std::optional<PeerRequest> ToRequest(PeerMessage message) {
  return NarrowMessage<PeerRequest>(std::move(message));
}

// None: a request, which has no place on the side that connected.
inline std::optional<PeerReply> ToReply(PeerMessage message) {
  return NarrowMessage<PeerReply>(std::move(message));
}

inline PeerMessage ToMessage(PeerReply reply) {
  return std::visit([](auto& m) { return PeerMessage(std::move(m)); }, reply);
}

}  // namespace vf
