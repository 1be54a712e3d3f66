// Whole processes in virtual time, wired by hand: which object is told what, and when. Shells have
// the same wires: node/node and node/data_thread in vfnode, with clocks and sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash64.h"
#include "gossip/members/member_order.h"
#include "gossip/stream/hello_refusal.h"
#include "gossip/swim.h"
#include "node/data/data_driver.h"
#include "node/data/data_plane.h"
#include "node/data/membership_follower.h"
#include "node/data/peer_connections.h"
#include "node/replication/message_direction.h"

namespace vf {
namespace {

constexpr std::uint32_t kClusterHash = 0x1234abcd;
constexpr Duration kDelay = microseconds(100);  // of all that travels
constexpr int kNobody = 0;

class Process;

// Time, and what is to happen. What a process that has ended meant to do is dropped: it may hold
// pointers into it.
class World {
 public:
  TimePoint now() const { return now_; }
  WallTime wall() const {
    return {1'800'000'000'000 +
            static_cast<std::uint64_t>(ToMilliseconds(now_.time_since_epoch()))};
  }
  // `life`: of the process that does it. kNobody: it happens by itself.
  void After(Duration delay, int life, std::function<void()> action) {
    events_.emplace(std::pair(now_ + delay, ++numbers_), std::pair(life, std::move(action)));
  }
  // Null if nobody lives there, or not any more.
  Process* At(const Endpoint& endpoint) const;
  Process* Living(int life) const;
  Process& Start(std::uint16_t port, std::uint8_t roles, DataSettings settings = {});
  void Crash(std::uint16_t port);
  bool RunUntil(const std::function<bool()>& done, Duration limit);
  void Note(ByteSpan bytes) { trace_hash = Hash64(bytes, trace_hash ^ numbers_); }

  std::uint64_t trace_hash = 0;

 private:
  TimePoint now_{hours(1)};
  std::uint64_t numbers_ = 0;
  int lives_ = 0;
  Rng rng_{7};
  std::map<std::pair<TimePoint, std::uint64_t>, std::pair<int, std::function<void()>>> events_;
  std::map<std::uint16_t, std::unique_ptr<Process>> processes_;
};

// One data thread, one membership.
class Process final : public DriverShell, public PeerClientOwner, public PeerConnectionsShell {
 public:
  Process(World& world, int life, const MemberRecord& self, const DataSettings& settings, Rng rng)
      : world_(world),
        life_(life),
        endpoint_(self.endpoint),
        plane_(self.key(), settings),
        follower_(plane_, self, kClusterHash),
        connections_(Backoff(), *this, *this, peer_counters_, rng.Fork("peer client")),
        driver_(plane_, *this, rng.Fork("driver"), /*runs_sync=*/true),
        swim_(ConfigOf(self), self, {.replicas = 3, .partition_digits = 1, .tombstone_age_s = 3600},
              world.now(), world.wall(), rng.Fork("gossip")) {
    // The data path asks the membership, which acts in a turn of its own.
    plane_.learn = [this](std::vector<MemberRecord> records, std::function<void()> done) {
      Later([this, records = std::move(records), done = std::move(done)] {
        swim_.Learn(world_.now(), records);
        TakeSwimOutputs();  // Publishes the view that follows.
        done();
      });
    };
    plane_.report = [this](MemberKey member, std::uint64_t boot, const Complaint& complaint) {
      Later([this, member, boot, complaint] {
        swim_.Report(world_.now(), member, boot, complaint);
        TakeSwimOutputs();
      });
    };
    plane_.announce_ready = [this](std::vector<MemberKey> displaced) {
      Later([this, displaced = std::move(displaced)] {
        swim_.SetPhase(world_.now(), Phase::kReady, displaced);
        TakeSwimOutputs();
      });
    };
    plane_.on_copies_doubted = [this] {
      Later([this] { driver_.MarkAllNotInSync(world_.now(), world_.wall()); });
    };
    plane_.on_behind = [this](std::vector<Partition> partitions, MemberKey holder) {
      Later([this, partitions = std::move(partitions), holder] {
        driver_.OnBehind(world_.now(), world_.wall(), partitions, holder);
      });
    };
    if (self.endpoint.port() != kFirstPort) {
      swim_.SetContact(world.now(), 0, {Endpoint::Loopback(kFirstPort)});
    }
    Later([this] { Follow(); });
  }

