// The other end of a peer connection, byte by byte: what no well-behaved process would send.
//
// Plain non-blocking sockets, driven from the condition of RunUntil().
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "gossip/wire/hello.h"
#include "node/net/peer_client.h"
#include "node/net/peer_server.h"
#include "node/replication/message.h"

namespace vf {

inline constexpr MemberKey kClientKey = 0x1111;
inline constexpr MemberKey kServerKey = 0x2222;

PeerHello HelloOf(MemberKey key);
MemberRecord MemberAt(MemberKey key, const Endpoint& endpoint);
StoreRequest StoreOf(RequestId request, const std::string& key, const std::string& value);
std::string FrameBytes(const PeerMessage& message);

// Runs `io` until `condition` holds. False if it does not within some seconds.
template <typename Condition>
bool RunUntil(boost::asio::io_context& io, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds(2));
  }
  return true;
}

class RawSocket {
 public:
  RawSocket() = default;
  explicit RawSocket(int fd) : fd_(fd) {}
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawSocket& operator=(RawSocket&& other) noexcept;
  ~RawSocket() { Close(); }

  static RawSocket ConnectTo(const Endpoint& endpoint);
  // A small receive buffer, so that whoever sends much notices soon.
  static RawSocket ConnectToWithSmallBuffer(const Endpoint& endpoint);

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  // All of it; waits for room.
  void Write(std::string_view bytes);
  // What is there, appended to `received`.
  void Poll();
  std::string received;
  bool ended = false;  // by the other side, one way or another
  void Close();
  void Reset();  // closes with RST

 private:
  int fd_ = -1;
};

class RawListener {
 public:
  RawListener();
  ~RawListener();
  Endpoint endpoint() const { return endpoint_; }
  // Not open if nobody has connected.
  RawSocket Accept();

 private:
  int fd_;
  Endpoint endpoint_;
};

// Bodies of the whole frames in `bytes`.
std::vector<std::string> FramesIn(std::string_view bytes);

// Notes what a client is told.
class RecordingOwner final : public PeerClientOwner {
 public:
  void OnReply(MemberKey from, const PeerReply& reply) override {
    replies.emplace_back(from, reply);
  }
  void OnPeerFailure(MemberKey member, PeerFailure failure) override {
    failures.emplace_back(member, failure);
  }
  void OnPeerUp(MemberKey member) override { up.push_back(member); }

  std::vector<std::pair<MemberKey, PeerReply>> replies;
  std::vector<std::pair<MemberKey, PeerFailure>> failures;
  std::vector<MemberKey> up;
};

// Stores nothing; a read is answered with `value`.
class RecordingService final : public PeerService {
 public:
  std::optional<PeerReply> OnRequest(const PeerRequest& request) override;

  std::string value = "value";
  std::vector<PeerRequest> requests;
};

// A PeerServer behind a listening socket.
class ServerUnderTest {
 public:
  ServerUnderTest(boost::asio::io_context& io, PeerContext& context, PeerServerConfig config = {})
      : server(io, config, context, service) {}
  Endpoint endpoint() const { return listener_.endpoint(); }
  // Hands over whoever has connected and sent a first byte.
  void Poll();

  RecordingService service;
  PeerServer server;

 private:
  RawListener listener_;
  std::vector<RawSocket> silent_;
};

}  // namespace vf
