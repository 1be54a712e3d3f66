#include "base/os/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

#include "base/check.h"

namespace vf {

void LatencyHistogram::Observe(std::int64_t nanoseconds) {
  const std::int64_t clamped = std::max<std::int64_t>(nanoseconds, 0);
  const double seconds = static_cast<double>(clamped) * 1e-9;
  const auto* bound =
      std::lower_bound(std::begin(kBoundsSeconds), std::end(kBoundsSeconds), seconds);
  buckets_[bound - std::begin(kBoundsSeconds)].Add();
  sum_ns_.Add(static_cast<std::uint64_t>(clamped));
}

struct MetricsWriter::Families {
  // Few dozen families: a search in order is cheap, and the page keeps the order of first mention.
  prometheus::ClientMetric& Add(std::string_view name, std::string_view help,
                                prometheus::MetricType type, const MetricLabels& labels) {
    auto family = std::find_if(all.begin(), all.end(),
                               [&](const prometheus::MetricFamily& f) { return f.name == name; });
    if (family == all.end()) {
      prometheus::MetricFamily made;
      made.name = name;
      made.help = help;
      made.type = type;
      family = all.insert(all.end(), std::move(made));
    }
    VF_CHECK(family->type == type, "one metric name has two types");
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    return metric;
  }

  std::vector<prometheus::MetricFamily> all;
};

MetricsWriter::MetricsWriter() : families_(std::make_unique<Families>()) {}
MetricsWriter::~MetricsWriter() = default;

void MetricsWriter::AddCounter(std::string_view name, std::string_view help,
                               const MetricLabels& labels, double value) {
  families_->Add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

void MetricsWriter::AddGauge(std::string_view name, std::string_view help,
                             const MetricLabels& labels, double value) {
  families_->Add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void MetricsWriter::AddHistogram(std::string_view name, std::string_view help,
                                 const MetricLabels& labels,
                                 const std::vector<const LatencyHistogram*>& parts) {
  auto& histogram = families_->Add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  // The count is the sum of the buckets as read here, so that the page is consistent in itself
  // while the writers go on.
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
    for (const LatencyHistogram* part : parts) cumulative += part->bucket(i);
    if (i + 1 < LatencyHistogram::kBuckets) {
      histogram.bucket.push_back({cumulative, LatencyHistogram::kBoundsSeconds[i]});
    }
  }
  histogram.sample_count = cumulative;
  for (const LatencyHistogram* part : parts) histogram.sample_sum += part->sum_seconds();
}

void MetricsWriter::AddHistogram(std::string_view name, std::string_view help,
                                 const MetricLabels& labels, std::span<const double> bounds,
                                 std::span<const std::uint64_t> counts, double sum) {
  VF_CHECK(counts.size() == bounds.size() + 1, "one count more than bounds");
  auto& histogram = families_->Add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    cumulative += counts[i];
    histogram.bucket.push_back({cumulative, bounds[i]});
  }
  histogram.sample_count = cumulative + counts.back();
  histogram.sample_sum = sum;
}

std::string MetricsWriter::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_->all);
  return out.str();
}

}  // namespace vf
