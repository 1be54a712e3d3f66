#include "tools/cluster-sim/effects_today.h"

#include <array>
#include <string_view>

namespace vf::sim {

std::vector<FaultEffect> EffectsToday() {
  constexpr std::array<std::string_view, 3> kRaiseSuspicions = {"loss", "burst-loss", "slow"};
  std::vector<FaultEffect> effects = KnownFaultEffects();
  for (FaultEffect& effect : effects) {
    for (const std::string_view kind : kRaiseSuspicions) {
      if (effect.kind == kind) effect.stale_reads = true;
    }
    if (effect.kind == "burst-loss") {
      effect.deaths = DeathScope::kEverybody;
      effect.deaths_from = 0;
    }
  }
  return effects;
}

}  // namespace vf::sim
