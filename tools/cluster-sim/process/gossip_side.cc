#include "tools/cluster-sim/process/gossip_side.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace vf::sim {
namespace {

// What the kernel keeps for a process that reads nothing: as gossip/udp/udp_socket asks for.
constexpr std::size_t kSocketBytes = std::size_t{4} << 20;
// And what it takes for each datagram besides the bytes.
constexpr std::size_t kDatagramOverhead = 768;

// As this driver drives it.
SwimConfig WithContacts(SwimConfig config, std::size_t contacts) {
  config.contacts = contacts;
  config.streams = true;
  return config;
}

Swim MakeSwim(const GossipStart& start, TimePoint now, WallTime wall, const Rng& rng) {
  const SwimConfig config = WithContacts(start.config, start.contacts.size());
  if (start.warm != nullptr) return Swim::Warm(config, start.self, *start.warm, now, wall, rng);
  Swim swim(config, start.self, start.given, now, wall, rng);
  if (start.remembered != nullptr) swim.Remember(now, *start.remembered);
  return swim;
}

}  // namespace

GossipSide::GossipSide(Loop& loop, Datagrams& datagrams, Streams& streams, Host& host,
                       ProcessNumber process, const GossipStart& start, GossipOwner& owner,
                       const Rng& rng)
    : loop_(loop),
      datagrams_(datagrams),
      host_(host),
      process_(process),
      contacts_(start.contacts),
      owner_(owner),
      thread_(loop, process, ThreadName::kGossip, *this),
      swim_(MakeSwim(start, loop.now(), wall(), rng.Fork("swim"))),
      streams_(loop, streams, host, thread_, swim_, StreamConfig::For(start.config),
               rng.Fork("streams")),
      current_(std::make_shared<const MembershipSnapshot>(swim_.Snapshot())) {}

void GossipSide::Begin() {
  thread_.Run([this] {
    owner_.OnMembership(current_);
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
      swim_.SetContact(loop_.now(), i, {EndpointOf(contacts_[i])});
    }
  });
}

// --- Turns ---

void GossipSide::OnDatagram(HostNumber from, std::vector<std::byte>& bytes) {
  if (thread_.IsFree()) {
    thread_.Run([&] { swim_.OnDatagram(loop_.now(), wall(), EndpointOf(from), bytes); });
    return;
  }
  const std::size_t size = bytes.size() + kDatagramOverhead;
  if (waiting_bytes_ + size > kSocketBytes) {
    ++overflows_;
    return;
  }
  waiting_bytes_ += size;
  thread_.Run([this, from, size, received = loop_.now(), taken = std::move(bytes)] {
    waiting_bytes_ -= size;
    swim_.OnDatagram(loop_.now(), wall(), EndpointOf(from), taken, received);
  });
}

void GossipSide::OnRefusal(HostNumber refused_by) {
  thread_.Run([this, refused_by] { swim_.OnRefused(loop_.now(), EndpointOf(refused_by)); });
}

void GossipSide::Learn(const std::vector<MemberRecord>& records,
                       const std::function<void()>& done) {
  thread_.Run([this, records, done] {
    swim_.Learn(loop_.now(), records);
    TakeOutputs();
    if (done) done();
  });
}

void GossipSide::Report(MemberKey member, std::uint64_t boot, const Complaint& complaint) {
  thread_.Run(
      [this, member, boot, complaint] { swim_.Report(loop_.now(), member, boot, complaint); });
}

void GossipSide::SetPhase(Phase phase, const std::vector<MemberKey>& first) {
  thread_.Run([this, phase, first] { swim_.SetPhase(loop_.now(), phase, first); });
}

void GossipSide::Leave(LeaveKind kind) {
  thread_.Run([this, kind] { swim_.Leave(loop_.now(), kind); });
}

void GossipSide::RunAt(TimePoint when, std::function<void()> task) {
  tasks_.emplace(when, std::move(task));
  thread_.ArmTimer(when);
}

void GossipSide::OnThreadTimer() {
  while (!tasks_.empty() && tasks_.begin()->first <= loop_.now()) {
    const auto task = std::move(tasks_.begin()->second);
    tasks_.erase(tasks_.begin());
    task();
  }
  streams_.OnTimer();
  swim_.OnTimer(loop_.now(), wall());
}

void GossipSide::AfterTurn() {
  TakeOutputs();
  TimePoint next = std::min(swim_.NextDeadline(), streams_.NextDeadline());
  if (!tasks_.empty()) next = std::min(next, tasks_.begin()->first);
  thread_.ArmTimer(next);
}

void GossipSide::TakeOutputs() {
  swim_.TakeOutputs(outputs_);
  if (outputs_.suspected_self) owner_.OnSuspectedSelf();
  if (outputs_.members_changed) {
    current_ = std::make_shared<const MembershipSnapshot>(swim_.Snapshot());
    owner_.OnMembership(current_);
  }
  if (!outputs_.refused.empty()) {
    owner_.OnRefused(outputs_.refused, outputs_.refusal_ends_process);
  }
  for (OutgoingDatagram& datagram : outputs_.datagrams) {
    const std::optional<HostNumber> to = HostOf(datagram.to);
    if (to) datagrams_.Send(process_, host_.number, *to, std::move(datagram.bytes));
  }
  streams_.TakeWishes(outputs_);
}

}  // namespace vf::sim
