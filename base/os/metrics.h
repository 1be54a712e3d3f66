// The /metrics page: sources write their current figures, prometheus-cpp makes the text.
//
// Figures are kept where they arise, in counters that cost the hot path one relaxed add, and are
// read only when the page is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counter.h"

namespace vf {

// Cumulative histogram of durations with fixed bounds from 50 us to 10 s. One writing thread.
class LatencyHistogram {
 public:
  static constexpr double kBoundsSeconds[] = {0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002,
                                              0.005,   0.01,   0.02,   0.05,   0.1,   0.25,
                                              0.5,     1,      2.5,    10};
  static constexpr std::size_t kBuckets = std::size(kBoundsSeconds) + 1;
  void Observe(std::int64_t nanoseconds);
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].value(); }
  double sum_seconds() const { return static_cast<double>(sum_ns_.value()) * 1e-9; }

 private:
  Counter buckets_[kBuckets];  // not cumulative; one of (bound[i-1], bound[i]]
  Counter sum_ns_;
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Collects samples; samples of one name are one family, whatever order they come in.
class MetricsWriter {
 public:
  MetricsWriter();
  ~MetricsWriter();
  void AddCounter(std::string_view name, std::string_view help, const MetricLabels& labels,
                  double value);
  void AddGauge(std::string_view name, std::string_view help, const MetricLabels& labels,
                double value);
  // Adds up all `parts` (one a thread) into one histogram.
  void AddHistogram(std::string_view name, std::string_view help, const MetricLabels& labels,
                    const std::vector<const LatencyHistogram*>& parts);
  // The same from counts that are kept elsewhere: `counts[i]` of (bounds[i-1], bounds[i]], not
  // cumulative, and one more above all bounds. `sum`: of all that was counted.
  // REQUIRES: one count more than bounds.
  void AddHistogram(std::string_view name, std::string_view help, const MetricLabels& labels,
                    std::span<const double> bounds, std::span<const std::uint64_t> counts,
                    double sum);
  std::string Text() const;  // Prometheus text format 0.0.4

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace vf
