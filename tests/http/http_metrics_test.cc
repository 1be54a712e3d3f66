#include "http/http_metrics.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

TEST(HttpMetricsTest, ThreadsAreAddedUp) {
  HttpMetrics a, b;
  a.CountRequest(Operation::kGet, 200);
  a.CountRequest(Operation::kGet, 204);
  b.CountRequest(Operation::kGet, 200);
  b.CountRequest(Operation::kPut, 503);
  b.CountRefusal(413);
  b.CountRefusal(418);
  a.accepted.Add(5);
  a.closed.Add(2);
  a.peers.Add();
  b.CountEnd(ConnectionEnd::kIdle);
  a.durations[0].Observe(1000);
  MetricsWriter writer;
  WriteHttpMetrics({&a, &b}, writer);
  const std::string text = writer.Text();
  const auto has = [&](std::string_view line) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  };
  has("velourfog_http_requests_total{operation=\"get\",status=\"2xx\"} 3\n");
  has("velourfog_http_requests_total{operation=\"put\",status=\"5xx\"} 1\n");
  has("velourfog_http_refusals_total{reason=\"value_too_large\"} 1\n");
  has("velourfog_http_refusals_total{reason=\"other\"} 1\n");
  has("velourfog_http_connections 2\n");
  has("velourfog_http_connections_ended_total{reason=\"idle\"} 1\n");
  has("velourfog_http_request_duration_seconds_count{operation=\"get\"} 1\n");
}

}  // namespace
}  // namespace vf
