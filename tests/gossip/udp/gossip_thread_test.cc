// Real threads and sockets on loopback addresses. Everything that takes time is awaited by polling
// a condition up to a deadline.
#include "gossip/udp/gossip_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/key_hash.h"
#include "base/os/clocks.h"
#include "gossip/udp/self_record.h"
#include "tests/support/eventually.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

constexpr std::uint8_t kNode = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;

struct ProcessSetup {
  Endpoint bind = Endpoint::Loopback(0);
  std::vector<HostPort> contacts = {};
  std::uint8_t roles = kNode;
  std::string cluster = "test";
  ClusterSettings given = {};
  AllowList allow = AllowList::PrivateNetworks();
  std::string keys = "";  // the content of a --cluster-key-file
};

// One process, as its main would put it together.
class Process {
 public:
  explicit Process(const ProcessSetup& setup) {
    auto socket = UdpSocket::Open(setup.bind, setup.allow);
    EXPECT_TRUE(socket.ok()) << socket.status();
    GossipOptions options;
    options.config.cluster_hash = HashClusterName(setup.cluster);
    options.self = NewSelfRecord(setup.roles);
    options.given = setup.given;
    options.contacts = setup.contacts;
    if (!setup.keys.empty()) options.keys = *ClusterKeys::Parse(setup.keys);
    options.seed = options.self.key();
    key_ = options.self.key();
    GossipHandlers handlers;
    handlers.on_membership = [this](SharedMembership) { ++published_; };
    handlers.on_refused = [this](const std::string& text, bool ends) {
      const std::lock_guard lock(mutex_);
      refused_ = text;
      refusal_ends_ = ends;
    };
    gossip_ = std::make_unique<GossipThread>(*std::move(socket), std::move(options), handlers);
    gossip_->Start();
  }

  GossipThread& gossip() const { return *gossip_; }
  MemberKey key() const { return key_; }
  std::uint16_t port() const { return gossip_->port(); }
  HostPort contact() const { return {"127.0.0.1", gossip_->port()}; }
  int published() const { return published_; }
  std::string refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  bool refusal_ends() const {
    const std::lock_guard lock(mutex_);
    return refusal_ends_;
  }

  // What it believes of `other`; none: it does not know it.
  std::optional<MemberRecord> RecordOf(MemberKey key) const {
    const SharedMembership membership = gossip_->Current();
    for (const Member& member : membership->members) {
      if (member.record.key() == key) return member.record;
    }
    return std::nullopt;
  }
  std::optional<MemberRecord> RecordOf(const Process& other) const { return RecordOf(other.key_); }
  bool Sees(const Process& other, MemberState state) const {
    const auto record = RecordOf(other);
    return record && record->state == state;
  }
  double Metric(const std::string& name) const {
    MetricsWriter writer;
    gossip_->WriteMetrics(writer);
    const std::string text = writer.Text();
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }

 private:
  MemberKey key_ = kNoMember;
  std::atomic<int> published_{0};
  mutable std::mutex mutex_;
  std::string refused_;
  bool refusal_ends_ = false;
  std::unique_ptr<GossipThread> gossip_;  // last: its handlers use the rest
};

bool AllSeeAll(const std::vector<const Process*>& processes) {
  for (const Process* observer : processes) {
    for (const Process* other : processes) {
      if (!observer->Sees(*other, MemberState::kAlive)) return false;
    }
  }
  return true;
}

TEST(GossipThreadTest, AFounderIsAClusterOfOne) {
  Process founder({});
  EXPECT_TRUE(Eventually([&] { return founder.gossip().Current()->foundation.IsFounded(); }));
  EXPECT_TRUE(Eventually([&] { return founder.gossip().Current()->joined; }));
  EXPECT_TRUE(Eventually([&] { return founder.published() >= 1; }));
  EXPECT_TRUE(founder.Sees(founder, MemberState::kAlive));
}

TEST(GossipThreadTest, FiveJoinThroughAnyMemberAndSeeEachOther) {
  Process a({});
  Process b({.contacts = {a.contact()}});
  Process c({.contacts = {b.contact()}});
  Process d({.contacts = {c.contact(), a.contact()}});
  Process e({.contacts = {a.contact()}, .roles = kRoleFrontend});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&a, &b, &c, &d, &e}); }));
  for (const Process* process : {&a, &b, &c, &d, &e}) {
    EXPECT_TRUE(Eventually([&] { return process->gossip().Current()->joined; }));
  }
  EXPECT_EQ(e.gossip().Current()->foundation, a.gossip().Current()->foundation);
}

