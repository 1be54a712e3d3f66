#include "base/allow_list.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace vf {
namespace {

bool SamePrefix(ByteSpan a, ByteSpan b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::byte>(0xff << (8 - bits % 8));
  return (a[whole] & mask) == (b[whole] & mask);
}

bool HasBitsBehind(ByteSpan address, int bits) {
  for (int i = bits; i < static_cast<int>(address.size()) * 8; ++i) {
    const auto byte = std::to_integer<unsigned>(address[static_cast<std::size_t>(i / 8)]);
    if (((byte >> (7 - i % 8)) & 1u) != 0) return true;
  }
  return false;
}

}  // namespace

AllowList AllowList::PrivateNetworks() {
  AllowList list;
  for (const char* cidr : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                           "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10"}) {
    VF_CHECK(list.Add(cidr), "a built-in range does not parse");
  }
  return list;
}

bool AllowList::Add(std::string_view cidr) {
  const std::size_t slash = cidr.find('/');
  const auto base = Endpoint::ParseAddress(cidr.substr(0, slash), 0);
  if (!base) return false;
  const int most = base->is_v6() ? 128 : 32;
  int bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = cidr.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most) {
      return false;
    }
  }
  if (HasBitsBehind(base->address_bytes(), bits)) return false;
  ranges_.push_back({base->is_v6(), bits, *base});
  return true;
}

bool AllowList::Allows(const Endpoint& endpoint) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return range.v6 == endpoint.is_v6() &&
           SamePrefix(range.base.address_bytes(), endpoint.address_bytes(), range.prefix_bits);
  });
}

}  // namespace vf
