#include "base/os/entropy.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "base/check.h"

namespace vf {
namespace {

void Fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t n = getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    VF_CHECK(n > 0, "getrandom failed");
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

std::array<std::byte, 16> Entropy128() {
  std::array<std::byte, 16> bytes;
  Fill(bytes);
  return bytes;
}

std::uint64_t Entropy64() {
  std::array<std::byte, 8> bytes;
  Fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

}  // namespace vf
