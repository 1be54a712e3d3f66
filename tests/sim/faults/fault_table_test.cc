// docs/simulator.md has the table of faults as the code has it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/faults/number_text.h"

namespace vf::sim {
namespace {

std::string Strength(const FaultTraits& traits) {
  if (traits.strength.empty()) return "";
  return std::string(traits.strength) + ", " + NumberText(traits.least) + " to " +
         NumberText(traits.most);
}

std::string Hosts(const FaultTraits& traits) {
  if (traits.needs_hosts) return "some";
  return traits.takes_hosts ? "some or all" : "";
}

std::string Data(const FaultTraits& traits) {
  if (!traits.data_repaired) return "no";
  return traits.data_most < traits.most ? "up to " + NumberText(traits.data_most) : "yes";
}

std::string Row(const FaultTraits& traits) {
  return "| `" + std::string(traits.name) + "` | " + Strength(traits) + " | " + Hosts(traits) +
         " | " + (traits.lasts ? "yes" : "") + " | " + (traits.members_repaired ? "yes" : "no") +
         " | " + Data(traits) + " | " + std::string(traits.missing) + " |\n";
}

TEST(FaultTableTest, TheGuideHasTheTableOfTheCode) {
  std::ifstream file(std::string(VF_SOURCE_DIR) + "/docs/simulator.md");
  ASSERT_TRUE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  std::string table =
      "| fault | strength | hosts | lasts | members repaired | data repaired | what is missing |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const FaultTraits& traits : AllFaults()) table += Row(traits);
  EXPECT_NE(text.str().find(table), std::string::npos)
      << "docs/simulator.md must hold this table:\n"
      << table;
}

}  // namespace
}  // namespace vf::sim
