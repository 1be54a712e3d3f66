#include "tools/cluster-sim/cluster_run.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/observe/agreement.h"

namespace vf::sim {
namespace {

constexpr Duration kAllStarted = seconds(1);
constexpr Duration kServesWithin = seconds(30);
constexpr Duration kStartLook = milliseconds(50);
constexpr Duration kProgressEvery = seconds(1);
// How long clients go on after the last fault, so that the healed cluster has to show its worth.
constexpr Duration kWorkAfterFaults = seconds(3);
constexpr Duration kRestLook = milliseconds(100);
// For so long nothing may stir before the cluster counts as at rest.
constexpr Duration kRestFor = seconds(2);
constexpr Duration kLeastSampling = milliseconds(100);
constexpr Duration kMostSampling = milliseconds(500);
constexpr Duration kDivergenceEvery = milliseconds(500);
// Looks cost more than what happens in between: in runs that are longer they are that much rarer.
constexpr Duration kUsualRun = minutes(30);

std::vector<HostNumber> HostsForClients(const RunSpec& spec) {
  const std::vector<int> hosts = ClientHosts(spec);
  return {hosts.begin(), hosts.end()};
}

int LooksApart(const RunSpec& spec) {
  return std::max(1, static_cast<int>(spec.duration / kUsualRun));
}

}  // namespace

ClusterRun::ClusterRun(const RunSpec& spec, const ProgressFn& progress)
    : spec_(spec),
      progress_(progress),
      rng_(Rng(spec.seed).Fork("run")),
      cluster_(spec, loop_, *this, rng_.Fork("cluster")),
      contacts_(cluster_, rng_.Fork("contacts")),
      book_(spec.partition_digits),
      clients_(spec, HostsForClients(spec), loop_, cluster_, book_, *this, rng_.Fork("clients")),
      copies_(cluster_, book_, rng_.Fork("samples")),
      faults_(spec, loop_, cluster_, contacts_),
      sampling_(rng_.Fork("sampling")),
      looks_apart_(LooksApart(spec)) {
  history_.epoch_ms = kWallAtStartMs;
}

// --- The course of a run ---

std::string ClusterRun::Run() {
  Start();
  if (!WaitUntilServing()) return unrest_;
  history_.workload_began = loop_.sim_now();
  clients_.Begin();
  faults_.Begin();
  SampleAgain();
  CountDivergenceAgain();
  RunFor(spec_.duration);
  faults_.HealAll();
  history_.faults_end = loop_.sim_now();
  RunFor(std::min<Duration>(kWorkAfterFaults, spec_.converge_within / 2));
  clients_.Stop();
  Rest();
  LookAtEnd();
  return {};
}

void ClusterRun::Start() {
  if (spec_.start == StartKind::kWarm) return cluster_.StartAllWarm();
  Rng rng = rng_.Fork("start");
  for (HostNumber host = 0; host < cluster_.hosts(); ++host) {
    ++not_started_;
    const TimePoint at = loop_.now() + rng.Between(Duration::zero(), kAllStarted);
    loop_.Call(at, [this, host] {
      --not_started_;
      cluster_.Start(host, contacts_.OfFirst(host));
    });
  }
}

bool ClusterRun::WaitUntilServing() {
  do {
    RunFor(kStartLook);
    unrest_ = not_started_ > 0 ? "not all processes have started" : WhyNotServing(cluster_);
    if (unrest_.empty()) return true;
  } while (passed() < kServesWithin);
  if (!cluster_.refusals().empty()) unrest_ += "; " + cluster_.refusals().front();
  return false;
}

void ClusterRun::RunFor(Duration duration) {
  const TimePoint until = loop_.now() + duration;
  while (loop_.now() < until) {
    const Duration next = kProgressEvery - passed() % kProgressEvery;
    loop_.RunUntil(std::min(until, loop_.now() + next));
    if (progress_ && passed() % kProgressEvery == Duration::zero()) {
      progress_(passed(), loop_.events());
    }
  }
}

std::string ClusterRun::WhyNotAtRest() const {
  if (clients_.open() > 0) return "operations are open";
  std::string why = WhyNotAgreed(cluster_);
  if (why.empty() && DivergentKeys(cluster_) > 0) why = "owners hold different records";
  return why.empty() ? WhyNotConvergedByFigures(cluster_) : why;
}

void ClusterRun::Rest() {
  const TimePoint last = kRunStart + Duration(history_.faults_end) + spec_.converge_within;
  std::optional<TimePoint> since;
  for (;;) {
    unrest_ = WhyNotAtRest();
    if (!unrest_.empty()) {
      since.reset();
      if (loop_.now() >= last) return;
    } else if (!since) {
      since = loop_.now();
    } else if (loop_.now() - *since >= kRestFor) {
      history_.converged_at = (*since - kRunStart).count();
      return;
    }
    RunFor(kRestLook);
  }
}

// --- Looks ---

void ClusterRun::SampleAgain() {
  copies_.Sample(loop_.sim_now());
  loop_.Call(loop_.now() + sampling_.Between(kLeastSampling, kMostSampling) * looks_apart_,
             [this] { SampleAgain(); });
}

void ClusterRun::CountDivergenceAgain() {
  NoteDivergence();
  loop_.Call(loop_.now() + kDivergenceEvery * looks_apart_, [this] { CountDivergenceAgain(); });
}

void ClusterRun::NoteDivergence() {
  history_.divergence.push_back({loop_.sim_now(), DivergentKeys(cluster_)});
}

void ClusterRun::LookAtEnd() {
  NoteDivergence();
  history_.end = loop_.sim_now();
  history_.final_copies = copies_.Final();
  for (const ProcessNumber number : cluster_.live()) {
    const MembershipSnapshot& membership = *cluster_.Live(number)->gossip().current();
    FinalView view;
    view.process = number;
    view.view_hash = membership.view_hash;
    for (const Member& member : membership.members) {
      const auto subject = cluster_.NumberOf(member.record);
      if (subject && member.record.state == MemberState::kAlive) view.alive.push_back(*subject);
    }
    std::sort(view.alive.begin(), view.alive.end());
    history_.final_views.push_back(std::move(view));
  }
}

int ClusterRun::storage_processes() const {
  return static_cast<int>(
      std::count_if(cluster_.live().begin(), cluster_.live().end(), [this](ProcessNumber number) {
        return cluster_.Live(number)->host().role == ProcessRole::kNode;
      }));
}

std::vector<std::string> ClusterRun::ProcessHosts() const {
  std::vector<std::string> names;
  for (std::size_t number = 0; number < cluster_.processes(); ++number) {
    const HostNumber host = cluster_.HostOfProcess(static_cast<ProcessNumber>(number));
    names.push_back(HostName(spec_, static_cast<int>(host)));
  }
  return names;
}

History ClusterRun::TakeHistory() {
  for (const ProcessNumber process : cluster_.live()) NoteConflicts(process);
  history_.operations = clients_.TakeOperations();
  history_.samples = copies_.TakeSamples();
  history_.sync_reports = copies_.TakeSyncReports();
  history_.drops = copies_.TakeDrops();
  history_.holders_gone = copies_.TakeLost();
  history_.beliefs = beliefs_.Take();
  history_.faults = faults_.Records();
  return std::move(history_);
}

// --- What happens to processes ---

void ClusterRun::OnLife(ProcessNumber process, LifeEvent what) {
  history_.lives.push_back({loop_.sim_now(), process, what, kNoProcess});
  if (what == LifeEvent::kReady) NoteJoin(process);
}

void ClusterRun::NoteJoin(ProcessNumber number) {
  const auto host = static_cast<int>(cluster_.HostOfProcess(number));
  if (host < HostCount(spec_)) return;
  const SimProcess& process = *cluster_.Live(number);
  joins_.push_back({HostName(spec_, host), loop_.sim_now(), process.data()->moved_bytes(),
                    Copies::ShareOf(process)});
}

void ClusterRun::NoteConflicts(ProcessNumber process) {
  const DataSide* const data = cluster_.Live(process)->data();
  if (data == nullptr) return;
  for (const auto& conflict : data->plane().conflicts.Last()) {
    history_.conflicts.push_back(
        {process, conflict->key, conflict->kept.version.value, conflict->lost.version.value});
  }
}

void ClusterRun::OnBeforeEnd(ProcessNumber process) {
  NoteConflicts(process);
  copies_.SampleAll(loop_.sim_now(), process);
  // What it says that others have may not go with it.
  if (!cluster_.Live(process)->emptied()) copies_.NoteLastHolder(loop_.sim_now(), process);
  beliefs_.Forget(process);
  clients_.OnBeforeEnd(process, !cluster_.host(cluster_.HostOfProcess(process)).up);
}

void ClusterRun::OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) {
  beliefs_.OnMembership(loop_.sim_now(), process, membership, cluster_);
}

}  // namespace vf::sim
