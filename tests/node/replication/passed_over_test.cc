#include "node/replication/passed_over.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

using Members = std::vector<MemberKey>;

// One write that owner 3 lacks, and 1 and 2 have stored.
struct Fixture {
  bool MayAnswer() {
    sends = {};
    return passed.MayAnswer(now, behind, stored, sends);
  }
  TimePoint now{hours(1)};
  Members behind = {3};
  Members stored = {1, 2};
  PassedOver passed{PassedOverConfig()};
  PassedOver::Sends sends;
};

TEST(PassedOverTest, WaitsUntilOneHasNotedItAndTheOtherKnows) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.sends.note_to, (Members{1, 2}));
  EXPECT_EQ(f.sends.tell, Members{3});
  EXPECT_EQ(f.passed.behind(), Members{3});
  EXPECT_EQ(f.passed.holder(), 1u);
  f.passed.OnNoted(1);
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.sends.note_to, Members());
  EXPECT_EQ(f.sends.tell, Members());
  f.passed.OnTold(3);
  EXPECT_TRUE(f.MayAnswer());
}

TEST(PassedOverTest, OneThatSaysNothingIsWaitedForAMoment) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.passed.OnNoted(1);
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.passed.NextDeadline(f.now), f.now + milliseconds(25));
  f.now += milliseconds(25);
  EXPECT_TRUE(f.MayAnswer());
}

TEST(PassedOverTest, OneThatCannotBeToldIsNotWaitedFor) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.passed.OnFailed(3);
  EXPECT_FALSE(f.MayAnswer()) << "nobody has noted it";
  f.passed.OnNoted(1);
  EXPECT_TRUE(f.MayAnswer());
}

TEST(PassedOverTest, WithoutANoteTimeAloneIsNotEnough) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.passed.OnTold(3);
  f.now += seconds(1);
  EXPECT_FALSE(f.MayAnswer());
}

TEST(PassedOverTest, ReplicasThatFailAreAskedAnewLater) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.passed.OnTold(3);
  f.passed.OnFailed(1);
  EXPECT_FALSE(f.MayAnswer()) << "the other one may note it yet";
  EXPECT_EQ(f.sends.note_to, Members());
  f.passed.OnFailed(2);
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.sends.note_to, Members()) << "not at once";
  EXPECT_EQ(f.passed.NextDeadline(f.now), f.now + milliseconds(25));
  f.now += milliseconds(50);
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.sends.note_to, (Members{1, 2}));
  f.passed.OnNoted(2);
  EXPECT_TRUE(f.MayAnswer());
}

TEST(PassedOverTest, WhoStoresItMeanwhileIsAskedToo) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.stored.push_back(5);
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.sends.note_to, Members{5});
  f.passed.OnTold(3);
  f.passed.OnNoted(5);
  EXPECT_TRUE(f.MayAnswer());
}

TEST(PassedOverTest, WhoFallsBehindLaterIsNotedAndToldToo) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.behind = {3, 4};
  EXPECT_FALSE(f.MayAnswer());
  EXPECT_EQ(f.sends.tell, Members{4});
  EXPECT_EQ(f.sends.note_to, (Members{1, 2})) << "once more";
  f.passed.OnTold(3);
  f.passed.OnTold(4);
  EXPECT_EQ(f.passed.behind(), (Members{3, 4}));
  f.passed.OnNoted(1);
  EXPECT_FALSE(f.MayAnswer()) << "this answers the note about 3 alone";
  f.passed.OnNoted(1);
  EXPECT_TRUE(f.MayAnswer());
}

TEST(PassedOverTest, WhoStoresItAfterAllIsBehindNoMore) {
  Fixture f;
  EXPECT_FALSE(f.MayAnswer());
  f.behind.clear();
  EXPECT_TRUE(f.MayAnswer());
}

}  // namespace
}  // namespace vf
