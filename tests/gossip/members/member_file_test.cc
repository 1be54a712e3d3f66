// The bytes of the member file, and what of the membership it keeps.
#include "gossip/members/member_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "base/hash64.h"
#include "base/rng.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

constexpr WallTime kWall{1'800'000'000'000};
constexpr TimePoint kNow{hours(100)};
constexpr Duration kTombstoneAge = hours(72);

MemberFile SampleFile() {
  MemberFile file;
  file.cluster = "velour-fog";
  StoreBigEndian(file.own_id.bytes.data(), std::uint64_t{0x1122'3344'5566'7788});
  file.own_id.bytes[15] = std::byte{9};
  file.own_boot = 28'125'000'000;
  file.own_roles = kRoleStorage;
  file.own_seat = 0xfedc'ba98'7654'3210;
  file.remembered.foundation = {1'799'999'000'000, 0x0123'4567'89ab'cdef};
  file.remembered.settings = {3, 2, 3600};
  MemberRecord node = TestMember(0x2000);
  node.meta_version = 4;
  node.incarnation = 2;
  node.replicas = 3;
  node.partition_digits = 2;
  file.remembered.members.push_back({node, kWall});
  MemberRecord controller = TestMember(0x3000);
  controller.endpoint = *Endpoint::ParseAddress("fd00::7", 7000);
  controller.roles = kRoleController;
  controller.seat = 0;
  controller.state = MemberState::kSuspect;
  file.remembered.members.push_back({controller, {kWall.ms - 500}});
  // Of the dead and the left only this is kept: see docs/gossip-protocol.md, tombstone.
  for (MemberRecord gone : {TestDeadMember(0x4000, DeathReason::kRefused),
                            TestLeftMember(0x5000, LeaveKind::kEmptied, false)}) {
    gone.phase = Phase::kJoining;
    file.remembered.members.push_back({gone, {kWall.ms - 60'000}});
  }
  return file;
}

// A file of these bytes behind its checksum, which is right.
std::vector<std::byte> WithChecksum(std::vector<std::byte> bytes, std::uint32_t format = 1) {
  StoreBigEndian(bytes.data() + 4, format);
  StoreBigEndian(bytes.data() + 8, Hash64(ByteSpan(bytes).subspan(16), format));
  return bytes;
}

MemberFileProblem ProblemOf(ByteSpan bytes) {
  const auto decoded = DecodeMemberFile(bytes);
  EXPECT_TRUE(std::holds_alternative<MemberFileProblem>(decoded));
  return std::get<MemberFileProblem>(decoded);
}

TEST(MemberFileTest, WhatIsWrittenIsRead) {
  const MemberFile file = SampleFile();
  EXPECT_EQ(std::get<MemberFile>(DecodeMemberFile(EncodeMemberFile(file))), file);
  MemberFile unfounded = file;
  unfounded.remembered = {};
  EXPECT_EQ(std::get<MemberFile>(DecodeMemberFile(EncodeMemberFile(unfounded))), unfounded);
}

// A change of these bytes is a new format.
TEST(MemberFileTest, BytesAreTheRecordedOnes) {
  const std::string path = VF_TESTDATA "/member_file.hex";
  std::ifstream in(path);
  std::string recorded;
  in >> recorded;
  EXPECT_EQ(ToHex(EncodeMemberFile(SampleFile())), recorded);
}

TEST(MemberFileTest, AnyDamageIsSeen) {
  const std::vector<std::byte> whole = EncodeMemberFile(SampleFile());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ProblemOf(ByteSpan(whole).first(size)), MemberFileProblem::kDamaged) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> bent = whole;
    bent[at] ^= std::byte{1};
    EXPECT_EQ(ProblemOf(bent), MemberFileProblem::kDamaged) << at;
  }
  std::vector<std::byte> longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_EQ(ProblemOf(longer), MemberFileProblem::kDamaged);
}

TEST(MemberFileTest, ALaterFormatIsToldFromDamage) {
  std::vector<std::byte> later = EncodeMemberFile(SampleFile());
  later.push_back(std::byte{7});
  EXPECT_EQ(ProblemOf(WithChecksum(later, 2)), MemberFileProblem::kNewerFormat);
  EXPECT_EQ(ProblemOf(WithChecksum(later, 0)), MemberFileProblem::kDamaged);
  StoreBigEndian(later.data() + 4, std::uint32_t{2});
  EXPECT_EQ(ProblemOf(later), MemberFileProblem::kDamaged) << "its checksum is wrong";
}

// A forged count must not make it allocate.
TEST(MemberFileTest, CountBeyondItsBytesIsDamage) {
  MemberFile file = SampleFile();
  file.remembered.members.clear();
  std::vector<std::byte> bytes = EncodeMemberFile(file);
  StoreBigEndian(bytes.data() + bytes.size() - 4, std::uint32_t{150'000});
  EXPECT_EQ(ProblemOf(WithChecksum(bytes)), MemberFileProblem::kDamaged);
}

TEST(MemberFileTest, SettingsOfNoClusterAreDamage) {
  for (const ClusterSettings& settings :
       {ClusterSettings{0, 2, 3600}, ClusterSettings{200, 2, 3600}, ClusterSettings{3, 9, 3600},
        ClusterSettings{3, 2, 0}}) {
    MemberFile file = SampleFile();
    file.remembered.settings = settings;
    EXPECT_EQ(ProblemOf(EncodeMemberFile(file)), MemberFileProblem::kDamaged);
  }
  MemberFile file = SampleFile();
  file.remembered.foundation = {};
  EXPECT_EQ(ProblemOf(EncodeMemberFile(file)), MemberFileProblem::kDamaged);
}

TEST(MemberFileTest, TenThousandMembersTakeLessThanAMegabyte) {
  MemberFile file = SampleFile();
  Rng rng(1);
  for (int i = 0; i < 10'000; ++i) {
    MemberRecord record = TestMember(rng.Next());
    record.boot = 28'125'000'000;
    file.remembered.members.push_back({record, kWall});
  }
  const auto bytes = EncodeMemberFile(file);
  EXPECT_LT(bytes.size(), 1'000'000u);
  EXPECT_EQ(std::get<MemberFile>(DecodeMemberFile(bytes)), file);
}

MemberFile Before() {
  MemberFile before;
  before.cluster = "velour-fog";
  StoreBigEndian(before.own_id.bytes.data(), std::uint64_t{1});
  before.own_boot = 50;
  return before;
}

MembershipSnapshot Seen(const std::vector<MemberRecord>& others, TimePoint since = kNow) {
  std::vector<MemberRecord> records = others;
  records.push_back(TestMember(1));
  return TestSnapshot(1, 3, 2, records, since);
}

TEST(NextMemberFileTest, KeepsTheOthersAndTheOwnBoot) {
  const MembershipSnapshot seen =
      Seen({TestMember(5), TestDeadMember(6, DeathReason::kTimeout)}, kNow - seconds(30));
  const MemberFile file = NextMemberFile(Before(), seen, kNow, kWall, kTombstoneAge);
  EXPECT_EQ(file.own_boot, 1'000u) << "it rose since";
  EXPECT_EQ(file.own_seat, TestMember(1).seat) << "it has one since";
  EXPECT_EQ(file.remembered.foundation, seen.foundation);
  ASSERT_EQ(file.remembered.members.size(), 2u);
  EXPECT_EQ(file.remembered.members[0].record.key(), 5u);
  EXPECT_EQ(file.remembered.members[0].last_seen, kWall);
  EXPECT_EQ(file.remembered.members[1].last_seen.ms, kWall.ms - 30'000);
}

TEST(NextMemberFileTest, KeepsWhomTheMembershipHasForgottenUntilTheirTombstonesAreOld) {
  MemberFile before = Before();
  before.remembered.foundation = Seen({}).foundation;
  before.remembered.settings = {3, 2, 3600};
  const auto hours_ago = [](int h) { return WallTime{kWall.ms - std::uint64_t(h) * 3'600'000}; };
  before.remembered.members = {
      {TestMember(4), hours_ago(1)},  // Alive when the process started; nobody has spoken of it.
      {TestDeadMember(5, DeathReason::kTimeout), hours_ago(71)},
      {TestDeadMember(6, DeathReason::kTimeout), hours_ago(73)},
      {TestDeadMember(7, DeathReason::kTimeout), hours_ago(2)}};
  MemberFile file = NextMemberFile(before, Seen({TestMember(7)}), kNow, kWall, kTombstoneAge);
  ASSERT_EQ(file.remembered.members.size(), 3u);
  EXPECT_EQ(file.remembered.members[0], before.remembered.members[0]);
  EXPECT_EQ(file.remembered.members[1], before.remembered.members[1]);
  EXPECT_EQ(file.remembered.members[2].record.state, MemberState::kAlive);

  before.remembered.foundation = {7, 7};  // Another cluster's.
  file = NextMemberFile(before, Seen({}), kNow, kWall, kTombstoneAge);
  EXPECT_TRUE(file.remembered.members.empty());
}

TEST(NextMemberFileTest, WhoWasReadyWithItsDiskWillHaveReturned) {
  MemberRecord self = TestMember(1);
  self.roles = kRoleStorage;
  self.phase = Phase::kSyncing;
  MemberFile file =
      NextMemberFile(Before(), TestSnapshot(1, 3, 2, {self}, kNow), kNow, kWall, kTombstoneAge);
  EXPECT_EQ(file.own_roles & kRoleReturned, 0) << "it has nothing that anybody waits for";
  self.phase = Phase::kReady;
  file = NextMemberFile(file, TestSnapshot(1, 3, 2, {self}, kNow), kNow, kWall, kTombstoneAge);
  EXPECT_NE(file.own_roles & kRoleReturned, 0);
  self.phase = Phase::kJoining;
  file = NextMemberFile(file, TestSnapshot(1, 3, 2, {self}, kNow), kNow, kWall, kTombstoneAge);
  EXPECT_NE(file.own_roles & kRoleReturned, 0) << "it is back with what it held";
  MemberRecord emptied = TestLeftMember(1, LeaveKind::kEmptied);
  emptied.roles = kRoleStorage;
  emptied.phase = Phase::kDraining;
  EXPECT_EQ(NextMemberFile(file, TestSnapshot(1, 3, 2, {emptied}, kNow), kNow, kWall, kTombstoneAge)
                    .own_roles &
                kRoleReturned,
            0);
  EXPECT_EQ(NextMemberFile(Before(), Seen({}), kNow, kWall, kTombstoneAge).own_roles, 0)
      << "memory goes with its process";
}

TEST(NextMemberFileTest, BeforeThereIsAClusterOnlyTheIdentityIsKept) {
  MembershipSnapshot seen = Seen({TestMember(5)});
  seen.foundation = {};
  const MemberFile file = NextMemberFile(Before(), seen, kNow, kWall, kTombstoneAge);
  EXPECT_EQ(file.remembered, RememberedCluster{});
  EXPECT_EQ(file.own_id, Before().own_id);
  EXPECT_TRUE(std::holds_alternative<MemberFile>(DecodeMemberFile(EncodeMemberFile(file))));
}

}  // namespace
}  // namespace vf
