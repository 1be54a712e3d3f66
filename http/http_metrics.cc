#include "http/http_metrics.h"

#include <iterator>
#include <string>

namespace vf {
namespace {

constexpr std::string_view kOperationNames[] = {"get",    "put",   "delete", "page",
                                                "forget", "leave", "none"};
constexpr std::string_view kClassNames[] = {"2xx", "3xx", "4xx", "5xx"};
constexpr std::string_view kEndNames[] = {"not_allowed", "too_many",    "no_descriptor", "not_http",
                                          "idle",        "slow_reader", "error"};

struct RefusalName {
  int status;
  std::string_view reason;
};
// The last one stands for all that has no row.
constexpr RefusalName kRefusalNames[] = {
    {400, "malformed"},
    {404, "no_such_page"},
    {405, "method_not_served"},
    {408, "too_slow"},
    {411, "no_length"},
    {413, "value_too_large"},
    {414, "target_too_long"},
    {417, "expectation"},
    {431, "head_too_large"},
    {501, "not_implemented"},
    {503, "overloaded"},
    {505, "version"},
    {0, "other"},
};
static_assert(std::size(kOperationNames) == HttpMetrics::kOperations);
static_assert(std::size(kClassNames) == HttpMetrics::kStatusClasses);
static_assert(std::size(kRefusalNames) == HttpMetrics::kRefusalStatuses);
static_assert(std::size(kEndNames) == kConnectionEnds);

// Sums one counter over the threads.
template <typename Pick>
double Sum(const std::vector<const HttpMetrics*>& threads, Pick pick) {
  double sum = 0;
  for (const HttpMetrics* metrics : threads) sum += static_cast<double>(pick(*metrics).value());
  return sum;
}

std::string Text(std::string_view text) { return std::string(text); }

void WriteRequests(const std::vector<const HttpMetrics*>& threads, MetricsWriter& writer) {
  for (std::size_t o = 0; o < HttpMetrics::kOperations; ++o) {
    for (std::size_t c = 0; c < HttpMetrics::kStatusClasses; ++c) {
      writer.AddCounter(
          "velourfog_http_requests_total", "Requests answered, by operation.",
          {{"operation", Text(kOperationNames[o])}, {"status", Text(kClassNames[c])}},
          Sum(threads, [=](const HttpMetrics& m) -> const Counter& { return m.requests[o][c]; }));
    }
    std::vector<const LatencyHistogram*> parts;
    for (const HttpMetrics* metrics : threads) parts.push_back(&metrics->durations[o]);
    writer.AddHistogram("velourfog_http_request_duration_seconds",
                        "From the last byte of a request to its answer.",
                        {{"operation", Text(kOperationNames[o])}}, parts);
  }
  for (std::size_t r = 0; r < HttpMetrics::kRefusalStatuses; ++r) {
    writer.AddCounter(
        "velourfog_http_refusals_total", "Requests refused before any operation began, by reason.",
        {{"reason", Text(kRefusalNames[r].reason)}},
        Sum(threads, [=](const HttpMetrics& m) -> const Counter& { return m.refusals[r]; }));
  }
}

}  // namespace

void HttpMetrics::CountRequest(Operation operation, int status) {
  const std::size_t index = status < 300 ? 0 : status < 400 ? 1 : status < 500 ? 2 : 3;
  requests[static_cast<std::size_t>(operation)][index].Add();
}

void HttpMetrics::CountRefusal(int status) {
  std::size_t index = 0;
  while (kRefusalNames[index].status != status && kRefusalNames[index].status != 0) ++index;
  refusals[index].Add();
}

void WriteHttpMetrics(const std::vector<const HttpMetrics*>& threads, MetricsWriter& writer) {
  WriteRequests(threads, writer);
  const double accepted =
      Sum(threads, [](const HttpMetrics& m) -> const Counter& { return m.accepted; });
  const double closed =
      Sum(threads, [](const HttpMetrics& m) -> const Counter& { return m.closed; });
  const double peers = Sum(threads, [](const HttpMetrics& m) -> const Counter& { return m.peers; });
  writer.AddGauge("velourfog_http_connections", "Connections open now.", {},
                  accepted - closed - peers);
  writer.AddCounter("velourfog_http_connections_accepted_total", "Connections taken.", {},
                    accepted);
  writer.AddCounter("velourfog_http_peer_connections_total",
                    "Connections that turned out to speak the peer protocol.", {}, peers);
  for (std::size_t e = 0; e < kConnectionEnds; ++e) {
    writer.AddCounter(
        "velourfog_http_connections_ended_total",
        "Connections not taken, or closed by this side, by reason.",
        {{"reason", Text(kEndNames[e])}},
        Sum(threads, [=](const HttpMetrics& m) -> const Counter& { return m.ends[e]; }));
  }
  writer.AddCounter(
      "velourfog_http_accept_errors_total", "Failed calls of accept.", {},
      Sum(threads, [](const HttpMetrics& m) -> const Counter& { return m.accept_errors; }));
  writer.AddCounter(
      "velourfog_http_received_bytes_total", "Bytes from clients.", {},
      Sum(threads, [](const HttpMetrics& m) -> const Counter& { return m.bytes_received; }));
  writer.AddCounter(
      "velourfog_http_sent_bytes_total", "Bytes to clients.", {},
      Sum(threads, [](const HttpMetrics& m) -> const Counter& { return m.bytes_sent; }));
}

}  // namespace vf
