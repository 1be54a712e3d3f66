// What a controller keeps in its folder, and how it starts with it.
#include "gossip/controller/main_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/os/clocks.h"
#include "gossip/controller/main_member_file.h"
#include "gossip/udp/gossip_thread.h"
#include "gossip/udp/self_record.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

class ControllerFolderTest : public ::testing::Test {
 protected:
  ControllerFolderTest() { options_.data_dir = folder_ / "ctl"; }

  std::string File() const { return options_.data_dir + "/members"; }
  void Store(ByteSpan bytes) {
    std::filesystem::create_directories(options_.data_dir);
    ASSERT_TRUE(WriteFileAtomically(File(), bytes).ok());
  }
  // Opens and closes it.
  MemberFile Open() {
    const auto folder = ControllerFolder::Open(options_);
    EXPECT_TRUE(folder.ok()) << folder.status();
    return folder.ok() ? folder->file() : MemberFile{};
  }
  std::string Refusal() {
    const auto folder = ControllerFolder::Open(options_);
    EXPECT_FALSE(folder.ok());
    return std::string(folder.status().message());
  }
  static MemberFile Founded() {
    MemberFile file;
    file.cluster = "velour-fog";
    StoreBigEndian(file.own_id.bytes.data(), std::uint64_t{77});
    file.own_boot = 5;
    file.remembered.foundation = {1, 2};
    file.remembered.settings = {3, 2, 3600};
    file.remembered.members.push_back({TestMember(9), WallNow()});
    return file;
  }

  TemporaryFolder folder_;
  CommonOptions options_;
};

// Failure catalogue 11: another process has the id of this folder, a copy of it perhaps.
TEST_F(ControllerFolderTest, ANewIdIsTakenWhenAnotherHasTheOldOne) {
  Store(EncodeMemberFile(Founded()));
  const auto folder = ControllerFolder::Open(options_, ControllerFolder::Id::kNew);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_NE(folder->NewSelf().key(), Founded().own_id.key());
  EXPECT_EQ(folder->file().remembered.foundation, Founded().remembered.foundation);
  EXPECT_EQ(folder->file().remembered.members.size(), 1u);
}

TEST_F(ControllerFolderTest, TheIdStaysAndTheBootRisesBeforeAnybodyHears) {
  const MemberFile first = Open();
  EXPECT_NE(first.own_id.key(), kNoMember);
  const MemberFile second = Open();
  EXPECT_EQ(second.own_id, first.own_id);
  EXPECT_GT(second.own_boot, first.own_boot);
  const auto bytes = ReadWholeFile(File(), kMaxMemberFileBytes);
  ASSERT_TRUE(bytes.ok() && bytes->has_value());
  EXPECT_EQ(std::get<MemberFile>(DecodeMemberFile(**bytes)), second) << "it is on disk already";
}

TEST_F(ControllerFolderTest, TheBootRisesAlsoWhenTheClockWentBack) {
  MemberFile file = Founded();
  file.own_boot = std::uint64_t{1} << 50;
  Store(EncodeMemberFile(file));
  EXPECT_EQ(Open().own_boot, file.own_boot + 1);
}

TEST_F(ControllerFolderTest, WhatIsRememberedStaysThere) {
  const MemberFile file = Founded();
  Store(EncodeMemberFile(file));
  EXPECT_EQ(Open().remembered, file.remembered);
  EXPECT_EQ(Open().remembered, file.remembered);
}

