// One process of a simulated cluster: a vfnode, with or without storage, or a vfcontroller.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/rng.h"
#include "tools/cluster-sim/process/data_side.h"
#include "tools/cluster-sim/process/gossip_side.h"
#include "tools/cluster-sim/process/host.h"

namespace vf::sim {

// Who wants to know what processes say of themselves. Called from within their turns.
class ProcessObserver {
 public:
  virtual void OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) = 0;
  // By its own word, for the first time.
  virtual void OnReady(ProcessNumber process) = 0;
  // By its own word, as of now.
  virtual void OnCopyInSync(ProcessNumber process, const CopyInSync& copy) = 0;
  // It is about to drop all that it holds of a partition.
  virtual void OnBeforeDrop(ProcessNumber process, Partition partition) = 0;
  // It was told to leave for good, and has handed over all that it held.
  virtual void OnEmptied(ProcessNumber process) = 0;
  // It ends by itself, soon: a cluster refuses it.
  virtual void OnRefusedToRun(ProcessNumber process, const std::string& why) = 0;

 protected:
  ~ProcessObserver() = default;
};

struct ProcessSurroundings {
  Loop& loop;
  Datagrams& datagrams;
  Streams& streams;
  ProcessObserver& observer;
  DataSide::PostFn post;  // for this process
};

// Thread: none of its own; one run.
class SimProcess final : GossipOwner {
 public:
  // The references outlive this object.
  SimProcess(const ProcessSurroundings& surroundings, Host& host, ProcessNumber number,
             const GossipStart& start, const DataSettings& settings, const Rng& rng);

  void Begin() { gossip_.Begin(); }
  // vfctl leave. REQUIRES: ready().
  void LeaveForGood();
  void Pause();
  void Resume();
  // What a process that ends in order leaves on its disk, if it has one.
  void WriteMembers();
  // How long each turn of its threads takes from now on.
  void SetTurnCost(Duration cost);

  ProcessNumber number() const { return number_; }
  Host& host() const { return host_; }
  MemberKey key() const { return key_; }
  bool paused() const { return paused_; }
  bool ready() const { return ready_; }
  bool leaves_for_good() const { return leaves_for_good_; }
  // By its own word: what it holds, others have.
  bool emptied() const { return emptied_; }
  GossipSide& gossip() { return gossip_; }
  const GossipSide& gossip() const { return gossip_; }
  // Null in a controller.
  DataSide* data() { return data_.get(); }
  const DataSide* data() const { return data_.get(); }
  // Null unless it stores and knows the number of partitions.
  StoredCopies* copies() const { return data_ == nullptr ? nullptr : data_->plane().copies(); }

 private:
  void OnMembership(const SharedMembership& membership) override;
  void OnSuspectedSelf() override;
  void OnRefused(const std::string& text, bool ends_process) override;
  void KeepMembers();

  ProcessObserver& observer_;
  const DataSide::PostFn post_;
  Loop& loop_;
  Host& host_;
  const ProcessNumber number_;
  const MemberKey key_;
  const bool has_contacts_;
  GossipSide gossip_;
  std::unique_ptr<DataSide> data_;
  bool paused_ = false;
  bool ready_ = false;
  bool leaves_for_good_ = false;
  bool emptied_ = false;
  bool serves_ = false;                      // a controller that has announced it
  TimePoint written_at_ = TimePoint::min();  // the member file
  bool write_waits_ = false;
};

}  // namespace vf::sim
