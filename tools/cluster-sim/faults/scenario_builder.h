// How named scenarios are put together.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Makes the spec of a named scenario. Moments are given as parts of the first phase, so that every
// scenario fits every duration.
class ScenarioBuilder {
 public:
  // Clusters of more nodes start warm, and have more partitions.
  static constexpr int kMostColdNodes = 30;

  ScenarioBuilder(std::string_view name, std::uint64_t seed, const SwarmLimits& limits,
                  int usual_nodes = 5) {
    spec_.scenario = name;
    spec_.seed = seed;
    spec_.nodes = limits.nodes.value_or(usual_nodes);
    spec_.replicas = limits.replicas.value_or(spec_.replicas);
    spec_.duration = limits.duration.value_or(spec_.duration);
    if (spec_.nodes > kMostColdNodes) {
      spec_.start = StartKind::kWarm;
      spec_.partition_digits = spec_.nodes > 200 ? 3 : 2;
    }
  }

  RunSpec& spec() { return spec_; }
  int nodes() const { return spec_.nodes; }
  int FirstController() const { return spec_.nodes; }
  int FirstFrontend() const { return spec_.nodes + spec_.controllers; }

  // `part`: of the duration, in thousandths; whole milliseconds.
  Duration Part(int part) const {
    return milliseconds(ToMilliseconds(spec_.duration) * part / 1000);
  }

  ScenarioBuilder& Once(FaultKind kind, int at, std::vector<int> hosts, double strength = 0) {
    spec_.faults.push_back({Part(at), Duration(0), kind, std::move(hosts), strength});
    return *this;
  }
  ScenarioBuilder& For(FaultKind kind, int at, Duration lasts, std::vector<int> hosts,
                       double strength = 0) {
    spec_.faults.push_back({Part(at), lasts, kind, std::move(hosts), strength});
    return *this;
  }
  RunSpec Done() { return std::move(spec_); }

 private:
  RunSpec spec_;
};

// 0 to count - 1.
inline std::vector<int> FirstHosts(int count) {
  std::vector<int> hosts;
  for (int host = 0; host < count; ++host) hosts.push_back(host);
  return hosts;
}

}  // namespace vf::sim
