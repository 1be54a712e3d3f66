#include "tests/sim/canary/canaries.h"

#include <absl/status/status.h>

#include <algorithm>
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
constexpr std::string_view kConvergence = "convergence";
constexpr std::string_view kExpiredStaysGone = "expired_stays_gone";
constexpr std::string_view kHandoffKept = "handoff_kept";
constexpr std::string_view kLoadGate = "load_gate";
constexpr std::string_view kMonotoneCopies = "monotone_copies";
constexpr std::string_view kNoFalseDeath = "no_false_death";
constexpr std::string_view kNoResurrection = "no_resurrection";
constexpr std::string_view kNothingInvented = "nothing_invented";
constexpr std::string_view kSyncCompletes = "sync_completes";
constexpr std::string_view kQuorumReads = "quorum_reads";
constexpr std::string_view kTrueConflicts = "true_conflicts";
constexpr std::string_view kTrueReads = "true_reads";

#define VF_CANARY(bug, checker, found_by, ...) \
  Canary { PlantedBug::bug, #bug, checker, found_by __VA_OPT__(, ) __VA_ARGS__ }

constexpr std::array kCanaries = {
    VF_CANARY(kFirstOfEqualVersionsWins, kTrueReads, 5),
    VF_CANARY(kTombstoneBeforeVersion, kMonotoneCopies, 7),
    VF_CANARY(kTombstoneGivesWay, kNoResurrection, 7),
    VF_CANARY(kAckWithoutStore, kAckedWrites, 4),
    VF_CANARY(kJoiningNotWritten, kTrueReads, 10, Shape::kSlowCopies),
    VF_CANARY(kAnsweredAtMinAcks, kTrueReads, 2),
    VF_CANARY(kNotStampedAgain, kTrueReads, 3),
    VF_CANARY(kStampedAgainTooLow, kTrueReads, 7),
    VF_CANARY(kStampedAfterAnswer, kNothingInvented, 1),
    VF_CANARY(kRivalKept, kTrueConflicts, 2),
    VF_CANARY(kOneAckTooMany, kLoadGate, 19),
    VF_CANARY(kNotToldBehind, kTrueReads, 2, Shape::kPassedOver),
    VF_CANARY(kOtherListIgnored, kTrueReads, 2, Shape::kDeafFrontends),
    VF_CANARY(kExpiredStays, kExpiredStaysGone, 1),
    VF_CANARY(kExpiresTooEarly, kTrueReads, 1),
    VF_CANARY(kExpiryNotCopied, kNothingInvented, 1),
    VF_CANARY(kOlderNotAnswered, kNotConverged, 1, Shape::kLongSilence),
    VF_CANARY(kCollectedUnasked, kNoResurrection, 1, Shape::kLongAbsence),
    VF_CANARY(kLaterClockForgets, kTrueReads, 1, Shape::kClocksApart),
    VF_CANARY(kForgottenWhileAway, kNoResurrection, 1, Shape::kOthersReplaced),
    VF_CANARY(kFirstOfSeveral, kQuorumReads, 1, Shape::kSlowCopies),
    VF_CANARY(kNotInSyncAnswers, kTrueReads, 14, Shape::kSlowCopies),
    VF_CANARY(kCopyWithoutTombstones, kSyncCompletes, 1),
    VF_CANARY(kDeletedCopiedAsEmpty, kNothingInvented, 1),
    VF_CANARY(kLastPageDropped, kSyncCompletes, 1),
    VF_CANARY(kOnlyMissingFetched, kSyncCompletes, 4),
    VF_CANARY(kOnePassIsEnough, kTrueReads, 8),
    VF_CANARY(kKeptAlone, kTrueReads, 1, Shape::kAllRestarted),
    VF_CANARY(kDroppedAfterOneOwner, kHandoffKept, 1, Shape::kStalledOwner),
    VF_CANARY(kLeftUnemptied, kAckedWrites, 1, Shape::kPlannedLeaves),
    VF_CANARY(kOrderOfItsOwn, kNotConverged, 1),
    VF_CANARY(kOneOwnerTooMany, kConvergence, 2),
    VF_CANARY(kNoRefutation, kNoFalseDeath, 4),
    VF_CANARY(kOlderHoldsAddress, kNoFalseDeath, 22),
    VF_CANARY(kDeadOverridesNewerBoot, kNotConverged, 7, Shape::kFormerLifeUnknown),
    VF_CANARY(kNobodyDies, kNoFalseDeath, 12),
    VF_CANARY(kNoHealing, kNotConverged, 14, Shape::kCutInTwo),
    VF_CANARY(kAwayNotNamed, kNotConverged, 7, Shape::kLeftDuringACut),
    VF_CANARY(kViewsNotCompared, kNotConverged, 6, Shape::kDeafFrontends),
};

FaultEvent FaultOf(FaultKind kind, Duration at, Duration lasts, std::vector<int> hosts) {
  FaultEvent fault;
  fault.kind = kind;
  fault.at = at;
  fault.lasts = lasts;
  fault.hosts = std::move(hosts);
  return fault;
}

// Nodes with disks, in place of what was drawn: all are killed within a second, and are back one
// after the other. The longest is away for longer than its grace.
void AddAllRestarted(RunSpec& spec) {
  spec.nodes = 5;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.disks = true;
  spec.network = {};
  spec.duration = seconds(110);
  spec.workload.operations_per_s = 20;
  spec.faults.clear();
  for (int node = 0; node < spec.nodes; ++node) {
    spec.faults.push_back(FaultOf(FaultKind::kRestart, seconds(10) + milliseconds(150 * node),
                                  seconds(15 + 20 * node), {node}));
  }
}

// In place of the faults that were drawn: one of those may leave the loss nothing to strike.
void AddDeafFrontends(RunSpec& spec) {
  std::vector<int> frontends;
  for (int i = 0; i < spec.frontends; ++i) {
    frontends.push_back(spec.nodes + spec.controllers + i);
  }
  if (frontends.empty()) return;
  spec.faults.clear();
  constexpr int kJoins = 3;
  for (int i = 1; i <= kJoins; ++i) {
    FaultEvent join;
    join.kind = FaultKind::kJoin;
    join.at = spec.duration * i / (kJoins + 2);
    FaultEvent deaf =
        FaultOf(FaultKind::kLoss, join.at - milliseconds(20), milliseconds(650), frontends);
    deaf.strength = 1;
    spec.faults.push_back(std::move(join));
    spec.faults.push_back(std::move(deaf));
  }
}

// In place of the faults that were drawn. The restarted node gives up its place at once, so others
// own what they have yet to copy.
void AddSlowCopies(RunSpec& spec) {
  spec.nodes = 5;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.partition_digits = 2;
  spec.workload.quorum_reads = 0.5;
  spec.network = {};
  spec.network.latency = {milliseconds(5), milliseconds(20)};
  FaultEvent restart = FaultOf(FaultKind::kRestart, spec.duration / 3, seconds(2), {1});
  spec.faults = {restart};
}

// In place of the faults that were drawn. What repairs it without being told comes late: owners
// compare their copies in turn, once in ten seconds at best, and the fallback that took a write in
// place of an owner looks for what to give away once a second. Many clients and few keys, so that
// somebody reads meanwhile.
void AddPassedOver(RunSpec& spec) {
  spec.nodes = 4;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.network = {};
  spec.workload.clients = 24;
  spec.workload.operations_per_s = 60;
  spec.workload.unique_writes = 0.1;
  spec.workload.overwrites = 0.4;
  spec.workload.hot_keys = 8;
  spec.faults.clear();
  constexpr int kNode = 1;
  for (Duration at = seconds(3); at + seconds(1) < spec.duration; at += seconds(3)) {
    FaultEvent stall = FaultOf(FaultKind::kStall, at, milliseconds(600), {kNode});
    FaultEvent reset =
        FaultOf(FaultKind::kReset, at + milliseconds(590), Duration::zero(), {kNode});
    spec.faults.push_back(std::move(stall));
    spec.faults.push_back(std::move(reset));
  }
}

// In place of the faults that were drawn. Writes go to a fallback, which cannot reach all owners
// for so long that it looks several times for whom to give them to.
void AddStalledOwner(RunSpec& spec) {
  spec.nodes = 4;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.network = {};
  spec.faults.clear();
  FaultEvent stall = FaultOf(FaultKind::kStall, spec.duration / 3, seconds(4), {1});
  spec.faults.push_back(std::move(stall));
}

// In place of the faults that were drawn. With one copy of each key nobody else has what those who
// leave have, and packets take so long that the new owners cannot fetch all of it before they end.
void AddPlannedLeaves(RunSpec& spec) {
  spec.nodes = 5;
  spec.replicas = 1;
  spec.partition_digits = 2;
  spec.min_acks = 0;
  spec.network = {};
  spec.network.latency = {milliseconds(20), milliseconds(80)};
  spec.faults.clear();
  for (const int host : {0, 1}) {
    FaultEvent leave =
        FaultOf(FaultKind::kPlannedLeave, spec.duration * (1 + host) / 3, Duration::zero(), {host});
    spec.faults.push_back(std::move(leave));
  }
}

// In place of the faults that were drawn. Who heard nothing takes the second one in under a boot
// number below the first one's, all others take that for an earlier life at this address, and the
// newcomer has to begin a new one.
void AddFormerLife(RunSpec& spec) {
  spec.workload.clients = 0;
  spec.nodes = std::max(spec.nodes, 4);
  constexpr int kRestarted = 0;
  constexpr int kNode = 1;
  const int deaf = spec.controllers > 0 ? spec.nodes : kNode;  // somebody whom newcomers ask
  const auto add = [&spec](FaultKind kind, Duration at, Duration lasts, int host, double strength) {
    spec.faults.push_back({at, lasts, kind, {host}, strength});
  };
  spec.faults.clear();
  add(FaultKind::kRestart, seconds(2), seconds(2), kRestarted, 0);
  add(FaultKind::kLoss, milliseconds(3990), milliseconds(510), deaf, 1);
  add(FaultKind::kRestart, milliseconds(4300), milliseconds(205), kRestarted, 0);
  add(FaultKind::kClockJump, milliseconds(4400), Duration(0), kRestarted, -1800);
}

// In place of the faults that were drawn. One node hears of no writes for longer than deletions are
// told of, while keys that it holds are deleted; what is there when it is back is left alone as
// a rule. Nobody else is there who could take the deletions for it and hand them over.
void AddLongAbsence(RunSpec& spec, FaultKind kind) {
  spec.nodes = 3;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.tombstone_age = seconds(4);
  spec.duration = seconds(30);
  spec.network = {};
  spec.workload.hot_keys = 250;
  spec.workload.overwrites = 0.15;
  spec.workload.deletes = 0.15;
  FaultEvent fault = FaultOf(kind, seconds(8), seconds(21), {1});
  spec.faults = {fault};
}

// In place of the faults that were drawn. Who joins copies what is there when deletions of the
// first seconds are no longer told as a rule; those who took them have left for good when the node
// with the older records is back. They leave once it owns nothing any more.
void AddOthersReplaced(RunSpec& spec) {
  spec.nodes = 3;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.tombstone_age = seconds(4);
  spec.frontends = 1;  // Whoever stays is none of the nodes.
  spec.duration = seconds(150);
  spec.network = {};
  spec.workload.clients = 6;
  spec.workload.operations_per_s = 5;
  spec.workload.hot_keys = 500;
  spec.workload.overwrites = 0.15;
  spec.workload.deletes = 0.15;
  const auto add = [&spec](FaultKind kind, Duration at, Duration lasts, std::vector<int> hosts) {
    spec.faults.push_back({at, lasts, kind, std::move(hosts), 0});
  };
  spec.faults.clear();
  add(FaultKind::kCut, seconds(15), seconds(125), {1});
  add(FaultKind::kJoin, seconds(60), {}, {});
  add(FaultKind::kJoin, seconds(61), {}, {});
  add(FaultKind::kPlannedLeave, seconds(90), {}, {0});
  add(FaultKind::kPlannedLeave, seconds(110), {}, {2});
}

// In place of the faults that were drawn. After the cut all believe in the same living members; who
// is dead to one of them only, views do not say.
void AddLeftDuringACut(RunSpec& spec) {
  spec.nodes = 4;
  spec.replicas = 2;
  spec.min_acks = 0;
  spec.duration = seconds(130);
  spec.network = {};
  spec.workload.clients = 4;
  spec.workload.operations_per_s = 5;
  FaultEvent cut = FaultOf(FaultKind::kCut, seconds(10), seconds(100), {3});
  FaultEvent leave = FaultOf(FaultKind::kPlannedLeave, seconds(25), Duration::zero(), {0});
  spec.faults = {cut, leave};
}

// In place of the faults that were drawn. What it stamps is not taken over by the others, and what
// they stamp is older than the age to it at once. Clients are so few that most deletions are left
// alone for some seconds.
void AddClocksApart(RunSpec& spec) {
  spec.nodes = 3;
  spec.replicas = 3;
  spec.min_acks = 0;
  spec.tombstone_age = seconds(4);
  spec.duration = seconds(30);
  spec.network = {};
  spec.workload.clients = 8;
  spec.workload.operations_per_s = 10;
  spec.workload.hot_keys = 250;
  spec.workload.overwrites = 0.2;
  spec.workload.deletes = 0.2;
  FaultEvent ahead = FaultOf(FaultKind::kClockOffset, seconds(1), spec.duration - seconds(1), {1});
  ahead.strength = 200;
  spec.faults = {ahead};
}

void AddCut(RunSpec& spec) {
  spec.workload.clients = 0;  // Only the members matter here.
  std::erase_if(spec.faults, [](const FaultEvent& fault) {
    return fault.kind == FaultKind::kReset || fault.kind == FaultKind::kStall;  // of busy streams
  });
  FaultEvent cut;
  cut.kind = FaultKind::kCut;
  cut.lasts = seconds(15);
  spec.duration = std::max(spec.duration, cut.lasts * 3 / 2);
  cut.at = spec.duration / 3;
  for (int host = 0; host < (spec.nodes + 1) / 2; ++host) cut.hosts.push_back(host);
  spec.faults.push_back(std::move(cut));
}

}  // namespace

