#include "tests/sim/canary/canaries.h"

#include <absl/status/status.h>

#include <array>
#include <ostream>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/faults/scenario.h"
#include "tools/cluster-sim/faults/swarm.h"

namespace vf::sim {
namespace {

constexpr std::string_view kAckedWrites = "acked_writes";
constexpr std::string_view kMonotoneCopies = "monotone_copies";
constexpr std::string_view kNoFalseDeath = "no_false_death";
constexpr std::string_view kTrueReads = "true_reads";

#define VF_CANARY(bug, checker, found_by, ...) \
  Canary { PlantedBug::bug, #bug, checker, found_by __VA_OPT__(, ) __VA_ARGS__ }

constexpr std::array kCanaries = {
    VF_CANARY(kFirstOfEqualVersionsWins, kTrueReads, 3),
    VF_CANARY(kTombstoneBeforeVersion, kMonotoneCopies, 31),
    VF_CANARY(kAckWithoutStore, kAckedWrites, 1),
    VF_CANARY(kJoiningNotWritten, kAckedWrites, 1),
    VF_CANARY(kAnsweredAtMinAcks, kTrueReads, 1),
    VF_CANARY(kNotStampedAgain, kTrueReads, 7),
    VF_CANARY(kStampedAgainTooLow, kTrueReads, 2),
    VF_CANARY(kOtherListIgnored, kAckedWrites, 1, Shape::kDeafFrontends),
    VF_CANARY(kNotInSyncAnswers, kTrueReads, 18),
    VF_CANARY(kCopyWithoutTombstones, kTrueReads, 14),
    VF_CANARY(kLastPageDropped, kAckedWrites, 1),
    VF_CANARY(kOnePassIsEnough, kAckedWrites, 3),
    VF_CANARY(kOrderOfItsOwn, kNotConverged, 1),
    VF_CANARY(kNoRefutation, kNoFalseDeath, 11),
    VF_CANARY(kOlderHoldsAddress, kNoFalseDeath, 10),
    VF_CANARY(kNobodyDies, kNotConverged, 9),
    VF_CANARY(kNoHealing, kNotConverged, 11, Shape::kCutInTwo),
};

void AddDeafFrontends(RunSpec& spec) {
  std::vector<int> frontends;
  for (int i = 0; i < spec.frontends; ++i) {
    frontends.push_back(spec.nodes + spec.controllers + i);
  }
  if (frontends.empty()) return;
  constexpr int kJoins = 3;
  for (int i = 1; i <= kJoins; ++i) {
    FaultEvent join;
    join.kind = FaultKind::kJoin;
    join.at = spec.duration * i / (kJoins + 2);
    FaultEvent deaf;
    deaf.kind = FaultKind::kLoss;
    deaf.at = join.at - milliseconds(20);
    deaf.lasts = milliseconds(650);
    deaf.hosts = frontends;
    deaf.strength = 1;
    spec.faults.push_back(std::move(join));
    spec.faults.push_back(std::move(deaf));
  }
}

void AddCut(RunSpec& spec) {
  spec.workload.clients = 0;  // Data is not brought together again after a cut, members are.
  FaultEvent cut;
  cut.kind = FaultKind::kCut;
  cut.at = spec.duration / 3;
  cut.lasts = seconds(15);
  for (int host = 0; host < (spec.nodes + 1) / 2; ++host) cut.hosts.push_back(host);
  spec.faults.push_back(std::move(cut));
}

}  // namespace

RunSpec ShapedSwarm(std::uint64_t seed, Shape shape) {
  RunSpec spec = DrawSwarm(seed, {});
  if (shape == Shape::kDeafFrontends) AddDeafFrontends(spec);
  if (shape == Shape::kCutInTwo) AddCut(spec);
  const absl::Status status = ValidateRunSpec(spec);
  VF_CHECK(status.ok(), "the shape of a run is valid");
  return spec;
}

void PrintTo(const Canary& canary, std::ostream* out) { *out << canary.name; }

std::span<const Canary> AllCanaries() { return kCanaries; }

}  // namespace vf::sim
