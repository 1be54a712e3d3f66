// Keeping the member file up to date while the disk is slow, full or hangs.
#include "gossip/folder/member_file_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/os/clocks.h"
#include "gossip/udp/gossip_thread.h"
#include "gossip/udp/self_record.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

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
