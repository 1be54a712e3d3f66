#include "gossip/members/move_proofs.h"

#include <algorithm>
#include <utility>

namespace vf {

MoveProofs::Answer MoveProofs::Add(TimePoint now, const MemberRecord& record, std::uint32_t seq,
                                   TimePoint until) {
  std::erase_if(moves_, [&](const Move& m) { return m.until <= now; });
  for (const Move& move : moves_) {
    if (move.record == record) return Answer::kUnderWay;
  }
  if (moves_.size() >= kMaxMoves) return Answer::kTooMany;
  moves_.push_back({record, seq, until});
  return Answer::kPing;
}

std::optional<MemberRecord> MoveProofs::TakeAcked(std::uint32_t seq, MemberKey key,
                                                  const Endpoint& from) {
  const auto move = std::find_if(moves_.begin(), moves_.end(), [&](const Move& m) {
    return m.seq == seq && m.record.key() == key && m.record.endpoint == from;
  });
  if (move == moves_.end()) return std::nullopt;
  MemberRecord record = std::move(move->record);
  moves_.erase(move);
  return record;
}

}  // namespace vf
