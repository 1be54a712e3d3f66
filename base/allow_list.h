// Which addresses may talk to a process: a list of CIDR ranges (RFC 4632, RFC 4291).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/endpoint.h"

namespace vf {

// Threads: any, once built.
class AllowList {
 public:
  // Loopback, private (RFC 1918, RFC 4193) and link-local ranges, v4 and v6.
  static AllowList PrivateNetworks();

  // Adds "10.0.0.0/8", "fd00::/8" or a single address. False, and nothing added, if `cidr` is
  // none of these, or has bits set behind its prefix.
  bool Add(std::string_view cidr);

  // The port plays no part.
  bool Allows(const Endpoint& endpoint) const;

 private:
  struct Range {
    bool v6;
    int prefix_bits;
    Endpoint base;
  };
  std::vector<Range> ranges_;
};

}  // namespace vf
