#include "operator/member_log.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

using Lines = std::vector<std::string>;

constexpr TimePoint kStart{seconds(10)};

Member MemberOf(std::uint8_t id, Phase phase = Phase::kReady) {
  Member member;
  member.record.id.bytes.fill(std::byte{id});
  member.record.roles = kRoleStorage;
  member.record.endpoint = Endpoint::Loopback(static_cast<std::uint16_t>(8000 + id));
  member.record.phase = phase;
  return member;
}

MembershipSnapshot Joined(std::vector<Member> members) {
  MembershipSnapshot membership;
  membership.joined = true;
  membership.self = MemberOf(1).record.key();
  membership.members = MemberList::Of(std::move(members));
  return membership;
}

TEST(MemberLogTest, SaysNothingBeforeTheProcessIsInACluster) {
  MemberLog log;
  MembershipSnapshot membership = Joined({MemberOf(1), MemberOf(2)});
  membership.joined = false;
  EXPECT_EQ(log.Changes(kStart, membership), Lines{});
}

TEST(MemberLogTest, CountsThoseWhoWereThereAlready) {
  MemberLog log;
  Member dead = MemberOf(4);
  dead.record.state = MemberState::kDead;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), MemberOf(2), MemberOf(3), dead})),
            Lines{"in a cluster with 2 others"});
  MemberLog founder;
  EXPECT_EQ(founder.Changes(kStart, Joined({MemberOf(1)})), Lines{});
}

TEST(MemberLogTest, TellsTheLifeOfAMember) {
  MemberLog log;
  log.Changes(kStart, Joined({MemberOf(1)}));
  Member other = MemberOf(2, Phase::kJoining);
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})),
            Lines{"127.0.0.1:8002 (node) joins"});
  other.record.phase = Phase::kSyncing;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})), Lines{});
  other.record.phase = Phase::kReady;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})),
            Lines{"127.0.0.1:8002 (node) serves"});
  other.record.state = MemberState::kSuspect;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})), Lines{});
  other.record.state = MemberState::kDead;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})),
            Lines{"127.0.0.1:8002 (node) is dead: it does not answer"});
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})), Lines{});
  other.record.state = MemberState::kAlive;
  other.record.phase = Phase::kSyncing;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})),
            Lines{"127.0.0.1:8002 (node) is back"});
  other.record.state = MemberState::kLeft;
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})),
            Lines{"127.0.0.1:8002 (node) has left"});
}

TEST(MemberLogTest, NamesTheReasonOfADeath) {
  for (const auto& [reason, text] :
       {std::pair(DeathReason::kRefused,
                  "127.0.0.1:8002 (node) is dead: nothing listens at its "
                  "address"),
        std::pair(DeathReason::kSuperseded,
                  "127.0.0.1:8002 (node) is dead: another process has "
                  "its address"),
        std::pair(DeathReason::kOperator, "127.0.0.1:8002 (node) was removed by the operator")}) {
    MemberLog log;
    Member other = MemberOf(2);
    log.Changes(kStart, Joined({MemberOf(1), other}));
    other.record.state = MemberState::kDead;
    other.record.death_reason = reason;
    EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1), other})), Lines{text});
  }
}

TEST(MemberLogTest, IsSilentAboutTheProcessItself) {
  MemberLog log;
  log.Changes(kStart, Joined({MemberOf(1, Phase::kJoining)}));
  EXPECT_EQ(log.Changes(kStart, Joined({MemberOf(1, Phase::kReady)})), Lines{});
}

TEST(MemberLogTest, CountsWhatABurstLeavesOut) {
  MemberLog log;
  std::vector<Member> members{MemberOf(1)};
  log.Changes(kStart, Joined(members));
  for (std::uint8_t id = 2; id < 102; ++id) members.push_back(MemberOf(id, Phase::kJoining));
  EXPECT_EQ(log.Changes(kStart, Joined(members)).size(), MemberLog::kLinesASecond);
  members.push_back(MemberOf(200, Phase::kJoining));
  EXPECT_EQ(log.Changes(kStart + milliseconds(999), Joined(members)), Lines{});
  members.push_back(MemberOf(201, Phase::kJoining));
  EXPECT_EQ(log.Changes(kStart + seconds(1), Joined(members)),
            Lines{"127.0.0.1:8201 (node) joins (and 91 changes before it; see /members)"});
}

}  // namespace
}  // namespace vf
