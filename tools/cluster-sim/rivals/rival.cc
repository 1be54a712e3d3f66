#include "tools/cluster-sim/rivals/rival.h"

#include <utility>

#include "base/check.h"

namespace vf::sim {

void RivalProtocol::TakeOutputs(RivalOutputs& out) {
  VF_CHECK(out.sends.empty() && out.events.empty(), "outputs that nobody handled");
  std::swap(outputs_, out);
}

void RivalProtocol::Send(HostNumber to, RivalSend::Way way, std::size_t bytes,
                         RivalMessage message) {
  ++counters_.packets;
  counters_.bytes += bytes;
  outputs_.sends.push_back({to, way, bytes, std::move(message)});
}

void RivalProtocol::CountProbe(bool failed) {
  ++counters_.probes;
  if (failed) ++counters_.failed_probes;
}

}  // namespace vf::sim
