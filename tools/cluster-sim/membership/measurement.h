// When members learn of one event, and what that makes over many trials: the one way in which
// Velour Fog, memberlist and SWIM are measured, so that their figures compare.
//
// "All" are those that may observe, other than the subject; "99 %" is the moment at which at least
// 99 % of them know. Quantiles are over all trials and subjects, by nearest rank: values that
// occurred. Where one subject was never known to all within its trial, there is no such figure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

// What is learned. Who learns of a death first, without a suspicion, suspects from then on too.
enum class News : std::uint8_t { kSuspect, kDead, kVisible };
inline constexpr std::size_t kNews = 3;

// After the fault; none: not within the trial. In the order of NewsFigures.
inline constexpr std::size_t kNewsLevels = 6;
struct NewsTimes {
  std::optional<Duration> first;
  std::optional<Duration> at_50pct;
  std::optional<Duration> at_90pct;
  std::optional<Duration> at_99pct;
  std::optional<Duration> at_99_9pct;
  std::optional<Duration> all;
};

// One trial. Hosts are numbered from 0.
class TrialMeasurement {
 public:
  // `fault` strikes `subjects`; every host below `hosts` that is not in `deaf` observes.
  TrialMeasurement(TimePoint fault, std::vector<std::uint32_t> subjects, std::size_t hosts,
                   const std::vector<std::uint32_t>& deaf);

  // Only the first time counts. Anything about others than the subjects is ignored.
  void Learned(TimePoint now, News news, std::uint32_t observer, std::uint32_t subject);

  const std::vector<std::uint32_t>& subjects() const { return subjects_; }
  // Whether everybody has learned this about every subject.
  bool AllKnow(News news) const;
  // REQUIRES: subject < subjects().size(), an index.
  NewsTimes Times(News news, std::size_t subject) const;

 private:
  struct Told {
    std::vector<bool> knows;      // by host
    std::vector<Duration> times;  // in the order of learning, which is the order of time
    std::size_t observers = 0;
  };
  std::size_t IndexOf(std::uint32_t subject) const;
  void Note(TimePoint now, News news, std::uint32_t observer, std::size_t subject);

  TimePoint fault_;
  std::vector<std::uint32_t> subjects_;
  std::vector<bool> observes_;  // by host
  std::vector<std::array<Told, kNews>> told_;
  std::array<std::size_t, kNews> missing_{};  // of (subject, observer)
};

// What nodes sent in a trial, headers of UDP and IP included.
struct NodeTraffic {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
};

// All trials of a result.
class MeasurementSummary {
 public:
  void Add(const TrialMeasurement& trial);
  // What each node sent within `passed`. REQUIRES: passed > 0, nodes not empty.
  void AddTraffic(const std::vector<NodeTraffic>& nodes, Duration passed);

  // Fills in the times that belong to result.spec.fault, and the traffic of a node.
  void WriteTo(MembershipResult& result) const;

 private:
  struct Samples {
    std::vector<double> seconds;
    bool complete = true;
  };
  static std::optional<Quantiles> FigureOf(const Samples& samples);
  NewsFigures FiguresOf(News news) const;

  std::array<std::array<Samples, kNewsLevels>, kNews> news_;
  std::vector<double> node_rates_;  // bytes a second
  double packet_rates_ = 0;         // their sum over nodes and trials
};

// None of no samples. Sorts them.
std::optional<Quantiles> QuantilesOf(std::vector<double> samples);

// Nearest rank of `percent` among sorted values: the smallest that at least so many are not above.
// REQUIRES: sorted is not empty, 0 < percent <= 100.
double NearestRank(const std::vector<double>& sorted, int percent);

}  // namespace vf::sim
