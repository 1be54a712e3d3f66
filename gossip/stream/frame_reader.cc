#include "gossip/stream/frame_reader.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace vf {
namespace {

constexpr std::size_t kLengthBytes = 4;
// Thousands of connections are idle most of the time: they keep this much.
constexpr std::size_t kLeastCapacity = 4096;
// What a busy connection may keep between frames.
constexpr std::size_t kMostKept = 65'536;

}  // namespace

void FrameReader::MoveTo(std::size_t capacity) {
  const std::size_t bytes = arrived();
  if (capacity != capacity_) {
    auto buffer = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (bytes > 0) std::memcpy(buffer.get(), buffer_.get() + begin_, bytes);
    buffer_ = std::move(buffer);
    capacity_ = capacity;
  } else {
    std::memmove(buffer_.get(), buffer_.get() + begin_, bytes);
  }
  begin_ = 0;
  end_ = bytes;
}

std::span<std::byte> FrameReader::Space() {
  if (arrived() == 0) {
    begin_ = end_ = 0;
    const bool wants_more = was_filled_up_ && capacity_ < kMostKept;
    if (capacity_ == 0 || capacity_ > kMostKept) {
      MoveTo(kLeastCapacity);
    } else if (wants_more) {
      MoveTo(2 * capacity_);
    }
  } else if (capacity_ - end_ < capacity_ / 4) {
    MoveTo(arrived() > capacity_ / 2 ? 2 * capacity_ : capacity_);
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void FrameReader::Filled(std::size_t bytes) {
  VF_CHECK(bytes <= capacity_ - end_, "more bytes than there was space for");
  end_ += bytes;
  was_filled_up_ = end_ == capacity_;
}

void FrameReader::Append(ByteSpan bytes) {
  while (!bytes.empty()) {
    const std::span<std::byte> space = Space();
    const std::size_t part = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), part);
    Filled(part);
    bytes = bytes.subspan(part);
  }
}

FrameReader::Result FrameReader::Next(ByteSpan& body) {
  if (refused_) return Result::kRefused;
  if (arrived() < kLengthBytes) return Result::kNeedMore;
  const std::size_t length = LoadBigEndian<std::uint32_t>(buffer_.get() + begin_);
  if (length < kMinBodyBytes || length > max_body_bytes_) {
    refused_ = true;
    return Result::kRefused;
  }
  if (arrived() - kLengthBytes < length) return Result::kNeedMore;
  body = {buffer_.get() + begin_ + kLengthBytes, length};
  begin_ += kLengthBytes + length;
  return Result::kFrame;
}

std::string FrameReader::TakeRest() {
  std::string rest(AsText({buffer_.get() + begin_, arrived()}));
  begin_ = end_ = 0;
  return rest;
}

// msgpack: fixarray 0x9n, array16 0xdc, array32 0xdd; fixint below 0x80, uint8 0xcc.
std::optional<std::uint8_t> FrameTypeOf(ByteSpan body) {
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint8_t>(body[i]); };
  if (body.empty()) return std::nullopt;
  std::size_t first = 0;
  if ((at(0) & 0xf0) == 0x90) {
    if (at(0) == 0x90) return std::nullopt;
    first = 1;
  } else if (at(0) == 0xdc) {
    first = 3;
  } else if (at(0) == 0xdd) {
    first = 5;
  } else {
    return std::nullopt;
  }
  if (first >= body.size()) return std::nullopt;
  if (at(first) < 0x80) return at(first);
  if (at(first) == 0xcc && first + 1 < body.size()) return at(first + 1);
  return std::nullopt;
}

}  // namespace vf