  static constexpr std::uint16_t kFirstPort = 1;

  // --- What arrives
  void OnDatagram(const Endpoint& from, ByteSpan bytes) {
    world_.Note(bytes);
    swim_.OnDatagram(world_.now(), world_.wall(), from, bytes);
    TakeSwimOutputs();
  }
  void OnDatagramRefused(const Endpoint& by) {
    swim_.OnRefused(world_.now(), by);
    TakeSwimOutputs();
  }
  // A frame of a data type on a connection that was accepted; its answer, with its length.
  std::string OnRequestFrame(ByteSpan body) {
    world_.Note(body);
    std::optional<PeerRequest> request = ToRequest(DecodeFrame(body).value());
    std::optional<PeerReply> reply = driver_.OnRequest(world_.now(), world_.wall(), *request);
    if (!reply) return {};
    const OutgoingFrame frame = EncodeFrame(ToMessage(*std::move(reply)));
    return frame.head + (frame.tail ? std::string(frame.tail.view().value) : std::string());
  }
  PeerConnections& connections() { return connections_; }
  PeerHello Hello() const { return follower_.Hello(*membership_); }

  // --- Clients
  std::size_t Put(std::string_view key, std::string_view value, const WriteOptions& options) {
    driver_.Put(world_.now(), world_.wall(), key, value, options, Record());
    return answers_.size() - 1;
  }
  std::size_t Get(std::string_view key, const GetOptions& options) {
    driver_.Get(world_.now(), world_.wall(), key, options, Record());
    return answers_.size() - 1;
  }
  void AskSafeToStop(StopCallback done) {
    driver_.AskSafeToStop(world_.now(), world_.wall(), std::move(done));
  }
  bool IsInSync() const {
    const StoredCopies* const copies = plane_.copies();
    if (copies == nullptr) return false;
    for (Partition p = 0; p < copies->states.partition_count(); ++p) {
      if (!copies->states.IsInSync(p)) return false;
    }
    return true;
  }
  const ConflictLog& conflicts() const { return plane_.conflicts; }
  MemberKey key() const { return plane_.self; }
  // None: it stores nothing.
  std::optional<StoreStats> Stored() const {
    if (plane_.copies() == nullptr) return std::nullopt;
    return plane_.copies()->store.Stats();
  }
  struct Answer {
    bool ended = false;
    KvStatus status = KvStatus::kUnavailable;
    std::string value;
  };
  const Answer& answer(std::size_t i) const { return *answers_[i]; }

  bool IsReady() const {
    const auto& members = membership_->members;
    return std::any_of(members.begin(), members.end(), [&](const Member& member) {
      return member.record.key() == membership_->self && member.record.phase == Phase::kReady;
    });
  }
  const std::string& refusal() const { return refusal_; }
  const DataDriver& driver() const { return driver_; }
  int life() const { return life_; }

 private:
  class Link;

  static SwimConfig ConfigOf(const MemberRecord& self) {
    SwimConfig config = SwimConfig::Lan();
    config.cluster_hash = kClusterHash;
    config.contacts = self.endpoint.port() == kFirstPort ? 0 : 1;
    return config;
  }

  // A turn of its own, at the same time.
  void Later(std::function<void()> action) {
    world_.After(Duration(0), life_, [this, action = std::move(action)] {
      action();
      Arm();
    });
  }

  // One timer for all three. It is only moved forward.
  void Arm() {
    const TimePoint next =
        std::min({swim_.NextDeadline(), follower_.NextDeadline(), driver_.NextDeadline()});
    if (next >= armed_) return;
    armed_ = next;
    world_.After(std::max(Duration(0), next - world_.now()), life_, [this, next] {
      if (armed_ == next) armed_ = kNever;
      const TimePoint now = world_.now();
      if (swim_.NextDeadline() <= now) swim_.OnTimer(now, world_.wall());
      TakeSwimOutputs();
      Take(follower_.OnTimer(now));
      if (driver_.NextDeadline() <= now) driver_.OnTimer(now, world_.wall());
      Arm();
    });
  }

