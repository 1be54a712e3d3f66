#include "base/near_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace vf {
namespace {

TEST(NearNameTest, FindsTheNearest) {
  const std::vector<std::string> known = {"--nodes", "--node", "--replicas"};
  EXPECT_EQ(NearName("--nodez", known), "--nodes");
  EXPECT_EQ(NearName("--nods", known), "--nodes") << "the first of two that are one edit away";
  EXPECT_EQ(NearName("--nodse", known), "--node") << "one edit is nearer than two";
  EXPECT_EQ(NearName("--replica", known), "--replicas");
  EXPECT_EQ(NearName("--node", known), "--node");
}

TEST(NearNameTest, FindsNothingFarAway) {
  const std::vector<std::string> known = {"--nodes"};
  EXPECT_EQ(NearName("--seeds", known), std::nullopt);
  EXPECT_EQ(NearName("", known), std::nullopt);
  EXPECT_EQ(NearName(std::string(1 << 20, 'n'), known), std::nullopt);
  EXPECT_EQ(NearName("x", {}), std::nullopt);
}

}  // namespace
}  // namespace vf
