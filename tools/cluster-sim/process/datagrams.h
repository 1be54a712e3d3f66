// UDP: datagrams on their way, what the network does to them, and what becomes of one that arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/process/host.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/slab.h"

namespace vf::sim {

// Where datagrams go to.
class DatagramReceiver {
 public:
  // False: no process is there, and its host says so if it is up.
  virtual bool OnDatagram(HostNumber host, HostNumber from, std::vector<std::byte>& bytes) = 0;
  // Nobody listens at `refused_by`, says its host to `process`.
  virtual void OnRefusal(ProcessNumber process, HostNumber refused_by) = 0;
  virtual bool IsHostUp(HostNumber host) const = 0;

 protected:
  ~DatagramReceiver() = default;
};

// Thread: none of its own; one run.
class Datagrams final : public EventHandler {
 public:
  // The references outlive this object.
  Datagrams(Loop& loop, Network& network, DatagramReceiver& receiver);

  void Send(ProcessNumber sender, HostNumber from, HostNumber to, std::vector<std::byte> bytes);

  // kDatagram and kRefusal.
  void OnEvent(const Event& event) override;

 private:
  struct Packet {
    ProcessNumber sender = 0;
    HostNumber from = 0;
    std::vector<std::byte> bytes;
  };
  void Arrive(HostNumber host, Packet packet);

  Loop& loop_;
  Network& network_;
  DatagramReceiver& receiver_;
  Slab<Packet> in_flight_;
};

}  // namespace vf::sim
