// Clusters under random work and one family of faults at a time. The swarm mixes what is repaired
// today; here stand the plain families, with nothing excused, and faults beyond what the swarm may
// draw (cuts, pauses that make others suspect a process): no acknowledged record may be lost even
// so. A failure names the seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

constexpr int kNodes = 5;
constexpr int kRuns = 20;
// Longer than the dead keep their places.
constexpr Duration kBetweenCrashes = seconds(65);

// Clients use the frontend and the first two nodes, which no fault strikes.
class Plan {
 public:
  explicit Plan(std::uint64_t seed) : rng_(Rng(seed).Fork("plan")) {
    spec_.seed = seed;
    spec_.nodes = kNodes;
    spec_.replicas = static_cast<int>(2 + rng_.Uniform(2));
    spec_.duration = seconds(15);
    spec_.workload.clients = 4;
    spec_.workload.operations_per_s = 25;
    spec_.workload.hot_keys = 30;
    spec_.keep_history = true;
  }

  Plan& Joins() {
    for (int i = 0; i < 3; ++i) Add(FaultKind::kJoin, Early(), Duration(0), {});
    return *this;
  }
  // One at a time: two within a minute may take both copies of a write.
  Plan& Crashes() {
    spec_.duration += kBetweenCrashes;
    const Duration first = Early();
    Add(FaultKind::kProcessCrash, first, Duration(0), {2});
    Add(FaultKind::kHostCrash, first + kBetweenCrashes, Duration(0), {3});
    return *this;
  }
  Plan& Resets() {
    for (int i = 0; i < 20; ++i) Add(FaultKind::kReset, Early(), Duration(0), {2 + i % 3});
    return *this;
  }
  Plan& Cuts() {
    // Node 2 may be dead by then. In a shorter one nobody may say anything to node 4, if it is
    // stopped just then.
    for (const int host : {3, 4}) {
      Add(FaultKind::kCut, Early(), rng_.Between(milliseconds(500), seconds(2)), {host});
    }
    return *this;
  }
  // So long that the others suspect it, and it has to refute.
  Plan& Accusations() {
    for (int i = 0; i < 3; ++i) Add(FaultKind::kPause, seconds(1 + 4 * i), milliseconds(1200), {4});
    return *this;
  }

  RunSpec Spec() const {
    RunSpec spec = spec_;
    std::stable_sort(spec.faults.begin(), spec.faults.end(),
                     [](const FaultEvent& a, const FaultEvent& b) { return a.at < b.at; });
    return spec;
  }

 private:
  Duration Early() { return rng_.Between(seconds(1), seconds(12)); }
  void Add(FaultKind kind, Duration at, Duration lasts, std::vector<int> hosts) {
    spec_.faults.push_back({at, lasts, kind, std::move(hosts), 0});
  }

  Rng rng_;
  RunSpec spec_;
};

// Keys whose newest acknowledged version, or a greater one, no process holds in the end. But for
// those whose last holder a crash took: a copy that was behind is no fault of the rules.
std::vector<std::string> LostKeys(const History& history) {
  std::map<std::string, std::uint64_t> acked;
  for (const Operation& operation : history.operations) {
    const bool writes =
        operation.kind == OperationKind::kWrite || operation.kind == OperationKind::kDelete;
    if (!writes || operation.outcome != Outcome::kOk) continue;
    std::uint64_t& newest = acked[operation.key];
    newest = std::max(newest, operation.version);
  }
  std::map<std::string, std::uint64_t> held;
  for (const FinalCopy& copy : history.final_copies) {
    if (!copy.record) continue;
    std::uint64_t& newest = held[copy.key];
    newest = std::max(newest, copy.record->version);
  }
  for (const LastHolderGone& gone : history.holders_gone) {
    std::uint64_t& newest = held[gone.key];
    newest = std::max(newest, gone.version);
  }
  std::vector<std::string> lost;
  for (const auto& [key, version] : acked) {
    if (held[key] < version) lost.push_back(key);
  }
  return lost;
}

void ExpectEnoughWork(const RunResult& result) {
  EXPECT_GT(result.writes_acked, 300U);
  EXPECT_GT(result.reads, 300U);
}

// Nothing is lost, old, apart or excused.
void ExpectPerfect(const RunSpec& spec) {
  SCOPED_TRACE("seed " + std::to_string(spec.seed));
  const RunResult result = RunCluster(spec);
  for (const Violation& violation : result.violations) {
    const bool nothing_to_reset = violation.checker == "faults_struck" &&
                                  violation.text.find("fault reset") != std::string::npos;
    if (nothing_to_reset) continue;
    ADD_FAILURE() << violation.checker << ": " << violation.text;
  }
  EXPECT_TRUE(result.converged) << result.unrest;
  EXPECT_EQ(LostKeys(result.history), std::vector<std::string>());
  EXPECT_EQ(result.stale_reads, 0U);
  EXPECT_EQ(result.excused_losses, 0U);
  EXPECT_EQ(result.divergence_final, 0U);
  ExpectEnoughWork(result);
}

void ExpectNothingLost(const RunSpec& spec) {
  SCOPED_TRACE("seed " + std::to_string(spec.seed));
  const RunResult result = RunCluster(spec);
  EXPECT_EQ(LostKeys(result.history), std::vector<std::string>());
  for (const FaultRecord& fault : result.history.faults) {
    // There may be nothing to reset.
    EXPECT_TRUE(fault.struck > 0 || fault.kind == "reset") << fault.text;
  }
  ExpectEnoughWork(result);
}

TEST(FaultRunsTest, NothingGoesWrongWithoutFaults) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) ExpectPerfect(Plan(seed).Spec());
}

TEST(FaultRunsTest, JoinsLoseNothingAndShowNothingOld) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) ExpectPerfect(Plan(seed).Joins().Spec());
}

TEST(FaultRunsTest, CrashesLoseNothingAndShowNothingOld) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) ExpectPerfect(Plan(seed).Crashes().Spec());
}

TEST(FaultRunsTest, CrashesAndJoinsLoseNothingAndShowNothingOld) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    ExpectPerfect(Plan(seed).Crashes().Joins().Spec());
  }
}

TEST(FaultRunsTest, ResetConnectionsLoseNothingAndShowNothingOld) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    ExpectPerfect(Plan(seed).Joins().Resets().Spec());
  }
}

TEST(FaultRunsTest, CutsAndAccusationsLoseNothing) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    ExpectNothingLost(Plan(seed).Joins().Resets().Cuts().Accusations().Spec());
  }
}

TEST(FaultRunsTest, EverythingAtOnceLosesNothing) {
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    ExpectNothingLost(Plan(seed).Joins().Resets().Cuts().Accusations().Crashes().Spec());
  }
}

}  // namespace
}  // namespace vf::sim
