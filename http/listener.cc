#include "http/listener.h"

#include <absl/status/statusor.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/log.h"
#include "http/connection.h"

namespace vf {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

// Then the connections that are there have their turn.
constexpr int kAcceptsPerTurn = 64;
constexpr Duration kAcceptRetry = milliseconds(20);
// When draining: how long connections with nothing under way are kept. Whoever uses one meanwhile
// is told with the answer that it was the last; to close it at once would break what is on its way.
constexpr Duration kIdleGrace = milliseconds(100);
// Descriptors that connections leave to peers, gossip, files and the log.
constexpr std::uint64_t kReservedDescriptors = 256;

socklen_t ToSockaddr(const Endpoint& endpoint, sockaddr_storage& storage) {
  std::memset(&storage, 0, sizeof(storage));
  const ByteSpan bytes = endpoint.address_bytes();
  if (endpoint.is_v6()) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port());
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    return sizeof(v6);
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(endpoint.port());
  std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
  return sizeof(v4);
}

std::optional<Endpoint> FromSockaddr(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return Endpoint::FromBytes(std::as_bytes(std::span(v6.sin6_addr.s6_addr)), ntohs(v6.sin6_port));
  }
  if (storage.ss_family != AF_INET) return std::nullopt;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  return Endpoint::FromBytes(std::as_bytes(std::span(&v4.sin_addr.s_addr, 1)), ntohs(v4.sin_port));
}

absl::Status SystemError(std::string_view what) {
  const int error = errno;
  return absl::UnavailableError(std::string(what) + ": " + std::strerror(error));
}

// What `errno` means for who chose the address.
absl::Status ListenError(const Endpoint& endpoint) {
  const std::string where = "TCP " + endpoint.ToString();
  if (errno != EADDRINUSE) return SystemError("cannot listen on " + where);
  return absl::UnavailableError(
      where +
      ": the port is in use by another process; choose another PORT, or 0 "
      "for a free one");
}

bool SetFlag(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

absl::StatusOr<int> Bind(const Endpoint& endpoint, bool reuse_port) {
  const int family = endpoint.is_v6() ? AF_INET6 : AF_INET;
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return SystemError("cannot open a socket");
  sockaddr_storage address;
  const socklen_t size = ToSockaddr(endpoint, address);
  if (!SetFlag(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
      (reuse_port && !SetFlag(fd, SOL_SOCKET, SO_REUSEPORT, 1)) ||
      (endpoint.is_v6() && !SetFlag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) ||
      bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    const absl::Status status = ListenError(endpoint);
    close(fd);
    return status;
  }
  return fd;
}

}  // namespace

std::uint32_t HttpShared::DefaultMaxConnections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
  const std::uint64_t most = std::min<std::uint64_t>(limit.rlim_cur, 1'000'000);
  const std::uint64_t reserve = std::min(kReservedDescriptors, most / 2);
  return static_cast<std::uint32_t>(most - reserve);
}

