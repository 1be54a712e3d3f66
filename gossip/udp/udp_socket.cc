#include "gossip/udp/udp_socket.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/turned_away_log.h"
#include "gossip/udp/reply_sources.h"
#include "gossip/udp/sockaddr.h"

namespace vf {
namespace {

// An error that waits on the socket (an ICMP message, mostly) is reported by whatever call comes
// next and is gone then: the call is repeated, so often at most.
constexpr int kMaxRepeats = 16;

// Control messages of one datagram: when it came, where it was sent to, and the kernel's count of
// drops.
constexpr std::size_t kControlBytes = 256;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Nobody can be reached there, as a router, the neighbourhood or the routing table says.
bool IsUnreachable(int error) {
  return error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN;
}

bool SetOn(int fd, int level, int option, int value = 1) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

absl::Status SystemError(const char* what) {
  return absl::InternalError(std::string("UDP: ") + what + ": " + std::strerror(errno));
}

absl::Status BindError(const Endpoint& bind) {
  const std::string where = "UDP " + bind.ToString() + ": ";
  switch (errno) {
    case EADDRINUSE:
      return absl::UnavailableError(where +
                                    "the port is in use by another process; choose another "
                                    "PORT, or 0 for a free one");
    case EADDRNOTAVAIL:
      return absl::InvalidArgumentError(where + "not an address of this machine; change --bind");
    case EACCES:
      return absl::PermissionDeniedError(where +
                                         "no permission for this port; choose one from "
                                         "1024 upwards");
    default:
      return absl::InternalError(where + std::strerror(errno));
  }
}

absl::Status SetOptions(int fd, int family) {
  // A large buffer outlasts a busy moment. Beyond the system's limit only a privileged process gets
  // it; less is no error.
  if (!SetOn(fd, SOL_SOCKET, SO_RCVBUFFORCE, UdpSocket::kReceiveBufferBytes)) {
    SetOn(fd, SOL_SOCKET, SO_RCVBUF, UdpSocket::kReceiveBufferBytes);
  }
  SetOn(fd, SOL_SOCKET, SO_RXQ_OVFL);
  if (!SetOn(fd, SOL_SOCKET, SO_TIMESTAMPNS)) return SystemError("setting options");
  if (family == AF_INET6) {
    if (!SetOn(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) || !SetOn(fd, IPPROTO_IPV6, IPV6_RECVERR) ||
        !SetOn(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO)) {
      return SystemError("setting options");
    }
  } else if (!SetOn(fd, IPPROTO_IP, IP_PKTINFO)) {
    return SystemError("setting options");
  }
  // On a v6 socket, for the IPv4 side of it.
  if (!SetOn(fd, IPPROTO_IP, IP_RECVERR)) return SystemError("setting options");
  return absl::OkStatus();
}

// Room for the address that a datagram is to leave from.
struct SourceControl {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

// Lets `header` leave from `source`, an address at which a socket of this family was heard;
// `control` lives until it has left.
void SetSource(const Endpoint& source, int family, SourceControl& control, msghdr& header) {
  sockaddr_storage address;
  VF_CHECK(ToSockaddr(source, family, address) != 0,
           "a socket is heard at addresses of its family");
  control = {};
  const auto fill = [&](int level, int type, const auto& info) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(sizeof(info));
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = level;
    message->cmsg_type = type;
    message->cmsg_len = CMSG_LEN(sizeof(info));
    std::memcpy(CMSG_DATA(message), &info, sizeof(info));
  };
  if (family == AF_INET) {
    in_pktinfo info{};
    info.ipi_spec_dst = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    fill(IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_addr = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    fill(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

template <typename T>
T ReadControl(const cmsghdr* header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(header), sizeof(value));
  return value;
}

}  // namespace

struct UdpSocket::State {
  State(Descriptor opened, int socket_family, AllowList allowed)
      : descriptor(std::move(opened)), family(socket_family), allow(std::move(allowed)) {
    PrepareReceive(kBatch);
  }

  // What one datagram is received into.
  struct Slot {
    // One byte more than is allowed: what fills it is too long.
    std::array<std::byte, kMaxBytes + 1> bytes;
    alignas(cmsghdr) std::array<std::byte, kControlBytes> control;
    sockaddr_storage from;
    iovec vector;
  };

  void PrepareReceive(std::size_t headers_used);
  // A call has failed, and not for want of anything to do: what the cause is may wait to be read.
  // True: an earlier datagram did not arrive, as it seems.
  bool NoteFailure() {
    errors_wait = true;
    return errno == ECONNREFUSED || IsUnreachable(errno);
  }
  void ReadControls(msghdr& header, Endpoint& to, TimePoint& at);

  Descriptor descriptor;
  int family;
  AllowList allow;
  TurnedAwayLog turned_away;
  Endpoint local;
  ReplySources sources;  // used if bound to all addresses
  std::array<Slot, kBatch> slots;
  std::array<mmsghdr, kBatch> headers{};
  std::array<ReceivedDatagram, kBatch> datagrams;
  bool errors_wait = false;
  std::vector<Endpoint> without_route;  // that were not told yet
  std::uint32_t overflows_seen = 0;
  TimePoint heard_until = MonotonicNow();
  // Of this call, for the kernel's stamps.
  TimePoint now;
  std::int64_t wall_ns = 0;
  UdpCounters counters;
};

UdpSocket::UdpSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpSocket::~UdpSocket() = default;
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;

absl::StatusOr<UdpSocket> UdpSocket::Open(const Endpoint& bind, AllowList allow) {
  const int family = bind.is_v6() ? AF_INET6 : AF_INET;
  Descriptor descriptor(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = descriptor.get();
  if (fd < 0) return SystemError("opening a socket");
  if (absl::Status status = SetOptions(fd, family); !status.ok()) return status;
  sockaddr_storage address;
  socklen_t length = ToSockaddr(bind, family, address);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) return BindError(bind);
  length = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return SystemError("getsockname");
  }
  auto state = std::make_unique<State>(std::move(descriptor), family, std::move(allow));
  const auto local = FromSockaddr(address);
  VF_CHECK(local.has_value(), "an IP socket has an IP address");
  state->local = *local;
  return UdpSocket(std::move(state));
}

int UdpSocket::fd() const { return state_->descriptor.get(); }
const Endpoint& UdpSocket::local() const { return state_->local; }
const UdpCounters& UdpSocket::counters() const { return state_->counters; }

// What the kernel has written over in the first `headers_used`.
void UdpSocket::State::PrepareReceive(std::size_t headers_used) {
  for (std::size_t i = 0; i < headers_used; ++i) {
    Slot& slot = slots[i];
    slot.vector = {slot.bytes.data(), slot.bytes.size()};
    msghdr& header = headers[i].msg_hdr;
    header = {};
    header.msg_name = &slot.from;
    header.msg_namelen = sizeof(slot.from);
    header.msg_iov = &slot.vector;
    header.msg_iovlen = 1;
    header.msg_control = slot.control.data();
    header.msg_controllen = slot.control.size();
  }
}

void UdpSocket::State::ReadControls(msghdr& header, Endpoint& to, TimePoint& at) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      const auto info = ReadControl<in_pktinfo>(c);
      to = *Endpoint::FromBytes(std::as_bytes(std::span(&info.ipi_spec_dst, 1)), local.port());
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      const auto info = ReadControl<in6_pktinfo>(c);
      to = *Endpoint::FromBytes(std::as_bytes(std::span(&info.ipi6_addr, 1)), local.port());
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      const auto total = ReadControl<std::uint32_t>(c);  // since the socket was opened; wraps
      counters.overflows.Add(total - overflows_seen);
      overflows_seen = total;
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      // By the wall clock, which may jump; but it cannot have come before what was read earlier.
      const auto stamp = ReadControl<timespec>(c);
      const std::int64_t ns = std::int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec;
      at = std::clamp(now - nanoseconds(wall_ns - ns), heard_until, now);
    }
  }
}

