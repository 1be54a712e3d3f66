#include "tools/cluster-sim/process/sim_process.h"

#include <algorithm>

#include "gossip/controller/controller.h"

namespace vf::sim {

SimProcess::SimProcess(const ProcessSurroundings& surroundings, Host& host, ProcessNumber number,
                       const GossipStart& start, const DataSettings& settings, const Rng& rng)
    : observer_(surroundings.observer),
      post_(surroundings.post),
      loop_(surroundings.loop),
      host_(host),
      number_(number),
      key_(start.self.key()),
      has_contacts_(!start.contacts.empty()),
      gossip_(surroundings.loop, surroundings.datagrams, surroundings.streams, host, number, start,
              *this, rng.Fork("gossip")) {
  if (host.role == ProcessRole::kController) return;
  data_ = std::make_unique<DataSide>(surroundings.loop, surroundings.streams, host, number,
                                     start.self, start.config.cluster_hash, settings, gossip_,
                                     post_, rng.Fork("data"));
  data_->SetCopyObservers(
      [this](const CopyInSync& copy) { observer_.OnCopyInSync(number_, copy); },
      [this](Partition partition) { observer_.OnBeforeDrop(number_, partition); },
      [this] {
        emptied_ = true;
        post_(kHandOver, [this] { observer_.OnEmptied(number_); });
      });
}

void SimProcess::LeaveForGood() {
  leaves_for_good_ = true;
  gossip_.SetPhase(Phase::kDraining, {});
}

void SimProcess::Pause() {
  paused_ = true;
  gossip_.thread().Pause();
  if (data_ != nullptr) data_->thread().Pause();
}

void SimProcess::Resume() {
  paused_ = false;
  gossip_.thread().Resume();
  if (data_ != nullptr) data_->thread().Resume();
}

// At once, or when the last write is long enough ago; always the newest.
void SimProcess::KeepMembers() {
  if (write_waits_) return;
  write_waits_ = true;
  const bool long_ago =
      written_at_ == TimePoint::min() || loop_.now() >= written_at_ + SimDisk::kFileInterval;
  gossip_.RunAt(long_ago ? loop_.now() : written_at_ + SimDisk::kFileInterval, [this] {
    write_waits_ = false;
    WriteMembers();
  });
}

void SimProcess::WriteMembers() {
  written_at_ = loop_.now();
  host_.disk->WriteMembers(loop_.now(), host_.clock.At(loop_.now()), *gossip_.current());
}

void SimProcess::SetTurnCost(Duration cost) {
  gossip_.thread().SetTurnCost(cost);
  if (data_ != nullptr) data_->thread().SetTurnCost(cost);
}

// --- GossipOwner ---

void SimProcess::OnMembership(const SharedMembership& membership) {
  std::string refusal;
  if (data_ != nullptr) {
    refusal = data_->OnMembership(membership);
  } else if (!serves_ && ControllerMayServe(*membership, has_contacts_)) {
    serves_ = true;
    post_(kOwnHandOver, [this] { gossip_.SetPhase(Phase::kReady, {}); });
  }
  if (host_.disk != nullptr) KeepMembers();
  observer_.OnMembershipOf(number_, *membership);
  if (!refusal.empty()) observer_.OnRefusedToRun(number_, refusal);
  if (ready_) return;
  const auto& members = membership->members;
  const auto self = std::lower_bound(
      members.begin(), members.end(), key_,
      [](const Member& member, MemberKey key) { return member.record.key() < key; });
  if (self == members.end() || self->record.key() != key_) return;
  ready_ = self->record.phase == Phase::kReady;
  if (ready_) observer_.OnReady(number_);
}

void SimProcess::OnSuspectedSelf() {
  if (data_ != nullptr) data_->OnSuspectedSelf();
}

void SimProcess::OnRefused(const std::string& text, bool ends_process) {
  if (ends_process) observer_.OnRefusedToRun(number_, text);
}

}  // namespace vf::sim