  // --- Membership
  void TakeSwimOutputs() {
    SwimOutputs out;
    swim_.TakeOutputs(out);
    if (out.members_changed) Follow();
    if (out.suspected_self) plane_.DoubtCopies();
    for (OutgoingDatagram& datagram : out.datagrams) {
      world_.After(kDelay, kNobody,
                   [datagram = std::move(datagram), world = &world_, from = endpoint_] {
                     if (Process* const to = world->At(datagram.to)) {
                       to->OnDatagram(from, datagram.bytes);
                     } else if (Process* const sender = world->At(from)) {
                       sender->OnDatagramRefused(datagram.to);
                     }
                   });
    }
    Arm();
  }
  // Before the datagrams leave: nobody hears news from a process that does not act by it.
  void Follow() {
    membership_ = std::make_shared<MembershipSnapshot>(swim_.Snapshot());
    Take(follower_.OnMembership(world_.now(), membership_));
  }
  void Take(const FollowerSteps& steps) {
    if (!steps.refusal.empty()) refusal_ = steps.refusal;
    if (steps.view_published) driver_.OnViewPublished(world_.now(), world_.wall());
    if (steps.announce_ready) plane_.announce_ready({});
  }

  // --- DriverShell
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) override {
    connections_.Send(now, to, message);
  }
  void Post(DriverTask task) override {
    Later([this, task = std::move(task)] { task(world_.now(), world_.wall()); });
  }
  void OnDeadlineMoved() override { Arm(); }

  // --- PeerClientOwner
  void OnReply(MemberKey from, const PeerReply& reply) override {
    driver_.OnReply(world_.now(), world_.wall(), from, reply);
  }
  void OnPeerFailure(MemberKey member, PeerFailure failure) override {
    driver_.OnPeerFailure(world_.now(), world_.wall(), member, failure);
  }
  void OnPeerUp(MemberKey member) override { driver_.OnPeerUp(member); }

  // --- PeerConnectionsShell
  std::shared_ptr<PeerConnection> Connect(MemberKey member, const Endpoint& endpoint) override;
  void OnFailuresToTell() override {
    Later([this] { connections_.TellFailures(); });
  }

  KvCallback Record() {
    const auto answer = answers_.emplace_back(std::make_shared<Answer>());
    return [answer](const KvResult& result) {
      *answer = {true, result.status, std::string(result.value)};
    };
  }

  World& world_;
  const int life_;
  const Endpoint endpoint_;
  DataPlane plane_;
  MembershipFollower follower_;
  PeerCounters peer_counters_;
  PeerConnections connections_;
  DataDriver driver_;
  Swim swim_;
  SharedMembership membership_ = std::make_shared<MembershipSnapshot>();
  std::string refusal_;
  TimePoint armed_ = kNever;
  std::vector<std::shared_ptr<Answer>> answers_;
};

// A connection that never breaks by itself: only the process at its other end can.
class Process::Link final : public PeerConnection, public std::enable_shared_from_this<Link> {
 public:
  Link(Process& owner, MemberKey expected, const Endpoint& endpoint)
      : world_(owner.world_), owner_life_(owner.life_), expected_(expected), endpoint_(endpoint) {}

  // HELLO there and back; each side judges the other's.
  void Connect(const PeerHello& ours) {
    OverThere([link = shared_from_this(), ours](Process& server) {
      link->server_life_ = server.life();
      const PeerHello theirs = server.Hello();
      const bool accepted = !JudgeHello(theirs, ours, kNoMember);
      link->OverHere([link, ours, theirs, accepted](Process& client) {
        const auto refusal = JudgeHello(ours, theirs, link->expected_);
        if (refusal || !accepted) return link->End(client, refusal.value_or(HelloRefusal()).end);
        link->up_ = true;
        client.connections().OnUp(link->expected_);
        for (std::string& frame : link->waiting_) link->Carry(std::move(frame));
      });
    });
  }

  bool Send(OutgoingFrame frame) override {
    std::string bytes = std::move(frame.head);
    if (frame.tail) bytes += frame.tail.view().value;
    if (up_) {
      Carry(std::move(bytes));
    } else {
      waiting_.push_back(std::move(bytes));
    }
    return true;
  }
  void Close() override { closed_ = true; }

 private:
  static constexpr std::size_t kLengthBytes = 4;

