// Byte spans and fixed-width integers in them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace vf {

using ByteSpan = std::span<const std::byte>;

inline ByteSpan AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// REQUIRES: `out` and `in` hold at least sizeof(Integer) bytes.
template <typename Integer>
void StoreLittleEndian(std::byte* out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <typename Integer>
void StoreBigEndian(std::byte* out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >>
                                    (8 * (sizeof(Integer) - 1 - i)));
  }
}

template <typename Integer>
Integer LoadBigEndian(const std::byte* in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value = (value << 8) | std::to_integer<std::uint64_t>(in[i]);
  }
  return static_cast<Integer>(value);
}

// Lower-case hex, two digits a byte.
inline std::string ToHex(ByteSpan bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text.push_back(kDigits[std::to_integer<unsigned>(b) >> 4]);
    text.push_back(kDigits[std::to_integer<unsigned>(b) & 15]);
  }
  return text;
}

// 16 lower-case hex digits.
inline std::string ToHex64(std::uint64_t value) {
  std::byte bytes[8];
  StoreBigEndian(bytes, value);
  return ToHex(bytes);
}

}  // namespace vf
