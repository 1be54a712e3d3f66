// The receive buffer of a socket whose process does not read: how much of what arrives can wait.
//
// Linux charges a datagram with the memory that it takes, not with its bytes; what finds no room is
// dropped. Source: net(7) and socket(7), SO_RCVBUF; sizes of sk_buff on 64-bit machines, roughly.
#pragma once

#include <cstddef>

namespace vf::sim {

class SocketBuffer {
 public:
  explicit SocketBuffer(std::size_t limit) : limit_(limit) {}

  // Whether a datagram with so many bytes finds room, which it then has taken.
  bool Take(std::size_t bytes) {
    if (used_ >= limit_) return false;
    used_ += bytes + kKeeping;
    return true;
  }
  // One that had found room was read.
  void Give(std::size_t bytes) { used_ -= bytes + kKeeping; }

 private:
  static constexpr std::size_t kKeeping = 640;  // of a datagram

  std::size_t limit_;
  std::size_t used_ = 0;
};

}  // namespace vf::sim
