#include "operator/member_rows.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

MemberRecord Record(std::uint8_t id, std::uint8_t roles) {
  MemberRecord record;
  record.id.bytes.fill(std::byte{id});
  record.boot = 7;
  record.incarnation = 2;
  record.roles = roles;
  record.endpoint = Endpoint::Loopback(static_cast<std::uint16_t>(8000 + id));
  record.phase = Phase::kReady;
  return record;
}

TEST(MemberRowsTest, ARowSaysWhatTheContractNames) {
  Member member;
  member.record = Record(0xab, kRoleStorage | kRoleFrontend | kRoleMemoryOnly);
  member.since = TimePoint(seconds(10));
  const MemberRow row = ToMemberRow(member, TimePoint(milliseconds(12345)));
  EXPECT_EQ(row.id, "abababababababababababababababab");
  EXPECT_EQ(row.address, "127.0.0.1:8171");
  EXPECT_EQ(row.role, "node");
  EXPECT_EQ(row.state, "alive");
  EXPECT_EQ(row.boot, 7u);
  EXPECT_EQ(row.incarnation, 2u);
  EXPECT_TRUE(row.ready);
  EXPECT_EQ(row.since_ms, 2345);
  EXPECT_EQ(ToMemberRow(member, TimePoint(seconds(9))).since_ms, 0);
  EXPECT_FALSE(row.udp_bad);
  member.udp_bad = true;
  EXPECT_TRUE(ToMemberRow(member, TimePoint(seconds(11))).udp_bad);
  member.record.state = MemberState::kDead;
  EXPECT_FALSE(ToMemberRow(member, TimePoint(seconds(11))).udp_bad);
}

TEST(MemberRowsTest, TheDegradedAreShownAsSuspect) {
  Member member;
  member.record = Record(1, kRoleStorage);
  member.degraded = true;
  const MemberRow row = ToMemberRow(member, TimePoint(seconds(1)));
  EXPECT_EQ(row.state, "suspect");
  EXPECT_TRUE(row.degraded);
  EXPECT_TRUE(row.ready) << "it goes on serving";
  EXPECT_EQ(ToReplicaRow(member.record, true).state, "suspect");
  EXPECT_EQ(ToReplicaRow(member.record, false).state, "alive");
}

TEST(MemberRowsTest, RolesAreNodeFrontendAndController) {
  EXPECT_EQ(RoleName(Record(1, kRoleStorage | kRoleFrontend)), "node");
  EXPECT_EQ(RoleName(Record(1, kRoleFrontend)), "frontend");
  EXPECT_EQ(RoleName(Record(1, kRoleController)), "controller");
}

TEST(MemberRowsTest, OnlyTheLivingAreReady) {
  MemberRecord record = Record(1, kRoleStorage);
  EXPECT_TRUE(IsReady(record));
  record.state = MemberState::kSuspect;
  EXPECT_TRUE(IsReady(record));
  record.state = MemberState::kDead;
  EXPECT_FALSE(IsReady(record));
  record.state = MemberState::kAlive;
  record.phase = Phase::kSyncing;
  EXPECT_FALSE(IsReady(record));
}

TEST(MemberRowsTest, StatusCountsAllFourStatesAndNamesLiveControllers) {
  MembershipSnapshot membership;
  std::vector<Member> members;
  for (std::uint8_t id = 1; id <= 4; ++id) {
    members.emplace_back().record = Record(id, id < 3 ? kRoleController : kRoleStorage);
  }
  members[1].record.state = MemberState::kDead;
  members[3].record.state = MemberState::kLeft;
  membership.members = MemberList::Of(std::move(members));
  membership.self = membership.members[2].record.key();

  StatusPage page = MembershipStatus(membership);
  EXPECT_EQ(page.id, membership.members[2].record.id.Hex());
  EXPECT_EQ(page.address, "127.0.0.1:8003");
  EXPECT_EQ(page.role, "node");
  EXPECT_EQ(page.members, (std::map<std::string, std::uint32_t>{
                              {"alive", 2}, {"suspect", 0}, {"dead", 1}, {"left", 1}}));
  EXPECT_EQ(page.controllers, std::vector<std::string>{"127.0.0.1:8001"});
  EXPECT_FALSE(page.replicas);
  EXPECT_FALSE(page.partition_digits);

  membership.settings = {3, 2, 3600};
  page = MembershipStatus(membership);
  EXPECT_EQ(page.replicas, 3);
  EXPECT_EQ(page.partition_digits, 2);
  EXPECT_EQ(MemberRows(membership, TimePoint{}).size(), 4u);
}

}  // namespace
}  // namespace vf
