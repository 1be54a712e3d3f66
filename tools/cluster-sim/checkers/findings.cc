#include "tools/cluster-sim/checkers/findings.h"

#include <algorithm>
#include <utility>

#include "tools/cluster-sim/checkers/event_trace.h"

namespace vf::sim {

Findings::Findings(const Evidence& evidence, std::string_view checker, Counts& counts)
    : evidence_(evidence), checker_(checker), counts_(counts) {}

Violation* Findings::Next(SimTime at, std::string text) {
  if (violations_.size() >= std::max<std::size_t>(evidence_.spec.most_violations, 1)) {
    ++more_;
    return nullptr;
  }
  Violation& violation = violations_.emplace_back();
  violation.checker = checker_;
  violation.at = at;
  violation.text = std::move(text);
  return &violation;
}

void Findings::AddOfKey(std::size_t key, SimTime at, std::string text) {
  Violation* violation = Next(at, std::move(text));
  if (violation == nullptr) return;
  violation->key = evidence_.index.Key(key).key;
  violation->trace = TraceOfKey(evidence_, key, at);
}

void Findings::AddOfMember(ProcessNumber process, SimTime at, std::string text) {
  Violation* violation = Next(at, std::move(text));
  if (violation != nullptr) violation->trace = TraceOfMember(evidence_, process, at);
}

void Findings::Add(SimTime at, std::string text) { Next(at, std::move(text)); }

std::vector<Violation> Findings::Take() {
  if (more_ > 0) violations_.back().text += " (and " + std::to_string(more_) + " more)";
  more_ = 0;
  return std::move(violations_);
}

}  // namespace vf::sim
