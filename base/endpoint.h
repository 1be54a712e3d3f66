// An IPv4 or IPv6 address with a port: where a process can be reached.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace vf {

// Invariant: a v4 address uses the first 4 bytes, the rest are 0. An IPv4-mapped IPv6 address is
// turned into the v4 address that it means, so one process has one form.
class Endpoint {
 public:
  Endpoint() = default;  // 0.0.0.0:0
  static Endpoint V4(std::array<std::uint8_t, 4> address, std::uint16_t port);
  static Endpoint V6(const std::array<std::uint8_t, 16>& address, std::uint16_t port);
  // 4 or 16 bytes, as on the wire; none for any other length.
  static std::optional<Endpoint> FromBytes(ByteSpan address, std::uint16_t port);
  static Endpoint Loopback(std::uint16_t port) { return V4({127, 0, 0, 1}, port); }

  // "1.2.3.4:80" or "[::1]:80", numbers only, nothing before or after. Port 0 to 65535.
  static std::optional<Endpoint> Parse(std::string_view text);
  // "1.2.3.4" or "::1" (no brackets).
  static std::optional<Endpoint> ParseAddress(std::string_view text, std::uint16_t port);

  bool is_v6() const { return v6_; }
  std::uint16_t port() const { return port_; }
  // 4 or 16 bytes, network order; lives as long as this object.
  ByteSpan address_bytes() const;
  Endpoint WithPort(std::uint16_t port) const;

  bool IsUnspecified() const;
  bool IsLoopback() const;
  // Unspecified, multicast, broadcast or port 0: nobody can live there.
  bool IsUsableAsPeer() const;

  std::string AddressText() const;  // "1.2.3.4", "::1"
  std::string ToString() const;     // "1.2.3.4:80", "[::1]:80"

  auto operator<=>(const Endpoint&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const Endpoint& e) {
    return H::combine(std::move(h), e.v6_, e.address_, e.port_);
  }

 private:
  bool v6_ = false;
  std::array<std::uint8_t, 16> address_{};
  std::uint16_t port_ = 0;
};

// "host:port", host a name (letters, digits, '-', '.', '_') or an address, IPv6 in brackets; none
// unless both are there and the port is 1 to 65535.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
  std::string ToString() const;  // what ParseHostPort() reads
};
std::optional<HostPort> ParseHostPort(std::string_view text);

}  // namespace vf
