#include "gossip/tcp/tcp_streams.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/entropy.h"
#include "gossip/stream/member_streams.h"

namespace vf {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

constexpr std::size_t kReadBytes = 65'536;
// What the system keeps of a chunk for a slow reader; by itself it would take megabytes.
constexpr int kSendBufferBytes = 131'072;
// Then others have their turn.
constexpr int kReadsATurn = 4;

tcp::endpoint ToAsio(const Endpoint& endpoint) {
  const ByteSpan bytes = endpoint.address_bytes();
  if (endpoint.is_v6()) {
    asio::ip::address_v6::bytes_type address;
    std::memcpy(address.data(), bytes.data(), address.size());
    return {asio::ip::address_v6(address), endpoint.port()};
  }
  asio::ip::address_v4::bytes_type address;
  std::memcpy(address.data(), bytes.data(), address.size());
  return {asio::ip::address_v4(address), endpoint.port()};
}

// None if it is no TCP socket that this loop can take; then it is closed.
std::optional<Socket> Adopt(asio::io_context& io, AcceptedSocket accepted) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(accepted.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return std::nullopt;
  }
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return std::nullopt;
  Socket socket(io);
  error_code error;
  socket.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), accepted.get(), error);
  if (error) return std::nullopt;
  accepted.Release();
  return socket;
}

void SetOptions(Socket& socket) {
  // Not worth ending a connection for, if the system does not take them.
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
}

}  // namespace

class TcpStreams::Core final : public MemberStreamsShell,
                               public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& io, Swim& swim, const StreamConfig& config, const ClusterKeys& keys,
       const AllowList& allow, TurnFn turn)
      : io_(io), allow_(allow), turn_(std::move(turn)), streams(swim, config, keys, *this) {}

  void Stop() {
    stopped_ = true;
    streams.CloseAll();
  }

  void TakeOver(AcceptedSocket accepted, const std::string& received, const PeerHello* theirs) {
    std::optional<Socket> socket = Adopt(io_, std::move(accepted));
    if (!socket) return;
    const TimePoint now = MonotonicNow();
    const std::optional<StreamNumber> number =
        theirs != nullptr ? streams.AcceptAfterHello(now, *theirs) : streams.Accept(now);
    if (!number) return;  // The socket closes.
    SetOptions(*socket);
    Begin(*number, *std::move(socket));
    StartRead(*number);
    streams.OnBytes(now, *number, AsBytes(received));
  }

  // MemberStreamsShell
  void Connect(StreamNumber number, const Endpoint& to) override;
  void Send(StreamNumber number, std::string bytes) override;
  void Close(StreamNumber number) override {
    const auto it = connections_.find(number);
    if (it == connections_.end()) return;
    error_code ignored;
    it->second->socket.close(ignored);
    connections_.erase(it);
  }
  std::array<std::byte, 16> Nonce() override { return Entropy128(); }

 private:
  struct Connection {
    explicit Connection(Socket opened) : socket(std::move(opened)) {}
    Socket socket;
    std::string out;
    std::size_t sent = 0;  // of `out`
  };

  Connection& Begin(StreamNumber number, Socket socket) {
    auto connection = std::make_shared<Connection>(std::move(socket));
    return *connections_.emplace(number, std::move(connection)).first->second;
  }
  // Null once it is closed: handlers that still come do nothing.
  Connection* Find(StreamNumber number) {
    const auto it = connections_.find(number);
    return it == connections_.end() ? nullptr : it->second.get();
  }
  template <typename Body>
  void Turn(Body body) {
    if (!stopped_) turn_([&] { body(MonotonicNow()); });
  }
  void EndLater(StreamNumber number, LinkEnd why) {
    asio::post(io_, [self = shared_from_this(), number, why] {
      self->Turn([&](TimePoint now) { self->streams.OnEnd(now, number, why); });
    });
  }
  void StartRead(StreamNumber number);
  void OnReadable(StreamNumber number);
  void StartWrite(StreamNumber number);

  asio::io_context& io_;
  const AllowList& allow_;
  const TurnFn turn_;
  bool stopped_ = false;
  // Held by shared_ptr, since a connection must outlive the call in which it is closed.
  std::map<StreamNumber, std::shared_ptr<Connection>> connections_;
  std::array<std::byte, kReadBytes> read_buffer_;

 public:
  MemberStreams streams;
};

