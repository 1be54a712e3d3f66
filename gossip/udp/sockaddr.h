// Endpoint <-> the address structures of the socket calls.
#pragma once

#include <sys/socket.h>

#include <optional>

#include "base/endpoint.h"

namespace vf {

// `family`: that of the socket. A v6 socket gets a v4 endpoint in its mapped form; a v4 socket
// cannot be given a v6 endpoint: 0. Result: the length to pass along.
socklen_t ToSockaddr(const Endpoint& endpoint, int family, sockaddr_storage& out);

// None for families other than IPv4 and IPv6.
std::optional<Endpoint> FromSockaddr(const sockaddr_storage& address);

}  // namespace vf
