// HMAC-SHA-256 of datagrams and frames (RFC 2104, FIPS 198-1, through OpenSSL's EVP_MAC).
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace vf {

// One secret, ready to sign: what does not depend on the message is worked out once.
// Thread: one owner.
class MessageAuth {
 public:
  static constexpr std::size_t kTagBytes = 32;
  using Tag = std::array<std::byte, kTagBytes>;

  // Any secret of at least one byte; those beyond 64 bytes are hashed first, as the RFC says.
  explicit MessageAuth(ByteSpan secret);
  ~MessageAuth();
  MessageAuth(MessageAuth&&) noexcept;
  MessageAuth& operator=(MessageAuth&&) noexcept;

  Tag Sign(ByteSpan message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether two tags are equal, in a time that does not depend on where they differ.
// REQUIRES: they have the same size.
bool SameTag(ByteSpan a, ByteSpan b);

}  // namespace vf
