#include "tools/cluster-sim/report/membership_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/cluster-sim/membership/membership_fault.h"
#include "tools/cluster-sim/report/result_names.h"

namespace vf::sim {
namespace {

using Json = nlohmann::ordered_json;

Json QuantilesJson(const std::optional<Quantiles>& quantiles) {
  if (!quantiles) return nullptr;
  return {{"p50", quantiles->p50}, {"p99", quantiles->p99}, {"max", quantiles->max}};
}

template <typename Number>
Json Or(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json Given(bool applies, const Json& value) { return applies ? value : Json(nullptr); }

// What was asked.
Json QuestionJson(const MembershipSpec& spec) {
  const MembershipFaultTraits& fault = TraitsOf(spec.fault);
  return {
      {"nodes", spec.nodes},
      {"profile", ProfileName(spec.profile)},
      {"mode", Given(!IsRival(spec.profile), TableModeName(spec.tables))},
      {"fault", fault.name},
      {"faults", Given(spec.fault != MembershipFault::kNone, spec.faults)},
      {"off_s", Given(fault.off.has_value(), ToSeconds(OffOf(spec)))},
      {"on_s", Given(fault.on.has_value(), ToSeconds(OnOf(spec)))},
      {"cost_s", Given(fault.cost.has_value(), ToSeconds(CostOf(spec)))},
      {"severity", Given(fault.has_severity, spec.severity)},
      {"islands", Given(spec.fault == MembershipFault::kCut, spec.islands)},
      {"never_met", Given(spec.fault == MembershipFault::kCut, spec.never_met)},
      {"loss", spec.loss},
      {"trials", spec.trials},
      {"seed", spec.seed},
  };
}

void AddNews(const MembershipResult& result, Json& json) {
  json["first_suspect_s"] = QuantilesJson(result.suspect.first);
  json["suspect_50pct_s"] = QuantilesJson(result.suspect.at_50pct);
  json["suspect_90pct_s"] = QuantilesJson(result.suspect.at_90pct);
  json["suspect_99pct_s"] = QuantilesJson(result.suspect.at_99pct);
  json["suspect_99_9pct_s"] = QuantilesJson(result.suspect.at_99_9pct);
  json["suspect_all_s"] = QuantilesJson(result.suspect.all);
  json["first_dead_s"] = QuantilesJson(result.dead.first);
  json["dead_50pct_s"] = QuantilesJson(result.dead.at_50pct);
  json["dead_90pct_s"] = QuantilesJson(result.dead.at_90pct);
  json["dead_99pct_s"] = QuantilesJson(result.dead.at_99pct);
  json["dead_99_9pct_s"] = QuantilesJson(result.dead.at_99_9pct);
  json["dead_all_s"] = QuantilesJson(result.dead.all);
  json["join_visible_50pct_s"] = QuantilesJson(result.visible.at_50pct);
  json["join_visible_90pct_s"] = QuantilesJson(result.visible.at_90pct);
  json["join_visible_99pct_s"] = QuantilesJson(result.visible.at_99pct);
  json["join_visible_99_9pct_s"] = QuantilesJson(result.visible.at_99_9pct);
  json["join_visible_all_s"] = QuantilesJson(result.visible.all);
}

Json KindsJson(const MembershipResult& result) {
  if (!result.tx_by_kind) return nullptr;
  Json json = Json::object();
  for (std::size_t i = 0; i < kPacketKinds; ++i) {
    const PacketFigures& figures = (*result.tx_by_kind)[i];
    json[std::string(PacketKindName(static_cast<PacketKind>(i)))] = {
        {"packets_per_node_s", figures.packets}, {"bytes_per_node_s", figures.bytes}};
  }
  return json;
}

void AddTraffic(const MembershipResult& result, Json& json) {
  json["tx_bytes_per_node_s"] = {{"mean", result.tx_bytes_per_node_s_mean},
                                 {"p99", result.tx_bytes_per_node_s_p99}};
  json["tx_packets_per_node_s"] = result.tx_packets_per_node_s;
  json["tx_bytes"] = result.tx_bytes;
  json["tx_packets"] = result.tx_packets;
  json["tx_by_kind"] = KindsJson(result);
  json["most_probes_per_interval"] = Or(result.most_probes);
  json["queue_peak"] = result.queue_peak;
}

void AddCalm(const MembershipResult& result, Json& json) {
  json["false_suspicions"] = result.false_suspicions;
  json["false_deaths"] = result.false_deaths;
  json["fp"] = result.fp;
  json["fp_healthy"] = result.fp_healthy;
  json["healthy_degraded"] = result.healthy_degraded;
  json["accusations"] = result.accusations;
  json["accusations_by_struck"] = result.accusations_by_struck;
  json["refuted_s"] = QuantilesJson(result.refuted_s);
  json["view_sizes"] = result.view_sizes;
  json["views_final"] = result.views_final;
  json["oscillations"] = QuantilesJson(result.oscillations);
  json["out_share_final"] = Or(result.out_share_final);
  json["stuck"] = result.stuck;
  json["raised"] = result.raised;
  json["heal_contact_s"] = QuantilesJson(result.heal_contact_s);
  json["heal_all_s"] = QuantilesJson(result.heal_all_s);
}

}  // namespace

std::string MembershipJson(const MembershipResult& result, double wall_s) {
  Json json = QuestionJson(result.spec);
  AddNews(result, json);
  AddTraffic(result, json);
  AddCalm(result, json);
  json["trace_hash"] = HashText(result.trace_hash);
  json["events"] = result.events;
  json["virtual_s"] = ToSeconds(result.virtual_time);
  json["wall_s"] = wall_s;
  return json.dump(2) + "\n";
}

}  // namespace vf::sim