  void Carry(std::string request) {
    OverThere([link = shared_from_this(), request = std::move(request)](Process& server) {
      std::string reply = server.OnRequestFrame(AsBytes(request).subspan(kLengthBytes));
      if (reply.empty()) return;
      link->OverHere([link, reply = std::move(reply)](Process& client) {
        const ByteSpan body = AsBytes(reply).subspan(kLengthBytes);
        if (!client.connections().OnFrame(link->expected_, body)) {
          link->End(client, LinkEnd::kBadFrame);
        }
      });
    });
  }
  void End(Process& client, LinkEnd end) {
    closed_ = true;
    client.connections().OnEnd(world_.now(), expected_, end);
  }
  // What either side does once this has reached it.
  using Action = std::function<void(Process&)>;
  void OverHere(Action action) {
    world_.After(kDelay, owner_life_, [link = shared_from_this(), action = std::move(action)] {
      if (!link->closed_) action(*link->world_.Living(link->owner_life_));
    });
  }
  void OverThere(Action action) {
    world_.After(kDelay, kNobody, [link = shared_from_this(), action = std::move(action)] {
      Process* const server = link->server_life_ == kNobody
                                  ? link->world_.At(link->endpoint_)
                                  : link->world_.Living(link->server_life_);
      if (server != nullptr) return action(*server);
      link->OverHere([link](Process& client) {
        link->End(client, link->up_ ? LinkEnd::kReset : LinkEnd::kRefused);
      });
    });
  }

  World& world_;
  const int owner_life_;
  const MemberKey expected_;
  const Endpoint endpoint_;
  int server_life_ = kNobody;  // of the process that accepted
  bool up_ = false;
  bool closed_ = false;
  std::vector<std::string> waiting_;
};

std::shared_ptr<PeerConnection> Process::Connect(MemberKey member, const Endpoint& endpoint) {
  auto link = std::make_shared<Link>(*this, member, endpoint);
  link->Connect(Hello());
  return link;
}

Process* World::At(const Endpoint& endpoint) const {
  const auto it = processes_.find(endpoint.port());
  return it == processes_.end() ? nullptr : it->second.get();
}

Process* World::Living(int life) const {
  for (const auto& [port, process] : processes_) {
    if (process->life() == life) return process.get();
  }
  return nullptr;
}

void World::Crash(std::uint16_t port) { processes_.erase(port); }

Process& World::Start(std::uint16_t port, std::uint8_t roles, DataSettings settings) {
  MemberRecord self;
  StoreBigEndian(self.id.bytes.data(), rng_.Next() | 1);
  self.boot = BootAt(wall());
  self.endpoint = Endpoint::Loopback(port);
  self.roles = roles;
  settings.stores = self.IsStorage();
  const int life = ++lives_;
  auto& process = processes_[port];
  process = std::make_unique<Process>(*this, life, self, settings,
                                      rng_.Fork(static_cast<std::uint64_t>(life)));
  return *process;
}

bool World::RunUntil(const std::function<bool()>& done, Duration limit) {
  const TimePoint end = now_ + limit;
  while (!done()) {
    if (events_.empty() || events_.begin()->first.first > end) return false;
    const auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    const auto& [life, action] = event.mapped();
    if (life == kNobody || Living(life) != nullptr) action();
  }
  return true;
}

constexpr std::uint8_t kNode = kRoleStorage | kRoleMemoryOnly;

class ProcessTest : public testing::Test {
 protected:
  // Nodes at the ports from 1 on, and a frontend without storage behind them.
  void StartAll(std::uint16_t nodes) {
    for (std::uint16_t port = 1; port <= nodes; ++port) {
      processes_.push_back(&world_.Start(port, kNode));
    }
    processes_.push_back(&world_.Start(nodes + 1, kRoleFrontend));
    ASSERT_TRUE(world_.RunUntil(
        [&] {
          return std::all_of(processes_.begin(), processes_.end(),
                             [](const Process* p) { return p->IsReady(); });
        },
        seconds(30)));
  }
  Process::Answer Put(Process& at, std::string_view key, std::string_view value,
                      const WriteOptions& options = {}) {
    return AnswerTo(at, at.Put(key, value, options));
  }
  Process::Answer Get(Process& at, std::string_view key, const GetOptions& options = {}) {
    return AnswerTo(at, at.Get(key, options));
  }

  World world_;
  std::vector<Process*> processes_;

