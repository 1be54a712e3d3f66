// Does to a cluster what the plan of a run says, undoes it, and counts how often it struck.
//
// Thread: none of its own; one run.
// Invariants: 1. A fault that lasts is undone at its end, or by HealAll() if that comes first.
//             2. What a fault finds gone (a process that has ended) it leaves alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/process/cluster.h"
#include "tools/cluster-sim/process/contacts.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/safe_restarts.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

class FaultInjector {
 public:
  // The references outlive this object.
  FaultInjector(const RunSpec& spec, Loop& loop, Cluster& cluster, Contacts& contacts);

  // The first phase begins now: FaultEvent::at counts from here.
  void Begin();
  // It is over: nothing strikes any more, everything that can be undone is undone.
  void HealAll();

  // Of all that were planned, in the order of the plan.
  std::vector<FaultRecord> Records() const;

 private:
  struct Fault {
    FaultEvent event;
    FaultRecord record;
    bool began = false;
    bool active = false;  // and will be undone
    std::vector<DisturbanceId> disturbances;
    std::vector<ProcessNumber> paused;
    std::vector<HostNumber> hosts;  // that get back what they had: clock, speed, process
    std::unique_ptr<SafeRestarts> restarts;
  };

  void Strike(std::size_t index);
  void Undo(std::size_t index);
  void StrikeHost(Fault& fault, HostNumber host);
  void StrikeProcess(Fault& fault, SimProcess& process);
  void StrikePackets(Fault& fault);
  // Of a reset: whether nobody that it is for has connections to lose.
  void NoteIdle(Fault& fault) const;
  void Join(Fault& fault);
  void UndoHost(Fault& fault, HostNumber host);
  std::vector<HostNumber> HostsOf(const FaultEvent& event) const;

  Loop& loop_;
  Cluster& cluster_;
  Contacts& contacts_;
  std::vector<Fault> faults_;
  bool healed_ = false;
};

}  // namespace vf::sim