TEST(GossipThreadTest, AControllerIntroducesNodes) {
  Process controller({.roles = kRoleController});
  Process a({.contacts = {controller.contact()}});
  Process b({.contacts = {controller.contact()}});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&controller, &a, &b}); }));
  EXPECT_TRUE(Eventually([&] { return controller.gossip().Current()->foundation.IsFounded(); }));
}

TEST(GossipThreadTest, AContactMayBeAName) {
  Process a({});
  Process b({.contacts = {{"localhost", a.port()}}});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
}

TEST(GossipThreadTest, AMemberThatIsGoneIsFoundDeadByItsRefusals) {
  Process a({});
  Process b({.contacts = {a.contact()}});
  auto c = std::make_unique<Process>(ProcessSetup{.contacts = {a.contact()}});
  ASSERT_TRUE(Eventually([&] { return AllSeeAll({&a, &b, c.get()}); }));
  const MemberKey key = c->key();
  c.reset();  // No good-bye.
  const auto dead_at = [&](const Process& observer) {
    const auto record = observer.RecordOf(key);
    return record && record->state == MemberState::kDead;
  };
  EXPECT_TRUE(Eventually([&] { return dead_at(a) && dead_at(b); }));
  EXPECT_GT(a.Metric("velourfog_gossip_socket_errors_total{kind=\"refused\"}") +
                b.Metric("velourfog_gossip_socket_errors_total{kind=\"refused\"}"),
            0);
}

TEST(GossipThreadTest, WhoLeavesIsSeenAsLeftWhenStopReturns) {
  Process a({});
  Process b({.contacts = {a.contact()}});
  ASSERT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
  const TimePoint begin = MonotonicNow();
  b.gossip().Leave(LeaveKind::kStopped);
  b.gossip().Stop();
  EXPECT_GE(MonotonicNow() - begin, GossipThread::kLinger);
  EXPECT_TRUE(Eventually([&] { return a.Sees(b, MemberState::kLeft); }, seconds(2)));
}

TEST(GossipThreadTest, ARestartAtTheSamePortTakesThePlaceOfTheFormerProcess) {
  Process a({});
  auto before = std::make_unique<Process>(ProcessSetup{.contacts = {a.contact()}});
  ASSERT_TRUE(Eventually([&] { return AllSeeAll({&a, before.get()}); }));
  const std::uint16_t port = before->port();
  const MemberKey old_key = before->key();
  before.reset();
  Process after({.bind = Endpoint::Loopback(port), .contacts = {a.contact()}});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&a, &after}); }));
  EXPECT_TRUE(Eventually([&] {
    const auto old = a.RecordOf(old_key);
    return !old || old->state == MemberState::kDead;
  }));
}

TEST(GossipThreadTest, MembersOfAnotherClusterNameStayStrangers) {
  Process a({});
  Process stranger({.contacts = {a.contact()}, .cluster = "other"});
  const std::string drops = "velourfog_gossip_drops_total{reason=\"foreign_cluster\"}";
  EXPECT_TRUE(Eventually([&] { return a.Metric(drops) > 0; }));
  EXPECT_FALSE(a.RecordOf(stranger));
  EXPECT_FALSE(stranger.gossip().Current()->joined);
  EXPECT_THAT(stranger.gossip().waiting_text(), HasSubstr("without contacts"));
}

constexpr char kKey[] = "0123456789abcdef";
constexpr char kOtherKey[] = "fedcba9876543210";

std::string DropsFor(const std::string& reason) {
  return "velourfog_gossip_drops_total{reason=\"" + reason + "\"}";
}

TEST(GossipThreadTest, MembersWithOneKeyMeet) {
  Process a({.keys = kKey});
  Process b({.contacts = {a.contact()}, .keys = kKey});
  Process c({.contacts = {b.contact()}, .keys = std::string(kOtherKey) + "\n" + kKey});
  ASSERT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
  // c signs with a key that the others do not have: keys are first added everywhere.
  EXPECT_TRUE(Eventually(
      [&] { return a.Metric(DropsFor("bad_tag")) + b.Metric(DropsFor("bad_tag")) > 0; }));
  EXPECT_FALSE(c.gossip().Current()->joined);
  Process d({.contacts = {a.contact()}, .keys = std::string(kKey) + "\n" + kOtherKey});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&a, &b, &d}); }));
}

