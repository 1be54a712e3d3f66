// What a checker reports.
#pragma once

#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

struct Violation {
  std::string checker;             // its name: "acked_writes"
  std::string key;                 // empty if it is not about one
  SimTime at = 0;                  // when it happened, or was seen
  std::string text;                // one line: what was promised, what was found
  std::vector<std::string> trace;  // what happened to the key or member, a line an event
};

}  // namespace vf::sim
