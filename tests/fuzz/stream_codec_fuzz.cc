// Any bytes as the body of a membership frame: refused, or a frame whose own bytes are stable.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "gossip/stream/stream_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto frame = vf::DecodeStreamFrame(std::as_bytes(std::span(data, size)));
  if (!frame) return 0;
  const std::string bytes = vf::EncodeStreamFrame(*frame);
  VF_CHECK(bytes.size() >= 4, "a frame without length");
  const auto length = vf::LoadBigEndian<std::uint32_t>(vf::AsBytes(bytes).data());
  VF_CHECK(length == bytes.size() - 4, "the length is that of what follows");
  const auto again = vf::DecodeStreamFrame(vf::AsBytes(std::string_view(bytes).substr(4)));
  VF_CHECK(again == frame, "what is encoded means the same");
  return 0;
}
