// Names to addresses, and which address of this machine others may be told.
//
// Threads: any. LookUp() and ResolveAdvertise() block while a name server is asked.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/os/common_options.h"

namespace vf {

// At most kMaxAddresses of them, sorted, IPv4 first; never empty. `v6`: IPv6 can be spoken.
// Errors: NotFound, with the resolver's reason.
inline constexpr std::size_t kMaxAddresses = 16;
absl::StatusOr<std::vector<Endpoint>> LookUp(const HostPort& name, bool v6);

// What --advertise means for a process at `port`. Errors: NotFound, naming the option.
absl::StatusOr<Endpoint> ResolveAdvertise(const AdvertiseOption& option, std::uint16_t port,
                                          bool v6);

// The local address from which `to` is reached, its port 0; none if there is no route. Sends
// nothing.
std::optional<Endpoint> LocalAddressTowards(const Endpoint& to);

}  // namespace vf
