#include "http/connection_context.h"

#include <cstdint>
#include <string>

namespace vf {
namespace {

HttpDeadlines InProportion(HttpDeadlines deadlines, std::uint64_t max_body_bytes) {
  constexpr std::uint64_t kUsualBytes = std::uint64_t{16} << 20;
  if (max_body_bytes > kUsualBytes) {
    deadlines.body *= static_cast<Duration::rep>((max_body_bytes + kUsualBytes - 1) / kUsualBytes);
  }
  return deadlines;
}

FramerLimits WithBudget(FramerLimits limits, BodyBudget& budget) {
  limits.body_budget = &budget;
  return limits;
}

}  // namespace

ConnectionContext::ConnectionContext(const ListenerConfig& config, KvService* kv_service,
                                     const OperatorService& operator_service,
                                     HttpShared& http_shared)
    : framer_limits(WithBudget(config.framer, http_shared.bodies)),
      deadlines(InProportion(config.deadlines, config.framer.max_body_bytes)),
      max_output_bytes(config.max_output_bytes),
      kv(kv_service),
      operators(operator_service),
      has_data(operator_service.HasData()),
      endpoint(operator_service, config.fast_answers),
      shared(&http_shared),
      scratch(kScratchBytes) {}

Target ConnectionContext::Parse(const HttpRequest& request) const {
  // The controller names a node to ask: one that is there now.
  const std::string no_such_page = kv == nullptr ? operators.NoSuchPageText() : std::string();
  return ParseTarget(request.method, request.target, {kv != nullptr, has_data, no_such_page});
}

}  // namespace vf
