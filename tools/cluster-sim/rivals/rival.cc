#include "tools/cluster-sim/rivals/rival.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"

namespace vf::sim {

RivalProtocol::RivalProtocol(HostNumber self, HostNumber warm, TimePoint born, Rng rng)
    : self_(self), rng_(std::move(rng)), view_(warm) {
  VF_CHECK(warm == 0 || self < warm, "a warm member is one of those it knows");
  if (warm == 0) view_.Set({self, incarnation_, RivalState::kAlive, born});
  order_.Reset(view_.places());
}

void RivalProtocol::Join(HostNumber contact) {
  VF_CHECK(view_.size() == 1, "joins twice");
  SendTable(contact, RivalSend::Way::kNewConnection, RivalMessage::Kind::kPushTable);
}

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

void RivalProtocol::SendTable(HostNumber to, RivalSend::Way way, RivalMessage::Kind kind) {
  auto table = std::make_shared<RivalTable>(RivalTable{view_.warm(), view_.entries()});
  Send(to, way, TableBytes(view_.size()), {kind, 0, 0, {}, std::move(table)});
}

void RivalProtocol::CountProbe(bool failed) {
  ++counters_.probes;
  if (failed) ++counters_.failed_probes;
}

void RivalProtocol::RaiseIncarnation(std::uint32_t accused) {
  incarnation_ = std::max(incarnation_, accused) + 1;
  view_.Set({self_, incarnation_, RivalState::kAlive, view_.Get(self_).since});
}

}  // namespace vf::sim