TEST_F(ControllerFolderTest, DamagedFilesAreSetAsideOneByOne) {
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

TEST_F(ControllerFolderTest, OverlongFilesAreDamaged) {
  Store(std::vector<std::byte>(kMaxMemberFileBytes + 1));
  EXPECT_EQ(Open().remembered, RememberedCluster{});
  EXPECT_TRUE(std::filesystem::exists(File() + ".damaged-1"));
}

TEST_F(ControllerFolderTest, AnotherClustersFileIsRefusedAndStays) {
  MemberFile file = Founded();
  file.cluster = "blue";
  Store(EncodeMemberFile(file));
  EXPECT_THAT(Refusal(), HasSubstr("belongs to the cluster blue, but --cluster is velour-fog"));
  options_.cluster = "blue";
  EXPECT_EQ(Open().remembered, file.remembered);
}

TEST_F(ControllerFolderTest, OtherSettingsAreRefusedNamingBoth) {
  Store(EncodeMemberFile(Founded()));
  options_.replicas = 5;
  EXPECT_THAT(Refusal(), HasSubstr("--replicas 3, given here: 5"));
  options_.replicas = 3;
  options_.tombstone_age_s = 60;
  EXPECT_THAT(Refusal(), HasSubstr("--tombstone-age 3600, given here: 60"));
  options_.tombstone_age_s = 0;
  Open();
}

TEST_F(ControllerFolderTest, OneProcessAFolder) {
  const auto folder = ControllerFolder::Open(options_);
  ASSERT_TRUE(folder.ok());
  EXPECT_THAT(Refusal(), HasSubstr("another process has this folder"));
}

TEST_F(ControllerFolderTest, UnusableFoldersAreRefusedByName) {
  std::ofstream(folder_ / "file") << "x";
  options_.data_dir = folder_ / "file";
  EXPECT_THAT(Refusal(), HasSubstr("/file"));
  options_.data_dir = folder_ / "ctl";
  std::filesystem::create_directories(File());  // A folder in its place.
  EXPECT_THAT(Refusal(), HasSubstr("/ctl/members"));
}

// A disk that can be stopped.
class Disk {
 public:
  absl::Status Write(ByteSpan bytes) {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !blocked_; });
    if (failures_ > 0) {
      --failures_;
      return absl::UnavailableError("no space");
    }
    last_ = std::get<MemberFile>(DecodeMemberFile(bytes));
    ++done_;
    changed_.notify_all();
    return absl::OkStatus();
  }
  void Block(bool blocked) {
    const std::lock_guard lock(mutex_);
    blocked_ = blocked;
    changed_.notify_all();
  }
  void Fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
  }
  bool WaitForBegun(int writes) {
    return Wait([&] { return begun_ >= writes; });
  }
  bool WaitForDone(int writes) {
    return Wait([&] { return done_ >= writes; });
  }
  int done() {
    const std::lock_guard lock(mutex_);
    return done_;
  }
  std::size_t members() {
    const std::lock_guard lock(mutex_);
    return last_.remembered.members.size();
  }

 private:
  template <typename Condition>
  bool Wait(const Condition& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool blocked_ = false;
  int failures_ = 0;
  int begun_ = 0;
  int done_ = 0;
  MemberFile last_;
};

class MemberFileWriterTest : public ::testing::Test {
 protected:
  static MemberFile Initial() {
    MemberFile file;
    file.cluster = "c";
    StoreBigEndian(file.own_id.bytes.data(), std::uint64_t{1});
    file.own_boot = 1;
    return file;
  }
  // With so many others.
  static SharedMembership Seen(std::size_t others) {
    std::vector<MemberRecord> records = {TestMember(1)};
    for (std::size_t i = 0; i < others; ++i) records.push_back(TestMember(2 + i));
    MembershipSnapshot seen = TestSnapshot(1, 3, 2, records, MonotonicNow());
    seen.settings.tombstone_age_s = 3600;
    return std::make_shared<const MembershipSnapshot>(std::move(seen));
  }

  // Also the writer's thread's, which may outlive the test if it hangs.
  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  MemberFileWriter writer_{Initial(), hours(72),
                           [disk = disk_](ByteSpan bytes) { return disk->Write(bytes); }};
};

