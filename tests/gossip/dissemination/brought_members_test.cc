#include "gossip/dissemination/brought_members.h"

#include <gtest/gtest.h>

#include "gossip/members/view_hash.h"

namespace vf {
namespace {

constexpr std::size_t kBucket = 9;

MemberRecord MemberWith(std::uint8_t number) {
  MemberRecord r;
  r.id.bytes.fill(std::byte{number});
  r.id.bytes[0] = std::byte{kBucket};
  return r;
}

TEST(BroughtMembersTest, CountEachMemberOnceAsItsLastRecordHasIt) {
  BroughtMembers brought;
  EXPECT_EQ(brought.hash(kBucket), 0u);
  EXPECT_EQ(brought.count(kBucket), 0u);
  const MemberRecord a = MemberWith(1);
  MemberRecord b = MemberWith(2);
  brought.Add({kBucket, {a, b}, {}});
  brought.Add({kBucket, {a}, {}});
  EXPECT_EQ(brought.hash(kBucket), ViewHashOf(a) ^ ViewHashOf(b));
  b.incarnation = 5;
  brought.Add({kBucket, {b}, {}});
  EXPECT_EQ(brought.hash(kBucket), ViewHashOf(a) ^ ViewHashOf(b));
  EXPECT_EQ(brought.count(kBucket), 2u);
  EXPECT_EQ(brought.count(kBucket + 1), 0u);
}

TEST(BroughtMembersTest, TheDeadCountAndAreInNoHash) {
  BroughtMembers brought;
  const MemberRecord a = MemberWith(1);
  MemberRecord b = MemberWith(2);
  brought.Add({kBucket, {a, b}, {}});
  b.state = MemberState::kDead;
  brought.Add({kBucket, {}, {b}});
  EXPECT_EQ(brought.hash(kBucket), ViewHashOf(a));
  EXPECT_EQ(brought.count(kBucket), 2u);
}

}  // namespace
}  // namespace vf
