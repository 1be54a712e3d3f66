#include "tools/cluster-sim/process/gossip_streams.h"

#include <optional>
#include <utility>

namespace vf::sim {

// One side of a simulated connection, as the kernel calls it.
class GossipStreams::Connection final : public StreamUser,
                                        public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(GossipStreams& owner) : owner_(owner) {}

  void OnStreamConnected() override {
    owner_.Turn(shared_from_this(),
                [this](TimePoint now) { owner_.members_.OnConnected(now, number); });
  }
  void OnStreamBytes(std::string bytes) override {
    owner_.Turn(shared_from_this(), [this, bytes = std::move(bytes)](TimePoint now) {
      owner_.streams_.Read(stream, bytes.size());
      owner_.members_.OnBytes(now, number, AsBytes(bytes));
    });
  }
  void OnStreamWritable() override {
    owner_.Turn(shared_from_this(), [this](TimePoint now) {
      if (!out.empty()) Write(now);
    });
  }
  void OnStreamEnd(StreamEnd end) override {
    const LinkEnd why = end == StreamEnd::kRefused  ? LinkEnd::kRefused
                        : end == StreamEnd::kClosed ? LinkEnd::kClosed
                                                    : LinkEnd::kReset;
    owner_.Turn(shared_from_this(),
                [this, why](TimePoint now) { owner_.members_.OnEnd(now, number, why); });
  }

  // What is in `out`, if there is room; then it is sent.
  void Write(TimePoint now) {
    if (!owner_.streams_.Write(stream, out)) return;
    out.clear();
    owner_.members_.OnSent(now, number);
  }

  StreamNumber number = 0;  // 0: the thread has not taken it yet
  StreamId stream;
  std::uint64_t arrival = 0;  // of accepted ones
  std::string out;            // what the stream has not taken
  bool closed = false;

 private:
  GossipStreams& owner_;
};

GossipStreams::GossipStreams(Loop& loop, Streams& streams, Host& host, SerialThread& thread,
                             Swim& swim, const StreamConfig& config, const Rng& rng)
    : loop_(loop),
      streams_(streams),
      host_(host),
      thread_(thread),
      rng_(rng),
      members_(swim, config, ClusterKeys(), *this) {}

GossipStreams::~GossipStreams() {
  for (const auto& [number, connection] : connections_) streams_.Close(connection->stream);
  for (const auto& [index, connection] : waiting_) streams_.Close(connection->stream);
}

template <typename Body>
void GossipStreams::Turn(const std::shared_ptr<Connection>& connection, Body body) {
  thread_.Run([this, connection, body = std::move(body)]() mutable {
    if (!connection->closed) body(loop_.now());
  });
}

std::shared_ptr<GossipStreams::Connection> GossipStreams::Wait(StreamId stream) {
  auto connection = std::make_shared<Connection>(*this);
  connection->stream = stream;
  connection->arrival = ++accepted_;
  waiting_[connection->arrival] = connection;
  return connection;
}

void GossipStreams::Take(Connection& connection, std::optional<StreamNumber> number) {
  const auto node = waiting_.extract(connection.arrival);
  if (number) {
    connection.number = *number;
    connections_[*number] = node.mapped();
  } else {
    connection.closed = true;
    streams_.Close(connection.stream);
  }
}

StreamUser* GossipStreams::OnStreamAccept(StreamId stream) {
  const auto connection = Wait(stream);
  Turn(connection,
       [this, taken = connection.get()](TimePoint now) { Take(*taken, members_.Accept(now)); });
  return connection->closed ? nullptr : connection.get();
}

void GossipStreams::TakeOver(StreamId stream, const PeerHello& theirs,
                             const std::string& received) {
  const auto connection = Wait(stream);
  if (!streams_.SetUser(stream, *connection)) {
    waiting_.erase(connection->arrival);
    return;
  }
  Turn(connection, [this, taken = connection.get(), theirs, received](TimePoint now) {
    Take(*taken, members_.AcceptAfterHello(now, theirs));
    members_.OnBytes(now, taken->number, AsBytes(received));
  });
}

// --- MemberStreamsShell

void GossipStreams::Connect(StreamNumber number, const Endpoint& to) {
  auto connection = std::make_shared<Connection>(*this);
  connection->number = number;
  connections_[number] = connection;
  if (const std::optional<HostNumber> host = HostOf(to)) {
    connection->stream = streams_.Connect(host_.number, *host, *connection);
    return;
  }
  Turn(connection,
       [this, number](TimePoint now) { members_.OnEnd(now, number, LinkEnd::kUnreachable); });
}

// Called in a turn, so what is told later is told in the next one.
void GossipStreams::Send(StreamNumber number, std::string bytes) {
  const std::shared_ptr<Connection> connection = connections_.at(number);
  connection->out = std::move(bytes);
  Turn(connection, [connection](TimePoint now) { connection->Write(now); });
}

void GossipStreams::Close(StreamNumber number) {
  const auto it = connections_.find(number);
  if (it == connections_.end()) return;
  it->second->closed = true;
  streams_.Close(it->second->stream);
  connections_.erase(it);
}

std::array<std::byte, 16> GossipStreams::Nonce() {
  std::array<std::byte, 16> nonce;
  StoreBigEndian(nonce.data(), rng_.Next());
  StoreBigEndian(nonce.data() + 8, rng_.Next());
  return nonce;
}

}  // namespace vf::sim
