#include "tools/cluster-sim/membership/trial.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "tools/cluster-sim/membership/membership_fault.h"

namespace vf::sim {
namespace {

// How often is looked whether all know.
constexpr Duration kLook = milliseconds(10);
constexpr Duration kProgressStep = milliseconds(500);

News LastNewsOf(MembershipFault fault) {
  return fault == MembershipFault::kJoin ? News::kVisible : News::kDead;
}

bool IsCrash(MembershipFault fault) {
  return fault == MembershipFault::kProcessCrash || fault == MembershipFault::kHostCrash;
}

}  // namespace

Trial::Trial(const MembershipSpec& spec, TrialPlan plan) : spec_(spec), plan_(std::move(plan)) {
  MeasuredCluster& cluster = *plan_.cluster;
  cluster.on_belief = [this](HostNumber observer, HostNumber subject, MemberBelief before,
                             MemberBelief after) { OnBelief(observer, subject, before, after); };
  cluster.on_degraded = [this](HostNumber observer, HostNumber subject, bool degraded) {
    OnDegraded(observer, subject, degraded);
  };
  if (!spec_.packets) return;
  cluster.on_packet = [this](HostNumber to, PacketKind kind, std::size_t bytes) {
    if (measuring_) packets_->OnPacket(plan_.cluster->now(), to, kind, bytes);
  };
}

void Trial::Run(const ProgressFn& progress) {
  MeasuredCluster& cluster = *plan_.cluster;
  began_ = cluster.now();
  if (plan_.settle > Duration::zero()) {
    const Duration more = plan_.rng.Between(Duration::zero(), plan_.settle_spread);
    Advance(began_ + plan_.settle + more, progress);
  }
  course_.emplace(spec_, cluster, plan_.rng);
  course_->Choose();
  const TimePoint fault = cluster.now();
  BeginToMeasure();
  course_->Begin();
  const TimePoint last = fault + LongestTrial(spec_);
  if (TraitsOf(spec_.fault).ends_early && !spec_.duration) {
    while (!IsOver() && cluster.now() < last) {
      Advance(std::min(last, cluster.now() + kLook), progress);
    }
  } else {
    Advance(last, progress);
  }
  measured_ = cluster.now() - fault;
  passed_ = cluster.now() - began_;
}

void Trial::BeginToMeasure() {
  const MeasuredCluster& cluster = *plan_.cluster;
  const TimePoint now = cluster.now();
  const std::vector<HostNumber>& struck = course_->struck();
  const bool join = spec_.fault == MembershipFault::kJoin;
  const std::size_t members = cluster.hosts();
  for (HostNumber host = 0; host < members; ++host) before_.push_back(cluster.CountsOf(host));
  view_sizes_.emplace(SizesAtFirst());
  if (join) {
    for (std::size_t i = 0; i < struck.size(); ++i) view_sizes_->Add();
  }
  if (spec_.packets) packets_.emplace(now, plan_.probe_interval);
  measuring_ = true;
  if (spec_.never_met) NoteStrangers();
  if (spec_.fault == MembershipFault::kNone || spec_.fault == MembershipFault::kCut) return;
  news_.emplace(now, struck, members + (join ? struck.size() : 0),
                join ? std::vector<HostNumber>{} : struck);
  if (join || IsCrash(spec_.fault)) return;
  std::vector<HostNumber> healthy;
  for (HostNumber host = 0; host < members; ++host) {
    if (IsHealthy(host)) healthy.push_back(host);
  }
  oscillations_.emplace(std::move(healthy), struck);
}

std::vector<std::size_t> Trial::SizesAtFirst() const {
  const std::size_t members = plan_.cluster->hosts();
  std::vector<std::size_t> sizes(members, members);
  if (!spec_.never_met) return sizes;
  for (HostNumber a = 0; a < members; ++a) {
    for (HostNumber b = 0; b < members; ++b) {
      if (course_->AreApart(a, b)) --sizes[a];
    }
  }
  return sizes;
}

// Nobody is suspect yet, but those of other islands are out until they are known.
void Trial::NoteStrangers() {
  for (HostNumber a = 0; a < cluster().hosts(); ++a) {
    for (HostNumber b = 0; b < cluster().hosts(); ++b) {
      if (course_->AreApart(a, b)) out_.Set(a, b, true);
    }
  }
}

void Trial::Advance(TimePoint until, const ProgressFn& progress) {
  MeasuredCluster& cluster = *plan_.cluster;
  while (cluster.now() < until) {
    TimePoint step = std::min(until, cluster.now() + kProgressStep);
    if (course_) step = std::min(step, course_->next());
    cluster.RunUntil(step);
    if (course_ && course_->next() <= cluster.now()) {
      course_->Act();
      if (course_->IsCutHealed() && healed_at_ == kNever) {
        healed_at_ = cluster.now();
        if (out_.size() == 0) heal_all_ = Duration::zero();
      }
    }
    progress(cluster.now() - began_);
  }
}

bool Trial::IsOver() const {
  if (spec_.fault == MembershipFault::kCut) return heal_all_.has_value();
  return news_->AllKnow(LastNewsOf(spec_.fault));
}

// Those of an island are no worse than the others.
bool Trial::IsHealthy(HostNumber host) const {
  return spec_.fault == MembershipFault::kCut || !course_->IsStruck(host);
}

void Trial::OnBelief(HostNumber observer, HostNumber subject, MemberBelief before,
                     MemberBelief after) {
  if (!measuring_) return;
  const MeasuredCluster& cluster = *plan_.cluster;
  const bool runs = cluster.IsUp(subject);
  alarms_.OnBelief(cluster.now(), observer, subject, before, after, TruthOf(observer, subject));
  view_sizes_->OnBelief(observer, before, after, IsHealthy(observer));
  if (oscillations_) oscillations_->OnBelief(observer, subject, after);
  if (news_) NoteNews(observer, subject, after);
  if (!runs) {
    if (before == MemberBelief::kDead && after != MemberBelief::kDead) ++raised_;
    return;
  }
  out_.Set(observer, subject, after == MemberBelief::kSuspect || after == MemberBelief::kDead);
  gone_.Set(observer, subject, after == MemberBelief::kDead);
  NoteHealing(observer, subject, before, after);
}

void Trial::OnDegraded(HostNumber observer, HostNumber subject, bool degraded) {
  if (!measuring_) return;
  if (oscillations_) oscillations_->OnDegraded(observer, subject, degraded);
  if (degraded) alarms_.OnDegraded(TruthOf(observer, subject));
}

FalseAlarms::Truth Trial::TruthOf(HostNumber observer, HostNumber subject) const {
  return {cluster().IsUp(subject), IsHealthy(subject) && !course_->AreApart(observer, subject),
          IsHealthy(observer)};
}

void Trial::NoteNews(HostNumber observer, HostNumber subject, MemberBelief after) {
  const TimePoint now = plan_.cluster->now();
  if (after == MemberBelief::kSuspect) news_->Learned(now, News::kSuspect, observer, subject);
  if (after == MemberBelief::kDead) news_->Learned(now, News::kDead, observer, subject);
  if (after == MemberBelief::kAlive) news_->Learned(now, News::kVisible, observer, subject);
}

void Trial::NoteHealing(HostNumber observer, HostNumber subject, MemberBelief before,
                        MemberBelief after) {
  if (healed_at_ == kNever) return;
  const Duration since = plan_.cluster->now() - healed_at_;
  const bool lets_in = after == MemberBelief::kAlive && before != MemberBelief::kAlive;
  if (lets_in && !heal_contact_ && course_->AreApart(observer, subject)) heal_contact_ = since;
  if (out_.size() > 0) {
    heal_all_.reset();
  } else if (!heal_all_) {
    heal_all_ = since;
  }
}

std::vector<MemberCounts> Trial::Counts() const {
  std::vector<MemberCounts> counts;
  for (HostNumber host = 0; host < before_.size(); ++host) {
    if (!cluster().IsUp(host)) continue;
    MemberCounts since = cluster().CountsOf(host);
    since.bytes -= before_[host].bytes;
    since.packets -= before_[host].packets;
    since.accusations -= before_[host].accusations;
    counts.push_back(since);
  }
  return counts;
}

std::uint64_t Trial::accusations_by_struck() const {
  std::uint64_t accusations = 0;
  for (const HostNumber host : course_->struck()) {
    if (host >= before_.size() || !cluster().IsUp(host)) continue;
    accusations += cluster().CountsOf(host).accusations - before_[host].accusations;
  }
  return accusations;
}

std::uint64_t Trial::views_final() const {
  std::set<std::uint64_t> views;
  for (HostNumber host = 0; host < cluster().hosts(); ++host) {
    if (cluster().IsUp(host) && IsHealthy(host)) views.insert(cluster().ViewOf(host));
  }
  return views.size();
}

std::uint64_t Trial::stuck() const {
  if (gone_.size() == 0) return 0;
  std::uint64_t stuck = 0;
  for (HostNumber subject = 0; subject < cluster().hosts(); ++subject) {
    bool believed_dead = false;
    for (HostNumber observer = 0; observer < cluster().hosts(); ++observer) {
      believed_dead = believed_dead || (cluster().IsUp(observer) && gone_.Has(observer, subject));
    }
    if (believed_dead) ++stuck;
  }
  return stuck;
}

}  // namespace vf::sim
