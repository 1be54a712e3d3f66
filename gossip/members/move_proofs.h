// Live members that are said to have moved: their new records, until a ping at the new address is
// answered. Traffic moves only then, so nobody's word leads it astray.
//
// Thread: none of its own.
// Limits: kMaxMoves at a time; a further one is refused until another is proved or out of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/member.h"

namespace vf {

class MoveProofs {
 public:
  static constexpr std::size_t kMaxMoves = 64;

  enum class Answer : std::uint8_t {
    kPing,      // its new address, with this number
    kUnderWay,  // asked already
    kTooMany,   // at the limit
  };
  // This record waits for an ack of `seq`, until then.
  Answer Add(TimePoint now, const MemberRecord& record, std::uint32_t seq, TimePoint until);
  // The record that is proved by this ack of `key` from there; none if none is.
  std::optional<MemberRecord> TakeAcked(std::uint32_t seq, MemberKey key, const Endpoint& from);
  void Clear() { moves_.clear(); }

 private:
  struct Move {
    MemberRecord record;
    std::uint32_t seq = 0;
    TimePoint until;
  };
  std::vector<Move> moves_;
};

}  // namespace vf
