// All hosts of a run and the processes on them: how these start, end and are kept from running.
//
// Thread: none of its own; one run.
// Invariant: a process has one number and one key for its life; a restart is another process, with
// another number, and with the same key if it has a disk.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/lookup_map.h"
#include "base/rng.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/process/datagrams.h"
#include "tools/cluster-sim/process/host.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/sim_process.h"
#include "tools/cluster-sim/process/streams.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// What happens to processes, as it happens.
class ClusterObserver {
 public:
  virtual void OnLife(ProcessNumber process, LifeEvent what) = 0;
  // Its memory is about to go; Cluster::Live() still gives it.
  virtual void OnBeforeEnd(ProcessNumber process) = 0;
  virtual void OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) = 0;
  // By its own word, as of now.
  virtual void OnCopyInSync(ProcessNumber process, const CopyInSync& copy) = 0;
  virtual void OnBeforeDrop(ProcessNumber process, Partition partition) = 0;

 protected:
  ~ClusterObserver() = default;
};

class Cluster final : EventHandler, DatagramReceiver, StreamHosts, ProcessObserver {
 public:
  // Hosts 0 to nodes - 1 for nodes, then controllers, then frontends; nothing runs yet.
  // The references outlive this object.
  Cluster(const RunSpec& spec, Loop& loop, ClusterObserver& observer, const Rng& rng);
  ~Cluster();

  // --- Hosts ---
  std::size_t hosts() const { return hosts_.size(); }
  Host& host(HostNumber number) { return hosts_[number]; }
  const Host& host(HostNumber number) const { return hosts_[number]; }
  std::vector<HostNumber> HostsOf(ProcessRole role) const;
  HostNumber AddHost(ProcessRole role);
  Network& network() { return network_; }
  Streams& streams() { return streams_; }

  // --- Processes ---
  // All that ever were: their numbers count from 0.
  std::size_t processes() const { return processes_.size(); }
  // Null: it has ended. Paused ones live.
  SimProcess* Live(ProcessNumber number) const { return processes_[number].get(); }
  SimProcess* LiveAt(HostNumber host) const;
  // In the order of their numbers.
  const std::vector<ProcessNumber>& live() const { return live_; }
  HostNumber HostOfProcess(ProcessNumber number) const { return host_of_[number]; }
  // Of the newest life that this key has had. None: no process of this run has or had it.
  std::optional<ProcessNumber> NumberOf(MemberKey key) const;
  // Of the life that the record speaks of: a process with a disk has the key of its former ones.
  std::optional<ProcessNumber> NumberOf(const MemberRecord& record) const;

  // Starts a process. REQUIRES: the host is up and nothing runs there.
  ProcessNumber Start(HostNumber host, const std::vector<HostNumber>& contacts);
  // Starts one on every host, as members of one cluster who all know each other and have announced
  // that they are ready. REQUIRES: nothing runs yet.
  void StartAllWarm();
  // kill -9.
  void Crash(ProcessNumber number);
  void LosePower(HostNumber host);
  void RegainPower(HostNumber host) { hosts_[host].up = true; }
  // Each turn of a process on that host takes so long from now on.
  void SetTurnCost(HostNumber host, Duration cost);
  void Pause(ProcessNumber number);
  void Resume(ProcessNumber number);
  // SIGTERM.
  void Leave(ProcessNumber number);
  // vfctl leave. One that is not ready is stopped by SIGTERM, as the operator is told to.
  void LeaveForGood(ProcessNumber number);

  // Runs `task` after `delay` unless the process has ended by then.
  void Post(ProcessNumber number, Duration delay, std::function<void()> task);

  // Why processes ended by themselves.
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  void GiveDisk(Host& host);
  GossipStart StartOf(const Host& host, const std::vector<HostNumber>& contacts, Rng& rng) const;
  ProcessNumber Launch(Host& host, const GossipStart& start, const Rng& rng);
  void End(ProcessNumber number, LifeEvent why);
  void BeginLeave(ProcessNumber number, LeaveKind kind);
  void ContinueLeave(ProcessNumber number, LeaveKind kind, TimePoint drain_until);

  // EventHandler: kThreadTimer, kThreadTurn
  void OnEvent(const Event& event) override;
  // DatagramReceiver, StreamHosts
  bool IsHostUp(HostNumber number) const override { return hosts_[number].up; }
  bool OnDatagram(HostNumber number, HostNumber from, std::vector<std::byte>& bytes) override;
  void OnRefusal(ProcessNumber process, HostNumber refused_by) override;
  StreamUser* OnStreamAccept(HostNumber number, StreamId id) override;
  // ProcessObserver
  void OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) override;
  void OnReady(ProcessNumber process) override;
  void OnCopyInSync(ProcessNumber process, const CopyInSync& copy) override;
  void OnBeforeDrop(ProcessNumber process, Partition partition) override;
  void OnEmptied(ProcessNumber process) override;
  void OnRefusedToRun(ProcessNumber process, const std::string& why) override;

  const RunSpec& spec_;
  Loop& loop_;
  ClusterObserver& observer_;
  const Rng rng_;
  Network network_;
  std::deque<Host> hosts_;
  Datagrams datagrams_;
  Streams streams_;
  std::vector<std::unique_ptr<SimProcess>> processes_;  // null: ended
  std::vector<HostNumber> host_of_;                     // by process
  std::vector<ProcessNumber> live_;
  struct Life {
    ProcessNumber number = 0;
    std::uint64_t boot = 0;
  };
  LookupMap<MemberKey, std::vector<Life>> lives_;  // the newest last
  std::vector<std::string> refusals_;
};

}  // namespace vf::sim
