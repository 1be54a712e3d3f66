#include "gossip/controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vf {
namespace {

using ::testing::HasSubstr;

Member MakeMember(std::uint16_t port, std::uint8_t roles, Phase phase,
                  MemberState state = MemberState::kAlive) {
  Member member;
  member.record.id.bytes.fill(static_cast<std::byte>(port & 0xff));
  member.record.endpoint = Endpoint::Loopback(port);
  member.record.roles = roles;
  member.record.phase = phase;
  member.record.state = state;
  return member;
}

constexpr std::uint8_t kNode = kRoleStorage | kRoleFrontend;

TEST(ControllerTest, ServesAtOnceWithoutContactsAndAfterTheFirstExchangeWithThem) {
  MembershipSnapshot membership;
  EXPECT_TRUE(ControllerMayServe(membership, false));
  EXPECT_FALSE(ControllerMayServe(membership, true));
  membership.joined = true;
  EXPECT_TRUE(ControllerMayServe(membership, true));
}

TEST(ControllerTest, NamesAReadyNodeBeforeAllOthers) {
  MembershipSnapshot membership;
  std::vector<Member> members = {MakeMember(1, kRoleController, Phase::kReady),
                                 MakeMember(2, kNode, Phase::kSyncing)};
  membership.members = MemberList::Of(members);
  EXPECT_EQ(NodeToAsk(membership)->port(), 2);
  members.push_back(MakeMember(3, kRoleFrontend, Phase::kReady));
  membership.members = MemberList::Of(members);
  EXPECT_EQ(NodeToAsk(membership)->port(), 3);
  members.push_back(MakeMember(4, kNode, Phase::kReady));
  members.push_back(MakeMember(5, kNode, Phase::kReady));
  membership.members = MemberList::Of(members);
  EXPECT_EQ(NodeToAsk(membership)->port(), 4);
  EXPECT_THAT(AskANodeText(membership), HasSubstr("http://127.0.0.1:4"));
}

TEST(ControllerTest, NamesNobodyWhoIsNotAlive) {
  MembershipSnapshot membership;
  membership.members = MemberList::Of({MakeMember(1, kRoleController, Phase::kReady),
                                       MakeMember(2, kNode, Phase::kReady, MemberState::kSuspect),
                                       MakeMember(3, kNode, Phase::kReady, MemberState::kDead),
                                       MakeMember(4, kNode, Phase::kReady, MemberState::kLeft)});
  EXPECT_EQ(NodeToAsk(membership), std::nullopt);
  EXPECT_THAT(AskANodeText(membership), HasSubstr("controller"));
}

}  // namespace
}  // namespace vf
