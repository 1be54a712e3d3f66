#include "tools/cluster-sim/process/datagrams.h"

#include <utility>

namespace vf::sim {

Datagrams::Datagrams(Loop& loop, Network& network, DatagramReceiver& receiver)
    : loop_(loop), network_(network), receiver_(receiver) {
  loop_.SetHandler(EventKind::kDatagram, *this);
  loop_.SetHandler(EventKind::kRefusal, *this);
}

void Datagrams::Send(ProcessNumber sender, HostNumber from, HostNumber to,
                     std::vector<std::byte> bytes) {
  const Fate fate = network_.SendDatagram(loop_.now(), from, to);
  for (int i = 1; i < fate.arrivals; ++i) {
    loop_.Push(fate.at[static_cast<std::size_t>(i)], EventKind::kDatagram, to,
               in_flight_.Put({sender, from, bytes}));
  }
  if (fate.arrivals > 0) {
    loop_.Push(fate.at[0], EventKind::kDatagram, to,
               in_flight_.Put({sender, from, std::move(bytes)}));
  }
}

void Datagrams::OnEvent(const Event& event) {
  if (event.kind == static_cast<std::uint32_t>(EventKind::kRefusal)) {
    receiver_.OnRefusal(event.target, static_cast<HostNumber>(event.payload));
  } else {
    Arrive(event.target, in_flight_.Take(event.payload));
  }
}

void Datagrams::Arrive(HostNumber host, Packet packet) {
  if (!receiver_.IsHostUp(host)) return;
  loop_.trace().Add(loop_.now(), packet.from, host, packet.bytes);
  if (receiver_.OnDatagram(host, packet.from, packet.bytes)) return;
  // ICMP: port unreachable.
  const Fate fate = network_.SendDatagram(loop_.now(), host, packet.from);
  if (fate.arrivals > 0) loop_.Push(fate.at[0], EventKind::kRefusal, packet.sender, host);
}

}  // namespace vf::sim
