#include "tools/cluster-sim/effects_today.h"

namespace vf::sim {

std::vector<FaultEffect> EffectsToday() {
  std::vector<FaultEffect> effects = KnownFaultEffects();
  for (FaultEffect& effect : effects) {
    if (effect.kind == "burst-loss") {
      effect.deaths = DeathScope::kEverybody;
      effect.deaths_from = 0;
    }
  }
  return effects;
}

}  // namespace vf::sim