 private:
  Process::Answer AnswerTo(Process& at, std::size_t question) {
    EXPECT_TRUE(world_.RunUntil([&] { return at.answer(question).ended; }, seconds(5)));
    return at.answer(question);
  }
};

TEST_F(ProcessTest, WhatOneTakesEachOfThemGives) {
  StartAll(4);
  EXPECT_EQ(Get(*processes_[0], "key").status, KvStatus::kAbsent);
  EXPECT_EQ(Put(*processes_[4], "key", "value").status, KvStatus::kOk);
  for (Process* const process : processes_) {
    const Process::Answer answer = Get(*process, "key");
    EXPECT_EQ(answer.status, KvStatus::kOk);
    EXPECT_EQ(answer.value, "value");
  }
  EXPECT_GT(processes_[4]->driver().counters().remote_reads.value(), 0u);
}

TEST_F(ProcessTest, ServesOnWhileAnOwnerIsDead) {
  StartAll(4);
  world_.Crash(2);
  Process& frontend = *processes_[4];
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i);
    EXPECT_EQ(Put(frontend, key, "value").status, KvStatus::kOk);
    EXPECT_EQ(Get(frontend, key).value, "value");
  }
}

TEST_F(ProcessTest, WhatExpiresIsAbsentAtOnceAndSoonATombstoneOnEveryOwner) {
  StartAll(4);
  WriteOptions options;
  options.ttl = milliseconds(700);
  const TimePoint began = world_.now();
  EXPECT_EQ(Put(*processes_[4], "key", "value", options).status, KvStatus::kOk);
  world_.RunUntil([] { return false; }, began + milliseconds(690) - world_.now());
  for (Process* const process : processes_) EXPECT_EQ(Get(*process, "key").value, "value");
  world_.RunUntil([] { return false; }, began + milliseconds(702) - world_.now());
  for (Process* const process : processes_) {
    EXPECT_EQ(Get(*process, "key").status, KvStatus::kAbsent);
    EXPECT_EQ(Get(*process, "key", {.local = true, .r = {}}).status, KvStatus::kAbsent);
    EXPECT_EQ(Get(*process, "key", {.local = false, .r = ReplicaCount{2}}).status,
              KvStatus::kAbsent);
  }
  std::uint64_t tombstones = 0;
  for (const Process* const process : processes_) {
    const std::optional<StoreStats> stored = process->Stored();
    if (!stored) continue;
    EXPECT_EQ(stored->live_records, 0u);
    tombstones += stored->tombstones;
  }
  EXPECT_GE(tombstones, 3u) << "all owners, and whoever stood in for one";
}

TEST_F(ProcessTest, ReadsOfSeveralOwnersAnswer) {
  StartAll(4);
  EXPECT_EQ(Put(*processes_[4], "key", "value").status, KvStatus::kOk);
  for (Process* const process : processes_) {
    for (const int r : {2, 3, ReplicaCount::kAll}) {
      EXPECT_EQ(Get(*process, "key", {.local = false, .r = ReplicaCount{r}}).value, "value");
    }
    EXPECT_EQ(Get(*process, "key", {.local = false, .r = ReplicaCount{4}}).status,
              KvStatus::kBadRequest);
  }
}

// A node that was restarted is not in sync for a while, and the others learn of each step of that
// only later: they must not find themselves safe to stop meanwhile.
TEST_F(ProcessTest, WhileARestartedNodeIsNotInSyncNoOtherIsSafeToStop) {
  StartAll(3);
  for (int i = 0; i < 100; ++i) Put(*processes_[3], "key" + std::to_string(i), "value");
  Process* restarted = processes_[1];
  int refused = 0;
  int crashes = 0;
  // No answer can know of a crash that comes after it.
  const auto judge = [&](int crashes_before, const std::vector<std::string>& reasons) {
    if (!reasons.empty()) {
      ++refused;
    } else if (crashes_before == crashes) {
      EXPECT_TRUE(restarted != nullptr && restarted->IsReady() && restarted->IsInSync());
    }
  };
  const auto ask_for = [&](Duration duration) {
    for (const TimePoint end = world_.now() + duration; world_.now() < end;) {
      for (Process* const other : {processes_[0], processes_[2]}) {
        other->AskSafeToStop(
            [&, before = crashes](const auto& reasons) { judge(before, reasons); });
      }
      world_.RunUntil([] { return false; }, microseconds(100));
    }
  };
  ask_for(milliseconds(50));
  EXPECT_EQ(refused, 0) << "before";
  for (const Duration down : {milliseconds(0), milliseconds(5), milliseconds(700)}) {
    refused = 0;
    world_.Crash(2);
    ++crashes;
    restarted = nullptr;
    ask_for(down);
    restarted = &world_.Start(2, kNode);
    ask_for(seconds(2));
    EXPECT_TRUE(restarted->IsReady());
    EXPECT_GT(refused, 0);
    refused = 0;
    ask_for(milliseconds(50));
    EXPECT_EQ(refused, 0) << "and safe again";
  }
}

