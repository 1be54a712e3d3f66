// Appends msgpack to a buffer: the few kinds of elements that our formats have, each in its
// shortest form. Arrays are heads only; their elements are written after them.
//
// Threads: an object belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace vf {

// `Buffer`: std::vector<std::byte> for datagrams, std::string for frames.
template <typename Buffer>
class MsgpackWriter {
 public:
  // `out` outlives it.
  explicit MsgpackWriter(Buffer& out) : out_(out) {}

  void Array(std::size_t size);
  void Number(std::uint64_t value);
  template <typename Enum>
  void Value(Enum value) {
    Number(static_cast<std::uint64_t>(value));
  }
  void Flag(bool value) { Number(value ? 1 : 0); }
  void Bin(ByteSpan bytes);
  // The head of a bin whose bytes follow otherwise.
  void BinHead(std::size_t size);
  void Text(std::string_view text);
  void Nil();

 private:
  Buffer& out_;
};

using DatagramWriter = MsgpackWriter<std::vector<std::byte>>;

extern template class MsgpackWriter<std::vector<std::byte>>;
extern template class MsgpackWriter<std::string>;

}  // namespace vf
