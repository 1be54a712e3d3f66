#include "tools/cluster-sim/process/fault_injector.h"

#include <algorithm>
#include <optional>
#include <string>

#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/number_text.h"

namespace vf::sim {
namespace {

std::int64_t Rounded(double number) {
  return static_cast<std::int64_t>(number + (number < 0 ? -0.5 : 0.5));
}

std::string TextOf(const RunSpec& spec, const FaultEvent& event) {
  std::string text(TraitsOf(event.kind).name);
  if (!TraitsOf(event.kind).strength.empty()) text += " " + NumberText(event.strength);
  for (const int host : event.hosts) text += " " + HostName(spec, host);
  return text;
}

// What it does to packets; none: it is of another sort.
std::optional<Disturbance> DisturbanceOf(const FaultEvent& event) {
  Disturbance disturbance;
  disturbance.strength = event.strength;
  disturbance.hosts.assign(event.hosts.begin(), event.hosts.end());
  switch (event.kind) {
    case FaultKind::kLoss:
      disturbance.kind = Disturbance::Kind::kLoss;
      return disturbance;
    case FaultKind::kBurstLoss:
      disturbance.kind = Disturbance::Kind::kBurstLoss;
      return disturbance;
    case FaultKind::kDuplicate:
      disturbance.kind = Disturbance::Kind::kDuplicate;
      return disturbance;
    case FaultKind::kReorder:
      disturbance.kind = Disturbance::Kind::kReorder;
      return disturbance;
    case FaultKind::kLatency:
      disturbance.kind = Disturbance::Kind::kLatency;
      disturbance.traffic = Traffic::kAll;
      return disturbance;
    case FaultKind::kCut:
    case FaultKind::kCutOneWay:
      disturbance.kind = Disturbance::Kind::kCut;
      disturbance.traffic = Traffic::kAll;
      disturbance.incoming = event.kind == FaultKind::kCut;
      return disturbance;
    case FaultKind::kUdpBlocked:
      disturbance.kind = Disturbance::Kind::kCut;
      return disturbance;
    case FaultKind::kStall:
    case FaultKind::kTcpBlocked:
      disturbance.kind = Disturbance::Kind::kCut;
      disturbance.traffic = Traffic::kStreams;
      return disturbance;
    default:
      return std::nullopt;
  }
}

// A node that stores, and is neither an owner nor will be one of any partition by its own view.
bool HasNoPlace(const SimProcess* process) {
  if (process == nullptr || process->copies() == nullptr) return false;
  const SharedClusterView view = process->data()->plane().views.Newest();
  for (Partition p = 0; p < view->partition_count(); ++p) {
    if (view->ListOf(p).HasPlace(process->key())) return false;
  }
  return true;
}

// Whether it strikes a share of what it meets. Burst loss begins with a burst.
bool IsByChance(FaultKind kind) {
  return kind == FaultKind::kLoss || kind == FaultKind::kDuplicate || kind == FaultKind::kReorder;
}

}  // namespace

FaultInjector::FaultInjector(const RunSpec& spec, Loop& loop, Cluster& cluster, Contacts& contacts)
    : loop_(loop), cluster_(cluster), contacts_(contacts) {
  for (const FaultEvent& event : spec.faults) {
    Fault fault;
    fault.event = event;
    fault.record.kind = TraitsOf(event.kind).name;
    fault.record.text = TextOf(spec, event);
    fault.record.strength = event.strength;
    faults_.push_back(std::move(fault));
  }
}

void FaultInjector::Begin() {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const TimePoint at = loop_.now() + faults_[i].event.at;
    faults_[i].record.from = faults_[i].record.to = (at - kRunStart).count();
    loop_.Call(at, [this, i] {
      if (!healed_) Strike(i);
    });
  }
}

void FaultInjector::HealAll() {
  healed_ = true;
  for (std::size_t i = 0; i < faults_.size(); ++i) Undo(i);
}

std::vector<FaultRecord> FaultInjector::Records() const {
  std::vector<FaultRecord> records;
  for (const Fault& fault : faults_) {
    records.push_back(fault.record);
    if (fault.restarts) {
      records.back().struck = fault.restarts->stopped();
      records.back().processes = fault.restarts->processes();
    }
    for (const DisturbanceId id : fault.disturbances) {
      records.back().struck += cluster_.network().StruckBy(id);
      if (IsByChance(fault.event.kind)) {
        records.back().expected +=
            fault.event.strength * static_cast<double>(cluster_.network().MetBy(id));
      }
    }
  }
  return records;
}

// --- Strike ---

std::vector<HostNumber> FaultInjector::HostsOf(const FaultEvent& event) const {
  std::vector<HostNumber> hosts(event.hosts.begin(), event.hosts.end());
  if (hosts.empty()) {
    for (std::size_t i = 0; i < cluster_.hosts(); ++i) hosts.push_back(static_cast<HostNumber>(i));
  }
  return hosts;
}

