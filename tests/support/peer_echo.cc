#include "tests/support/peer_echo.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/key_hash.h"
#include "gossip/stream/stream_codec.h"
#include "gossip/wire/hello.h"

namespace vf {
namespace {

using Clock = std::chrono::steady_clock;

class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

bool Connect(int fd, std::uint16_t port) {
  const timeval patience{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Reads so many frames, whatever they say.
bool ReadFrames(int fd, int count) {
  std::string bytes;
  std::array<char, 4096> buffer{};
  while (count > 0) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    while (count > 0 && bytes.size() >= 4) {
      const auto length = LoadBigEndian<std::uint32_t>(AsBytes(bytes).data());
      if (bytes.size() < 4 + length) break;
      bytes.erase(0, 4 + length);
      --count;
    }
  }
  return true;
}

}  // namespace

std::optional<Duration> AskEcho(std::uint16_t port) {
  const Clock::time_point began = Clock::now();
  const Socket socket;
  if (!Connect(socket.fd(), port)) return std::nullopt;
  PeerHello hello;
  hello.cluster_hash = HashClusterName("velour-fog");
  hello.key = 0x6563686f;
  hello.boot = 1;
  hello.nonce.fill(std::byte{7});
  const std::string question = kPeerProtocolByte + EncodeHello(hello) +
                               EncodeStreamFrame({1, Echo{.nonce = 42, .key = 1, .boot = 1}});
  const ssize_t sent = ::send(socket.fd(), question.data(), question.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(question.size())) return std::nullopt;
  constexpr int kHelloAndAnswer = 2;
  if (!ReadFrames(socket.fd(), kHelloAndAnswer)) return std::nullopt;
  return std::chrono::duration_cast<Duration>(Clock::now() - began);
}

}  // namespace vf
