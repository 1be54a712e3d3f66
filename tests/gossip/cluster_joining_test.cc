// Many who join at once, and what joiners meet that has nothing to give.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"
#include "tests/gossip/cluster.h"
#include "tests/gossip/datagram_of.h"

namespace vf {
namespace {

constexpr WallTime kWall{1'800'000'000'000};

template <typename Wanted>
bool Holds(ByteSpan bytes) {
  const auto decoded = DecodePacket(bytes);
  const Packet* packet = std::get_if<Packet>(&decoded);
  return packet != nullptr &&
         std::any_of(packet->messages.begin(), packet->messages.end(),
                     [](const Message& m) { return std::holds_alternative<Wanted>(m); });
}

// A member of a cluster of `nodes`, told things by another one.
class Listener {
 public:
  explicit Listener(std::size_t nodes) : net_(7) {
    net_.StartWarm(nodes);
    net_.Run(seconds(1));
    const MembershipSnapshot s = net_.swim(1).Snapshot();
    speaker_ = net_.Find(s, 1)->record;
    Changed();
  }
  MemberRecord Newcomer(std::uint8_t number) const {
    MemberRecord r = speaker_;
    r.id.bytes.fill(std::byte{number});
    r.endpoint = Endpoint::V4({10, 9, 0, number}, 9'000);
    r.phase = Phase::kJoining;
    return r;
  }
  MemberRecord RecordOf(std::size_t index) {
    const MembershipSnapshot s = net_.swim(0).Snapshot();
    return net_.Find(s, index)->record;
  }
  void Hear(const Message& message) {
    net_.swim(0).OnDatagram(net_.now(), kWall, speaker_.endpoint,
                            DatagramOf(speaker_, GossipNetwork::kClusterHash, message));
  }
  void HearOfNewcomers(std::uint8_t first, std::uint8_t count) {
    Batch batch;
    for (std::uint8_t i = 0; i < count; ++i) {
      batch.updates.push_back(Alive{Newcomer(static_cast<std::uint8_t>(first + i))});
    }
    Hear(batch);
  }
  // Whether readers were told of a change since the last call.
  bool Changed() {
    SwimOutputs out;
    net_.swim(0).TakeOutputs(out);
    return out.members_changed;
  }
  // When they are told, from now on; only this process lives meanwhile.
  Duration UntilChanged(Duration limit) {
    Swim& swim = net_.swim(0);
    TimePoint now = net_.now();
    const TimePoint end = now + limit;
    while (swim.NextDeadline() <= end) {
      now = std::max(now, swim.NextDeadline());
      swim.OnTimer(now, kWall);
      if (Changed()) break;
    }
    return now - net_.now();
  }

 private:
  GossipNetwork net_;
  MemberRecord speaker_;
};

TEST(JoiningTest, OneNewcomerIsPublishedAtOnce) {
  Listener listener(8);
  listener.HearOfNewcomers(1, 1);
  EXPECT_TRUE(listener.Changed());
}

TEST(JoiningTest, ARushOfNewcomersIsPublishedOnceWhenItIsOver) {
  Listener listener(8);
  listener.HearOfNewcomers(1, 18);
  listener.HearOfNewcomers(30, 18);
  EXPECT_FALSE(listener.Changed());
  EXPECT_LE(listener.UntilChanged(seconds(1)), milliseconds(110));
}

TEST(JoiningTest, ADeathIsPublishedAtOnceAmidARushOfNewcomers) {
  Listener listener(8);
  listener.HearOfNewcomers(1, 18);
  const MemberRecord r = listener.RecordOf(4);
  listener.Hear(Suspect{r.key(), Boot32(r.boot), r.incarnation, 1, 0});
  EXPECT_TRUE(listener.Changed()) << "a suspicion too";
  listener.HearOfNewcomers(30, 18);
  EXPECT_FALSE(listener.Changed());
  listener.Hear(Dead{r.key(), Boot32(r.boot), r.incarnation, 1, DeathReason::kTimeout, 0});
  EXPECT_TRUE(listener.Changed());
}

// Of processes that are joining the header says no view hash: theirs is no view to agree with, and
// nobody is to ask them for it.
TEST(JoiningTest, WhoHasNotJoinedSaysNoViewHash) {
  GossipNetwork net(11);
  int checked = 0;
  net.filter = [&](std::size_t from, std::size_t, ByteSpan bytes) {
    const auto decoded = DecodePacket(bytes);
    const std::uint64_t hash = std::get<Packet>(decoded).header.view_hash;
    // What it sends in this turn was made before it is asked here.
    if (!net.swim(from).Snapshot().joined) {
      EXPECT_EQ(hash, 0u);
      ++checked;
    }
    return false;
  };
  net.Start(0, Node());
  for (std::size_t i = 1; i < 10; ++i) net.Start(i, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5)));
  EXPECT_GT(checked, 18);
}

// Those who have joined hand the members on, though none of them is ready yet.
TEST(JoiningTest, AMassStartIsNotHandedOverByItsContactAlone) {
  GossipNetwork net(12);
  std::map<std::size_t, std::size_t> handed;
  net.filter = [&](std::size_t from, std::size_t, ByteSpan bytes) {
    if (Holds<Exchange>(bytes)) ++handed[from];
    return false;
  };
  net.Start(0, Node());
  for (std::size_t i = 1; i < 60; ++i) {
    net.Start(i, Node({0}));
    net.Run(milliseconds(5));
  }
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5)));
  std::size_t all = 0;
  for (const auto& [from, count] : handed) all += count;
  EXPECT_GT(handed.size(), 10u);
  EXPECT_LT(handed[0], all / 2);
}

// The contact has let the newcomer in and dies: nobody else has heard of it, and what a stranger
// says of itself counts for nothing. It asks those whom it was told of to let it in.
TEST(JoiningTest, AProcessWhoseContactDiesBeforeItHasTheMembersJoinsThroughThoseItMet) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    GossipNetwork net(seed);
    net.StartWarm(6);
    net.Run(seconds(1));
    bool let_in = false;
    net.filter = [&](std::size_t from, std::size_t to, ByteSpan bytes) {
      const auto decoded = DecodePacket(bytes);
      const Packet& packet = std::get<Packet>(decoded);
      for (const Message& m : packet.messages) {
        const JoinOk* ok = std::get_if<JoinOk>(&m);
        if (ok != nullptr && to == 6 && ok->exchange_with != kNoMember) {
          if (let_in) return true;
          // The second one: the first told it of the cluster.
          let_in = net.swim(6).Snapshot().foundation.IsFounded();
          return false;
        }
      }
      return to == 6 || (from == 0 && let_in);  // Nothing else reaches it, and nobody else hears.
    };
    net.Start(6, Node({0}));
    ASSERT_TRUE(net.RunUntil([&] { return let_in; }, seconds(2)));
    net.Crash(0, seed % 2 == 0);
    net.Run(milliseconds(20));
    EXPECT_FALSE(net.swim(6).Snapshot().joined);
    net.filter = nullptr;
    ASSERT_TRUE(net.RunUntil([&] { return net.swim(6).Snapshot().joined; }, seconds(6))) << seed;
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << seed;
  }
}

}  // namespace
}  // namespace vf