TEST_F(MemberFileWriterTest, TheFirstChangeIsWrittenAtOnceAndTheRestOnceASecond) {
  const auto began = std::chrono::steady_clock::now();
  writer_.Put(Seen(1));
  ASSERT_TRUE(disk_->WaitForDone(1));
  EXPECT_LT(std::chrono::steady_clock::now() - began, MemberFileWriter::kInterval);
  for (std::size_t i = 2; i <= 100; ++i) writer_.Put(Seen(i));
  ASSERT_TRUE(disk_->WaitForDone(2));
  EXPECT_GE(std::chrono::steady_clock::now() - began, MemberFileWriter::kInterval);
  EXPECT_EQ(disk_->done(), 2);
  EXPECT_EQ(disk_->members(), 100u);
}

TEST_F(MemberFileWriterTest, WhatFailedIsTriedAgain) {
  disk_->Fail(1);
  writer_.Put(Seen(3));
  ASSERT_TRUE(disk_->WaitForDone(1));
  EXPECT_EQ(disk_->members(), 3u);
  writer_.Stop();
  MetricsWriter metrics;
  writer_.WriteMetrics(metrics);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("velourfog_member_file_writes_total{result=\"failed\"} 1"));
  EXPECT_THAT(text, HasSubstr("velourfog_member_file_writes_total{result=\"written\"} 1"));
}

TEST_F(MemberFileWriterTest, StopWritesWhatIsNew) {
  writer_.Put(Seen(1));
  ASSERT_TRUE(disk_->WaitForDone(1));
  writer_.Put(Seen(2));
  writer_.Stop();
  EXPECT_EQ(disk_->members(), 2u);
  writer_.Put(Seen(3));
  EXPECT_EQ(disk_->done(), 2);
}

// Failure catalogue, case 19: who brings the news does not wait for the disk, nor does the end.
TEST_F(MemberFileWriterTest, Case19ADiskThatHangsHoldsNobody) {
  disk_->Block(true);
  writer_.Put(Seen(1));
  ASSERT_TRUE(disk_->WaitForBegun(1));
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 1'000; ++i) writer_.Put(Seen(2));
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(1));
  const auto stopping = std::chrono::steady_clock::now();
  writer_.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - stopping, 2 * MemberFileWriter::kStopLimit);
  disk_->Block(false);
  EXPECT_TRUE(disk_->WaitForDone(2)) << "its thread ends well";
}

TEST_F(MemberFileWriterTest, Case19GossipGoesOnWhileTheDiskHangs) {
  const auto start = [](std::vector<HostPort> contacts, GossipHandlers handlers) {
    auto socket = UdpSocket::Open(Endpoint::Loopback(0), AllowList::PrivateNetworks());
    EXPECT_TRUE(socket.ok()) << socket.status();
    GossipOptions options;
    options.config.cluster_hash = 7;
    options.self = NewSelfRecord(contacts.empty() ? kRoleStorage : kRoleController);
    options.contacts = std::move(contacts);
    options.seed = options.self.key();
    auto gossip = std::make_unique<GossipThread>(*std::move(socket), options, std::move(handlers));
    gossip->Start();
    return gossip;
  };
  disk_->Block(true);
  const auto node = start({}, {});
  GossipHandlers handlers;
  handlers.on_membership = [this](SharedMembership membership) { writer_.Put(membership); };
  const auto controller = start({{"127.0.0.1", node->port()}}, handlers);
  ASSERT_TRUE(disk_->WaitForBegun(1));
  // Turns of the controller's gossip thread, while its every change waits for the disk.
  Duration worst{};
  for (std::uint8_t i = 0; i < 100; ++i) {
    std::promise<TimePoint> turn;
    const TimePoint asked = MonotonicNow();
    controller->SetPhase(i % 2 == 0 ? Phase::kReady : Phase::kDraining, {});
    controller->PostAt(asked, [&turn] { turn.set_value(MonotonicNow()); });
    worst = std::max(worst, turn.get_future().get() - asked);
  }
  EXPECT_LT(worst, milliseconds(250));
  EXPECT_EQ(disk_->done(), 0);
  disk_->Block(false);
  EXPECT_TRUE(disk_->WaitForDone(1));
  controller->Stop();
}

}  // namespace
}  // namespace vf
