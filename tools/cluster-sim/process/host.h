// A machine of the simulated network: one address, one clock, at most one process at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/endpoint.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/sim_disk.h"
#include "tools/cluster-sim/process/wall_clock.h"

namespace vf::sim {

enum class ProcessRole : std::uint8_t { kNode, kFrontend, kController };

inline constexpr std::uint16_t kProcessPort = 8000;

// 10.x.y.z:8000. REQUIRES: host < 2^24 - 2.
inline Endpoint EndpointOf(HostNumber host) {
  const std::uint32_t address = host + 1;  // 10.0.0.0 is nobody's
  return Endpoint::V4({10, static_cast<std::uint8_t>(address >> 16),
                       static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)},
                      kProcessPort);
}

// None: no host of a simulated network has this address.
inline std::optional<HostNumber> HostOf(const Endpoint& endpoint) {
  const ByteSpan bytes = endpoint.address_bytes();
  if (bytes.size() != 4 || bytes[0] != std::byte{10}) return std::nullopt;
  const std::uint32_t address = LoadBigEndian<std::uint32_t>(bytes.data()) & 0xffffff;
  if (address == 0) return std::nullopt;
  return address - 1;
}

struct Host {
  Host(HostNumber host_number, ProcessRole host_role)
      : number(host_number), role(host_role), clock(kRunStart) {}

  HostNumber number;
  ProcessRole role;  // of whatever process runs here
  WallClock clock;
  bool up = true;                        // false: it has no power
  Duration turn_cost{};                  // of each turn of a process here
  std::unique_ptr<SimDisk> disk;         // null: processes here keep nothing over a restart
  std::optional<ProcessNumber> process;  // that runs here
  std::optional<ProcessNumber> last;     // that runs here, or ran here last
};

}  // namespace vf::sim
