#include "gossip/swim.h"

#include <utility>

#include "base/check.h"
#include "gossip/swim_core_impl.h"

namespace vf {

struct Swim::Core : SwimCore<MemberTable> {
  using SwimCore<MemberTable>::SwimCore;
};

Swim::Swim(const SwimConfig& config, const MemberRecord& self, const ClusterSettings& given,
           TimePoint now, WallTime wall, Rng rng)
    : core_(std::make_unique<Core>(std::make_shared<const SwimConfig>(config), self, given,
                                   MemberTable(self.key()), now, wall, rng)) {}
Swim::Swim(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Swim Swim::Warm(const SwimConfig& config, const MemberRecord& self, const KnownCluster& cluster,
                TimePoint now, WallTime wall, Rng rng) {
  MemberTable table(self.key());
  for (const MemberRecord& record : cluster.members) {
    VF_CHECK(record.IsLive(), "a known cluster has live members only");
    if (record.key() == self.key()) {
      table.SetSelf(now, self);
      continue;
    }
    table.Merge(now, record);
    table.SetVerified(record.key());
  }
  return Swim(std::make_unique<Core>(std::make_shared<const SwimConfig>(config), self,
                                     cluster.foundation, cluster.settings, std::move(table), now,
                                     wall, rng));
}
Swim::~Swim() = default;
Swim::Swim(Swim&&) noexcept = default;
Swim& Swim::operator=(Swim&&) noexcept = default;

void Swim::OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes,
                      TimePoint received) {
  core_->OnDatagram(now, wall, from, bytes, received);
}
void Swim::OnRefused(TimePoint now, const Endpoint& endpoint) { core_->OnRefused(now, endpoint); }
void Swim::OnUnreachable(TimePoint now, const Endpoint& endpoint) {
  core_->OnUnreachable(now, endpoint);
}
void Swim::OnEcho(TimePoint now, std::uint32_t seq, const EchoResult& result) {
  core_->OnEcho(now, seq, result);
}
EchoAnswer Swim::AnswerEcho(TimePoint now, const EchoQuestion& question) {
  return core_->AnswerEcho(now, question);
}
void Swim::OnTimer(TimePoint now, WallTime wall, TimePoint heard_until) {
  core_->OnTimer(now, wall, heard_until);
}
TimePoint Swim::NextDeadline() const { return core_->NextDeadline(); }
void Swim::TakeOutputs(SwimOutputs& out) { core_->TakeOutputs(out); }
void Swim::Remember(TimePoint now, const RememberedCluster& cluster) {
  core_->Remember(now, cluster);
}
void Swim::SetContact(TimePoint now, std::size_t index, const std::vector<Endpoint>& endpoints) {
  core_->SetContact(now, index, endpoints);
}
void Swim::Learn(TimePoint now, std::span<const MemberRecord> records) {
  core_->Learn(now, records);
}
void Swim::Report(TimePoint now, MemberKey member, std::uint64_t boot, const Complaint& complaint) {
  core_->Report(now, member, boot, complaint);
}
void Swim::SetBusy(TimePoint now, bool busy) { core_->SetBusy(now, busy); }
void Swim::SetPhase(TimePoint now, Phase phase, std::span<const MemberKey> first) {
  core_->SetPhase(now, phase, first);
}
void Swim::SetEndpoint(TimePoint now, const Endpoint& endpoint) {
  core_->SetEndpoint(now, endpoint);
}
void Swim::Leave(TimePoint now, LeaveKind kind) { core_->Leave(now, kind); }
ForgetOutcome Swim::Forget(TimePoint now, const MemberId& member) {
  return core_->Forget(now, member);
}
void Swim::OnExchangePart(TimePoint now, const PeerHello& from, const Exchange& part) {
  core_->OnExchangePart(now, from, part);
}
void Swim::OnExchangeOutcome(TimePoint now, std::uint32_t number, ExchangeOutcome outcome) {
  core_->OnExchangeOutcome(now, number, outcome);
}
bool Swim::MayTell(const PeerHello& asker) const { return core_->MayTell(asker); }
std::uint64_t Swim::BucketHash(std::size_t bucket) const {
  return core_->table().bucket_hash(bucket);
}
Exchange Swim::Bucket(TimePoint now, std::size_t bucket) const {
  return core_->Bucket(now, bucket);
}
std::bitset<kViewBuckets> Swim::TakeChangedBuckets() { return core_->TakeChangedBuckets(); }
std::uint64_t Swim::view_hash() const { return core_->table().view_hash(); }
std::size_t Swim::view_members() const { return core_->table().live(); }
PeerHello Swim::Hello() const { return core_->Hello(); }
MembershipSnapshot Swim::Snapshot() const { return core_->Snapshot(); }
MemberKey Swim::self_key() const { return core_->self_key(); }
const SwimCounters& Swim::counters() const { return core_->counters(); }

}  // namespace vf
