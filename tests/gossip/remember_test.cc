// A controller that comes back: with its member file, and without.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "gossip/members/remembered_members.h"
#include "tests/support/gossip_network.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

RememberedMembers::Item ItemOf(MemberKey key, TimePoint last_seen) {
  return {TestMember(key), last_seen};
}

TEST(RememberedMembersTest, PingsAThousandASecondThoseSeenLastFirst) {
  RememberedMembers remembered;
  TimePoint now{seconds(100)};
  std::vector<RememberedMembers::Item> items;
  for (MemberKey key = 1; key <= 500; ++key) {
    items.push_back(ItemOf(key, now - seconds(static_cast<int>(key))));
  }
  remembered.Begin(now, items, true);
  EXPECT_EQ(remembered.patience_until(), now + milliseconds(3'500));
  std::vector<MemberKey> order;
  const TimePoint end = now + milliseconds(499);
  while (remembered.NextDeadline() <= end) {
    now = remembered.NextDeadline();
    for (const MemberKey key : remembered.TakeDue(now)) order.push_back(key);
  }
  ASSERT_EQ(order.size(), 500u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(now, TimePoint(seconds(100)) + milliseconds(490));
  EXPECT_EQ(remembered.NextDeadline(), now + RememberedMembers::kRoundPause);
}

TEST(RememberedMembersTest, OnlyAnAckOfItsLastPingIsAnAnswer) {
  RememberedMembers remembered;
  const TimePoint now{seconds(100)};
  remembered.Begin(now, {ItemOf(5, now)}, true);
  EXPECT_FALSE(remembered.TakeAnswer(0, 5)) << "it was not pinged yet";
  remembered.SetPinged(5, 77);
  EXPECT_FALSE(remembered.TakeAnswer(76, 5));
  EXPECT_FALSE(remembered.TakeAnswer(77, 6));
  EXPECT_EQ(remembered.TakeAnswer(77, 5)->record, TestMember(5));
  EXPECT_TRUE(remembered.empty());
  EXPECT_TRUE(remembered.TakeDue(now).empty());
  remembered.EndPatience();
  EXPECT_EQ(remembered.NextDeadline(), kNever);
}

class RememberTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kNodes = 20;
  static constexpr std::size_t kController = 20;
  static constexpr MemberKey kControllerKey = 0x1234'5678'9abc'def0;

  static GossipProcessOptions ControllerOptions(std::vector<std::size_t> contacts = {}) {
    GossipProcessOptions options;
    options.roles = kRoleController;
    options.contacts = std::move(contacts);
    options.key = kControllerKey;
    return options;
  }
  static GossipProcessOptions NodeOptions(std::vector<std::size_t> contacts) {
    GossipProcessOptions options;
    options.contacts = std::move(contacts);
    return options;
  }
  // Nodes 0 to 19 and a controller whom nobody names as a contact.
  void StartCluster() {
    net_.StartWarm(kNodes);
    net_.Start(kController, ControllerOptions({0}));
    ASSERT_TRUE(net_.RunUntil([&] { return net_.Agree(); }, seconds(10)));
  }
  // What its member file would hold.
  RememberedCluster MemoryOf(std::size_t index) {
    const MembershipSnapshot snapshot = net_.swim(index).Snapshot();
    RememberedCluster memory{snapshot.foundation, snapshot.settings, {}};
    for (const Member& member : snapshot.members) {
      if (member.record.key() == snapshot.self) continue;
      memory.members.push_back({member.record, net_.wall()});
    }
    return memory;
  }
  void Restart(const RememberedCluster& memory, std::vector<std::size_t> contacts = {}) {
    GossipProcessOptions options = ControllerOptions(std::move(contacts));
    options.remembered = memory;
    net_.Start(kController, options);
  }
  bool IsVerified(std::size_t index) {
    const MembershipSnapshot snapshot = net_.swim(index).Snapshot();
    return std::all_of(snapshot.members.begin(), snapshot.members.end(),
                       [](const Member& m) { return m.verified || !m.record.IsLive(); });
  }

  GossipNetwork net_{3};
};

// Goal G21.
TEST_F(RememberTest, AControllerThatComesBackHasTheWholeViewVerifiedWithinASecond) {
  StartCluster();
  const RememberedCluster memory = MemoryOf(kController);
  net_.Crash(kController);
  net_.Run(seconds(1));
  net_.Crash(3, /*host_up=*/false);
  net_.Crash(4);
  net_.Start(21, NodeOptions({0}));
  net_.Start(5, NodeOptions({0}));  // Anew, at the address of another.
  net_.Run(seconds(60));
  Restart(memory);
  const TimePoint restarted = net_.now();
  ASSERT_TRUE(net_.RunUntil([&] { return net_.Agree() && IsVerified(kController); }, seconds(1)));
  EXPECT_LE(net_.now() - restarted, milliseconds(600));
  EXPECT_TRUE(net_.Believes(kController, 3, MemberState::kDead));
  net_.Run(seconds(30));
  EXPECT_TRUE(net_.Agree());
  EXPECT_EQ(net_.false_deaths(), 0);
}

TEST_F(RememberTest, WhatOnlyTheFileSaysIsToldToNobody) {
  StartCluster();
  RememberedCluster memory = MemoryOf(kController);
  net_.Crash(kController);
  std::set<MemberKey> ghosts;
  for (MemberKey key = 1; key <= 200; ++key) {
    MemberRecord record = TestMember(key << 48);
    record.boot = memory.members.front().record.boot;
    record.endpoint = Endpoint::V4({10, 99, 0, static_cast<std::uint8_t>(key)}, 8000);
    record.replicas = memory.settings.replicas;
    record.partition_digits = memory.settings.partition_digits;
    memory.members.push_back({record, net_.wall()});
    ghosts.insert(record.key());
  }
  Restart(memory);
  for (int i = 0; i < 100; ++i) {
    net_.Run(milliseconds(100));
    for (const std::size_t index : net_.Up()) {
      for (const Member& member : net_.swim(index).Snapshot().members) {
        if (!ghosts.contains(member.record.key())) continue;
        ASSERT_EQ(index, kController) << "told of a ghost";
        ASSERT_FALSE(member.record.IsLive());
      }
    }
  }
  EXPECT_TRUE(net_.Agree());
}

// Those that are given up are met again when their cut is over: nobody else knows of them.
TEST_F(RememberTest, ThoseBehindACutAreKeptInMind) {
  StartCluster();
  const RememberedCluster memory = MemoryOf(kController);
  net_.Crash(kController);
  net_.Run(seconds(1));
  net_.Cut({kController});
  Restart(memory);
  net_.Run(seconds(20));
  EXPECT_TRUE(net_.swim(kController).Snapshot().joined) << "it goes on alone";
  net_.Cut({});
  EXPECT_TRUE(net_.RunUntil([&] { return net_.Agree(); }, seconds(10)));
  EXPECT_EQ(net_.Foundations(), 1u);
}

TEST_F(RememberTest, WhenNobodyIsLeftTheClusterGoesOnWithWhoeverComes) {
  StartCluster();
  const RememberedCluster memory = MemoryOf(kController);
  for (const std::size_t index : net_.Up()) net_.Crash(index);
  Restart(memory);
  for (std::size_t i = 0; i < 5; ++i) net_.Start(i, NodeOptions({kController}));
  ASSERT_TRUE(net_.RunUntil([&] { return net_.Agree(); }, seconds(10)));
  EXPECT_EQ(net_.swim(0).Snapshot().foundation, memory.foundation);
}

TEST_F(RememberTest, TwoControllersThatRememberOnlyEachOtherGoOn) {
  StartCluster();
  const RememberedCluster memory = MemoryOf(kController);
  GossipProcessOptions second = ControllerOptions({kController});
  second.key = 99;
  net_.Start(25, second);
  ASSERT_TRUE(net_.RunUntil([&] { return net_.Agree(); }, seconds(10)));
  const RememberedCluster memory_of_second = MemoryOf(25);
  for (const std::size_t index : net_.Up()) net_.Crash(index);
  Restart(memory, {25});
  second.remembered = memory_of_second;
  net_.Start(25, second);
  ASSERT_TRUE(net_.RunUntil([&] { return net_.Agree(); }, seconds(10)));
  EXPECT_EQ(net_.Foundations(), 1u);
}

// Without a member file it has another id, and knows nobody; nobody names it as a contact.
TEST_F(RememberTest, AControllerWithoutMemoryIsFoundByTheMembers) {
  StartCluster();
  for (const Duration away : {Duration(milliseconds(300)), Duration(minutes(2))}) {
    net_.Crash(kController);
    net_.Run(away);
    GossipProcessOptions options = ControllerOptions();
    options.key = kNoMember;
    net_.Start(kController, options);
    EXPECT_TRUE(net_.RunUntil([&] { return net_.Agree(); }, seconds(8))) << ToMilliseconds(away);
  }
}

// No election, no pairing: controllers know each other as contacts, and so the islands meet, long
// after everybody has forgotten the others.
TEST(SeveralControllersTest, IslandsOfOneFoundationMeetThroughThem) {
  GossipNetwork net(11);
  GossipProcessOptions options;
  options.config.evict_after = seconds(20);
  options.config.controller_evict_after = seconds(20);
  options.config.tombstone_age = seconds(40);
  const auto start = [&](std::size_t index, std::uint8_t roles, std::vector<std::size_t> contacts) {
    GossipProcessOptions own = options;
    own.roles = roles;
    own.contacts = std::move(contacts);
    net.Start(index, own);
  };
  constexpr std::uint8_t kNode = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  start(0, kRoleController, {1});
  start(1, kRoleController, {0});
  start(2, kNode, {0});
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10)));
  // Those that store are not forgotten: there is one, and it is gone when the islands meet.
  start(3, kRoleFrontend, {0});
  start(4, kRoleFrontend, {1});
  start(5, kRoleFrontend, {1});
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10)));
  net.Cut({0, 2, 3});
  net.Crash(2, false);
  net.Run(minutes(3));
  EXPECT_EQ(net.Find(net.swim(0).Snapshot(), 4), nullptr);
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(8)));
  EXPECT_EQ(net.Foundations(), 1u);
}

}  // namespace
}  // namespace vf
