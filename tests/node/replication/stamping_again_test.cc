// Writes that meet a greater record and are stamped again (design, section 4).
#include <gtest/gtest.h>

#include "tests/node/replication/test_frontend.h"

namespace vf {
namespace {

Version VersionSentTo(const TestFrontend& f, MemberKey member) {
  for (const PeerSend& send : f.open) {
    if (send.to == member) return std::get<StoreRequest>(send.request).record.version();
  }
  return {};
}

TEST(StampingAgainTest, HappensWhenAllAnsweredAndNoInSyncOneStoredIt) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  const Version first = VersionSentTo(f, owners[0]);
  f.Outcome(owners[0], StoreOutcome::kSuperseded);
  f.Stored(owners[1], /*in_sync=*/false);
  EXPECT_TRUE(f.IsAsked(owners[2]));
  f.Outcome(owners[2], StoreOutcome::kSuperseded);
  ASSERT_EQ(f.asked(), owners) << "to everybody again";
  const Version second = VersionSentTo(f, owners[0]);
  EXPECT_GT(second.value, first.value + 1000) << "above the greatest answer";
  for (const MemberKey owner : owners) f.Stored(owner);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.results[0].record.version(), second);
}

TEST(StampingAgainTest, DoesNotHappenWhenAnInSyncOneStoredIt) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  const Version first = VersionSentTo(f, owners[0]);
  f.Stored(owners[0], /*in_sync=*/true);
  f.Outcome(owners[1], StoreOutcome::kSuperseded);
  f.Outcome(owners[2], StoreOutcome::kSuperseded);
  ASSERT_TRUE(f.IsDone()) << "the greater record is concurrent";
  EXPECT_EQ(f.results[0].record.version(), first);
  ASSERT_TRUE(f.results[0].rival) << "that one is kept, and ours is acknowledged";
  EXPECT_EQ(f.results[0].rival->version, Version{first.value + 1000});
  EXPECT_EQ(f.results[0].rival->frontend, kNoMember) << "nobody said who took it";
}

TEST(StampingAgainTest, ARecordOfTheSameVersionThatOursTakesThePlaceOfIsNoRival) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0], /*in_sync=*/true);
  f.Outcome(owners[1], StoreOutcome::kTied);
  f.Stored(owners[2], /*in_sync=*/true);
  ASSERT_TRUE(f.IsDone());
  EXPECT_FALSE(f.results[0].rival);
}

TEST(StampingAgainTest, HappensWhenAllHoldAnotherRecordOfTheSameVersion) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  for (const MemberKey owner : owners) f.Outcome(owner, StoreOutcome::kTied);
  ASSERT_EQ(f.asked(), owners) << "to everybody again";
  for (const MemberKey owner : owners) f.Stored(owner);
  ASSERT_TRUE(f.IsDone());
  EXPECT_FALSE(f.results[0].rival) << "it is above what it met";
}

TEST(StampingAgainTest, WaitsForEveryReplicaBelievedAlive) {
  TestFrontend f(TestMembers(3));
  f.Write();
  f.Outcome(f.owners()[0], StoreOutcome::kSuperseded);
  f.Outcome(f.owners()[1], StoreOutcome::kSuperseded);
  f.Advance(milliseconds(1'000));
  EXPECT_FALSE(f.IsDone());
  EXPECT_EQ(f.asked(), std::vector<MemberKey>{f.owners()[2]});
  f.Advance(milliseconds(1));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
  EXPECT_NE(f.results[0].text.find("outcome unknown"), std::string::npos);
  EXPECT_EQ(f.results[0].text.find(" of 2 required"), std::string::npos) << "acks were enough";
}

TEST(StampingAgainTest, HappensAtMostOnce) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  for (const MemberKey owner : owners) f.Outcome(owner, StoreOutcome::kSuperseded);
  const Version second = VersionSentTo(f, owners[0]);
  for (const MemberKey owner : owners) f.Outcome(owner, StoreOutcome::kSuperseded);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk) << "now it is concurrent";
  EXPECT_EQ(f.results[0].record.version(), second);
}

TEST(StampingAgainTest, AnswersToTheOldVersionDoNotCountForTheNewOne) {
  TestFrontend f(TestMembers(5));
  f.Write();
  const auto owners = f.owners();
  // A suspect is not waited for; its answer comes after the second stamp.
  std::vector<MemberRecord> members = TestMembers(5);
  members[owners[2] - 1].state = MemberState::kSuspect;
  f.SetMembers(members);
  const PeerSend late = f.Take(owners[2]);
  f.Outcome(owners[0], StoreOutcome::kSuperseded);
  f.Outcome(owners[1], StoreOutcome::kSuperseded);
  f.Outcome(f.fallbacks()[0], StoreOutcome::kSuperseded);
  ASSERT_TRUE(f.IsAsked(owners[0])) << "stamped again";
  f.Reply(owners[2], f.AnswerTo(std::get<StoreRequest>(late.request), StoreOutcome::kStored, true));
  f.Stored(owners[0]);
  f.Advance(milliseconds(300));
  EXPECT_FALSE(f.IsDone()) << "one ack for the new version";
}

TEST(StampingAgainTest, AGreaterAnswerMovesTheClock) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0]);
  f.Outcome(owners[1], StoreOutcome::kSuperseded);
  f.Stored(owners[2]);
  ASSERT_TRUE(f.IsDone());
  EXPECT_GT(f.clock.last().value, f.results[0].record.version().value);
}

TEST(StampingAgainTest, NothingIsAboveTheGreatestVersion) {
  TestFrontend f(TestMembers(1));
  f.Write();
  const PeerSend send = f.Take(1);
  StoreReply reply =
      f.AnswerTo(std::get<StoreRequest>(send.request), StoreOutcome::kSuperseded, true);
  reply.winner = {UINT64_MAX};
  f.Reply(1, reply);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
}

}  // namespace
}  // namespace vf
