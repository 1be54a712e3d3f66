#include "node/data/membership_follower.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/test_members.h"

namespace vf {
namespace {

constexpr MemberKey kSelf = 1;
constexpr TimePoint kNow(hours(1));

SharedMembership Cluster(const std::vector<MemberRecord>& records, TimePoint since = kNow) {
  return std::make_shared<MembershipSnapshot>(TestSnapshot(kSelf, 3, 2, records, since));
}

// A process that has met nobody.
SharedMembership Alone() {
  MembershipSnapshot snapshot = TestSnapshot(kSelf, 0, 0, {TestMember(kSelf)});
  snapshot.joined = false;
  snapshot.foundation = {};
  return std::make_shared<MembershipSnapshot>(snapshot);
}

struct Process {
  explicit Process(const DataSettings& settings = {})
      : plane(kSelf, settings), follower(plane, 99) {}
  DataPlane plane;
  MembershipFollower follower;
};

TEST(MembershipFollowerTest, PublishesAViewWithEachSnapshot) {
  Process process;
  EXPECT_TRUE(process.follower.OnMembership(kNow, Alone()).view_published);
  EXPECT_FALSE(process.plane.views.Newest()->joined());
  EXPECT_TRUE(process.follower.OnMembership(kNow, Cluster({TestMember(kSelf)})).view_published);
  EXPECT_EQ(process.plane.views.Newest()->members().size(), 1u);
}

TEST(MembershipFollowerTest, MakesTheCopiesOnceTheNumberOfPartitionsIsKnown) {
  Process process;
  process.follower.OnMembership(kNow, Alone());
  EXPECT_EQ(process.plane.copies(), nullptr);
  process.follower.OnMembership(kNow, Cluster({TestMember(kSelf)}));
  StoredCopies* const copies = process.plane.copies();
  ASSERT_NE(copies, nullptr);
  EXPECT_EQ(copies->states.partition_count(), 256u);
  process.follower.OnMembership(kNow, Cluster({TestMember(kSelf), TestMember(2)}));
  EXPECT_EQ(process.plane.copies(), copies);
}

TEST(MembershipFollowerTest, AFrontendKeepsNoCopiesAndIsReadyOnceThereAreOwners) {
  Process process({.stores = false});
  MemberRecord self = TestMemberInPhase(kSelf, Phase::kJoining);
  self.roles = kRoleFrontend;
  const auto step = [&](const MemberRecord& other) {
    return process.follower.OnMembership(kNow, Cluster({self, other})).announce_ready;
  };
  EXPECT_FALSE(process.follower.OnMembership(kNow, Alone()).announce_ready);
  EXPECT_FALSE(step(TestMemberInPhase(2, Phase::kJoining)));
  EXPECT_TRUE(step(TestMember(2)));
  EXPECT_FALSE(step(TestMember(3))) << "twice";
  EXPECT_EQ(process.plane.copies(), nullptr);
}

TEST(MembershipFollowerTest, ANodeIsNotReadyByWhatOthersAre) {
  Process process;
  const auto steps = process.follower.OnMembership(
      kNow, Cluster({TestMemberInPhase(kSelf, Phase::kJoining), TestMember(2)}));
  EXPECT_FALSE(steps.announce_ready);
}

TEST(MembershipFollowerTest, RefusesAClusterWhoseKIsBelowMinAcks) {
  Process process({.min_acks = 4});
  const auto steps = process.follower.OnMembership(kNow, Cluster({TestMember(kSelf)}));
  EXPECT_EQ(steps.refusal, "--min-acks 4 is above the cluster's K of 3 (--replicas)");
  EXPECT_FALSE(steps.view_published);
  EXPECT_FALSE(process.plane.views.Newest()->joined());
  EXPECT_EQ(process.plane.copies(), nullptr);

  Process fits({.min_acks = 3});
  EXPECT_EQ(fits.follower.OnMembership(kNow, Cluster({TestMember(kSelf)})).refusal, "");
}

TEST(MembershipFollowerTest, TheEndOfAGraceIsAnotherView) {
  Process process;
  process.follower.OnMembership(kNow, Cluster({TestMember(kSelf)}));
  EXPECT_EQ(process.follower.NextDeadline(), kNever);
  process.follower.OnMembership(
      kNow, Cluster({TestMember(kSelf), TestDeadMember(2, DeathReason::kTimeout)}));
  const TimePoint end = process.follower.NextDeadline();
  EXPECT_EQ(end, kNow + kOwnershipGrace);
  EXPECT_FALSE(process.follower.OnTimer(end - nanoseconds(1)).view_published);
  EXPECT_EQ(process.plane.views.Newest()->members().size(), 2u);
  EXPECT_TRUE(process.follower.OnTimer(end).view_published);
  EXPECT_EQ(process.plane.views.Newest()->members().size(), 1u);
  EXPECT_EQ(process.follower.NextDeadline(), kNow + kLossCounts);
  EXPECT_TRUE(process.follower.OnTimer(kNow + kLossCounts).view_published);
  EXPECT_EQ(process.follower.NextDeadline(), kNever);
}

TEST(MembershipFollowerTest, SaysHelloAsTheMembershipHasIt) {
  const Process process;
  const PeerHello stranger = process.follower.Hello(*Alone());
  EXPECT_EQ(stranger.cluster_hash, 99u);
  EXPECT_EQ(stranger.key, kSelf);
  EXPECT_EQ(stranger.boot, TestMember(kSelf).boot);
  EXPECT_FALSE(stranger.foundation.IsFounded());
  const PeerHello member = process.follower.Hello(*Cluster({TestMember(kSelf)}));
  EXPECT_EQ(member.foundation, (Foundation{1, 2}));
  EXPECT_EQ(member.replicas, 3);
  EXPECT_EQ(member.partition_digits, 2);
}

// Found by cluster-sim: one that had taken a greater boot number gave joiners the members with the
// number of its start, and they took none of them.
TEST(MembershipFollowerTest, SaysTheBootNumberThatItHasNow) {
  const Process process;
  MemberRecord self = TestMember(kSelf);
  self.boot += 7;
  EXPECT_EQ(process.follower.Hello(*Cluster({self})).boot, self.boot);
}

}  // namespace
}  // namespace vf
