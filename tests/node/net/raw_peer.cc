#include "tests/node/net/raw_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "node/replication/codec.h"

namespace vf {
namespace {

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int NewSocket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  VF_CHECK(fd >= 0, "no socket");
  return fd;
}

}  // namespace

PeerHello HelloOf(MemberKey key) {
  PeerHello hello;
  hello.cluster_hash = 0xc1;
  hello.foundation = {.founded_ms = 1, .random = 2};
  hello.key = key;
  hello.boot = 3;
  hello.replicas = 3;
  hello.partition_digits = 2;
  return hello;
}

MemberRecord MemberAt(MemberKey key, const Endpoint& endpoint) {
  MemberRecord member;
  StoreBigEndian(member.id.bytes.data(), key);
  member.endpoint = endpoint;
  return member;
}

StoreRequest StoreOf(RequestId request, const std::string& key, const std::string& value) {
  return {.request = request,
          .list_hash = 1,
          .record = RecordRef::Make({.key = key, .value = value, .version = {7}})};
}

std::string FrameBytes(const PeerMessage& message) {
  const OutgoingFrame frame = EncodeFrame(message);
  std::string bytes = frame.head;
  if (frame.tail) bytes += frame.tail.view().value;
  return bytes;
}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(received, other.received);
  std::swap(ended, other.ended);
  return *this;
}

RawSocket RawSocket::ConnectTo(const Endpoint& endpoint) {
  RawSocket socket(NewSocket());
  const sockaddr_in address = Loopback(endpoint.port());
  const int result =
      connect(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  VF_CHECK(result == 0 || errno == EINPROGRESS, "cannot connect");
  return socket;
}

RawSocket RawSocket::ConnectToWithSmallBuffer(const Endpoint& endpoint) {
  RawSocket socket(NewSocket());
  const int bytes = 4096;
  setsockopt(socket.fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  const sockaddr_in address = Loopback(endpoint.port());
  const int result =
      connect(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  VF_CHECK(result == 0 || errno == EINPROGRESS, "cannot connect");
  return socket;
}

void RawSocket::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting{fd_, POLLOUT, 0};
      VF_CHECK(poll(&waiting, 1, 5'000) == 1, "the other side reads nothing");
    } else {
      ended = true;  // Closed meanwhile: what some tests provoke.
      return;
    }
  }
}

void RawSocket::Poll() {
  char buffer[65'536];
  while (fd_ >= 0 && !ended) {
    const ssize_t bytes = recv(fd_, buffer, sizeof(buffer), 0);
    if (bytes > 0) {
      received.append(buffer, static_cast<std::size_t>(bytes));
    } else if (bytes == 0 || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN)) {
      ended = true;
    } else {
      return;
    }
  }
}

void RawSocket::Close() {
  if (fd_ >= 0) close(Release());
}

void RawSocket::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  Close();
}

RawListener::RawListener() : fd_(NewSocket()) {
  sockaddr_in address = Loopback(0);
  VF_CHECK(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "bind");
  VF_CHECK(listen(fd_, 64) == 0, "listen");
  socklen_t size = sizeof(address);
  VF_CHECK(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  endpoint_ = Endpoint::Loopback(ntohs(address.sin_port));
}

RawListener::~RawListener() { close(fd_); }

RawSocket RawListener::Accept() {
  return RawSocket(accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

std::vector<std::string> FramesIn(std::string_view bytes) {
  std::vector<std::string> frames;
  while (bytes.size() >= 4) {
    const auto length = LoadBigEndian<std::uint32_t>(AsBytes(bytes).data());
    if (bytes.size() - 4 < length) break;
    frames.emplace_back(bytes.substr(4, length));
    bytes.remove_prefix(4 + length);
  }
  return frames;
}

std::optional<PeerReply> RecordingService::OnRequest(const PeerRequest& request) {
  requests.push_back(request);
  if (const auto* store = std::get_if<StoreRequest>(&request)) {
    StoreReply reply;
    reply.request = store->request;
    reply.winner = store->record.version();
    return reply;
  }
  if (const auto* read = std::get_if<ReadRequest>(&request)) {
    ReadReply reply;
    reply.request = read->request;
    reply.record = RecordRef::Make({.key = read->key, .value = value, .version = {9}});
    return reply;
  }
  if (const auto* compare = std::get_if<CompareRequest>(&request)) {
    CompareReply reply;
    reply.request = compare->request;
    reply.equal = true;
    return reply;
  }
  return std::nullopt;
}

void ServerUnderTest::Poll() {
  for (RawSocket socket = listener_.Accept(); socket.is_open(); socket = listener_.Accept()) {
    silent_.push_back(std::move(socket));
  }
  for (RawSocket& socket : silent_) {
    char first = 0;
    if (recv(socket.fd(), &first, 1, 0) != 1) continue;
    server.TakeOver(socket.Release(), std::string_view(&first, 1));
  }
  std::erase_if(silent_, [](const RawSocket& socket) { return !socket.is_open(); });
}

}  // namespace vf
