#include "tools/cluster-sim/checkers/no_false_death.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {
namespace {

// When who may be believed dead because of faults.
class DeathExcuses {
 public:
  explicit DeathExcuses(const Evidence& evidence) {
    for (const FaultRecord& fault : evidence.history.faults) {
      const FaultEffect& effect = EffectOf(evidence.spec.effects, fault);
      if (effect.deaths == DeathScope::kNobody || fault.strength < effect.deaths_from) continue;
      const SimTime to = Later(fault.to, evidence.spec.death_grace);
      if (effect.deaths == DeathScope::kEverybody || fault.processes.empty()) {
        everybody_.Add(fault.from, to);
      } else {
        for (const ProcessNumber process : fault.processes) struck_[process].Add(fault.from, to);
      }
    }
    everybody_.Seal();
    for (auto& [process, intervals] : struck_) intervals.Seal();
  }

  bool Excuse(ProcessNumber subject, SimTime at) const {
    if (everybody_.Touches(at, at)) return true;
    const auto found = struck_.find(subject);
    return found != struck_.end() && found->second.Touches(at, at);
  }

 private:
  Intervals everybody_;
  std::map<ProcessNumber, Intervals> struck_;
};

bool SaysGone(BelievedState state) {
  return state == BelievedState::kDead || state == BelievedState::kLeft;
}

void CheckBeliefs(const Evidence& evidence, Findings& findings) {
  const DeathExcuses excuses(evidence);
  for (const Belief& belief : evidence.history.beliefs) {
    if (!SaysGone(belief.state)) continue;
    const ProcessLife* life = evidence.index.LifeOf(belief.subject);
    if (life == nullptr || !life->UpAt(belief.at) || life->leaving <= belief.at) continue;
    if (life->PausedWithin(belief.at - evidence.spec.death_grace, belief.at) ||
        excuses.Excuse(belief.subject, belief.at)) {
      ++findings.counts().excused_deaths;
      continue;
    }
    findings.AddOfMember(belief.subject, belief.at,
                         BeliefText(belief) + ", which runs and met no fault that excuses it");
  }
}

Intervals DelaysOfDetection(const Evidence& evidence) {
  Intervals delays;
  for (const FaultRecord& fault : evidence.history.faults) {
    if (EffectOf(evidence.spec.effects, fault).delays_detection) {
      delays.Add(fault.from, Later(fault.to, evidence.spec.death_grace));
    }
  }
  delays.Seal();
  return delays;
}

// Who noticed the crash of one process by its bound.
class CrashJudge {
 public:
  // `beliefs`: about it, in the order of time.
  CrashJudge(const Evidence& evidence, ProcessNumber crashed, const ProcessLife& life,
             const std::vector<const Belief*>& beliefs, Findings& findings)
      : evidence_(evidence),
        crashed_(crashed),
        life_(life),
        deadline_(Later(life.ended, evidence.spec.detection_bound)),
        findings_(findings) {
    for (const Belief* belief : beliefs) {
      if (belief->at <= deadline_) last_[belief->observer] = belief;
    }
  }

  void Judge() {
    for (const auto& [observer, life] : evidence_.index.lives()) {
      if (observer == crashed_ || !Healthy(life)) continue;
      const auto last = last_.find(observer);
      if (last != last_.end()) {
        const BelievedState state = last->second->state;
        if (state == BelievedState::kAlive || state == BelievedState::kSuspect) {
          Report(observer, StateName(state));
        }
      } else if (KnownToAll(life)) {
        Report(observer, "nothing else than at first");
      }
    }
  }

 private:
  bool Healthy(const ProcessLife& life) const {
    return life.ready <= life_.ended && life.ended > deadline_ && life.leaving > deadline_ &&
           !life.PausedWithin(life_.ended - evidence_.spec.death_grace, deadline_);
  }
  // Both have been ready for long enough to have heard of each other.
  bool KnownToAll(const ProcessLife& observer) const {
    const SimTime bound = evidence_.spec.detection_bound;
    return Later(life_.ready, bound) <= life_.ended && Later(observer.ready, bound) <= life_.ended;
  }
  void Report(ProcessNumber observer, std::string_view believes) {
    findings_.AddOfMember(crashed_, deadline_,
                          "process " + std::to_string(crashed_) + " crashed at " +
                              TimeText(life_.ended) + ", and at " + TimeText(deadline_) +
                              " process " + std::to_string(observer) + " believes it " +
                              std::string(believes));
  }

  const Evidence& evidence_;
  const ProcessNumber crashed_;
  const ProcessLife& life_;
  const SimTime deadline_;
  Findings& findings_;
  std::map<ProcessNumber, const Belief*> last_;  // by observer, until the deadline
};

void CheckDetection(const Evidence& evidence, Findings& findings) {
  const Intervals delays = DelaysOfDetection(evidence);
  std::map<ProcessNumber, std::vector<const Belief*>> beliefs;
  for (const auto& [process, life] : evidence.index.lives()) {
    if (!life.crashed || life.ended > evidence.history.end) continue;
    const SimTime deadline = Later(life.ended, evidence.spec.detection_bound);
    if (deadline > evidence.history.end || delays.Touches(life.ended, deadline)) {
      ++findings.counts().unjudged_detections;
    } else {
      beliefs[process];
    }
  }
  for (const Belief& belief : evidence.history.beliefs) {
    const auto found = beliefs.find(belief.subject);
    if (found != beliefs.end()) found->second.push_back(&belief);
  }
  for (const auto& [process, about] : beliefs) {
    CrashJudge(evidence, process, *evidence.index.LifeOf(process), about, findings).Judge();
  }
}

}  // namespace

void CheckNoFalseDeath(const Evidence& evidence, Findings& findings) {
  CheckBeliefs(evidence, findings);
  if (evidence.spec.detection_bound > 0) CheckDetection(evidence, findings);
}

}  // namespace vf::sim
