// HELLO as msgpack: [1, request = 0, proto_min, proto_max, cluster_hash, foundation, key, boot,
// incarnation, replicas, digits, nonce]; foundation is 16 bytes or none, the nonce 16 bytes.
#include <cstring>
#include <exception>
#include <limits>
#include <msgpack.hpp>
#include <string_view>

#include "gossip/hello.h"

namespace vf {
namespace {

constexpr std::uint32_t kFields = 12;
constexpr std::uint32_t kMaxFields = 64;  // room for those of newer releases
constexpr std::size_t kBinBytes = 16;

struct StringSink {
  std::string& out;
  // NOLINTNEXTLINE(readability-identifier-naming): msgpack's name.
  void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};

void PackBin(msgpack::packer<StringSink>& packer, std::string_view bytes) {
  packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
  packer.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

template <typename Integer>
bool ReadInteger(const msgpack::object& field, Integer& out) {
  if (field.type != msgpack::type::POSITIVE_INTEGER ||
      field.via.u64 > std::numeric_limits<Integer>::max()) {
    return false;
  }
  out = static_cast<Integer>(field.via.u64);
  return true;
}

bool ReadFoundation(const msgpack::object& field, Foundation& out) {
  if (field.type != msgpack::type::BIN) return false;
  if (field.via.bin.size == 0) return true;
  if (field.via.bin.size != kBinBytes) return false;
  const auto* bytes = reinterpret_cast<const std::byte*>(field.via.bin.ptr);
  out.founded_ms = LoadBigEndian<std::uint64_t>(bytes);
  out.random = LoadBigEndian<std::uint64_t>(bytes + 8);
  return out.IsFounded();
}

bool ReadNonce(const msgpack::object& field, std::array<std::byte, 16>& out) {
  if (field.type != msgpack::type::BIN || field.via.bin.size != kBinBytes) return false;
  std::memcpy(out.data(), field.via.bin.ptr, kBinBytes);
  return true;
}

}  // namespace

std::string EncodeHello(const PeerHello& hello) {
  std::string frame(4, '\0');
  StringSink sink{frame};
  msgpack::packer<StringSink> packer(sink);
  packer.pack_array(kFields);
  packer.pack_uint8(kHelloFrame);
  packer.pack_uint8(0);
  packer.pack_uint8(hello.proto_min);
  packer.pack_uint8(hello.proto_max);
  packer.pack_uint32(hello.cluster_hash);
  std::byte foundation[kBinBytes];
  StoreBigEndian(foundation, hello.foundation.founded_ms);
  StoreBigEndian(foundation + 8, hello.foundation.random);
  PackBin(packer, hello.foundation.IsFounded() ? AsText(foundation) : std::string_view());
  packer.pack_uint64(hello.key);
  packer.pack_uint64(hello.boot);
  packer.pack_uint32(hello.incarnation);
  packer.pack_uint8(hello.replicas);
  packer.pack_uint8(hello.partition_digits);
  PackBin(packer, AsText(hello.nonce));
  StoreBigEndian(reinterpret_cast<std::byte*>(frame.data()),
                 static_cast<std::uint32_t>(frame.size() - 4));
  return frame;
}

std::optional<PeerHello> DecodeHello(ByteSpan body) {
  if (body.size() > kMaxHelloBytes) return std::nullopt;
  const std::string_view text = AsText(body);
  const msgpack::unpack_limit limit(/*array=*/kMaxFields, /*map=*/0, /*str=*/kMaxHelloBytes,
                                    /*bin=*/kMaxHelloBytes, /*ext=*/kMaxHelloBytes, /*depth=*/2);
  try {
    std::size_t offset = 0;
    msgpack::zone zone;
    const msgpack::object object =
        msgpack::unpack(zone, text.data(), text.size(), offset, nullptr, nullptr, limit);
    if (offset != text.size() || object.type != msgpack::type::ARRAY ||
        object.via.array.size < kFields) {
      return std::nullopt;
    }
    const msgpack::object* field = object.via.array.ptr;
    std::uint8_t type = 0;
    std::uint64_t request = 0;
    PeerHello hello;
    const bool ok =
        ReadInteger(field[0], type) && type == kHelloFrame && ReadInteger(field[1], request) &&
        ReadInteger(field[2], hello.proto_min) && ReadInteger(field[3], hello.proto_max) &&
        ReadInteger(field[4], hello.cluster_hash) && ReadFoundation(field[5], hello.foundation) &&
        ReadInteger(field[6], hello.key) && hello.key != kNoMember &&
        ReadInteger(field[7], hello.boot) && ReadInteger(field[8], hello.incarnation) &&
        ReadInteger(field[9], hello.replicas) && ReadInteger(field[10], hello.partition_digits) &&
        ReadNonce(field[11], hello.nonce);
    return ok ? std::optional(hello) : std::nullopt;
  } catch (const std::exception&) {
    // Not msgpack, or beyond the limits; the caller counts it.
    return std::nullopt;
  }
}

}  // namespace vf