void TcpStreams::Core::Connect(StreamNumber number, const Endpoint& to) {
  Connection& connection = Begin(number, Socket(io_));
  if (!allow_.Allows(to)) return EndLater(number, LinkEnd::kUnreachable);
  const tcp::endpoint endpoint = ToAsio(to);
  error_code error;
  connection.socket.open(endpoint.protocol(), error);
  if (error) return EndLater(number, LinkEnd::kUnreachable);
  SetOptions(connection.socket);
  connection.socket.async_connect(
      endpoint, [self = shared_from_this(), number](const error_code& failure) {
        if (self->Find(number) == nullptr) return;
        if (!failure) self->StartRead(number);
        self->Turn([&](TimePoint now) {
          if (!failure) return self->streams.OnConnected(now, number);
          self->streams.OnEnd(now, number,
                              failure == asio::error::connection_refused ? LinkEnd::kRefused
                                                                         : LinkEnd::kUnreachable);
        });
      });
}

void TcpStreams::Core::StartRead(StreamNumber number) {
  Connection* const connection = Find(number);
  if (connection == nullptr) return;
  connection->socket.async_wait(Socket::wait_read,
                                [self = shared_from_this(), number](const error_code& error) {
                                  if (!error) self->OnReadable(number);
                                });
}

void TcpStreams::Core::OnReadable(StreamNumber number) {
  for (int i = 0; i < kReadsATurn; ++i) {
    Connection* const connection = Find(number);
    if (connection == nullptr) return;
    error_code error;
    const std::size_t bytes = connection->socket.read_some(asio::buffer(read_buffer_), error);
    if (error == asio::error::would_block || error == asio::error::interrupted) break;
    Turn([&](TimePoint now) {
      if (!error) return streams.OnBytes(now, number, ByteSpan(read_buffer_).first(bytes));
      streams.OnEnd(now, number, error == asio::error::eof ? LinkEnd::kClosed : LinkEnd::kReset);
    });
    if (error) return;
  }
  StartRead(number);
}

void TcpStreams::Core::Send(StreamNumber number, std::string bytes) {
  Connection* const connection = Find(number);
  if (connection == nullptr) return;
  connection->out = std::move(bytes);
  connection->sent = 0;
  StartWrite(number);
}

void TcpStreams::Core::StartWrite(StreamNumber number) {
  const std::shared_ptr<Connection> connection = connections_.at(number);
  const asio::const_buffer rest = asio::buffer(connection->out.data() + connection->sent,
                                               connection->out.size() - connection->sent);
  connection->socket.async_write_some(rest, [self = shared_from_this(), connection, number](
                                                const error_code& error, std::size_t bytes) {
    if (self->Find(number) == nullptr) return;
    connection->sent += bytes;
    if (!error && connection->sent < connection->out.size()) return self->StartWrite(number);
    connection->out = {};
    self->Turn([&](TimePoint now) {
      if (!error) return self->streams.OnSent(now, number);
      self->streams.OnEnd(now, number, LinkEnd::kReset);
    });
  });
}

TcpStreams::TcpStreams(asio::io_context& io, Swim& swim, const StreamConfig& config,
                       const ClusterKeys& keys, const AllowList& allow, TurnFn turn)
    : core_(std::make_shared<Core>(io, swim, config, keys, allow, std::move(turn))) {}

TcpStreams::~TcpStreams() { core_->Stop(); }

void TcpStreams::TakeWishes(const SwimOutputs& outputs) {
  core_->streams.TakeWishes(MonotonicNow(), outputs);
}

void TcpStreams::OnTimer() { core_->streams.OnTimer(MonotonicNow()); }

void TcpStreams::TakeOver(AcceptedSocket socket, const std::string& received) {
  core_->TakeOver(std::move(socket), received, nullptr);
}

void TcpStreams::TakeOver(AcceptedSocket socket, const PeerHello& theirs,
                          const std::string& received) {
  core_->TakeOver(std::move(socket), received, &theirs);
}

TimePoint TcpStreams::NextDeadline() const { return core_->streams.NextDeadline(); }

const StreamCounters& TcpStreams::counters() const { return core_->streams.counters(); }

}  // namespace vf
