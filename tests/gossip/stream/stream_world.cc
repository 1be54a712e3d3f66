#include "tests/gossip/stream/stream_world.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "base/check.h"
#include "gossip/wire/codec.h"

namespace vf {
namespace {

constexpr std::uint64_t kWallMs = 1'800'000'000'000;
constexpr std::uint32_t kClusterHash = 7;

Endpoint EndpointOf(std::size_t index) {
  return Endpoint::V4(
      {10, 0, static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index)}, 8000);
}

std::optional<std::size_t> IndexOf(const Endpoint& endpoint) {
  const ByteSpan bytes = endpoint.address_bytes();
  if (bytes.size() != 4 || endpoint.port() != 8000) return std::nullopt;
  return std::to_integer<std::size_t>(bytes[2]) << 8 | std::to_integer<std::size_t>(bytes[3]);
}

SwimConfig Config(std::size_t contacts) {
  SwimConfig config = SwimConfig::Lan();
  config.cluster_hash = kClusterHash;
  config.contacts = contacts;
  config.streams = true;
  return config;
}

}  // namespace

class StreamWorld::Shell final : public MemberStreamsShell {
 public:
  Shell(StreamWorld& world, std::size_t index) : world_(world), index_(index) {}

  void Connect(StreamNumber stream, const Endpoint& to) override {
    const auto target = IndexOf(to);
    VF_CHECK(target, "an address of this world");
    world_.Connect({index_, stream}, *target);
  }
  void Send(StreamNumber stream, std::string bytes) override {
    world_.Send({index_, stream}, std::move(bytes));
  }
  void Close(StreamNumber stream) override { world_.Close({index_, stream}); }
  std::array<std::byte, 16> Nonce() override {
    std::array<std::byte, 16> nonce;
    StoreBigEndian(nonce.data(), world_.rng_.Next());
    StoreBigEndian(nonce.data() + 8, world_.rng_.Next());
    return nonce;
  }

 private:
  StreamWorld& world_;
  const std::size_t index_;
};

StreamWorld::Process::Process(StreamWorld& world, std::size_t index, Swim made)
    : swim(std::move(made)),
      shell(std::make_unique<Shell>(world, index)),
      streams(swim, world.config_, ClusterKeys(), *shell) {}

StreamWorld::Process::~Process() = default;

void StreamWorld::Process::Wish(TimePoint now, const ExchangeWish& wish) {
  SwimOutputs wishes;
  wishes.exchanges.push_back(wish);
  streams.TakeWishes(now, wishes);
}

void StreamWorld::Process::Wish(TimePoint now, const EchoWish& wish) {
  SwimOutputs wishes;
  wishes.echoes.push_back(wish);
  streams.TakeWishes(now, wishes);
}

const Member* StreamWorld::Process::Find(const MembershipSnapshot& snapshot, MemberKey key) const {
  const auto it = std::find_if(snapshot.members.begin(), snapshot.members.end(),
                               [key](const Member& m) { return m.record.key() == key; });
  return it == snapshot.members.end() ? nullptr : &*it;
}

bool StreamWorld::Process::Knows(MemberKey key) const {
  return Find(swim.Snapshot(), key) != nullptr;
}

MemberRecord StreamWorld::RecordOf(std::size_t index) {
  MemberRecord r;
  // Spread over the buckets.
  StoreBigEndian(r.id.bytes.data(), (index + 1) * std::uint64_t{0x9e3779b97f4a7c15});
  r.id.bytes[15] = std::byte{1};
  r.boot = kWallMs / 64;
  r.incarnation = 1;
  r.endpoint = EndpointOf(index);
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = index + 1;
  r.meta_version = 1;
  r.phase = Phase::kReady;
  r.replicas = 3;
  r.partition_digits = 2;
  return r;
}

StreamWorld::StreamWorld(std::size_t members, const StreamConfig& config) : config_(config) {
  cluster_.foundation = {kWallMs, 5};
  cluster_.settings = {3, 2, 3600};
  for (std::size_t i = 0; i < members; ++i) cluster_.members.push_back(RecordOf(i));
  for (std::size_t i = 0; i < members; ++i) {
    processes_.push_back(std::make_unique<Process>(
        *this, i, Swim::Warm(Config(0), RecordOf(i), cluster_, now_, {kWallMs}, rng_.Fork(i))));
  }
}

StreamWorld::~StreamWorld() = default;

