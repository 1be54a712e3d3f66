#include "gossip/udp/own_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "gossip/udp/sockaddr.h"

namespace vf {

absl::StatusOr<std::vector<Endpoint>> LookUp(const HostPort& name, bool v6) {
  addrinfo hints{};
  hints.ai_family = v6 ? AF_UNSPEC : AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &freeaddrinfo);
  if (error != 0) {
    return absl::NotFoundError(error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error));
  }
  std::vector<Endpoint> endpoints;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    sockaddr_storage address{};
    if (entry->ai_addrlen > sizeof(address)) continue;
    std::memcpy(&address, entry->ai_addr, entry->ai_addrlen);
    if (const auto endpoint = FromSockaddr(address)) {
      endpoints.push_back(endpoint->WithPort(name.port));
    }
  }
  // Name servers shuffle their answers; sorted, the same addresses compare equal.
  std::sort(endpoints.begin(), endpoints.end());
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
  if (endpoints.size() > kMaxAddresses) endpoints.resize(kMaxAddresses);
  if (endpoints.empty()) return absl::NotFoundError("it has no address");
  return endpoints;
}

absl::StatusOr<Endpoint> ResolveAdvertise(const AdvertiseOption& option, std::uint16_t port,
                                          bool v6) {
  const HostPort name{option.host, option.port.value_or(port)};
  if (const auto address = Endpoint::ParseAddress(name.host, name.port)) return *address;
  const auto found = LookUp(name, v6);
  if (!found.ok()) {
    return absl::NotFoundError("--advertise " + option.host + ": " +
                               std::string(found.status().message()) +
                               "; give a name or an address that others reach this process by");
  }
  return found->front();
}

std::optional<Endpoint> LocalAddressTowards(const Endpoint& to) {
  const int family = to.is_v6() ? AF_INET6 : AF_INET;
  const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::nullopt;
  sockaddr_storage address;
  socklen_t length = ToSockaddr(to, family, address);
  std::optional<Endpoint> local;
  // Connecting a UDP socket only asks the routing table.
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) {
    length = sizeof(address);
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
      local = FromSockaddr(address);
    }
  }
  close(fd);
  if (!local || local->IsUnspecified()) return std::nullopt;
  return local->WithPort(0);
}

}  // namespace vf
