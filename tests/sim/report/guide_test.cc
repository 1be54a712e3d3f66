// docs/simulator.md names every checker.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tools/cluster-sim/checkers/judge_spec.h"

namespace vf::sim {
namespace {

TEST(GuideTest, NamesEveryChecker) {
  std::ifstream file(std::string(VF_SOURCE_DIR) + "/docs/simulator.md");
  ASSERT_TRUE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  for (const Checker checker : AllCheckers()) {
    const std::string name = "`" + std::string(CheckerName(checker)) + "`";
    EXPECT_NE(text.str().find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace vf::sim
