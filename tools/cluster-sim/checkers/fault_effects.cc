#include "tools/cluster-sim/checkers/fault_effects.h"

namespace vf::sim {

const std::vector<FaultEffect>& KnownFaultEffects() {
  constexpr DeathScope kNobody = DeathScope::kNobody;
  constexpr DeathScope kStruck = DeathScope::kStruck;
  constexpr DeathScope kEverybody = DeathScope::kEverybody;
  static const std::vector<FaultEffect> effects = {
      // kind, stale reads, deaths, from which strength, delays detection
      {"process-crash", false, kNobody, 0, false},
      {"frontend-crash", false, kNobody, 0, false},
      {"host-crash", false, kNobody, 0, false},
      {"restart", false, kNobody, 0, false},
      {"pause", true, kStruck, 0, true},
      {"slow", false, kStruck, 0, true},
      {"join", false, kNobody, 0, false},
      {"leave", false, kStruck, 0, false},
      {"planned-leave", false, kStruck, 0, false},
      {"loss", false, kEverybody, 0.2, true},
      {"burst-loss", false, kEverybody, 0.1, true},
      {"duplicate", false, kNobody, 0, false},
      {"reorder", false, kNobody, 0, false},
      {"latency", false, kEverybody, 1000, true},
      {"stall", true, kNobody, 0, false},
      {"reset", false, kNobody, 0, false},
      {"cut", true, kEverybody, 0, true},
      {"cut-one-way", true, kEverybody, 0, true},
      {"udp-blocked", false, kNobody, 0, true},
      {"tcp-blocked", true, kNobody, 0, true},
      {"clock-offset", false, kNobody, 0, false},
      {"clock-drift", false, kNobody, 0, false},
      {"clock-jump", false, kNobody, 0, false},
      {"safe-restarts", false, kStruck, 0, false},
  };
  return effects;
}

const FaultEffect& EffectOf(const std::vector<FaultEffect>& effects, const FaultRecord& fault) {
  static const FaultEffect nothing;
  for (const FaultEffect& effect : effects) {
    if (effect.kind == fault.kind) return effect;
  }
  return nothing;
}

}  // namespace vf::sim
