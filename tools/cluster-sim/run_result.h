// What a run found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/checkers/violation.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

struct RunResult {
  RunSpec spec;
  std::uint64_t writes_acked = 0;  // deletes included
  std::uint64_t writes_unknown = 0;
  std::uint64_t reads = 0;
  std::uint64_t reads_failed = 0;
  std::uint64_t stale_reads = 0;
  std::uint64_t conflicts = 0;  // that processes show, of writes that met
  std::uint64_t excused_losses = 0;
  std::uint64_t divergence_final = 0;
  bool converged = false;
  std::string unrest;  // what was not as it should be, when it was looked at last; empty: nothing
  std::vector<Violation> violations;
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  Duration virtual_time{};
  History history;  // empty unless spec.keep_history
  // By ProcessNumber, with the history: the name of its host as HostName() gives it. Processes of
  // one host are one after the other.
  std::vector<std::string> process_hosts;
};

}  // namespace vf::sim