void FaultInjector::Strike(std::size_t index) {
  Fault& fault = faults_[index];
  fault.began = true;
  fault.record.from = fault.record.to = loop_.sim_now();
  fault.active = TraitsOf(fault.event.kind).lasts;
  if (fault.event.kind == FaultKind::kJoin) return Join(fault);
  StrikePackets(fault);
  if (fault.event.kind == FaultKind::kSafeRestarts) {
    fault.restarts =
        std::make_unique<SafeRestarts>(loop_, cluster_, contacts_, HostsOf(fault.event));
    fault.restarts->Begin();
  }
  for (const HostNumber host : HostsOf(fault.event)) {
    if (!fault.event.hosts.empty()) {
      if (const auto process = cluster_.host(host).process) {
        fault.record.processes.push_back(*process);
      }
    }
    if (fault.disturbances.empty() && !fault.restarts) {
      StrikeHost(fault, host);
    } else if (fault.event.kind == FaultKind::kStall ||
               fault.event.kind == FaultKind::kTcpBlocked) {
      // Streams that are silent at the moment stand still, too, and none can be made.
      fault.record.struck += 1 + cluster_.streams().CountOf(host);
    }
  }
  if (fault.event.kind == FaultKind::kReset) NoteIdle(fault);
  if (fault.active) loop_.Call(loop_.now() + fault.event.lasts, [this, index] { Undo(index); });
}

void FaultInjector::StrikePackets(Fault& fault) {
  if (const auto disturbance = DisturbanceOf(fault.event)) {
    fault.disturbances.push_back(cluster_.network().Add(*disturbance));
  }
}

void FaultInjector::NoteIdle(Fault& fault) const {
  const std::vector<HostNumber> hosts = HostsOf(fault.event);
  fault.record.idle = std::all_of(hosts.begin(), hosts.end(), [this](HostNumber host) {
    return HasNoPlace(cluster_.LiveAt(host));
  });
}

void FaultInjector::Join(Fault& fault) {
  const HostNumber host = cluster_.AddHost(ProcessRole::kNode);
  const std::vector<HostNumber> contacts = contacts_.OfLater(host);
  if (contacts.empty()) return;
  fault.record.processes.push_back(cluster_.Start(host, contacts));
  ++fault.record.struck;
}

void FaultInjector::StrikeHost(Fault& fault, HostNumber host) {
  switch (fault.event.kind) {
    case FaultKind::kHostCrash:
      if (!cluster_.host(host).up) return;
      cluster_.LosePower(host);
      ++fault.record.struck;
      return;
    case FaultKind::kReset:
      fault.record.struck += cluster_.streams().ResetHost(host);
      return;
    case FaultKind::kClockOffset:
    case FaultKind::kClockJump:
      cluster_.host(host).clock.Jump(Rounded(fault.event.strength * 1000));
      break;
    case FaultKind::kClockDrift:
      cluster_.host(host).clock.SetDrift(loop_.now(), Rounded(fault.event.strength));
      break;
    case FaultKind::kSlow:
      // A process that starts there meanwhile is slow, too.
      cluster_.SetTurnCost(host, Duration(Rounded(fault.event.strength * 1e6)));
      break;
    default:
      if (SimProcess* const process = cluster_.LiveAt(host)) StrikeProcess(fault, *process);
      return;
  }
  fault.hosts.push_back(host);
  ++fault.record.struck;
}

void FaultInjector::StrikeProcess(Fault& fault, SimProcess& process) {
  switch (fault.event.kind) {
    case FaultKind::kRestart:
      fault.hosts.push_back(process.host().number);
      [[fallthrough]];
    case FaultKind::kProcessCrash:
    case FaultKind::kFrontendCrash:
      cluster_.Crash(process.number());
      break;
    case FaultKind::kLeave:
      cluster_.Leave(process.number());
      break;
    case FaultKind::kPlannedLeave:
      cluster_.LeaveForGood(process.number());
      break;
    case FaultKind::kPause:
      if (process.paused()) return;
      fault.paused.push_back(process.number());
      cluster_.Pause(process.number());
      break;
    default:
      return;
  }
  ++fault.record.struck;
}

// --- Undo ---

void FaultInjector::Undo(std::size_t index) {
  Fault& fault = faults_[index];
  if (!fault.active) return;
  fault.active = false;
  fault.record.to = loop_.sim_now();
  for (const DisturbanceId id : fault.disturbances) cluster_.network().Remove(id);
  for (const ProcessNumber number : fault.paused) {
    if (cluster_.Live(number) != nullptr) cluster_.Resume(number);
  }
  for (const HostNumber host : fault.hosts) UndoHost(fault, host);
  if (fault.restarts) fault.restarts->Stop();
}

void FaultInjector::UndoHost(Fault& fault, HostNumber number) {
  Host& host = cluster_.host(number);
  switch (fault.event.kind) {
    case FaultKind::kRestart:
      if (host.up && !host.process) {
        const ProcessNumber process = cluster_.Start(number, contacts_.OfLater(number));
        fault.record.processes.push_back(process);
      }
      return;
    case FaultKind::kClockOffset:
      host.clock.Jump(-Rounded(fault.event.strength * 1000));
      return;
    case FaultKind::kClockDrift:
      host.clock.SetDrift(loop_.now(), 0);
      return;
    case FaultKind::kSlow:
      cluster_.SetTurnCost(number, Duration::zero());
      return;
    default:
      return;
  }
}

}  // namespace vf::sim
