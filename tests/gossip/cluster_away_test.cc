// Clusters of Swims: who is away is known to all, for as long as that lasts, and to nobody longer.
#include <gtest/gtest.h>

#include <cstddef>
#include <variant>

#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"
#include "tests/gossip/cluster.h"

namespace vf {
namespace {

// That `subject` is away, by those who are up: all of them, or none.
bool AllCountAsAway(GossipNetwork& net, std::size_t subject, bool away = true) {
  for (const std::size_t i : net.Up()) {
    const MembershipSnapshot snapshot = net.swim(i).Snapshot();
    const Member* member = net.Find(snapshot, subject);
    if ((member != nullptr && IsAway(member->record)) != away) return false;
  }
  return true;
}

bool NobodyCountsAsAway(GossipNetwork& net, std::size_t subject) {
  return AllCountAsAway(net, subject, false);
}

// So that the tombstones of those who went are all that is left when the cut heals.
GossipProcessOptions ShortList() {
  GossipProcessOptions options = Node();
  options.config.evict_after = options.config.controller_evict_after = seconds(30);
  options.config.tombstone_age = hours(3);
  return options;
}

// It hands over what it holds, says so, and ends.
void LeaveForGood(GossipNetwork& net, std::size_t index) {
  net.Leave(index, LeaveKind::kEmptied);
  net.Run(seconds(1));
  net.Crash(index, false);
}

TEST(ClusterAwayTest, WhoLeftForGoodDuringACutIsNotAwayAfterIt) {
  for (const Duration length : {Duration(seconds(20)), Duration(minutes(5)), Duration(hours(2))}) {
    SCOPED_TRACE(ToSeconds(length));
    GossipNetwork net(301);
    StartCluster(net, 6, ShortList());
    net.Cut({4, 5});
    net.Run(seconds(15));
    LeaveForGood(net, 3);
    net.Run(length);
    EXPECT_TRUE(IsAway(net.Find(net.swim(5).Snapshot(), 3)->record));
    net.Cut({});
    EXPECT_TRUE(net.RunUntil([&] { return net.Agree() && NobodyCountsAsAway(net, 3); }, minutes(1)))
        << Describe(net);
    net.Run(minutes(5));
    EXPECT_TRUE(net.Agree() && NobodyCountsAsAway(net, 3)) << Describe(net);
  }
}

TEST(ClusterAwayTest, WhoWasForgottenDuringACutIsNotAwayAfterIt) {
  GossipNetwork net(302);
  StartCluster(net, 6, ShortList());
  net.Cut({5});
  net.Run(seconds(15));
  net.Crash(3, false);
  net.Run(seconds(20));
  const MemberId id = net.Find(net.swim(0).Snapshot(), 3)->record.id;
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  net.Run(minutes(10));
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree() && NobodyCountsAsAway(net, 3); }, minutes(1)))
      << Describe(net);
}

// It came back with another boot number, of which the cut member never heard, and left.
TEST(ClusterAwayTest, WhoseLaterLifeLeftForGoodIsNotAwayEither) {
  GossipNetwork net(303);
  StartCluster(net, 6, ShortList());
  net.Cut({5});
  net.Run(seconds(15));
  GossipProcessOptions again = ShortList();
  again.contacts = {0};
  again.key = net.key(3);
  net.Crash(3, false);
  net.Run(seconds(15));
  net.Start(3, again);
  net.Run(seconds(15));
  LeaveForGood(net, 3);
  net.Run(minutes(2));
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree() && NobodyCountsAsAway(net, 3); }, minutes(1)))
      << Describe(net);
}

// Its own side has none but it; the others learn from it that one of them is missing.
TEST(ClusterAwayTest, AnAbsenceThatOneSideSawIsKnownToAllAfterTheCut) {
  GossipNetwork net(304);
  StartCluster(net, 6, ShortList());
  net.Cut({4, 5});
  net.Run(seconds(15));
  GossipProcessOptions newcomer = ShortList();
  newcomer.contacts = {0};
  net.Start(6, newcomer);
  net.Run(seconds(15));
  net.Crash(6, false);
  net.Run(minutes(5));
  EXPECT_EQ(net.Find(net.swim(5).Snapshot(), 6), nullptr);
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree() && AllCountAsAway(net, 6); }, minutes(1)))
      << Describe(net);
}

TEST(ClusterAwayTest, WhoJoinsLongAfterAMemberWentHearsOfIt) {
  GossipNetwork net(305);
  StartCluster(net, 4, ShortList());
  net.Crash(3, false);
  net.Run(hours(4));  // Longer than a tombstone lasts.
  EXPECT_TRUE(AllCountAsAway(net, 3));
  GossipProcessOptions newcomer = ShortList();
  newcomer.contacts = {0};
  for (std::size_t i = 4; i < 7; ++i) {
    net.Start(i, newcomer);
    newcomer.contacts = {i};  // The next one knows only this one.
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
    LeaveForGood(net, i - 4);
    net.Run(minutes(2));
  }
  EXPECT_TRUE(AllCountAsAway(net, 3)) << Describe(net);
  const MembershipSnapshot snapshot = net.swim(6).Snapshot();
  EXPECT_GT(net.now() - net.Find(snapshot, 3)->since, Duration(hours(4)));
  // All who saw it alive are gone, and yet it can be removed.
  const MemberId id = net.Find(snapshot, 3)->record.id;
  EXPECT_EQ(net.swim(6).Forget(net.now(), id), ForgetOutcome::kForgotten);
  EXPECT_TRUE(net.RunUntil([&] { return NobodyCountsAsAway(net, 3); }, seconds(5)));
}

TEST(ClusterAwayTest, WhileNobodyIsAwayNobodyIsNamed) {
  GossipNetwork net(306);
  GossipProcessOptions frontend = Node({0});
  frontend.roles = kRoleFrontend;
  StartCluster(net, 4, ShortList());
  net.Start(4, frontend);
  net.Run(seconds(20));
  net.Crash(4, false);  // It held nothing.
  LeaveForGood(net, 3);
  net.Run(seconds(20));
  std::size_t named = 0;
  net.filter = [&](std::size_t, std::size_t, ByteSpan bytes) {
    const auto decoded = DecodePacket(bytes);
    const Packet* packet = std::get_if<Packet>(&decoded);
    if (packet == nullptr) return false;
    for (const Message& message : packet->messages) {
      if (std::holds_alternative<Exchange>(message)) ++named;
    }
    return false;
  };
  net.Run(minutes(20));
  EXPECT_EQ(named, 0u);
  net.Crash(2, false);
  net.Run(minutes(20));
  EXPECT_GT(named, 20u * 60 / 2);
  EXPECT_LT(named, 20u * 60 * 2) << "about as many a second as are away";
}

}  // namespace
}  // namespace vf
