#include "tools/cluster-sim/membership/measurement.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace vf::sim {
namespace {

constexpr std::size_t IndexOf(News news) { return static_cast<std::size_t>(news); }

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// The smallest number that is at least `percent` of `count`.
std::size_t Share(std::size_t count, int percent) {
  return (count * static_cast<std::size_t>(percent) + 99) / 100;
}

}  // namespace

TrialMeasurement::TrialMeasurement(TimePoint fault, std::vector<std::uint32_t> subjects,
                                   std::size_t hosts, const std::vector<std::uint32_t>& deaf)
    : fault_(fault), subjects_(std::move(subjects)), observes_(hosts, true) {
  std::sort(subjects_.begin(), subjects_.end());
  for (const std::uint32_t host : deaf) observes_.at(host) = false;
  const auto observers =
      static_cast<std::size_t>(std::count(observes_.begin(), observes_.end(), true));
  told_.resize(subjects_.size());
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    for (Told& told : told_[i]) {
      told.knows.resize(hosts, false);
      told.observers = observers - (observes_.at(subjects_[i]) ? 1 : 0);
    }
    for (std::size_t& missing : missing_) missing += told_[i][0].observers;
  }
}

std::size_t TrialMeasurement::IndexOf(std::uint32_t subject) const {
  const auto found = std::lower_bound(subjects_.begin(), subjects_.end(), subject);
  if (found == subjects_.end() || *found != subject) return subjects_.size();
  return static_cast<std::size_t>(found - subjects_.begin());
}

void TrialMeasurement::Learned(TimePoint now, News news, std::uint32_t observer,
                               std::uint32_t subject) {
  const std::size_t index = IndexOf(subject);
  if (index == subjects_.size() || now < fault_) return;
  if (observer == subject || !observes_.at(observer)) return;
  Note(now, news, observer, index);
  if (news == News::kDead) Note(now, News::kSuspect, observer, index);
}

void TrialMeasurement::Note(TimePoint now, News news, std::uint32_t observer, std::size_t subject) {
  Told& told = told_[subject][sim::IndexOf(news)];
  if (told.knows[observer]) return;
  told.knows[observer] = true;
  told.times.push_back(now - fault_);
  --missing_[sim::IndexOf(news)];
}

bool TrialMeasurement::AllKnow(News news) const { return missing_[sim::IndexOf(news)] == 0; }

NewsTimes TrialMeasurement::Times(News news, std::size_t subject) const {
  const Told& told = told_.at(subject)[sim::IndexOf(news)];
  const auto nth = [&told](std::size_t n) -> std::optional<Duration> {
    if (n == 0 || n > told.times.size()) return std::nullopt;
    return told.times[n - 1];
  };
  return {nth(1), nth(Share(told.observers, 99)), nth(told.observers)};
}

void MeasurementSummary::Add(const TrialMeasurement& trial) {
  const auto add = [](Samples& samples, const std::optional<Duration>& time) {
    if (time) {
      samples.seconds.push_back(Seconds(*time));
    } else {
      samples.complete = false;
    }
  };
  for (std::size_t n = 0; n < kNews; ++n) {
    for (std::size_t i = 0; i < trial.subjects().size(); ++i) {
      const NewsTimes times = trial.Times(static_cast<News>(n), i);
      add(news_[n].first, times.first);
      add(news_[n].at_99pct, times.at_99pct);
      add(news_[n].all, times.all);
    }
  }
}

void MeasurementSummary::AddTraffic(const std::vector<NodeTraffic>& nodes, Duration passed) {
  VF_CHECK(!nodes.empty() && passed > Duration::zero(), "no traffic to speak of");
  for (const NodeTraffic& node : nodes) {
    node_rates_.push_back(static_cast<double>(node.bytes) / Seconds(passed));
    packet_rates_ += static_cast<double>(node.packets) / Seconds(passed);
  }
}

double NearestRank(const std::vector<double>& sorted, int percent) {
  VF_CHECK(!sorted.empty() && percent > 0 && percent <= 100, "no such quantile");
  return sorted[Share(sorted.size(), percent) - 1];
}

std::optional<Quantiles> MeasurementSummary::QuantilesOf(const Samples& samples) {
  if (!samples.complete || samples.seconds.empty()) return std::nullopt;
  std::vector<double> sorted = samples.seconds;
  std::sort(sorted.begin(), sorted.end());
  return Quantiles{NearestRank(sorted, 50), NearestRank(sorted, 99), sorted.back()};
}

void MeasurementSummary::WriteTo(MembershipResult& result) const {
  const auto of = [this](News news) -> const NewsSamples& { return news_[sim::IndexOf(news)]; };
  switch (result.spec.fault) {
    case MembershipFault::kNone:
      break;
    case MembershipFault::kProcessCrash:
    case MembershipFault::kHostCrash:
      result.first_suspect_s = QuantilesOf(of(News::kSuspect).first);
      result.suspect_99pct_s = QuantilesOf(of(News::kSuspect).at_99pct);
      result.first_dead_s = QuantilesOf(of(News::kDead).first);
      result.dead_99pct_s = QuantilesOf(of(News::kDead).at_99pct);
      result.dead_all_s = QuantilesOf(of(News::kDead).all);
      break;
    case MembershipFault::kJoin:
      result.join_visible_99pct_s = QuantilesOf(of(News::kVisible).at_99pct);
      result.join_visible_all_s = QuantilesOf(of(News::kVisible).all);
      break;
  }
  if (node_rates_.empty()) return;
  std::vector<double> sorted = node_rates_;
  std::sort(sorted.begin(), sorted.end());
  double sum = 0;
  for (const double rate : sorted) sum += rate;
  const auto count = static_cast<double>(sorted.size());
  result.tx_bytes_per_node_s_mean = sum / count;
  result.tx_bytes_per_node_s_p99 = NearestRank(sorted, 99);
  result.tx_packets_per_node_s = packet_rates_ / count;
}

}  // namespace vf::sim