TEST_F(ProcessTest, OfWritesThatMeetOneIsAConflict) {
  StartAll(3);
  constexpr std::uint64_t kPairs = 50;
  for (std::uint64_t i = 1; i <= kPairs; ++i) {
    const std::size_t first = processes_[0]->Put("key", "one" + std::to_string(i), {});
    const std::size_t second = processes_[1]->Put("key", "two" + std::to_string(i), {});
    ASSERT_TRUE(world_.RunUntil(
        [&] { return processes_[0]->answer(first).ended && processes_[1]->answer(second).ended; },
        seconds(5)));
    EXPECT_EQ(processes_[0]->answer(first).status, KvStatus::kOk);
    EXPECT_EQ(processes_[1]->answer(second).status, KvStatus::kOk);
    EXPECT_EQ(processes_[0]->conflicts().count() + processes_[1]->conflicts().count(), i);
  }
  for (const int self : {0, 1}) {
    const MemberKey other = processes_[static_cast<std::size_t>(1 - self)]->key();
    for (const auto& conflict : processes_[static_cast<std::size_t>(self)]->conflicts().Last()) {
      EXPECT_EQ(conflict->key, "key");
      EXPECT_EQ(conflict->kept.frontend, other);
      EXPECT_EQ(conflict->lost.frontend, processes_[static_cast<std::size_t>(self)]->key());
      EXPECT_GE(conflict->kept.version, conflict->lost.version);
    }
  }
  EXPECT_EQ(processes_[2]->conflicts().count() + processes_[3]->conflicts().count(), 0u);
}

TEST_F(ProcessTest, WritesOneAfterAnotherAreNoConflictsWhoeverTakesThem) {
  StartAll(4);
  Rng rng(5);
  for (int i = 0; i < 400; ++i) {
    Process& frontend = *processes_[rng.Uniform(processes_.size())];
    const std::string key = "key" + std::to_string(rng.Uniform(3));
    EXPECT_EQ(Put(frontend, key, "value" + std::to_string(i)).status, KvStatus::kOk);
  }
  for (const Process* const process : processes_) EXPECT_EQ(process->conflicts().count(), 0u);
}

TEST_F(ProcessTest, WritesThatMeetInOneFrontendAreNoConflicts) {
  StartAll(3);
  for (int i = 0; i < 20; ++i) {
    for (const std::size_t at : {0u, 3u}) {
      const std::size_t first = processes_[at]->Put("key", "one", {});
      const std::size_t second = processes_[at]->Put("key", "two", {});
      ASSERT_TRUE(world_.RunUntil(
          [&] {
            return processes_[at]->answer(first).ended && processes_[at]->answer(second).ended;
          },
          seconds(5)));
    }
  }
  for (const Process* const process : processes_) EXPECT_EQ(process->conflicts().count(), 0u);
}

TEST_F(ProcessTest, AMinAcksAboveKIsRefused) {
  StartAll(3);
  Process& refused = world_.Start(9, kNode, {.min_acks = 4});
  EXPECT_TRUE(world_.RunUntil([&] { return !refused.refusal().empty(); }, seconds(10)));
  EXPECT_FALSE(refused.IsReady());
}

TEST_F(ProcessTest, TheSameNumberGivesTheSameRun) {
  std::vector<std::uint64_t> hashes;
  for (int run = 0; run < 2; ++run) {
    world_ = World();
    processes_.clear();
    StartAll(4);
    Put(*processes_[4], "key", "value");
    hashes.push_back(world_.trace_hash);
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_NE(hashes[0], 0u);
}

}  // namespace
}  // namespace vf