RunSpec ShapedSwarm(std::uint64_t seed, Shape shape) {
  RunSpec spec = DrawSwarm(seed, {});
  if (shape == Shape::kDeafFrontends) AddDeafFrontends(spec);
  if (shape == Shape::kCutInTwo) AddCut(spec);
  if (shape == Shape::kSlowCopies) AddSlowCopies(spec);
  if (shape == Shape::kPassedOver) AddPassedOver(spec);
  if (shape == Shape::kStalledOwner) AddStalledOwner(spec);
  if (shape == Shape::kPlannedLeaves) AddPlannedLeaves(spec);
  if (shape == Shape::kLongAbsence) AddLongAbsence(spec, FaultKind::kCut);
  if (shape == Shape::kLongSilence) AddLongAbsence(spec, FaultKind::kTcpBlocked);
  if (shape == Shape::kOthersReplaced) AddOthersReplaced(spec);
  if (shape == Shape::kLeftDuringACut) AddLeftDuringACut(spec);
  if (shape == Shape::kAllRestarted) AddAllRestarted(spec);
  if (shape == Shape::kClocksApart) AddClocksApart(spec);
  if (shape == Shape::kFormerLifeUnknown) AddFormerLife(spec);
  const absl::Status status = ValidateRunSpec(spec);
  VF_CHECK(status.ok(), "the shape of a run is valid");
  return spec;
}

void PrintTo(const Canary& canary, std::ostream* out) { *out << canary.name; }

std::span<const Canary> AllCanaries() { return kCanaries; }

}  // namespace vf::sim
