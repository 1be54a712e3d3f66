// What a run may ask for, and what is said when it asks for more.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "tools/cluster-sim/faults/scenario.h"

namespace vf::sim {
namespace {

struct Mistake {
  std::function<void(RunSpec&)> make;
  std::string place;  // the text begins so
  std::string right;  // and says so
};

FaultEvent Fault(FaultKind kind, std::vector<int> hosts = {}, double strength = 0,
                 Duration lasts = Duration(0), Duration at = seconds(10)) {
  return {at, lasts, kind, std::move(hosts), strength};
}

TEST(ValidationTest, TheDefaultsAreValid) { EXPECT_TRUE(ValidateRunSpec(RunSpec()).ok()); }

TEST(ValidationTest, EveryMistakeNamesItsPlaceAndWhatIsRight) {
  const auto add = [](FaultEvent fault) {
    return [fault](RunSpec& spec) { spec.faults.push_back(fault); };
  };
  const double nan = std::nan("");
  const std::vector<Mistake> mistakes = {
      {[](RunSpec& s) { s.nodes = 0; }, "nodes: 0", "1 to 2000"},
      {[](RunSpec& s) { s.nodes = 2001; }, "nodes: 2001", "1 to 2000"},
      {[](RunSpec& s) { s.controllers = -1; }, "controllers: -1", "0 to 16"},
      {[](RunSpec& s) { s.frontends = 201; }, "frontends: 201", "0 to 200"},
      {[](RunSpec& s) { s.replicas = 33; }, "replicas: 33", "1 to 32"},
      {[](RunSpec& s) { s.partition_digits = 5; }, "partition_digits: 5", "1 to 4"},
      {[](RunSpec& s) { s.min_acks = 4; }, "min_acks: 4", "0 to 3"},
      {[](RunSpec& s) { s.duration = seconds(1); }, "duration: 1s", "5s to 86400s"},
      {[](RunSpec& s) { s.converge_within = Duration(-1); }, "converge_within: a negative",
       "1s to"},
      {[](RunSpec& s) { s.seed = kMaxSeed + 1; }, "seed: 9007199254740992", "below 2^53"},
      {[](RunSpec& s) { s.network.latency.median = Duration(0); }, "network.latency.median", "1us"},
      {[](RunSpec& s) { s.network.latency.p99 = microseconds(1); }, "network.latency.p99", "150us"},
      {[](RunSpec& s) { s.network.zones = 0; }, "network.zones: 0", "1 to 64"},
      {[](RunSpec& s) { s.network.loss = 1.5; }, "network.loss: 1.5", "0 to 1"},
      {[=](RunSpec& s) { s.network.loss = nan; }, "network.loss: nan", "0 to 1"},
      {[](RunSpec& s) { s.network.duplicate = -0.1; }, "network.duplicate: -0.1", "0 to 1"},
      {[](RunSpec& s) { s.workload.clients = -1; }, "workload.clients: -1", "0 to 10000"},
      {[](RunSpec& s) { s.workload.operations_per_s = 0; }, "workload.operations_per_s: 0", "0.01"},
      {[](RunSpec& s) { s.workload.deletes = 0.9; },
       "workload: unique_writes, overwrites and deletes", "at most 1"},
      {[](RunSpec& s) { s.workload.hot_keys = 0; }, "workload.hot_keys: 0", "1 to"},
      {[](RunSpec& s) { s.workload.max_value_bytes = 1; }, "workload.max_value_bytes: 1", "32 to"},
      {add(Fault(FaultKind::kProcessCrash)), "faults[0] (process-crash).hosts", "node-0"},
      {add(Fault(FaultKind::kProcessCrash, {7})), "faults[0] (process-crash).hosts",
       "node-0 to frontend-0"},
      {add(Fault(FaultKind::kProcessCrash, {1, 1})), "faults[0] (process-crash).hosts",
       "different"},
      {add(Fault(FaultKind::kProcessCrash, {1}, 0.5)), "faults[0] (process-crash).strength",
       "left out"},
      {add(Fault(FaultKind::kProcessCrash, {1}, 0, seconds(1))), "faults[0] (process-crash).lasts",
       "left out"},
      {add(Fault(FaultKind::kJoin, {1})), "faults[0] (join).hosts", "left out"},
      {add(Fault(FaultKind::kPause, {1})), "faults[0] (pause).lasts: 0s", "more than 0s"},
      {add(Fault(FaultKind::kPause, {1}, 0, seconds(51))), "faults[0] (pause).lasts: 51s",
       "at most the duration, 60s"},
      {add(Fault(FaultKind::kPause, {1}, 0, seconds(1), seconds(60))), "faults[0] (pause).at",
       "less than the duration, 60s"},
      {add(Fault(FaultKind::kPause, {1}, 0, seconds(1), Duration(-1))), "faults[0] (pause).at",
       "0s"},
      {add(Fault(FaultKind::kLoss, {}, 1.5, seconds(1))), "faults[0] (loss).strength: 1.5",
       "0 to 1"},
      {add(Fault(FaultKind::kLatency, {}, 0.5, seconds(1))), "faults[0] (latency).strength: 0.5",
       "1 to 10000"},
      {add(Fault(FaultKind::kCut, {0, 1, 2, 3, 4, 5, 6}, 0, seconds(1))), "faults[0] (cut).hosts",
       "not all"},
      {[](RunSpec& s) {
         s.faults = {Fault(FaultKind::kProcessCrash, {1}, 0, {}, seconds(5)),
                     Fault(FaultKind::kPause, {1}, 0, seconds(1))};
       },
       "faults[1] (pause): node-1 has crashed", "over before"},
      {[](RunSpec& s) {
         s.faults = {Fault(FaultKind::kLeave, {1}, 0, {}, seconds(5)),
                     Fault(FaultKind::kHostCrash, {1})};
       },
       "faults[1] (host-crash): node-1 has crashed or left", "over before"},
      {[](RunSpec& s) {
         s.faults = {Fault(FaultKind::kJoin, {}, 0, {}, seconds(20)),
                     Fault(FaultKind::kHostCrash, {7}, 0, {}, seconds(20))};
       },
       "faults[1] (host-crash).hosts: joined-0 has not joined by then", "one that has"},
      {[](RunSpec& s) {
         s.faults = {Fault(FaultKind::kJoin, {}, 0, {}, seconds(20)),
                     Fault(FaultKind::kHostCrash, {8}, 0, {}, seconds(30))};
       },
       "faults[1] (host-crash).hosts", "node-0 to joined-0"},
      {add(Fault(FaultKind::kReset)), "faults: every node and frontend", "workload.clients 0"},
  };
  for (const Mistake& mistake : mistakes) {
    RunSpec spec;
    mistake.make(spec);
    const absl::Status status = ValidateRunSpec(spec);
    ASSERT_FALSE(status.ok()) << mistake.place;
    const std::string text(status.message());
    EXPECT_EQ(text.substr(0, mistake.place.size()), mistake.place) << text;
    EXPECT_NE(text.find("must be"), std::string::npos) << text;
    EXPECT_NE(text.find(mistake.right), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

TEST(ValidationTest, ARunWithoutClientsMayHarmEverybody) {
  RunSpec spec;
  spec.faults.push_back(Fault(FaultKind::kReset));
  EXPECT_FALSE(ValidateRunSpec(spec).ok());
  spec.workload.clients = 0;
  EXPECT_TRUE(ValidateRunSpec(spec).ok());
}

}  // namespace
}  // namespace vf::sim
