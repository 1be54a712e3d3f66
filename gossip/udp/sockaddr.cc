#include "gossip/udp/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace vf {

socklen_t ToSockaddr(const Endpoint& endpoint, int family, sockaddr_storage& out) {
  const ByteSpan bytes = endpoint.address_bytes();
  out = {};
  if (family == AF_INET) {
    if (endpoint.is_v6()) return 0;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port());
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&out, &v4, sizeof(v4));
    return sizeof(v4);
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port());
  if (endpoint.is_v6()) {
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  } else {
    v6.sin6_addr.s6_addr[10] = 0xff;
    v6.sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(&v6.sin6_addr.s6_addr[12], bytes.data(), bytes.size());
  }
  std::memcpy(&out, &v6, sizeof(v6));
  return sizeof(v6);
}

std::optional<Endpoint> FromSockaddr(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return Endpoint::FromBytes(std::as_bytes(std::span(&v4.sin_addr, 1)), ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    return Endpoint::FromBytes(std::as_bytes(std::span(&v6.sin6_addr, 1)), ntohs(v6.sin6_port));
  }
  return std::nullopt;
}

}  // namespace vf
