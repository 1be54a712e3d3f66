// What a run found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/checkers/violation.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// A node that joined in the middle of the run, when it said that it was ready.
struct JoinFigures {
  std::string host;  // as HostName() gives it
  SimTime ready_at = 0;
  std::uint64_t moved_bytes = 0;  // of records that passes had brought there
  std::uint64_t share_bytes = 0;  // of records that it held of its partitions
};

struct RunResult {
  RunSpec spec;
  std::uint64_t writes_acked = 0;  // deletes included
  std::uint64_t writes_unknown = 0;
  std::uint64_t reads = 0;
  std::uint64_t reads_failed = 0;
  std::uint64_t stale_reads = 0;
  std::uint64_t stale_quorums = 0;  // reads with r= that found less than they should, excused
  std::uint64_t conflicts = 0;      // that processes show, of writes that met
  std::uint64_t excused_losses = 0;
  std::uint64_t divergence_final = 0;
  bool converged = false;
  // From the end of the faults until everything was at rest, if it converged. Clients work for 3 s
  // of it.
  Duration converged_after{};
  // From the end of the faults until owners held different records for the last time, by looks
  // every half second, or rarer in long runs.
  Duration divergent_for{};
  std::vector<JoinFigures> joins;
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
