// Reads msgpack that came from outside: within limits, without copying, without exceptions.
//
// ParseMsgpack() turns the bytes into a flat list of tokens, an array's elements behind its head.
// A MsgpackReader walks the elements of one array and steps over whole arrays that nobody asks for.
//
// Threads: an object belongs to one.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace vf {

// Checked before anything is allocated for what is beyond them.
struct MsgpackLimits {
  std::size_t elements = 0;    // of one array
  std::size_t tokens = 0;      // of all; each takes 24 bytes
  std::size_t depth = 0;       // of arrays in arrays, 1 to kMaxMsgpackDepth
  std::size_t text_bytes = 0;  // of one text; 0: no texts at all
};
inline constexpr std::size_t kMaxMsgpackDepth = 8;

struct MsgpackToken {
  // kOther: negative, fractional or boolean, and the empty map. No message of ours has them, yet a
  // newer release may append them. Other maps and extensions make the bytes invalid.
  enum class Kind : std::uint8_t { kNumber, kBin, kText, kNil, kArray, kOther };
  Kind kind = Kind::kNil;
  std::uint32_t length = 1;  // in tokens: 1, and for an array all that it contains
  std::uint64_t number = 0;  // the value; the bytes of a bin or text; the elements of an array
  const char* data = nullptr;

  std::string_view text() const { return {data, static_cast<std::size_t>(number)}; }
};

// A ping or an ack has fewer: nothing is allocated for them.
using MsgpackTokens = absl::InlinedVector<MsgpackToken, 32>;

// Empty unless `bytes` are exactly one object within the limits. The tokens point into `bytes`.
MsgpackTokens ParseMsgpack(ByteSpan bytes, const MsgpackLimits& limits);

// Takes the elements of one array in order. After the first that is missing or of another kind or
// size, ok() stays false and every result is empty: a caller reads all its fields and asks once.
class MsgpackReader {
 public:
  // `tokens` outlive it. Not ok if they are not one array.
  explicit MsgpackReader(std::span<const MsgpackToken> tokens);

  bool ok() const { return ok_; }
  // Elements not taken yet; 0 once it is not ok.
  std::size_t left() const { return ok_ ? left_ : 0; }
  // A condition between fields that the caller has found.
  void Require(bool condition) { ok_ = ok_ && condition; }

  // 0 to `most`.
  std::uint64_t Bounded(std::uint64_t most);
  template <typename Integer>
  Integer Number() {
    return static_cast<Integer>(Bounded(std::numeric_limits<Integer>::max()));
  }
  // REQUIRES: the values of Enum are 0 to `last`.
  template <typename Enum>
  Enum Value(Enum last) {
    return static_cast<Enum>(Bounded(static_cast<std::uint64_t>(last)));
  }
  bool Flag() { return Bounded(1) != 0; }
  ByteSpan Bin();
  std::string_view Text(std::size_t most_bytes);
  // Takes the next element if it is nil.
  bool TakeNil();
  // A reader of the next element, an array; whether all was well with it is for Require().
  MsgpackReader Array();
  // The next element, an array of arrays, each read by `read(MsgpackReader&)`.
  template <typename T, typename Read>
  std::vector<T> List(const Read& read) {
    MsgpackReader list = Array();
    std::vector<T> items;
    items.reserve(list.left());
    while (list.left() > 0) {
      MsgpackReader item = list.Array();
      items.push_back(read(item));
      list.Require(item.ok());
    }
    Require(list.ok());
    return items;
  }

 private:
  // None if there is none of this kind.
  const MsgpackToken* Next(MsgpackToken::Kind kind);

  const MsgpackToken* next_ = nullptr;
  std::size_t left_ = 0;
  bool ok_ = false;
};

}  // namespace vf
