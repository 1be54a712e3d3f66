// Any bytes as the body of a peer frame: refused, or a message whose own bytes are stable.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "node/replication/codec.h"

namespace vf {
namespace {

std::string Flat(const OutgoingFrame& frame) {
  std::string bytes = frame.head;
  if (frame.tail) bytes += frame.tail.view().value;
  return bytes;
}

}  // namespace
}  // namespace vf

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = vf::DecodeFrame(std::as_bytes(std::span(data, size)));
  if (!message) return 0;
  const std::string bytes = vf::Flat(vf::EncodeFrame(*message));
  VF_CHECK(bytes.size() >= 4, "a frame without length");
  const auto length = vf::LoadBigEndian<std::uint32_t>(vf::AsBytes(bytes).data());
  VF_CHECK(length == bytes.size() - 4, "the length is that of what follows");
  const auto again = vf::DecodeFrame(vf::AsBytes(std::string_view(bytes).substr(4)));
  VF_CHECK(again.has_value(), "what is encoded can be decoded");
  VF_CHECK(vf::Flat(vf::EncodeFrame(*again)) == bytes, "encoding is stable");
  return 0;
}
