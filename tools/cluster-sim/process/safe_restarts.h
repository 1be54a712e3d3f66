// What an operator does to install a new release (tools/rolling-restart.sh): asks a node whether it
// may be stopped until it says so, stops it by SIGTERM, starts it again, waits until it is ready,
// and goes on to the next.
//
// Thread: none of its own; one run.
// Invariant: at most one of the hosts is down because of this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/process/cluster.h"
#include "tools/cluster-sim/process/contacts.h"
#include "tools/cluster-sim/process/loop.h"

namespace vf::sim {

class SafeRestarts {
 public:
  // The references outlive this object.
  SafeRestarts(Loop& loop, Cluster& cluster, Contacts& contacts, std::vector<HostNumber> hosts);

  void Begin();
  // Stops nothing any more; a host that is down gets its process back.
  void Stop();

  // Processes that were told to stop; all before the last one are ready again.
  std::size_t stopped() const { return stopped_; }
  // Those that were told to stop, and those that took their place.
  const std::vector<ProcessNumber>& processes() const { return processes_; }

 private:
  enum class Step : std::uint8_t { kAsk, kAsked, kEnding, kDown, kStarting };

  void Look();
  void Ask(SimProcess& process);
  void OnAnswer(std::uint64_t question, bool safe);
  void StartAgain();

  Loop& loop_;
  Cluster& cluster_;
  Contacts& contacts_;
  const std::vector<HostNumber> hosts_;
  Step step_ = Step::kAsk;
  TimePoint since_{};            // of the step
  std::uint64_t questions_ = 0;  // only the answer to the last one counts
  std::size_t stopped_ = 0;
  std::size_t done_ = 0;  // hosts whose new process is ready
  bool over_ = false;
  std::vector<ProcessNumber> processes_;
};

}  // namespace vf::sim