UdpSocket::Batch UdpSocket::Receive() {
  State& s = *state_;
  int n = -1;
  bool empty = false;
  TimePoint asked;
  for (int tries = 0; n < 0 && !empty && tries < kMaxRepeats; ++tries) {
    asked = MonotonicNow();
    n = recvmmsg(fd(), s.headers.data(), kBatch, 0, nullptr);
    if (n >= 0) break;
    empty = errno == EAGAIN || errno == EWOULDBLOCK;
    if (!empty && errno != EINTR && !s.NoteFailure()) s.counters.receive_errors.Add();
  }
  if (empty) s.heard_until = std::max(s.heard_until, asked);
  if (n < 0) return {{}, !empty, s.heard_until};
  s.now = MonotonicNow();
  s.wall_ns = WallNowNs();
  TimePoint received = s.now;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    msghdr& header = s.headers[i].msg_hdr;
    const auto from = FromSockaddr(s.slots[i].from);
    Endpoint to = s.local;
    s.ReadControls(header, to, received);
    if (!from || !s.allow.Allows(*from)) {
      s.counters.not_allowed.Add();
      if (from) s.turned_away.Note(s.now, *from, "datagrams from", "dropped");
    } else if ((header.msg_flags & MSG_TRUNC) != 0 || s.headers[i].msg_len > kMaxBytes) {
      s.counters.truncated.Add();
    } else {
      if (s.local.IsUnspecified() && !to.IsUnspecified()) s.sources.Note(*from, to);
      s.datagrams[kept++] = {*from, to, ByteSpan(s.slots[i].bytes.data(), s.headers[i].msg_len),
                             received};
    }
  }
  s.PrepareReceive(static_cast<std::size_t>(n));
  const bool more = static_cast<std::size_t>(n) == kBatch;
  s.heard_until = std::max(s.heard_until, more ? received : asked);
  return {std::span(s.datagrams.data(), kept), more, s.heard_until};
}

