#include "gossip/detector/refusals.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(RefusalsTest, ThreeWitnessesOneOfThemOverAStreamProveADeath) {
  Refusals refusals;
  refusals.Add(7, 1, 100, RefusedBy::kDatagram);
  refusals.Add(7, 1, 100, RefusedBy::kStream);
  refusals.Add(7, 1, 101, RefusedBy::kDatagram);
  EXPECT_FALSE(refusals.Prove(7, 1, 10)) << "the same one twice";
  refusals.Add(7, 1, 102, RefusedBy::kDatagram);
  EXPECT_TRUE(refusals.Prove(7, 1, 10));
  EXPECT_FALSE(refusals.Prove(7, 2, 10)) << "of another life";
  EXPECT_FALSE(refusals.Prove(8, 1, 10));
  refusals.End(7);
  EXPECT_FALSE(refusals.Prove(7, 1, 10));
}

// A firewall answers datagrams to a closed port in a healthy process's stead.
TEST(RefusalsTest, DatagramsAloneProveNothing) {
  Refusals refusals;
  for (MemberKey witness = 100; witness < 120; ++witness) {
    refusals.Add(7, 1, witness, RefusedBy::kDatagram);
  }
  EXPECT_FALSE(refusals.Prove(7, 1, 50));
  refusals.Add(7, 1, 120, RefusedBy::kStream);
  EXPECT_TRUE(refusals.Prove(7, 1, 50));
}

TEST(RefusalsTest, InSmallClustersAllOthersHaveToBeWitnesses) {
  Refusals refusals;
  refusals.Add(7, 1, 100, RefusedBy::kStream);
  EXPECT_TRUE(refusals.Prove(7, 1, 2));
  EXPECT_FALSE(refusals.Prove(7, 1, 3));
  refusals.Add(7, 1, 101, RefusedBy::kDatagram);
  EXPECT_TRUE(refusals.Prove(7, 1, 3));
  EXPECT_FALSE(refusals.Prove(7, 1, 4));
  refusals.Add(7, 1, 102, RefusedBy::kDatagram);
  EXPECT_TRUE(refusals.Prove(7, 1, 4));
  EXPECT_TRUE(refusals.Prove(7, 1, 1'000));
}

TEST(RefusalsTest, WitnessesOfAnotherLifeAreForgotten) {
  Refusals refusals;
  refusals.Add(7, 1, 100, RefusedBy::kStream);
  refusals.Add(7, 1, 101, RefusedBy::kStream);
  refusals.Add(7, 2, 102, RefusedBy::kStream);
  EXPECT_FALSE(refusals.Prove(7, 1, 3));
  EXPECT_FALSE(refusals.Prove(7, 2, 3));
}

}  // namespace
}  // namespace vf
