// A router in user space: hosts, a network namespace each, whose only way to each other is a TUN
// interface that ends here. Does to their packets what PacketScrambler decides.
//
// What a host sends is taken without an error, whatever becomes of it, and no ICMP comes back.
// Draws are seeded, but packets come when the kernel sends them: no two runs are equal.
// Threads: one of its own forwards; the methods belong to one other. IPv4 only; what is for nobody
// here is dropped. Limits: 250 hosts. Needs root and /dev/net/tun.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/net/net_namespace.h"
#include "tests/support/net/packet_scrambler.h"

namespace vf {

class TunRouter {
 public:
  // `number` starts the generator.
  TunRouter(std::size_t hosts, std::uint64_t number, const PacketFaults& faults);
  ~TunRouter();

  std::size_t size() const;
  const NetNamespace& host(std::size_t index) const;
  static std::string AddressOf(std::size_t index) { return "10.67.0." + std::to_string(index + 1); }

  void SetFaults(const PacketFaults& faults);
  PacketCounts counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vf
