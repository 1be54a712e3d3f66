// Writes that leave out an owner, who has to be noted as behind (design, section 6).
#include <gtest/gtest.h>

#include "tests/node/replication/test_frontend.h"

namespace vf {
namespace {

TEST(PassedOverOwnerTest, TheDeadAreNeitherNotedNorTold) {
  std::vector<MemberRecord> members = TestMembers(5);
  TestFrontend f(members);
  const auto owners = f.owners();
  members[owners[2] - 1] = TestDeadMember(owners[2], DeathReason::kTimeout);
  f.SetMembers(members);
  f.Write();
  f.Stored(owners[0]);
  f.Stored(owners[1]);
  f.Stored(f.fallbacks()[0], false);
  EXPECT_TRUE(f.IsDone());
}

TEST(PassedOverOwnerTest, OneThatWasNotEvenAskedIsToldToo) {
  TestFrontend f(TestMembers(5));
  const auto owners = f.owners();
  f.Fail(owners[1], PeerFailure::kOverflow);  // Avoided from now on.
  f.Write();
  EXPECT_FALSE(f.IsAsked(owners[1]));
  f.Stored(owners[0]);
  f.Stored(owners[2]);
  f.Stored(f.fallbacks()[0], false);
  f.Noted();
  f.Knows(owners[1]);
  EXPECT_EQ(f.behind.partitions, std::vector<Partition>{f.partition()});
  EXPECT_EQ(f.behind.holder, owners[0]);
  EXPECT_FALSE(f.IsDone()) << "it is there, and gets the record after all";
  f.Stored(owners[1]);
  EXPECT_TRUE(f.IsDone());
}

TEST(PassedOverOwnerTest, AnOwnerToBeIsToldToo) {
  std::vector<MemberRecord> members = TestMembers(2);
  members[1].phase = Phase::kSyncing;
  TestFrontend f(members);
  f.Write();
  f.Stored(1);
  f.Advance(milliseconds(251));
  EXPECT_FALSE(f.IsDone());
  f.Noted();
  EXPECT_EQ(f.note.behind, std::vector<MemberKey>{2});
  f.Knows(2);
  EXPECT_TRUE(f.IsDone());
}

// Two of three owners have stored it, and the time of the third is over.
struct PassedOverOwner : TestFrontend {
  PassedOverOwner() : TestFrontend(TestMembers(3)) {
    Write();
    Stored(owners()[0]);
    Stored(owners()[1]);
    Advance(milliseconds(251));
  }
};

TEST(PassedOverOwnerTest, OneReplicaThatNotesItIsEnough) {
  PassedOverOwner f;
  const auto owners = f.owners();
  f.Noted(NoteOutcome::kNotStoring);
  f.Knows(owners[2]);
  EXPECT_FALSE(f.IsDone());
  f.Noted();
  EXPECT_TRUE(f.IsDone());
}

TEST(PassedOverOwnerTest, ALateAnswerMakesTheNoteNeedless) {
  PassedOverOwner f;
  const auto owners = f.owners();
  EXPECT_FALSE(f.IsDone());
  f.Stored(owners[2]);
  EXPECT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(PassedOverOwnerTest, NobodyWhoNotesItIsAnUnknownOutcome) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0]);
  f.Stored(owners[1]);
  f.Advance(milliseconds(1'001));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
  EXPECT_NE(f.results[0].text.find("take note"), std::string::npos) << f.results[0].text;
}

// A request that a broken connection swallowed is sent again as what it was.
TEST(PassedOverOwnerTest, ANoteIsSentAgainOverANewConnection) {
  PassedOverOwner f;
  const auto owners = f.owners();
  f.Fail(owners[0], PeerFailure::kReset);
  f.Noted();
  f.Knows(owners[2]);
  EXPECT_TRUE(f.IsDone());
}

}  // namespace
}  // namespace vf