TEST(GossipThreadTest, AKeyOnOneSideIsNamedAsTheCauseOnBoth) {
  Process keyed({.keys = kKey});
  Process without({.contacts = {keyed.contact()}});
  Process other({.contacts = {keyed.contact()}, .keys = kOtherKey});
  EXPECT_TRUE(Eventually([&] {
    return without.gossip().waiting_text().find("this process has none") != std::string::npos;
  }));
  EXPECT_TRUE(Eventually(
      [&] { return other.gossip().waiting_text().find("does not have") != std::string::npos; }));
  EXPECT_GT(keyed.Metric(DropsFor("unsigned")), 0);
  EXPECT_TRUE(Eventually([&] { return keyed.Metric(DropsFor("bad_tag")) > 0; }));
  EXPECT_TRUE(Eventually([&] { return without.Metric(DropsFor("signed")) > 0; }));
  EXPECT_FALSE(keyed.RecordOf(without));
  EXPECT_FALSE(keyed.RecordOf(other));
  EXPECT_FALSE(without.gossip().Current()->joined);

  Process plain({});
  Process late({.contacts = {plain.contact()}, .keys = kKey});
  EXPECT_TRUE(Eventually(
      [&] { return late.gossip().waiting_text().find("does not sign") != std::string::npos; }));
  EXPECT_TRUE(Eventually([&] { return plain.Metric(DropsFor("signed")) > 0; }));
  EXPECT_FALSE(plain.RecordOf(late));
}

TEST(GossipThreadTest, ReplayedDatagramsAreDropped) {
  // What `asker` says to its contact is heard by somebody who can read the wire.
  auto ear = UdpSocket::Open(Endpoint::Loopback(0), AllowList::PrivateNetworks());
  ASSERT_TRUE(ear.ok());
  Process asker({.contacts = {{"127.0.0.1", ear->port()}}, .keys = kKey});
  std::vector<std::byte> heard;
  ASSERT_TRUE(Eventually([&] {
    for (const ReceivedDatagram& d : ear->Receive().datagrams) {
      heard.assign(d.bytes.begin(), d.bytes.end());
    }
    return !heard.empty();
  }));
  Process victim({.keys = kKey});
  const OutgoingDatagram again{Endpoint::Loopback(victim.gossip().port()), heard};
  ear->Send({&again, 1});
  ASSERT_TRUE(Eventually(
      [&] { return victim.Metric("velourfog_gossip_datagrams_total{direction=\"in\"}") == 1; }));
  EXPECT_EQ(victim.Metric(DropsFor("replay")), 0) << "it has not been here before";
  for (int i = 0; i < 3; ++i) ear->Send({&again, 1});
  EXPECT_TRUE(Eventually([&] { return victim.Metric(DropsFor("replay")) == 3; }));
  EXPECT_EQ(victim.Metric(DropsFor("bad_tag")), 0);
}

TEST(GossipThreadTest, AddressesOutsideTheAllowListAreDropped) {
  AllowList only;
  ASSERT_TRUE(only.Add("127.0.0.2/32"));
  Process a({.allow = std::move(only)});
  Process stranger({.contacts = {a.contact()}});
  const std::string drops = "velourfog_gossip_drops_total{reason=\"not_allowed\"}";
  EXPECT_TRUE(Eventually([&] { return a.Metric(drops) > 0; }));
  EXPECT_FALSE(a.RecordOf(stranger));
}

TEST(GossipThreadTest, OtherSettingsAreRefusedAndEndTheNewcomer) {
  Process a({.given = {3, 2, 3600}});
  Process other({.contacts = {a.contact()}, .given = {5, 2, 3600}});
  ASSERT_TRUE(Eventually([&] { return !other.refused().empty(); }));
  EXPECT_TRUE(other.refusal_ends());
  EXPECT_THAT(other.refused(), HasSubstr("5"));
  EXPECT_THAT(other.refused(), HasSubstr("3"));
  EXPECT_EQ(a.refused(), "");
}

