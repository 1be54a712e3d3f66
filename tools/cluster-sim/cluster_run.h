// One run of a whole cluster: start, the phase of faults, healing, rest, and the record of it all.
#pragma once

#include <optional>
#include <string>

#include "tools/cluster-sim/observe/beliefs.h"
#include "tools/cluster-sim/observe/copies.h"
#include "tools/cluster-sim/process/cluster.h"
#include "tools/cluster-sim/process/contacts.h"
#include "tools/cluster-sim/process/fault_injector.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/run.h"
#include "tools/cluster-sim/workload/clients.h"
#include "tools/cluster-sim/workload/key_book.h"

namespace vf::sim {

// Thread: none of its own. One use: Run(), then the rest.
class ClusterRun final : ClusterObserver, Clients::Observer {
 public:
  // The references outlive this object.
  ClusterRun(const RunSpec& spec, const ProgressFn& progress);

  // Returns why the cluster never began to serve; empty: it did, and the run came to its end.
  std::string Run();

  // Moves it out.
  History TakeHistory();
  std::uint64_t trace_hash() { return loop_.trace().value(); }
  std::uint64_t events() const { return loop_.events(); }
  Duration passed() const { return Duration(loop_.sim_now()); }
  // What kept the cluster from coming to rest, when it was looked at last; empty: nothing.
  const std::string& unrest() const { return unrest_; }
  int storage_processes() const;
  // Processes that ended because the cluster, or they, refused: which, and the reason.
  const std::vector<std::string>& refusals() const { return cluster_.refusals(); }
  SimTime now() const { return loop_.sim_now(); }
  const std::vector<JoinFigures>& joins() const { return joins_; }
  // By ProcessNumber: the name of its host.
  std::vector<std::string> ProcessHosts() const;
  const Cluster& cluster() const { return cluster_; }

 private:
  void Start();
  bool WaitUntilServing();
  void Rest();
  std::string WhyNotAtRest() const;
  void LookAtEnd();
  void RunFor(Duration duration);
  void SampleAgain();
  void CountDivergenceAgain();
  void NoteDivergence();
  void NoteJoin(ProcessNumber number);
  void NoteConflicts(ProcessNumber process);

  // ClusterObserver
  void OnLife(ProcessNumber process, LifeEvent what) override;
  void OnBeforeEnd(ProcessNumber process) override;
  void OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) override;
  void OnCopyInSync(ProcessNumber process, const CopyInSync& copy) override {
    copies_.OnCopyInSync(loop_.sim_now(), process, copy);
  }
  void OnBeforeDrop(ProcessNumber process, Partition partition) override {
    copies_.OnBeforeDrop(loop_.sim_now(), process, partition);
  }
  // Clients::Observer
  void OnWriteBegun(KeyNumber key) override { copies_.OnWritten(key); }
  void OnAcked(KeyNumber key) override { copies_.NoteAcked(loop_.sim_now(), key); }

  const RunSpec& spec_;
  const ProgressFn& progress_;
  const Rng rng_;
  Loop loop_;
  Cluster cluster_;
  Contacts contacts_;
  KeyBook book_;
  Clients clients_;
  Copies copies_;
  Beliefs beliefs_;
  FaultInjector faults_;
  Rng sampling_;
  const int looks_apart_;        // times the usual time between two looks
  std::size_t not_started_ = 0;  // processes whose start is to come
  std::string unrest_;
  std::vector<JoinFigures> joins_;
  History history_;
};

}  // namespace vf::sim
