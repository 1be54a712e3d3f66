// The model of memberlist against memberlist itself.
//
// bench/peers/memberlist measured the real library (Debian's 0.2.2) on a network in its process;
// bench/results/memberlist-0.2.2.json holds its medians. The model runs on a network that is nearly
// as quick, and has to come within 10 % of each of them: only then is what it says of 1,000 and
// 10,000 members a fair rival.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/cluster-sim/membership/trials.h"
#include "tools/cluster-sim/rivals/measured_rivals.h"

namespace vf::sim {
namespace {

constexpr double kTolerance = 0.1;

nlohmann::json Figures() {
  std::ifstream file(VF_MEMBERLIST_FIGURES);
  return nlohmann::json::parse(file).at("figures");
}

MembershipResult RunModel(MembershipFault fault, int nodes, int trials) {
  NetworkSpec network;
  network.latency = {microseconds(20), microseconds(100)};
  MembershipSpec spec;
  spec.profile = Profile::kMemberlistLan;
  spec.fault = fault;
  spec.nodes = nodes;
  spec.trials = trials;
  return RunTrials(spec, MakeRivalTrialOn(network), {});
}

void Compare(const nlohmann::json& row, const std::string& name,
             const std::optional<Quantiles>& model) {
  ASSERT_TRUE(model.has_value()) << name;
  const double real = row.at(name).get<double>();
  std::cout << "N " << row.at("nodes") << " " << name << ": model " << model->p50
            << " s, memberlist " << real << " s (" << row.at("trials") << " trials)\n";
  EXPECT_NEAR(model->p50 / real, 1, kTolerance) << name << " at " << row.at("nodes");
}

TEST(MemberlistCalibrationTest, MediansAreThoseOfTheRealThing) {
  int compared = 0;
  for (const nlohmann::json& row : Figures()) {
    const int nodes = row.at("nodes").get<int>();
    const int trials = 20'000 / nodes;
    ++compared;
    if (row.at("fault") == "host-crash") {
      const MembershipResult model = RunModel(MembershipFault::kHostCrash, nodes, trials);
      Compare(row, "first_dead_s", model.dead.first);
      Compare(row, "dead_99pct_s", model.dead.at_99pct);
      Compare(row, "dead_all_s", model.dead.all);
    } else {
      // The harness counts the one that joins.
      const MembershipResult model = RunModel(MembershipFault::kJoin, nodes - 1, trials);
      Compare(row, "join_visible_99pct_s", model.visible.at_99pct);
      Compare(row, "join_visible_all_s", model.visible.all);
    }
  }
  EXPECT_EQ(compared, 6);  // 10, 30, 100 members; crash, join
}

}  // namespace
}  // namespace vf::sim