TEST(GossipThreadTest, BothFamiliesMeetInOneCluster) {
  Process both({.bind = *Endpoint::ParseAddress("::", 0)});
  Process v4({.contacts = {{"127.0.0.1", both.port()}}});
  Process six({.bind = *Endpoint::ParseAddress("::", 0), .contacts = {{"::1", both.port()}}});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&both, &v4, &six}); }));
}

TEST(GossipThreadTest, PhasesReachTheOthers) {
  Process a({});
  Process b({.contacts = {a.contact()}});
  ASSERT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
  b.gossip().SetPhase(Phase::kSyncing, {});
  EXPECT_TRUE(Eventually([&] { return a.RecordOf(b)->phase == Phase::kSyncing; }));
  b.gossip().SetPhase(Phase::kReady, {a.key()});
  EXPECT_TRUE(Eventually([&] { return a.RecordOf(b)->phase == Phase::kReady; }));
  EXPECT_TRUE(Eventually([&] { return b.RecordOf(b)->phase == Phase::kReady; }));
}

TEST(GossipThreadTest, WhatIsLearntIsPublishedBeforeDoneIsCalled) {
  Process a({});
  Process b({.contacts = {a.contact()}});
  ASSERT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
  Process c({.contacts = {b.contact()}});
  ASSERT_TRUE(Eventually([&] { return c.gossip().Current()->joined; }));
  std::atomic<int> knows{-1};
  a.gossip().Learn({*c.RecordOf(c)}, [&] { knows = a.RecordOf(c).has_value() ? 1 : 0; });
  ASSERT_TRUE(Eventually([&] { return knows >= 0; }));
  EXPECT_EQ(knows, 1);
}

TEST(GossipThreadTest, TasksRunInTheOrderOfTheirTimes) {
  Process a({});
  std::mutex mutex;
  std::vector<int> order;
  const auto task = [&](int number) {
    return [&, number] {
      const std::lock_guard lock(mutex);
      order.push_back(number);
    };
  };
  const TimePoint now = MonotonicNow();
  a.gossip().PostAt(now + milliseconds(60), task(3));
  a.gossip().PostAt(now + milliseconds(30), task(2));
  a.gossip().PostAt(now - seconds(1), task(1));
  EXPECT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return order.size() == 3;
  }));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(GossipThreadTest, ATaskThatThrowsEndsNothing) {
  Process a({});
  a.gossip().PostAt(MonotonicNow(), [] { throw std::runtime_error("on purpose"); });
  EXPECT_TRUE(Eventually([&] { return a.Metric("velourfog_gossip_failed_turns_total") == 1; }));
  Process b({.contacts = {a.contact()}});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
}

TEST(GossipThreadTest, GarbageChangesNothing) {
  Process a({});
  auto noise = UdpSocket::Open(Endpoint::Loopback(0), AllowList::PrivateNetworks());
  ASSERT_TRUE(noise.ok());
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    OutgoingDatagram datagram{Endpoint::Loopback(a.port()), {}};
    datagram.bytes.resize(rng.Uniform(1600));
    for (std::byte& byte : datagram.bytes) byte = static_cast<std::byte>(rng.Uniform(256));
    noise->Send({&datagram, 1});
  }
  Process b({.contacts = {a.contact()}});
  EXPECT_TRUE(Eventually([&] { return AllSeeAll({&a, &b}); }));
  EXPECT_GT(a.Metric("velourfog_gossip_drops_total{reason=\"magic\"}"), 0);
  EXPECT_GT(a.Metric("velourfog_gossip_drops_total{reason=\"truncated\"}"), 0);
}

TEST(GossipThreadTest, AContactThatIsTheProcessItselfHoldsNothingUp) {
  auto socket = UdpSocket::Open(Endpoint::Loopback(0), AllowList::PrivateNetworks());
  ASSERT_TRUE(socket.ok());
  const std::uint16_t port = socket->port();
  { const UdpSocket freed = *std::move(socket); }
  Process a({.bind = Endpoint::Loopback(port), .contacts = {{"127.0.0.1", port}}});
  EXPECT_TRUE(Eventually([&] { return a.gossip().Current()->foundation.IsFounded(); }));
}

}  // namespace
}  // namespace vf
