#include "base/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace vf {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 65535) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(value);
}

// RFC 1123, and the underscore that many networks use. Whether it resolves is another question.
bool IsHostName(std::string_view text) {
  constexpr std::size_t kMostBytes = 253;
  return !text.empty() && text.size() <= kMostBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

// Splits at the colon before the port; takes the brackets off.
struct Halves {
  std::string_view host;
  std::string_view port;
};
std::optional<Halves> SplitHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return std::nullopt;  // RFC 3986: IPv6 only.
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // An IPv6 address without brackets: where its port begins is a guess.
  }
  return Halves{host, text.substr(colon + 1)};
}

}  // namespace

Endpoint Endpoint::V4(std::array<std::uint8_t, 4> address, std::uint16_t port) {
  Endpoint e;
  std::copy(address.begin(), address.end(), e.address_.begin());
  e.port_ = port;
  return e;
}

Endpoint Endpoint::V6(const std::array<std::uint8_t, 16>& address, std::uint16_t port) {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin())) {
    return V4({address[12], address[13], address[14], address[15]}, port);
  }
  Endpoint e;
  e.v6_ = true;
  e.address_ = address;
  e.port_ = port;
  return e;
}

std::optional<Endpoint> Endpoint::FromBytes(ByteSpan address, std::uint16_t port) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint8_t>(address[i]); };
  if (address.size() == 4) return V4({byte(0), byte(1), byte(2), byte(3)}, port);
  if (address.size() != 16) return std::nullopt;
  std::array<std::uint8_t, 16> v6;
  for (std::size_t i = 0; i < v6.size(); ++i) v6[i] = byte(i);
  return V6(v6, port);
}

std::optional<Endpoint> Endpoint::ParseAddress(std::string_view text, std::uint16_t port) {
  if (text.find('\0') != std::string_view::npos)
    return std::nullopt;  // inet_pton would stop there.
  const std::string terminated(text);
  std::array<std::uint8_t, 4> v4;
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return V4(v4, port);
  std::array<std::uint8_t, 16> v6;
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return V6(v6, port);
  return std::nullopt;
}

std::optional<Endpoint> Endpoint::Parse(std::string_view text) {
  const auto halves = SplitHostPort(text);
  if (!halves) return std::nullopt;
  const auto port = ParsePort(halves->port);
  if (!port) return std::nullopt;
  return ParseAddress(halves->host, *port);
}

ByteSpan Endpoint::address_bytes() const {
  return std::as_bytes(std::span(address_.data(), v6_ ? 16 : 4));
}

Endpoint Endpoint::WithPort(std::uint16_t port) const {
  Endpoint e = *this;
  e.port_ = port;
  return e;
}

bool Endpoint::IsUnspecified() const {
  return std::all_of(address_.begin(), address_.end(), [](std::uint8_t b) { return b == 0; });
}

bool Endpoint::IsLoopback() const {
  if (!v6_) return address_[0] == 127;
  return address_[15] == 1 &&
         std::all_of(address_.begin(), address_.end() - 1, [](std::uint8_t b) { return b == 0; });
}

bool Endpoint::IsUsableAsPeer() const {
  if (port_ == 0 || IsUnspecified()) return false;
  if (v6_) return address_[0] != 0xff;
  return address_[0] != 0 &&
         address_[0] < 224;  // 224/4 is multicast, 240/4 reserved and broadcast.
}

std::string Endpoint::AddressText() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, address_.data(), text, sizeof(text));
  return text;
}

std::string Endpoint::ToString() const {
  const std::string port = ":" + std::to_string(port_);
  return v6_ ? "[" + AddressText() + "]" + port : AddressText() + port;
}

std::string HostPort::ToString() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<HostPort> ParseHostPort(std::string_view text) {
  const auto halves = SplitHostPort(text);
  if (!halves) return std::nullopt;
  const auto port = ParsePort(halves->port);
  if (!port || *port == 0) return std::nullopt;
  if (!IsHostName(halves->host) && !Endpoint::ParseAddress(halves->host, *port)) {
    return std::nullopt;
  }
  return HostPort{std::string(halves->host), *port};
}

}  // namespace vf
