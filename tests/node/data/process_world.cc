#include "tests/node/data/process_world.h"

#include <algorithm>

#include "gossip/members/member_order.h"
#include "gossip/stream/hello_refusal.h"
#include "node/replication/message_direction.h"

namespace vf {
namespace {

constexpr std::uint32_t kClusterHash = 0x1234abcd;
constexpr Duration kDelay = microseconds(100);  // of all that travels
constexpr int kNobody = ProcessWorld::kNobody;
constexpr std::uint16_t kFirstPort = 1;  // of the process that the others ask

SwimConfig ConfigOf(const MemberRecord& self) {
  SwimConfig config = SwimConfig::Lan();
  config.cluster_hash = kClusterHash;
  config.contacts = self.endpoint.port() == kFirstPort ? 0 : 1;
  return config;
}

}  // namespace

// --- Process ---

Process::Process(ProcessWorld& world, int life, const MemberRecord& self,
                 const DataSettings& settings, Rng rng)
    : world_(world),
      life_(life),
      endpoint_(self.endpoint),
      plane_(self.key(), settings),
      follower_(plane_, kClusterHash),
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

void Process::OnDatagram(const Endpoint& from, ByteSpan bytes) {
  world_.Note(bytes);
  swim_.OnDatagram(world_.now(), world_.wall(), from, bytes);
  TakeSwimOutputs();
}

void Process::OnDatagramRefused(const Endpoint& by) {
  swim_.OnRefused(world_.now(), by);
  TakeSwimOutputs();
}

std::string Process::OnRequestFrame(ByteSpan body) {
  world_.Note(body);
  std::optional<PeerRequest> request = ToRequest(DecodeFrame(body).value());
  std::optional<PeerReply> reply = driver_.OnRequest(world_.now(), world_.wall(), *request);
  if (!reply) return {};
  const OutgoingFrame frame = EncodeFrame(ToMessage(*std::move(reply)));
  return frame.head + (frame.tail ? std::string(frame.tail.view().value) : std::string());
}

bool Process::IsInSync() const {
  const StoredCopies* const copies = plane_.copies();
  if (copies == nullptr) return false;
  for (Partition p = 0; p < copies->states.partition_count(); ++p) {
    if (!copies->states.IsInSync(p)) return false;
  }
  return true;
}

bool Process::IsReady() const {
  const auto& members = membership_->members;
  return std::any_of(members.begin(), members.end(), [&](const Member& member) {
    return member.record.key() == membership_->self && member.record.phase == Phase::kReady;
  });
}

void Process::Later(std::function<void()> action) {
  world_.After(Duration(0), life_, [this, action = std::move(action)] {
    action();
    Arm();
  });
}

void Process::Arm() {
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

void Process::TakeSwimOutputs() {
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

void Process::Follow() {
  membership_ = std::make_shared<MembershipSnapshot>(swim_.Snapshot());
  Take(follower_.OnMembership(world_.now(), membership_));
}

void Process::Take(const FollowerSteps& steps) {
  if (!steps.refusal.empty()) refusal_ = steps.refusal;
  if (steps.view_published) driver_.OnViewPublished(world_.now(), world_.wall());
  if (steps.announce_ready) plane_.announce_ready({});
}

KvCallback Process::Record() {
  const auto answer = answers_.emplace_back(std::make_shared<Answer>());
  return [answer](const KvResult& result) {
    *answer = {true, result.status, std::string(result.value)};
  };
}

// --- Link ---

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

  ProcessWorld& world_;
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

// --- World ---

Process* ProcessWorld::At(const Endpoint& endpoint) const {
  const auto it = processes_.find(endpoint.port());
  return it == processes_.end() ? nullptr : it->second.get();
}

Process* ProcessWorld::Living(int life) const {
  for (const auto& [port, process] : processes_) {
    if (process->life() == life) return process.get();
  }
  return nullptr;
}

void ProcessWorld::Crash(std::uint16_t port) { processes_.erase(port); }

Process& ProcessWorld::Start(std::uint16_t port, std::uint8_t roles, DataSettings settings) {
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

bool ProcessWorld::RunUntil(const std::function<bool()>& done, Duration limit) {
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

}  // namespace vf
