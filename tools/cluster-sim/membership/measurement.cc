#include "tools/cluster-sim/membership/measurement.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace vf::sim {
namespace {

constexpr std::size_t IndexOf(News news) { return static_cast<std::size_t>(news); }

// The smallest number that is at least so many thousandths of `count`.
std::size_t Share(std::size_t count, int thousandths) {
  return (count * static_cast<std::size_t>(thousandths) + 999) / 1000;
}

std::array<std::optional<Duration>, kNewsLevels> Levels(const NewsTimes& times) {
  return {times.first, times.at_50pct, times.at_90pct, times.at_99pct, times.at_99_9pct, times.all};
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
  const auto share = [&](int thousandths) { return nth(Share(told.observers, thousandths)); };
  return {nth(1), share(500), share(900), share(990), share(999), share(1000)};
}

void MeasurementSummary::Add(const TrialMeasurement& trial) {
  for (std::size_t n = 0; n < kNews; ++n) {
    for (std::size_t i = 0; i < trial.subjects().size(); ++i) {
      const auto levels = Levels(trial.Times(static_cast<News>(n), i));
      for (std::size_t level = 0; level < kNewsLevels; ++level) {
        Samples& samples = news_[n][level];
        if (levels[level]) {
          samples.seconds.push_back(ToSeconds(*levels[level]));
        } else {
          samples.complete = false;
        }
      }
    }
  }
}

void MeasurementSummary::AddTraffic(const std::vector<NodeTraffic>& nodes, Duration passed) {
  VF_CHECK(!nodes.empty() && passed > Duration::zero(), "no traffic to speak of");
  for (const NodeTraffic& node : nodes) {
    node_rates_.push_back(static_cast<double>(node.bytes) / ToSeconds(passed));
    packet_rates_ += static_cast<double>(node.packets) / ToSeconds(passed);
  }
}

double NearestRank(const std::vector<double>& sorted, int percent) {
  VF_CHECK(!sorted.empty() && percent > 0 && percent <= 100, "no such quantile");
  return sorted[Share(sorted.size(), 10 * percent) - 1];
}

std::optional<Quantiles> QuantilesOf(std::vector<double> samples) {
  if (samples.empty()) return std::nullopt;
  std::sort(samples.begin(), samples.end());
  return Quantiles{NearestRank(samples, 50), NearestRank(samples, 99), samples.back()};
}

std::optional<Quantiles> MeasurementSummary::FigureOf(const Samples& samples) {
  if (!samples.complete) return std::nullopt;
  return QuantilesOf(samples.seconds);
}

NewsFigures MeasurementSummary::FiguresOf(News news) const {
  const auto& levels = news_[sim::IndexOf(news)];
  return {FigureOf(levels[0]), FigureOf(levels[1]), FigureOf(levels[2]),
          FigureOf(levels[3]), FigureOf(levels[4]), FigureOf(levels[5])};
}

void MeasurementSummary::WriteTo(MembershipResult& result) const {
  if (result.spec.fault == MembershipFault::kJoin) {
    result.visible = FiguresOf(News::kVisible);
  } else {
    result.suspect = FiguresOf(News::kSuspect);
    result.dead = FiguresOf(News::kDead);
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