std::optional<Undelivered> UdpSocket::NextUndelivered() {
  State& s = *state_;
  if (!s.without_route.empty()) {
    const Endpoint to = s.without_route.back();
    s.without_route.pop_back();
    return Undelivered{to, false};
  }
  while (s.errors_wait) {
    State::Slot& slot = s.slots[0];
    msghdr& header = s.headers[0].msg_hdr;
    if (recvmsg(fd(), &header, MSG_ERRQUEUE) < 0) {
      if (errno == EINTR) continue;
      s.errors_wait = false;
      break;
    }
    int error = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
      const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
      if (v4 || v6) error = static_cast<int>(ReadControl<sock_extended_err>(c).ee_errno);
    }
    // For an error, the name is where the datagram had been sent to.
    const auto destination = FromSockaddr(slot.from);
    s.PrepareReceive(1);
    const bool refused = error == ECONNREFUSED;
    if ((!refused && !IsUnreachable(error)) || !destination) continue;
    (refused ? s.counters.refused : s.counters.unreachable).Add();
    return Undelivered{*destination, refused};
  }
  return std::nullopt;
}

void UdpSocket::Send(std::span<const OutgoingDatagram> datagrams) {
  State& s = *state_;
  std::array<mmsghdr, kBatch> headers;
  std::array<sockaddr_storage, kBatch> addresses;
  std::array<iovec, kBatch> vectors;
  std::array<SourceControl, kBatch> controls;
  std::array<const Endpoint*, kBatch> receivers;
  const bool to_any = s.local.IsUnspecified();
  while (!datagrams.empty()) {
    const std::size_t count = std::min(datagrams.size(), kBatch);
    std::size_t prepared = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const OutgoingDatagram& datagram = datagrams[i];
      const socklen_t length = ToSockaddr(datagram.to, s.family, addresses[prepared]);
      if (length == 0) {  // An IPv6 member, and this process speaks IPv4 only.
        s.counters.send_errors.Add();
        continue;
      }
      // The calls that send do not write through this pointer.
      vectors[prepared] = {const_cast<std::byte*>(datagram.bytes.data()), datagram.bytes.size()};
      msghdr& header = headers[prepared].msg_hdr;
      header = {};
      header.msg_name = &addresses[prepared];
      header.msg_namelen = length;
      header.msg_iov = &vectors[prepared];
      header.msg_iovlen = 1;
      if (const auto source = to_any ? s.sources.For(datagram.to) : std::nullopt) {
        SetSource(*source, s.family, controls[prepared], header);
      }
      receivers[prepared] = &datagram.to;
      ++prepared;
    }
    datagrams = datagrams.subspan(count);
    int repeats = 0;
    for (std::size_t next = 0; next < prepared;) {
      const int n =
          sendmmsg(fd(), headers.data() + next, static_cast<unsigned>(prepared - next), 0);
      if (n > 0) {
        next += static_cast<std::size_t>(n);
        repeats = 0;
        continue;
      }
      // A refusal belongs to an earlier datagram; this one has not been tried. That somebody is
      // unreachable may be said of this one: then it is said again.
      const int error = errno;
      const bool again = error == EINTR || s.NoteFailure();
      if (again && ++repeats < (IsUnreachable(error) ? 2 : kMaxRepeats)) continue;
      if (msghdr& header = headers[next].msg_hdr; header.msg_control != nullptr) {
        // The address may be this machine's no more.
        s.sources.Forget(*receivers[next]);
        header.msg_control = nullptr;
        header.msg_controllen = 0;
        continue;
      }
      if (IsUnreachable(error)) {
        s.counters.unreachable.Add();
        if (s.without_route.size() < kMaxUndelivered) s.without_route.push_back(*receivers[next]);
      } else {
        s.counters.send_errors.Add();
      }
      ++next;
      repeats = 0;
    }
  }
}

}  // namespace vf
