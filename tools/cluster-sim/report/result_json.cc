#include "tools/cluster-sim/report/result_json.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "tools/cluster-sim/report/result_names.h"

namespace vf::sim {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

double Seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

// As in a URL, so that every key can be written and read back: printable ASCII but % stays.
std::string KeyText(const std::string& key) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      text += c;
    } else {
      text += '%';
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

}  // namespace

std::string RunJson(const RunResult& result, double wall_s) {
  Json violations = Json::array();
  for (const Violation& violation : result.violations) {
    violations.push_back({{"checker", violation.checker},
                          {"key", KeyText(violation.key)},
                          {"at_s", Seconds(violation.at)},
                          {"text", violation.text},
                          {"trace", violation.trace}});
  }
  Json joins = Json::array();
  for (const JoinFigures& join : result.joins) {
    joins.push_back({{"host", join.host},
                     {"ready_s", Seconds(join.ready_at)},
                     {"moved_bytes", join.moved_bytes},
                     {"share_bytes", join.share_bytes}});
  }
  const Json json = {
      {"seed", result.spec.seed},
      {"scenario", result.spec.scenario},
      {"nodes", result.spec.nodes},
      {"replicas", result.spec.replicas},
      {"duration_s", Seconds(result.spec.duration.count())},
      {"ops",
       {{"writes_acked", result.writes_acked},
        {"writes_unknown", result.writes_unknown},
        {"reads", result.reads},
        {"reads_failed", result.reads_failed}}},
      {"converged", result.converged},
      {"converged_after_s",
       result.converged ? Json(Seconds(result.converged_after.count())) : Json(nullptr)},
      {"divergent_for_s", Seconds(result.divergent_for.count())},
      {"unrest", result.converged ? Json(nullptr) : Json(result.unrest)},
      {"violations", std::move(violations)},
      {"divergence_final", result.divergence_final},
      {"stale_reads", result.stale_reads},
      {"stale_quorums", result.stale_quorums},
      {"excused_losses", result.excused_losses},
      {"conflicts", result.conflicts},
      {"joins", std::move(joins)},
      {"trace_hash", HashText(result.trace_hash)},
      {"events", result.events},
      {"virtual_s", Seconds(result.virtual_time.count())},
      {"wall_s", wall_s},
  };
  return Text(json);
}

}  // namespace vf::sim
