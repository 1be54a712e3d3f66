#include "tools/cluster-sim/process/cluster.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/key_hash.h"
#include "gossip/members/member_order.h"

namespace vf::sim {
namespace {

constexpr const char* kClusterName = "velour";
// As node.cc and gossip_thread give an orderly end.
constexpr Duration kDrainLimit = milliseconds(1200);
constexpr Duration kDrainLook = milliseconds(20);
constexpr Duration kLinger = milliseconds(300);

std::uint8_t RolesOf(const Host& host) {
  switch (host.role) {
    case ProcessRole::kNode:
      return host.disk != nullptr ? kRoleStorage : kRoleStorage | kRoleMemoryOnly;
    case ProcessRole::kFrontend:
      return kRoleFrontend;
    case ProcessRole::kController:
      break;
  }
  return kRoleController;
}

std::size_t HostsIn(const RunSpec& spec) {
  return static_cast<std::size_t>(spec.nodes + spec.controllers + spec.frontends);
}

}  // namespace

Cluster::Cluster(const RunSpec& spec, Loop& loop, ClusterObserver& observer, const Rng& rng)
    : spec_(spec),
      loop_(loop),
      observer_(observer),
      rng_(rng),
      network_(spec.network, HostsIn(spec), rng.Fork("network")),
      datagrams_(loop, network_, *this),
      streams_(loop, network_, *this) {
  loop_.SetHandler(EventKind::kThreadTimer, *this);
  loop_.SetHandler(EventKind::kThreadTurn, *this);
  const auto add = [this](int count, ProcessRole role) {
    for (int i = 0; i < count; ++i) {
      GiveDisk(hosts_.emplace_back(static_cast<HostNumber>(hosts_.size()), role));
    }
  };
  add(spec.nodes, ProcessRole::kNode);
  add(spec.controllers, ProcessRole::kController);
  add(spec.frontends, ProcessRole::kFrontend);
}

Cluster::~Cluster() = default;

// --- Hosts ---

std::vector<HostNumber> Cluster::HostsOf(ProcessRole role) const {
  std::vector<HostNumber> found;
  for (const Host& host : hosts_) {
    if (host.role == role) found.push_back(host.number);
  }
  return found;
}

HostNumber Cluster::AddHost(ProcessRole role) {
  const auto number = static_cast<HostNumber>(hosts_.size());
  network_.AddHost();
  GiveDisk(hosts_.emplace_back(number, role));
  return number;
}

void Cluster::GiveDisk(Host& host) {
  if (spec_.disks && host.role == ProcessRole::kNode) host.disk = std::make_unique<SimDisk>();
}

SimProcess* Cluster::LiveAt(HostNumber host) const {
  const std::optional<ProcessNumber> process = hosts_[host].process;
  return process ? Live(*process) : nullptr;
}

std::optional<ProcessNumber> Cluster::NumberOf(MemberKey key) const {
  const std::vector<Life>* const lives = lives_.Find(key);
  if (lives == nullptr) return std::nullopt;
  return lives->back().number;
}

std::optional<ProcessNumber> Cluster::NumberOf(const MemberRecord& record) const {
  const std::vector<Life>* const lives = lives_.Find(record.key());
  if (lives == nullptr) return std::nullopt;
  // Within a life the boot number may rise.
  const auto life = std::find_if(lives->rbegin(), lives->rend(),
                                 [&](const Life& one) { return one.boot <= record.boot; });
  if (life == lives->rend()) return std::nullopt;
  return life->number;
}

// --- Lives ---

GossipStart Cluster::StartOf(const Host& host, const std::vector<HostNumber>& contacts,
                             Rng& rng) const {
  GossipStart start;
  start.config.cluster_hash = HashClusterName(kClusterName);
  start.contacts = contacts;
  do {
    StoreBigEndian(start.self.id.bytes.data(), rng.Next());
    StoreBigEndian(start.self.id.bytes.data() + 8, rng.Next());
  } while (start.self.key() == kNoMember);
  start.self.boot = BootAt(host.clock.At(loop_.now()));
  start.self.endpoint = EndpointOf(host.number);
  start.self.roles = RolesOf(host);
  if (host.disk != nullptr) {
    start.self = host.disk->TakeIdentity(host.clock.At(loop_.now()), start.self, kClusterName);
    start.remembered = &host.disk->remembered();
  }
  if (host.role == ProcessRole::kNode) {
    start.given.replicas = static_cast<std::uint8_t>(spec_.replicas);
    start.given.partition_digits = static_cast<std::uint8_t>(spec_.partition_digits);
    start.given.tombstone_age_s = static_cast<std::uint32_t>(ToSeconds(spec_.tombstone_age));
  }
  return start;
}

ProcessNumber Cluster::Start(HostNumber number, const std::vector<HostNumber>& contacts) {
  Host& host = hosts_[number];
  VF_CHECK(host.up && !host.process, "a host runs one process, if it has power");
  Rng rng = rng_.Fork("process").Fork(processes_.size());
  const GossipStart start = StartOf(host, contacts, rng);
  return Launch(host, start, rng);
}

void Cluster::StartAllWarm() {
  VF_CHECK(processes_.empty(), "a warm start is the first one");
  KnownCluster known;
  Rng founder = rng_.Fork("foundation");
  known.foundation = {kWallAtStartMs, founder.Next()};
  known.settings.replicas = static_cast<std::uint8_t>(spec_.replicas);
  known.settings.partition_digits = static_cast<std::uint8_t>(spec_.partition_digits);
  known.settings.tombstone_age_s = static_cast<std::uint32_t>(ToSeconds(spec_.tombstone_age));
  std::vector<Rng> rngs;
  std::vector<GossipStart> starts;
  for (const Host& host : hosts_) {
    rngs.push_back(rng_.Fork("process").Fork(host.number));
    starts.push_back(StartOf(host, {}, rngs.back()));
    GossipStart& start = starts.back();
    start.given = known.settings;
    start.self.incarnation = 1;
    start.self.meta_version = 1;
    start.self.phase = Phase::kReady;
    start.self.replicas = known.settings.replicas;
    start.self.partition_digits = known.settings.partition_digits;
    if (start.self.IsStorage()) start.self.seat = rngs.back().Next() | 1;
    start.warm = &known;
    known.members.push_back(start.self);
  }
  for (Host& host : hosts_) Launch(host, starts[host.number], rngs[host.number]);
}

ProcessNumber Cluster::Launch(Host& host, const GossipStart& start, const Rng& rng) {
  const auto process = static_cast<ProcessNumber>(processes_.size());
  lives_[start.self.key()].push_back({process, start.self.boot});
  DataSettings settings;
  settings.stores = host.role == ProcessRole::kNode;
  if (spec_.min_acks > 0) settings.min_acks = spec_.min_acks;
  const ProcessSurroundings surroundings{
      loop_, datagrams_, streams_, *this,
      [this, process](Duration delay, std::function<void()> task) {
        Post(process, delay, std::move(task));
      }};
  host.process = host.last = process;
  host_of_.push_back(host.number);
  live_.push_back(process);
  processes_.push_back(
      std::make_unique<SimProcess>(surroundings, host, process, start, settings, rng));
  processes_.back()->SetTurnCost(host.turn_cost);
  observer_.OnLife(process, LifeEvent::kStarted);
  processes_.back()->Begin();
  return process;
}

void Cluster::Post(ProcessNumber number, Duration delay, std::function<void()> task) {
  loop_.Call(loop_.now() + delay, [this, number, task = std::move(task)] {
    if (Live(number) != nullptr) task();
  });
}

void Cluster::End(ProcessNumber number, LifeEvent why) {
  observer_.OnBeforeEnd(number);
  Host& host = hosts_[host_of_[number]];
  if (host.disk != nullptr) {
    host.disk->SetLastSeen(host.clock.At(loop_.now()));
    if (why == LifeEvent::kLeft) Live(number)->WriteMembers();
    if (Live(number)->emptied()) host.disk->Empty();
  }
  host.process.reset();
  live_.erase(std::find(live_.begin(), live_.end(), number));
  // Its host closes its connections.
  const std::unique_ptr<SimProcess> ended = std::move(processes_[number]);
  observer_.OnLife(number, why);
}

void Cluster::Crash(ProcessNumber number) { End(number, LifeEvent::kCrashed); }

void Cluster::LosePower(HostNumber number) {
  Host& host = hosts_[number];
  host.up = false;
  streams_.DropHost(number);
  if (host.process) End(*host.process, LifeEvent::kCrashed);
}

void Cluster::SetTurnCost(HostNumber number, Duration cost) {
  hosts_[number].turn_cost = cost;
  if (SimProcess* const process = LiveAt(number)) process->SetTurnCost(cost);
}

void Cluster::Pause(ProcessNumber number) {
  Live(number)->Pause();
  observer_.OnLife(number, LifeEvent::kPaused);
}

void Cluster::Resume(ProcessNumber number) {
  Live(number)->Resume();
  observer_.OnLife(number, LifeEvent::kResumed);
}

void Cluster::Leave(ProcessNumber number) { BeginLeave(number, LeaveKind::kStopped); }

void Cluster::LeaveForGood(ProcessNumber number) {
  SimProcess& process = *Live(number);
  if (process.host().role != ProcessRole::kNode || !process.ready()) return Leave(number);
  observer_.OnLife(number, LifeEvent::kLeaving);
  process.LeaveForGood();
}

void Cluster::BeginLeave(ProcessNumber number, LeaveKind kind) {
  SimProcess& process = *Live(number);
  if (process.data() != nullptr) process.data()->Drain();
  ContinueLeave(number, kind, loop_.now() + kDrainLimit);
}

// Requests that were accepted are answered, then the others are told, then it ends.
void Cluster::ContinueLeave(ProcessNumber number, LeaveKind kind, TimePoint drain_until) {
  const DataSide* const data = Live(number)->data();
  if (data != nullptr && data->open_requests() > 0 && loop_.now() < drain_until) {
    return Post(number, kDrainLook,
                [this, number, kind, drain_until] { ContinueLeave(number, kind, drain_until); });
  }
  Live(number)->gossip().Leave(kind);
  Post(number, kLinger, [this, number] { End(number, LifeEvent::kLeft); });
}

// --- What happens to processes ---

void Cluster::OnEvent(const Event& event) {
  SimProcess* const process = Live(event.target);
  if (process == nullptr) return;
  const bool is_gossip = event.payload == static_cast<std::uint64_t>(ThreadName::kGossip);
  SerialThread& thread = is_gossip ? process->gossip().thread() : process->data()->thread();
  if (event.kind == static_cast<std::uint32_t>(EventKind::kThreadTimer)) {
    thread.OnTimerEvent();
  } else {
    thread.OnTurnEvent();
  }
}

bool Cluster::OnDatagram(HostNumber number, HostNumber from, std::vector<std::byte>& bytes) {
  SimProcess* const process = LiveAt(number);
  if (process == nullptr) return false;
  process->gossip().OnDatagram(from, bytes);
  return true;
}

void Cluster::OnRefusal(ProcessNumber process, HostNumber refused_by) {
  if (SimProcess* const sender = Live(process)) sender->gossip().OnRefusal(refused_by);
}

StreamUser* Cluster::OnStreamAccept(HostNumber number, StreamId id) {
  SimProcess* const process = LiveAt(number);
  if (process == nullptr) return nullptr;
  // Without data, whoever speaks the peer protocol speaks to the membership.
  if (process->data() == nullptr) return process->gossip().OnStreamAccept(id);
  return process->data()->OnStreamAccept(id);
}

void Cluster::OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) {
  observer_.OnMembershipOf(process, membership);
}

void Cluster::OnCopyInSync(ProcessNumber process, const CopyInSync& copy) {
  observer_.OnCopyInSync(process, copy);
}

void Cluster::OnBeforeDrop(ProcessNumber process, Partition partition) {
  observer_.OnBeforeDrop(process, partition);
}

void Cluster::OnEmptied(ProcessNumber process) { BeginLeave(process, LeaveKind::kEmptied); }

void Cluster::OnReady(ProcessNumber process) { observer_.OnLife(process, LifeEvent::kReady); }

void Cluster::OnRefusedToRun(ProcessNumber process, const std::string& why) {
  refusals_.push_back("process " + std::to_string(process) + ": " + why);
  // Not from within its own turn.
  Post(process, kOwnHandOver, [this, process] {
    if (Live(process) != nullptr) End(process, LifeEvent::kLeft);
  });
}

}  // namespace vf::sim
