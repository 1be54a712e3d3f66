#include "gossip/stream/hello_refusal.h"

#include <gtest/gtest.h>

#include "tests/gossip/stream/sample_hello.h"

namespace vf {
namespace {

constexpr MemberKey kThem = 0x2222;

LinkEnd Judge(const PeerHello& theirs) {
  const auto refusal = JudgeHello(HelloOf(1), theirs, kThem);
  EXPECT_FALSE(!refusal || refusal->text.empty());
  return refusal.value_or(HelloRefusal{LinkEnd::kStopped, ""}).end;
}

TEST(HelloRefusalTest, AcceptsTheMemberThatIsMeantAndFromAnybodyWhoConnects) {
  EXPECT_FALSE(JudgeHello(HelloOf(1), HelloOf(kThem), kThem));
  EXPECT_FALSE(JudgeHello(HelloOf(1), HelloOf(kThem), kNoMember));
}

TEST(HelloRefusalTest, EachDifferenceHasItsEnd) {
  PeerHello theirs = HelloOf(kThem);
  theirs.cluster_hash = 8;
  EXPECT_EQ(Judge(theirs), LinkEnd::kOtherCluster);
  theirs = HelloOf(kThem);
  theirs.signs = true;
  EXPECT_EQ(Judge(theirs), LinkEnd::kOtherKey);
  theirs = HelloOf(kThem);
  theirs.proto_min = theirs.proto_max = kPeerProtocolMax + 1;
  EXPECT_EQ(Judge(theirs), LinkEnd::kOtherProtocol);
  theirs = HelloOf(kThem);
  theirs.foundation = {1, 3};
  EXPECT_EQ(Judge(theirs), LinkEnd::kOtherFoundation);
  theirs = HelloOf(kThem);
  theirs.replicas = 4;
  EXPECT_EQ(Judge(theirs), LinkEnd::kOtherSettings);
  EXPECT_EQ(Judge(HelloOf(0x3333)), LinkEnd::kOtherMember);
}

TEST(HelloRefusalTest, NamesBothMembers) {
  const auto refusal = JudgeHello(HelloOf(1), HelloOf(0x3333), kThem);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->text, "member 0000000000003333 lives there, 0000000000002222 was expected");
}

}  // namespace
}  // namespace vf
