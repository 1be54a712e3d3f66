// What one checker found: violations up to a number, each with its trace, and counts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/evidence.h"
#include "tools/cluster-sim/checkers/violation.h"

namespace vf::sim {

class Findings {
 public:
  // All outlive it.
  Findings(const Evidence& evidence, std::string_view checker, Counts& counts);

  void AddOfKey(std::size_t key, SimTime at, std::string text);
  void AddOfMember(ProcessNumber process, SimTime at, std::string text);
  void Add(SimTime at, std::string text);
  Counts& counts() { return counts_; }

  // What was added; the last one's text counts those beyond spec.most_violations.
  std::vector<Violation> Take();

 private:
  // The new violation; null if it is one too many.
  Violation* Next(SimTime at, std::string text);

  const Evidence& evidence_;
  std::string_view checker_;
  Counts& counts_;
  std::vector<Violation> violations_;
  std::uint64_t more_ = 0;
};

}  // namespace vf::sim
