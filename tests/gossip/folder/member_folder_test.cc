// What a process keeps in its folder, and how it starts with it.
#include "gossip/folder/member_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/os/clocks.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

class MemberFolderTest : public ::testing::Test {
 protected:
  MemberFolderTest() { options_.data_dir = folder_ / "ctl"; }

  std::string File() const { return options_.data_dir + "/members"; }
  void Store(ByteSpan bytes) {
    std::filesystem::create_directories(options_.data_dir);
    ASSERT_TRUE(WriteFileAtomically(File(), bytes).ok());
  }
  // Opens and closes it.
  MemberFile Open() {
    const auto folder = MemberFolder::Open(options_, roles_);
    EXPECT_TRUE(folder.ok()) << folder.status();
    return folder.ok() ? folder->file() : MemberFile{};
  }
  std::string Refusal() {
    const auto folder = MemberFolder::Open(options_, roles_);
    EXPECT_FALSE(folder.ok());
    return std::string(folder.status().message());
  }
  static MemberFile Founded() {
    MemberFile file;
    file.cluster = "velour-fog";
    StoreBigEndian(file.own_id.bytes.data(), std::uint64_t{77});
    file.own_boot = 5;
    file.own_roles = kRoleController;
    file.remembered.foundation = {1, 2};
    file.remembered.settings = {3, 2, 3600};
    file.remembered.members.push_back({TestMember(9), WallNow()});
    return file;
  }

  TemporaryFolder folder_;
  CommonOptions options_;
  std::uint8_t roles_ = kRoleController;
};

// Failure catalogue 11: another process has the id of this folder, a copy of it perhaps.
TEST_F(MemberFolderTest, ANewIdIsTakenWhenAnotherHasTheOldOne) {
  Store(EncodeMemberFile(Founded()));
  const auto folder = MemberFolder::Open(options_, kRoleController, MemberFolder::Id::kNew);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_NE(folder->NewSelf().key(), Founded().own_id.key());
  EXPECT_EQ(folder->file().remembered.foundation, Founded().remembered.foundation);
  EXPECT_EQ(folder->file().remembered.members.size(), 1u);
}

TEST_F(MemberFolderTest, TheIdStaysAndTheBootRisesBeforeAnybodyHears) {
  const MemberFile first = Open();
  EXPECT_NE(first.own_id.key(), kNoMember);
  const MemberFile second = Open();
  EXPECT_EQ(second.own_id, first.own_id);
  EXPECT_GT(second.own_boot, first.own_boot);
  const auto bytes = ReadWholeFile(File(), kMaxMemberFileBytes);
  ASSERT_TRUE(bytes.ok() && bytes->has_value());
  EXPECT_EQ(std::get<MemberFile>(DecodeMemberFile(**bytes)), second) << "it is on disk already";
}

TEST_F(MemberFolderTest, TheBootRisesAlsoWhenTheClockWentBack) {
  MemberFile file = Founded();
  file.own_boot = std::uint64_t{1} << 50;
  Store(EncodeMemberFile(file));
  EXPECT_EQ(Open().own_boot, file.own_boot + 1);
}

TEST_F(MemberFolderTest, WhatIsRememberedStaysThere) {
  const MemberFile file = Founded();
  Store(EncodeMemberFile(file));
  EXPECT_EQ(Open().remembered, file.remembered);
  EXPECT_EQ(Open().remembered, file.remembered);
}

TEST_F(MemberFolderTest, DamagedFilesAreSetAsideOneByOne) {
  for (int n = 1; n <= 3; ++n) {
    Store(AsBytes("VFMB and nonsense, to be looked at later " + std::to_string(n)));
    const MemberFile file = Open();
    EXPECT_EQ(file.remembered, RememberedCluster{});
    std::ifstream aside(File() + ".damaged-" + std::to_string(n));
    std::string text;
    std::getline(aside, text);
    EXPECT_THAT(text, HasSubstr("later " + std::to_string(n)));
  }
}

TEST_F(MemberFolderTest, OverlongFilesAreDamaged) {
  Store(std::vector<std::byte>(kMaxMemberFileBytes + 1));
  EXPECT_EQ(Open().remembered, RememberedCluster{});
  EXPECT_TRUE(std::filesystem::exists(File() + ".damaged-1"));
}

