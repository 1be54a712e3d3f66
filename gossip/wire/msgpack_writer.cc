#include "gossip/wire/msgpack_writer.h"

#include <msgpack.hpp>

namespace vf {
namespace {

// What msgpack's packer writes to.
template <typename Buffer>
struct Sink {
  Buffer& out;
  // NOLINTNEXTLINE(readability-identifier-naming): msgpack's name.
  void write(const char* data, std::size_t size) {
    const auto* begin = reinterpret_cast<const typename Buffer::value_type*>(data);
    out.insert(out.end(), begin, begin + size);
  }
};

template <typename Buffer, typename Pack>
void PackTo(Buffer& out, const Pack& pack) {
  Sink<Buffer> sink{out};
  pack(msgpack::packer<Sink<Buffer>>(sink));
}

}  // namespace

template <typename Buffer>
void MsgpackWriter<Buffer>::Array(std::size_t size) {
  PackTo(out_, [&](auto packer) { packer.pack_array(static_cast<std::uint32_t>(size)); });
}

template <typename Buffer>
void MsgpackWriter<Buffer>::Number(std::uint64_t value) {
  PackTo(out_, [&](auto packer) { packer.pack_uint64(value); });
}

template <typename Buffer>
void MsgpackWriter<Buffer>::Bin(ByteSpan bytes) {
  BinHead(bytes.size());
  const auto* begin = reinterpret_cast<const typename Buffer::value_type*>(bytes.data());
  out_.insert(out_.end(), begin, begin + bytes.size());
}

template <typename Buffer>
void MsgpackWriter<Buffer>::BinHead(std::size_t size) {
  PackTo(out_, [&](auto packer) { packer.pack_bin(static_cast<std::uint32_t>(size)); });
}

template <typename Buffer>
void MsgpackWriter<Buffer>::Text(std::string_view text) {
  PackTo(out_, [&](auto packer) {
    packer.pack_str(static_cast<std::uint32_t>(text.size()));
    packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
  });
}

template <typename Buffer>
void MsgpackWriter<Buffer>::Nil() {
  PackTo(out_, [](auto packer) { packer.pack_nil(); });
}

template class MsgpackWriter<std::vector<std::byte>>;
template class MsgpackWriter<std::string>;

}  // namespace vf
