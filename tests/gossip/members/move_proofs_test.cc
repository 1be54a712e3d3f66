#include "gossip/members/move_proofs.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1'000)};
const TimePoint kUntil = kNow + seconds(2);

MemberRecord MovedTo(std::uint8_t host) {
  MemberRecord r;
  r.id.bytes.fill(std::byte{1});
  r.endpoint = Endpoint::V4({10, 0, 0, host}, 8000);
  return r;
}

TEST(MoveProofsTest, AreTheAckOfTheMemberFromItsNewAddress) {
  MoveProofs moves;
  const MemberRecord moved = MovedTo(2);
  EXPECT_EQ(moves.Add(kNow, moved, 7, kUntil), MoveProofs::Answer::kPing);
  EXPECT_EQ(moves.Add(kNow, moved, 8, kUntil), MoveProofs::Answer::kUnderWay);
  EXPECT_FALSE(moves.TakeAcked(8, moved.key(), moved.endpoint));
  EXPECT_FALSE(moves.TakeAcked(7, moved.key() + 1, moved.endpoint));
  EXPECT_FALSE(moves.TakeAcked(7, moved.key(), MovedTo(3).endpoint));
  EXPECT_EQ(moves.TakeAcked(7, moved.key(), moved.endpoint), moved);
  EXPECT_FALSE(moves.TakeAcked(7, moved.key(), moved.endpoint)) << "once";
}

TEST(MoveProofsTest, TooManyWaitUntilOthersAreOutOfTime) {
  MoveProofs moves;
  for (std::size_t i = 0; i < MoveProofs::kMaxMoves; ++i) {
    EXPECT_EQ(moves.Add(kNow, MovedTo(static_cast<std::uint8_t>(i)), 7, kUntil),
              MoveProofs::Answer::kPing);
  }
  EXPECT_EQ(moves.Add(kNow, MovedTo(200), 7, kUntil), MoveProofs::Answer::kTooMany);
  EXPECT_EQ(moves.Add(kUntil, MovedTo(200), 7, kUntil + seconds(2)), MoveProofs::Answer::kPing);
}

}  // namespace
}  // namespace vf