void StreamWorld::Join(std::size_t contact) {
  const std::size_t index = processes_.size();
  MemberRecord self = RecordOf(index);
  self.seat = 0;
  processes_.push_back(std::make_unique<Process>(
      *this, index, Swim(Config(1), self, ClusterSettings{}, now_, {kWallMs}, rng_.Fork(index))));
  Turn(index, [&] { processes_[index]->swim.SetContact(now_, 0, {EndpointOf(contact)}); });
}

template <typename Body>
void StreamWorld::Turn(std::size_t index, Body body) {
  Process& process = *processes_[index];
  body();
  process.swim.TakeOutputs(process.outputs);
  Carry(index, process.outputs);
  process.streams.TakeWishes(now_, process.outputs);
}

bool StreamWorld::LosesDatagram(const OutgoingDatagram& datagram) const {
  if (loses_datagrams_) return true;
  if (!loses_exchanges_) return false;
  const auto decoded = DecodePacket(datagram.bytes);
  const auto& messages = std::get<Packet>(decoded).messages;
  return std::any_of(messages.begin(), messages.end(), [](const Message& m) {
    return std::holds_alternative<Digest>(m) || std::holds_alternative<Exchange>(m);
  });
}

void StreamWorld::Carry(std::size_t from, SwimOutputs& outputs) {
  for (const OutgoingDatagram& datagram : outputs.datagrams) {
    ++processes_[from]->datagrams_out;
    const auto to = IndexOf(datagram.to);
    if (!to || *to >= processes_.size() || dead_.contains(*to) || LosesDatagram(datagram)) continue;
    Post([this, from, to = *to, bytes = datagram.bytes] {
      Turn(to, [&] {
        processes_[to]->swim.OnDatagram(
            now_, {kWallMs + static_cast<std::uint64_t>(ToMilliseconds(now_.time_since_epoch()))},
            EndpointOf(from), bytes);
      });
    });
  }
}

void StreamWorld::Connect(End from, std::size_t to) {
  if (to >= processes_.size()) return;  // A host without power: no answer at all.
  Post([this, from, to] {
    MemberStreams& asking = processes_[from.process]->streams;
    if (dead_.contains(to)) {
      return Turn(from.process, [&] { asking.OnEnd(now_, from.stream, LinkEnd::kRefused); });
    }
    if (const auto it = strangers_.find(to); it != strangers_.end()) {
      answered_[from] = it->second;
    } else {
      const auto number = processes_[to]->streams.Accept(now_);
      if (!number) {
        return Turn(from.process, [&] { asking.OnEnd(now_, from.stream, LinkEnd::kClosed); });
      }
      links_[from] = {to, *number};
      links_[{to, *number}] = from;
    }
    Turn(from.process, [&] { asking.OnConnected(now_, from.stream); });
  });
}

void StreamWorld::Send(End from, std::string bytes) {
  End to = from;
  longest_send_ = std::max(longest_send_, bytes.size());
  std::string arrives = std::move(bytes);
  if (const auto stranger = answered_.find(from); stranger != answered_.end()) {
    arrives = stranger->second(arrives);
  } else if (const auto link = links_.find(from); link != links_.end()) {
    to = link->second;
  } else {
    return;
  }
  Post([this, to, arrives = std::move(arrives)] {
    if (arrives.empty()) return;
    Turn(to.process,
         [&] { processes_[to.process]->streams.OnBytes(now_, to.stream, AsBytes(arrives)); });
  });
  Post([this, from] {
    Turn(from.process, [&] { processes_[from.process]->streams.OnSent(now_, from.stream); });
  });
}

void StreamWorld::Close(End from) {
  answered_.erase(from);
  const auto link = links_.find(from);
  if (link == links_.end()) return;
  const End to = link->second;
  links_.erase(from);
  links_.erase(to);
  Post([this, to] {
    Turn(to.process,
         [&] { processes_[to.process]->streams.OnEnd(now_, to.stream, LinkEnd::kClosed); });
  });
}

void StreamWorld::Run(Duration time) {
  const TimePoint until = now_ + time;
  for (;;) {
    while (!tasks_.empty()) {
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
    TimePoint next = kNever;
    for (const auto& process : processes_) {
      next = std::min({next, process->swim.NextDeadline(), process->streams.NextDeadline()});
    }
    if (next > until) break;
    now_ = std::max(now_, next);
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      Process& process = *processes_[i];
      if (process.swim.NextDeadline() <= now_ || process.streams.NextDeadline() <= now_) {
        Turn(i, [&] {
          process.streams.OnTimer(now_);
          process.swim.OnTimer(
              now_,
              {kWallMs + static_cast<std::uint64_t>(ToMilliseconds(now_.time_since_epoch()))});
        });
      }
    }
  }
  now_ = until;
}

}  // namespace vf
