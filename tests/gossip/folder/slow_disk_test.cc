// The failure catalogue, case 19: a disk that takes its time holds up nothing but the member file
// (docs/membership.md). Real threads and sockets on loopback addresses.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/key_hash.h"
#include "base/os/clocks.h"
#include "gossip/folder/member_file_writer.h"
#include "gossip/udp/gossip_thread.h"
#include "gossip/udp/self_record.h"
#include "tests/support/eventually.h"

namespace vf {
namespace {

// A write that takes until it is let go.
class SlowDisk {
 public:
  absl::Status Write() {
    std::unique_lock lock(mutex_);
    ++writes_;
    changed_.wait(lock, [this] { return !slow_; });
    return absl::OkStatus();
  }
  void LetGo() {
    const std::lock_guard lock(mutex_);
    slow_ = false;
    changed_.notify_all();
  }
  int writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool slow_ = true;
  int writes_ = 0;
};

class Process {
 public:
  Process(std::uint8_t roles, std::vector<HostPort> contacts, MemberFileWriter* file = nullptr) {
    auto socket = UdpSocket::Open(Endpoint::Loopback(0), AllowList::PrivateNetworks());
    EXPECT_TRUE(socket.ok()) << socket.status();
    GossipOptions options;
    options.config.cluster_hash = HashClusterName("slow disk");
    options.self = NewSelfRecord(roles);
    options.contacts = std::move(contacts);
    options.seed = options.self.key();
    GossipHandlers handlers;
    // As ControllerProcess does it.
    if (file != nullptr) {
      handlers.on_membership = [file](const SharedMembership& membership) {
        file->Put(membership);
      };
    }
    gossip_ = std::make_unique<GossipThread>(*std::move(socket), std::move(options), handlers);
    gossip_->Start();
  }
  HostPort contact() const { return {"127.0.0.1", gossip_->port()}; }
  std::size_t Alive() const {
    const SharedMembership membership = gossip_->Current();
    return static_cast<std::size_t>(std::count_if(
        membership->members.begin(), membership->members.end(),
        [](const Member& member) { return member.record.state == MemberState::kAlive; }));
  }
  void Leave() {
    gossip_->Leave(LeaveKind::kStopped);
    gossip_->Stop();
  }

 private:
  std::unique_ptr<GossipThread> gossip_;
};

constexpr std::uint8_t kNode = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;

// The write that the first member caused has begun and does not end. Were it on the gossip thread,
// or did that thread wait for it, nobody could join any more, and nobody's end would be seen.
TEST(FailureCatalogueTest, Case19_ASlowDiskHoldsUpNoMessages) {
  SlowDisk disk;
  MemberFileWriter file({}, hours(72), [&disk](ByteSpan) { return disk.Write(); });
  {
    Process controller(kRoleController, {}, &file);
    Process first(kNode, {controller.contact()});
    ASSERT_TRUE(Eventually([&] { return disk.writes() > 0; }));
    std::vector<std::unique_ptr<Process>> later;
    for (std::size_t i = 0; i < 5; ++i) {
      later.push_back(
          std::make_unique<Process>(kNode, std::vector<HostPort>{controller.contact()}));
    }
    EXPECT_TRUE(Eventually([&] { return controller.Alive() == 7 && later[4]->Alive() == 7; }));
    later[0]->Leave();
    EXPECT_TRUE(Eventually([&] { return controller.Alive() == 6; }));
    EXPECT_EQ(disk.writes(), 1) << "what changed meanwhile waits for the one that is under way";
    disk.LetGo();
    EXPECT_TRUE(Eventually([&] { return disk.writes() > 1; })) << "and is written then";
  }
  file.Stop();
}

}  // namespace
}  // namespace vf
