#include "gossip/detector/own_reach.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

void Answer(OwnReach& reach, int times) {
  for (int i = 0; i < times; ++i) reach.OnProbeAnswered();
}

void Suspect(OwnReach& reach, int times) {
  for (int i = 0; i < times; ++i) reach.OnSuspected();
}

TEST(OwnReachTest, WhoIsAnsweredAndSuspectedButNeverAskedIsNotReached) {
  OwnReach reach;
  Suspect(reach, OwnReach::kSuspicions);
  Answer(reach, OwnReach::kAnswers - 1);
  EXPECT_FALSE(reach.unreached());
  EXPECT_TRUE(reach.OnProbeAnswered());
  EXPECT_TRUE(reach.unreached());
  EXPECT_FALSE(reach.OnProbeAnswered()) << "no news";
}

TEST(OwnReachTest, SuspicionsMayComeLast) {
  OwnReach reach;
  Answer(reach, 100);
  Suspect(reach, OwnReach::kSuspicions - 1);
  EXPECT_FALSE(reach.unreached());
  EXPECT_TRUE(reach.OnSuspected());
  EXPECT_TRUE(reach.unreached());
}

TEST(OwnReachTest, OneQuestionEndsIt) {
  OwnReach reach;
  Suspect(reach, OwnReach::kSuspicions);
  Answer(reach, OwnReach::kAnswers);
  ASSERT_TRUE(reach.unreached());
  EXPECT_TRUE(reach.OnAsked());
  EXPECT_FALSE(reach.unreached());
  Answer(reach, OwnReach::kAnswers);
  EXPECT_FALSE(reach.unreached()) << "it takes new suspicions";
}

TEST(OwnReachTest, WhoIsAskedNowAndThenIsReached) {
  OwnReach reach;
  for (int i = 0; i < 10; ++i) {
    Suspect(reach, OwnReach::kSuspicions);
    Answer(reach, OwnReach::kAnswers - 1);
    reach.OnAsked();
  }
  EXPECT_FALSE(reach.unreached());
}

}  // namespace
}  // namespace vf
