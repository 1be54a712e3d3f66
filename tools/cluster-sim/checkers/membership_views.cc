#include "tools/cluster-sim/checkers/membership_views.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {
namespace {

constexpr std::size_t kMostNames = 8;

std::string Names(const std::vector<ProcessNumber>& processes) {
  std::string text;
  for (std::size_t i = 0; i < processes.size() && i < kMostNames; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(processes[i]);
  }
  if (processes.size() > kMostNames) {
    text += " and " + std::to_string(processes.size() - kMostNames) + " more";
  }
  return text;
}

std::vector<ProcessNumber> Running(const Evidence& evidence) {
  std::vector<ProcessNumber> running;
  for (const auto& [process, life] : evidence.index.lives()) {
    if (life.UpAt(evidence.history.end)) running.push_back(process);
  }
  return running;
}

void CheckView(const Evidence& evidence, const FinalView& view,
               const std::vector<ProcessNumber>& running, Findings& findings) {
  std::vector<ProcessNumber> alive = view.alive;
  std::sort(alive.begin(), alive.end());
  if (alive == running) return;
  std::vector<ProcessNumber> missing, surplus;
  std::set_difference(running.begin(), running.end(), alive.begin(), alive.end(),
                      std::back_inserter(missing));
  std::set_difference(alive.begin(), alive.end(), running.begin(), running.end(),
                      std::back_inserter(surplus));
  std::string text = "in the end process " + std::to_string(view.process);
  if (!missing.empty()) text += " does not know as alive, although they run: " + Names(missing);
  if (!surplus.empty()) {
    text += std::string(missing.empty() ? "" : ";") +
            " takes for alive, although they do not run: " + Names(surplus);
  }
  if (missing.empty() && surplus.empty()) text += " names a process twice";
  const ProcessNumber about = !missing.empty()   ? missing.front()
                              : !surplus.empty() ? surplus.front()
                                                 : view.process;
  findings.AddOfMember(about, evidence.history.end, std::move(text));
}

void CheckViews(const Evidence& evidence, const std::vector<ProcessNumber>& running,
                Findings& findings) {
  const SimTime end = evidence.history.end;
  std::map<ProcessNumber, const FinalView*> views;
  for (const FinalView& view : evidence.history.final_views) views[view.process] = &view;
  const FinalView* first = nullptr;
  const FinalView* other = nullptr;
  for (const ProcessNumber process : running) {
    const auto found = views.find(process);
    if (found == views.end()) {
      findings.AddOfMember(process, end,
                           "process " + std::to_string(process) + " runs and tells no view");
      continue;
    }
    CheckView(evidence, *found->second, running, findings);
    if (first == nullptr) first = found->second;
    if (first->view_hash != found->second->view_hash) other = found->second;
  }
  if (other == nullptr) return;
  findings.Add(end, "the hashes of the views differ in the end: process " +
                        std::to_string(first->process) + " has " + VersionText(first->view_hash) +
                        ", process " + std::to_string(other->process) + " has " +
                        VersionText(other->view_hash));
}

// A suspicion may be missing from the lists of the living that CheckView compares.
void CheckBeliefsOfTheGone(const Evidence& evidence, Findings& findings) {
  const History& history = evidence.history;
  std::map<std::pair<ProcessNumber, ProcessNumber>, const Belief*> last;  // subject, observer
  for (const Belief& belief : history.beliefs) {
    const ProcessLife* subject = evidence.index.LifeOf(belief.subject);
    if (subject == nullptr || subject->ended > history.end) continue;
    last[{belief.subject, belief.observer}] = &belief;
  }
  for (const auto& [pair, belief] : last) {
    const ProcessLife* observer = evidence.index.LifeOf(belief->observer);
    if (observer == nullptr || !observer->UpAt(history.end)) continue;
    if (belief->state != BelievedState::kAlive && belief->state != BelievedState::kSuspect)
      continue;
    findings.AddOfMember(belief->subject, belief->at,
                         "since then and in the end " + BeliefText(*belief) +
                             ", although it is gone since " +
                             TimeText(evidence.index.LifeOf(belief->subject)->ended));
  }
}

}  // namespace

void CheckMembershipViews(const Evidence& evidence, Findings& findings) {
  if (!evidence.converged()) return;
  CheckViews(evidence, Running(evidence), findings);
  CheckBeliefsOfTheGone(evidence, findings);
}

}  // namespace vf::sim
