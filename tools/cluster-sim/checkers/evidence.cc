#include "tools/cluster-sim/checkers/evidence.h"

namespace vf::sim {
namespace {

constexpr SimTime kMillisecond = 1'000'000;

// The moment of a unix time; kNotYet if it is beyond all moments.
SimTime MomentOf(std::uint64_t unix_ms, std::uint64_t epoch_ms) {
  if (unix_ms < epoch_ms) {
    const std::uint64_t before = epoch_ms - unix_ms;
    return before > static_cast<std::uint64_t>(kNotYet / kMillisecond)
               ? -kNotYet
               : -static_cast<SimTime>(before) * kMillisecond;
  }
  const std::uint64_t after = unix_ms - epoch_ms;
  return after > static_cast<std::uint64_t>(kNotYet / kMillisecond)
             ? kNotYet
             : static_cast<SimTime>(after) * kMillisecond;
}

}  // namespace

Evidence::Evidence(const History& history_of_run, const JudgeSpec& spec_of_run)
    : history(history_of_run), spec(spec_of_run), index(history_of_run) {
  for (const FaultRecord& fault : history.faults) {
    faults.Add(fault.from, fault.to);
    if (EffectOf(spec.effects, fault).stale_reads) {
      const SimTime end = Later(fault.to, spec.stale_grace);
      stale_reads.Add(fault.from, end);
      const SimTime others = spec.clients_apart ? fault.from : fault.from + spec.places_kept;
      if (others < end) other_owners.Add(others, end);
    }
  }
  faults.Seal();
  stale_reads.Seal();
  other_owners.Seal();
}

std::uint64_t Evidence::WallAt(SimTime at) const {
  return history.epoch_ms + static_cast<std::uint64_t>(at / kMillisecond);
}

SimTime Evidence::MayExpireAt(std::uint64_t expiry_ms) const {
  const SimTime at = MomentOf(expiry_ms, history.epoch_ms);
  return at == kNotYet ? at : at - spec.clock_skew - kMillisecond;
}

SimTime Evidence::MustExpireAt(std::uint64_t expiry_ms) const {
  const SimTime at = MomentOf(expiry_ms, history.epoch_ms);
  return Later(Later(at, spec.clock_skew), spec.expiry_slack);
}

bool Evidence::MayBeLeftOut(const SeenView& record, SimTime at) const {
  if (!clocks_known()) return record.tombstone || record.expiry_ms != 0;
  if (!MayBeTombstone(record, at)) return false;
  constexpr int kCounterBits = 16;
  const std::uint64_t made_ms = record.version >> kCounterBits;
  const auto age_ms = static_cast<std::uint64_t>(spec.tombstone_age / kMillisecond);
  const auto skew_ms = static_cast<std::uint64_t>(spec.clock_skew / kMillisecond);
  return made_ms + age_ms <= WallAt(at) + skew_ms;
}

bool Evidence::MayBeTombstone(const SeenView& record, SimTime at) const {
  if (record.tombstone) return true;
  return record.expiry_ms != 0 && clocks_known() && MayExpireAt(record.expiry_ms) <= at;
}

bool Evidence::Has(const std::optional<SeenRecord>& held, const SeenView& needed,
                   SimTime at) const {
  if (MayBeLeftOut(needed, at)) return true;
  if (!held) return false;
  const SeenView view = ViewOf(*held);
  if (CompareWrites(view, needed) >= 0) return true;
  return view.version == needed.version && needed.tombstone && MayBeTombstone(view, at);
}

}  // namespace vf::sim