class Listener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const ListenerConfig& config, const AllowList& allow_list,
       KvService* kv, const OperatorService& operators, HttpShared& shared)
      : config_(config),
        io_(io),
        allow_list_(allow_list),
        acceptor_(io),
        tick_(io),
        accept_retry_(io),
        drain_limit_(io),
        idle_grace_(io),
        context_(std::make_shared<ConnectionContext>(config, kv, operators, shared)) {}

  ConnectionContext& context() { return *context_; }

  absl::Status Start() {
    int fd = config_.bound_fd;
    if (fd < 0) {
      const auto bound = Bind(config_.bind, config_.reuse_port);
      if (!bound.ok()) return bound.status();
      fd = *bound;
    }
    ErrorCode error;
    acceptor_.assign(fd, error);
    if (error) {
      close(fd);
      return absl::UnavailableError("cannot watch the listening socket: " + error.message());
    }
    acceptor_.non_blocking(true, error);
    if (listen(fd, std::max(config_.backlog, 1024)) != 0) {
      return ListenError(config_.bind);
    }
    sockaddr_storage address;
    socklen_t size = sizeof(address);
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      return SystemError("cannot tell the listening address");
    }
    local_ = FromSockaddr(address).value_or(config_.bind);
    OpenSpare();
    asio::post(io_, [self = shared_from_this()] {
      self->WaitForConnection();
      self->StartTick();
    });
    return absl::OkStatus();
  }

  Endpoint local_endpoint() const { return local_; }

  void Drain(Duration limit, absl::AnyInvocable<void()> done) {
    VF_CHECK(!context_->draining, "Drain is called once");
    AcceptWaiting();
    StopAccepting();
    context_->draining = true;
    drained_ = std::move(done);
    idle_grace_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(kIdleGrace));
    idle_grace_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) self->DismissIdle();
    });
    drain_limit_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limit));
    drain_limit_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) self->AbortConnections();
      self->CheckDrained();
    });
    asio::post(io_, [self = shared_from_this()] { self->CheckDrained(); });
  }

  // Everything ends; nothing is called back.
  void Stop() {
    stopped_ = true;
    drained_ = nullptr;
    StopAccepting();
    tick_.cancel();
    drain_limit_.cancel();
    idle_grace_.cancel();
    AbortConnections();
  }

 private:
  // --- Accepting ---

  // To its client a connection that waits to be accepted is open, and closing would reset it.
  void AcceptWaiting() {
    for (int i = 0; acceptor_.is_open() && i < kAcceptsPerTurn; ++i) {
      sockaddr_storage address;
      std::memset(&address, 0, sizeof(address));
      const int fd = CallAccept(address);
      if (fd >= 0) {
        Take(fd, address);
      } else if (errno != EINTR && errno != ECONNABORTED) {
        return;
      }
    }
  }

  void StopAccepting() {
    ErrorCode error;
    acceptor_.close(error);
    accept_retry_.cancel();
    if (spare_fd_ >= 0) close(std::exchange(spare_fd_, -1));
  }

  void OpenSpare() {
    if (spare_fd_ < 0) spare_fd_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  void WaitForConnection() {
    if (!acceptor_.is_open() || accept_pending_) return;
    acceptor_.async_wait(Descriptor::wait_read,
                         [self = shared_from_this()](const ErrorCode& error) {
                           self->accept_pending_ = false;
                           if (!self->acceptor_.is_open()) return;
                           if (error) return self->RetryLater();
                           self->AcceptTurn();
                         });
    accept_pending_ = true;  // not before: the call may throw
  }

  void RetryLater() {
    accept_retry_.expires_after(
        std::chrono::duration_cast<asio::steady_timer::duration>(kAcceptRetry));
    accept_retry_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (error) return;
      self->OpenSpare();
      self->WaitForConnection();
    });
  }

  int CallAccept(sockaddr_storage& address) {
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (config_.accept_call) {
      return config_.accept_call(acceptor_.native_handle(), generic, &size);
    }
    return accept4(acceptor_.native_handle(), generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }

  void AcceptTurn() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      sockaddr_storage address;
      std::memset(&address, 0, sizeof(address));
      const int fd = CallAccept(address);
      if (fd >= 0) {
        Take(fd, address);
        continue;
      }
      const int error = errno;
      if (error == EAGAIN || error == EWOULDBLOCK) break;
      if (error == EINTR) continue;
      context_->metrics.accept_errors.Add();
      if (error == ECONNABORTED) continue;  // that one is gone; the next may be fine
      LogAcceptError(error);
      if ((error == EMFILE || error == ENFILE) && TurnOneAway()) continue;
      return RetryLater();
    }
    WaitForConnection();
  }

  // With no descriptor left, the waiting client would hang until its own timeout. False if there is
  // nobody, or no spare descriptor.
  bool TurnOneAway() {
    if (spare_fd_ < 0) return false;
    close(std::exchange(spare_fd_, -1));
    sockaddr_storage address;
    const int fd = CallAccept(address);
    if (fd >= 0) {
      close(fd);
      context_->metrics.CountEnd(ConnectionEnd::kDescriptors);
    }
    OpenSpare();
    return fd >= 0;
  }

  void LogAcceptError(int error) {
    const std::string_view text = std::strerror(error);
    if (log_limiter_.Allow(MonotonicNow(), text)) {
      LogWarn("http: accept failed, goes on: " + std::string(text));
    }
  }

  void Take(int fd, const sockaddr_storage& address) {
    const auto remote = FromSockaddr(address);
    if (!remote || !allow_list_.Allows(*remote)) {
      close(fd);
      if (remote) {
        context_->shared->turned_away.Note(MonotonicNow(), *remote, "connection from", "closed");
      }
      return context_->metrics.CountEnd(ConnectionEnd::kNotAllowed);
    }
    HttpShared& shared = *context_->shared;
    if (shared.connections.load(std::memory_order_relaxed) >= shared.max_connections) {
      close(fd);
      return context_->metrics.CountEnd(ConnectionEnd::kTooMany);
    }
    SetFlag(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // failing costs speed, nothing else
    bool owned = false;
    try {
      tcp::socket socket(io_);
      ErrorCode error;
      socket.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, error);
      owned = !error;
      if (!error) socket.non_blocking(true, error);
      if (!error) {
        std::make_shared<Connection>(context_, std::move(socket), *remote)->Start();
        return;
      }
    } catch (const std::bad_alloc&) {
      // No memory for a connection, nor for a line of log about it: it is closed and counted.
    }
    if (!owned) close(fd);
    context_->metrics.CountEnd(ConnectionEnd::kError);
  }

  // --- Deadlines ---

  // One timer for all connections: a deadline is met at most one tick late.
  Duration TickInterval() const {
    const HttpDeadlines& d = context_->deadlines;
    const Duration least = std::min({d.head, d.body, d.idle, d.write, d.linger});
    return std::clamp<Duration>(least / 4, milliseconds(5), milliseconds(250));
  }

  void StartTick() {
    if (stopped_) return;
    tick_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(TickInterval()));
    tick_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (error || self->stopped_) return;
      self->StartTick();
      const TimePoint now = MonotonicNow();
      auto& open = self->context_->open;
      // Whoever closes puts the last one into its own place, which was seen already.
      for (std::size_t i = open.size(); i-- > 0;) {
        if (i < open.size()) open[i]->CheckDeadline(now);
      }
      self->CheckDrained();
      // Should an exception have kept anybody from it; harmless otherwise.
      self->WaitForConnection();
    });
  }

  // --- Ending ---

  void DismissIdle() {
    context_->idle_dismissed = true;
    for (std::size_t i = context_->open.size(); i-- > 0;) {
      if (i < context_->open.size()) context_->open[i]->Dismiss();
    }
    CheckDrained();
  }

  void AbortConnections() {
    while (!context_->open.empty()) context_->open.back()->Abort();
  }

  void CheckDrained() {
    if (!drained_ || !context_->open.empty()) return;
    drain_limit_.cancel();
    idle_grace_.cancel();
    auto done = std::exchange(drained_, nullptr);
    done();
  }

  const ListenerConfig config_;
  asio::io_context& io_;
  const AllowList& allow_list_;
  Descriptor acceptor_;
  Endpoint local_;
  asio::steady_timer tick_;
  asio::steady_timer accept_retry_;
  asio::steady_timer drain_limit_;
  asio::steady_timer idle_grace_;
  int spare_fd_ = -1;  // given up for a moment when there is no other
  bool accept_pending_ = false;
  bool stopped_ = false;
  absl::AnyInvocable<void()> drained_;
  std::shared_ptr<ConnectionContext> context_;
  LogLimiter log_limiter_;
};

Listener::Listener(asio::io_context& io, const ListenerConfig& config, const AllowList& allow_list,
                   KvService* kv, const OperatorService& operators, HttpShared& shared)
    : impl_(std::make_shared<Impl>(io, config, allow_list, kv, operators, shared)) {}

Listener::~Listener() { impl_->Stop(); }

void Listener::SetPeerHandler(PeerHandler handler) {
  impl_->context().peer_handler = std::move(handler);
}

absl::Status Listener::Start() { return impl_->Start(); }

Endpoint Listener::local_endpoint() const { return impl_->local_endpoint(); }

void Listener::Drain(Duration limit, absl::AnyInvocable<void()> done) {
  impl_->Drain(limit, std::move(done));
}

const HttpMetrics& Listener::metrics() const { return impl_->context().metrics; }

std::size_t Listener::open_connections() const { return impl_->context().open.size(); }

}  // namespace vf
