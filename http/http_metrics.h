// Figures of the HTTP side, one set a data thread.
#pragma once

#include <cstddef>
#include <vector>

#include "base/os/metrics.h"
#include "http/target.h"

namespace vf {

// Why a connection was closed or not taken, other than by its client or its last answer.
enum class ConnectionEnd : std::uint8_t {
  kNotAllowed,   // the allow list
  kTooMany,      // the cap on connections
  kDescriptors,  // no descriptor left
  kNotHttp,      // first byte of neither protocol
  kIdle,
  kSlowReader,  // no progress in writing
  kError,       // an exception inside
};
inline constexpr std::size_t kConnectionEnds = 7;

// One writing thread (its data thread), any may read.
struct HttpMetrics {
  static constexpr std::size_t kOperations = 7;     // Operation
  static constexpr std::size_t kStatusClasses = 4;  // 2xx to 5xx
  static constexpr std::size_t kRefusalStatuses = 13;

  void CountRequest(Operation operation, int status);
  void CountRefusal(int status);
  void CountEnd(ConnectionEnd end) { ends[static_cast<std::size_t>(end)].Add(); }

  Counter requests[kOperations][kStatusClasses];
  Counter refusals[kRefusalStatuses];
  LatencyHistogram durations[kOperations];  // from the whole request to its answer
  Counter accepted;
  Counter closed;
  Counter peers;  // handed to the peer protocol
  Counter ends[kConnectionEnds];
  Counter accept_errors;
  Counter bytes_received;
  Counter bytes_sent;
};

// Adds velourfog_http_* of all threads together.
void WriteHttpMetrics(const std::vector<const HttpMetrics*>& threads, MetricsWriter& writer);

}  // namespace vf
