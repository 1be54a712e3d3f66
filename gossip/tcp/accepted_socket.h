// A connected TCP socket on its way from one thread to another: closed, unless somebody takes it.
#pragma once

#include <unistd.h>

#include <utility>

namespace vf {

// Threads: one after the other.
class AcceptedSocket {
 public:
  // Takes over the descriptor.
  explicit AcceptedSocket(int descriptor) : descriptor_(descriptor) {}
  ~AcceptedSocket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  AcceptedSocket(AcceptedSocket&& other) noexcept : descriptor_(other.Release()) {}
  AcceptedSocket& operator=(AcceptedSocket&&) = delete;

  int get() const { return descriptor_; }
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

}  // namespace vf