TEST_F(MemberFolderTest, AnotherClustersFileIsRefusedAndStays) {
  MemberFile file = Founded();
  file.cluster = "blue";
  Store(EncodeMemberFile(file));
  EXPECT_THAT(Refusal(), HasSubstr("belongs to the cluster blue, but --cluster is velour-fog"));
  options_.cluster = "blue";
  EXPECT_EQ(Open().remembered, file.remembered);
}

TEST_F(MemberFolderTest, OtherSettingsAreRefusedNamingBoth) {
  Store(EncodeMemberFile(Founded()));
  options_.replicas = 5;
  EXPECT_THAT(Refusal(), HasSubstr("--replicas 3, given here: 5"));
  options_.replicas = 3;
  options_.tombstone_age_s = 60;
  EXPECT_THAT(Refusal(), HasSubstr("--tombstone-age 3600, given here: 60"));
  options_.tombstone_age_s = 0;
  Open();
}

TEST_F(MemberFolderTest, AnotherKindOfProcessIsRefused) {
  Store(EncodeMemberFile(Founded()));
  roles_ = kRoleStorage;
  EXPECT_THAT(Refusal(), HasSubstr("belongs to a vfcontroller, and this is a vfnode;"));
}

TEST_F(MemberFolderTest, OneProcessAFolder) {
  const auto folder = MemberFolder::Open(options_, roles_);
  ASSERT_TRUE(folder.ok());
  EXPECT_THAT(Refusal(), HasSubstr("another process has this folder"));
}

TEST_F(MemberFolderTest, UnusableFoldersAreRefusedByName) {
  std::ofstream(folder_ / "file") << "x";
  options_.data_dir = folder_ / "file";
  EXPECT_THAT(Refusal(), HasSubstr("/file"));
  options_.data_dir = folder_ / "ctl";
  std::filesystem::create_directories(File());  // A folder in its place.
  EXPECT_THAT(Refusal(), HasSubstr("/ctl/members"));
}

// --- The folder of a node, whose records belong to its identity ---

class NodeFolderTest : public MemberFolderTest {
 protected:
  NodeFolderTest() {
    roles_ = kRoleStorage;
    MemberFile file = Founded();
    file.own_roles = kRoleStorage | kRoleReturned;
    file.own_seat = 4711;
    Store(EncodeMemberFile(file));
  }
  void StoreRecords() {
    std::filesystem::create_directories(Records());
    std::ofstream(Records() + "/CURRENT") << "x";
  }
  std::string Records() const { return options_.data_dir + "/records"; }
};

TEST_F(NodeFolderTest, TheSeatStaysWithTheRecords) {
  StoreRecords();
  const auto folder = MemberFolder::Open(options_, roles_);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->NewSelf().seat, 4711u);
  EXPECT_EQ(folder->NewSelf().key(), Founded().own_id.key());
  EXPECT_FALSE(folder->NewSelf().IsMemoryOnly());
  EXPECT_TRUE(folder->NewSelf().HasReturned());
}

TEST_F(NodeFolderTest, WhoseRecordsAreGoneIsANewMember) {
  const auto folder = MemberFolder::Open(options_, roles_);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_NE(folder->NewSelf().key(), Founded().own_id.key());
  EXPECT_EQ(folder->NewSelf().seat, 0u);
  EXPECT_FALSE(folder->NewSelf().HasReturned());
  EXPECT_EQ(folder->file().remembered.members.size(), 1u) << "it finds its cluster all the same";
}

TEST_F(NodeFolderTest, WhoNeverStoredAnythingKeepsItsId) {
  MemberFile file = Founded();
  file.own_roles = kRoleStorage;
  file.remembered = {};
  Store(EncodeMemberFile(file));
  EXPECT_EQ(Open().own_id, file.own_id);
}

TEST_F(NodeFolderTest, RecordsWithoutTheirIdentityAreRefusedAndStay) {
  StoreRecords();
  Store(AsBytes("VFMB and nonsense"));
  EXPECT_THAT(Refusal(), HasSubstr("/members: damaged, and "));
  EXPECT_TRUE(std::filesystem::exists(File())) << "nothing is changed";
  std::filesystem::remove(File());
  EXPECT_THAT(Refusal(), HasSubstr("/members: missing, and "));
  EXPECT_FALSE(std::filesystem::exists(File()));
}

TEST_F(NodeFolderTest, ACopyOfAnotherMembersRecordsIsRefused) {
  StoreRecords();
  const auto folder = MemberFolder::Open(options_, roles_, MemberFolder::Id::kNew);
  ASSERT_FALSE(folder.ok());
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("is a copy of the other"));
}

}  // namespace
}  // namespace vf
