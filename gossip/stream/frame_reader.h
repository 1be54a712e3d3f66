// Cuts the bytes of a peer connection into frames: 4 bytes of big-endian length, then that many
// bytes of body. Pure: no socket, no clock.
//
// Thread: none of its own; one reader a connection.
// Invariants: 1. A length is judged before anything is allocated for it.
//             2. The buffer grows with what has arrived (to less than four times that, or 64 KiB),
//                never with what a length claims.
//             3. After a refusal every call gives the same refusal.
//             4. Input split anywhere gives the same frames.
// Limits: bodies of kMinBodyBytes to max_body_bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"

namespace vf {

class FrameReader {
 public:
  // An array's header and a type: nothing shorter is a frame.
  static constexpr std::size_t kMinBodyBytes = 2;

  explicit FrameReader(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  // From the next frame on.
  void SetMaxBodyBytes(std::size_t max_body_bytes) { max_body_bytes_ = max_body_bytes; }

  // Where the next bytes of the connection go, at least one; then Filled() says how many did.
  // Bodies given out before are gone.
  std::span<std::byte> Space();
  // REQUIRES: bytes <= Space().size().
  void Filled(std::size_t bytes);
  // Both at once, for bytes that were read elsewhere.
  void Append(ByteSpan bytes);

  enum class Result : std::uint8_t { kFrame, kNeedMore, kRefused };
  // kFrame: `body` is the next frame's, until the next Space() or Append().
  Result Next(ByteSpan& body);

  // Takes what has arrived and was not given out, for whoever reads the connection from now on.
  std::string TakeRest();

  // Memory held, for tests and limits.
  std::size_t capacity() const { return capacity_; }

 private:
  std::size_t arrived() const { return end_ - begin_; }
  void MoveTo(std::size_t capacity);

  std::size_t max_body_bytes_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // what arrived and was not given out: [begin_, end_)
  std::size_t end_ = 0;
  bool was_filled_up_ = false;  // by the last read: there was more than there was room for
  bool refused_ = false;
};

// The type of a frame: the first element of its array. None if the body does not begin with an
// array whose first element is an integer of 0 to 255.
std::optional<std::uint8_t> FrameTypeOf(ByteSpan body);

}  // namespace vf
