#include "tools/cluster-sim/report/membership_text.h"

#include <cstdarg>
#include <cstdio>
#include <optional>

#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/number_text.h"
#include "tools/cluster-sim/membership/membership_fault.h"
#include "tools/cluster-sim/report/result_names.h"
#include "tools/cluster-sim/report/run_text.h"

namespace vf::sim {
namespace {

[[gnu::format(printf, 1, 2)]] std::string Format(const char* format, ...) {
  char line[256];
  va_list args;
  va_start(args, format);
  std::vsnprintf(line, sizeof line, format, args);
  va_end(args);
  return line;
}

std::string Row(const char* name, const std::optional<Quantiles>& quantiles) {
  if (!quantiles) return Format("%-36s %10s %10s %10s\n", name, "-", "-", "-");
  return Format("%-36s %10.3f %10.3f %10.3f\n", name, quantiles->p50, quantiles->p99,
                quantiles->max);
}

std::string Head(const char* name) {
  return Format("%-36s %10s %10s %10s\n", name, "p50", "p99", "max");
}

std::string NewsRows(const char* what, const NewsFigures& figures) {
  const std::string name(what);
  return Row(("first " + name).c_str(), figures.first) +
         Row(("50 % " + name).c_str(), figures.at_50pct) +
         Row(("90 % " + name).c_str(), figures.at_90pct) +
         Row(("99 % " + name).c_str(), figures.at_99pct) +
         Row(("99.9 % " + name).c_str(), figures.at_99_9pct) +
         Row(("all " + name).c_str(), figures.all);
}

std::string NewsTable(const MembershipResult& result) {
  switch (result.spec.fault) {
    case MembershipFault::kNone:
      return "";
    case MembershipFault::kJoin:
      return Head("seconds after the fault") + NewsRows("see the newcomer", result.visible);
    case MembershipFault::kCut:
      return Head("seconds after the cut has healed") +
             Row("somebody is believed in again", result.heal_contact_s) +
             Row("nobody is believed out", result.heal_all_s);
    default:
      return Head("seconds after the fault") + NewsRows("suspect", result.suspect) +
             NewsRows("take it for dead", result.dead);
  }
}

std::string Calm(const MembershipResult& result) {
  std::string text = Format(
      "false suspicions: %s, false deaths: %s (of healthy ones %s, at healthy ones %s), healthy "
      "ones degraded: %s; accusations: %s (by struck ones %s)\n",
      CountText(result.false_suspicions).c_str(), CountText(result.false_deaths).c_str(),
      CountText(result.fp).c_str(), CountText(result.fp_healthy).c_str(),
      CountText(result.healthy_degraded).c_str(), CountText(result.accusations).c_str(),
      CountText(result.accusations_by_struck).c_str());
  if (result.refuted_s) {
    text += Format("suspicions taken back after: p50 %.3f s, p99 %.3f s, max %.3f s\n",
                   result.refuted_s->p50, result.refuted_s->p99, result.refuted_s->max);
  }
  text += Format("sizes of views: %s, different views in the end: %s; stuck: %s, raised: %s\n",
                 CountText(result.view_sizes).c_str(), CountText(result.views_final).c_str(),
                 CountText(result.stuck).c_str(), CountText(result.raised).c_str());
  if (result.oscillations && result.out_share_final) {
    text += Format(
        "struck members let in again: p50 %.0f, p99 %.0f, max %.0f times; out in the "
        "end: %.1f %%\n",
        result.oscillations->p50, result.oscillations->p99, result.oscillations->max,
        100 * *result.out_share_final);
  }
  return text;
}

std::string Kinds(const MembershipResult& result) {
  if (!result.tx_by_kind) return "";
  std::string text;
  for (std::size_t i = 0; i < kPacketKinds; ++i) {
    const PacketFigures& figures = (*result.tx_by_kind)[i];
    if (figures.packets <= 0) continue;
    text += Format("  %-12s %9.1f bytes/s %9.3f packets/s\n",
                   std::string(PacketKindName(static_cast<PacketKind>(i))).c_str(), figures.bytes,
                   figures.packets);
  }
  text += "probes of one member in an interval: at most " +
          CountText(result.most_probes.value_or(0)) + "\n";
  return text;
}

}  // namespace

std::string MembershipQuestion(const MembershipSpec& spec) {
  const MembershipFaultTraits& fault = TraitsOf(spec.fault);
  std::string text = "seed " + std::to_string(spec.seed) + ", " + std::to_string(spec.nodes) +
                     " nodes, profile " + std::string(ProfileName(spec.profile)) +
                     (spec.tables == TableMode::kFull ? ", mode full" : "") + ", fault " +
                     std::string(fault.name);
  if (spec.fault != MembershipFault::kNone) {
    text += " of " + std::to_string(spec.faults) + (spec.faults == 1 ? " member" : " members");
  }
  if (spec.fault == MembershipFault::kCut) text += ", " + std::to_string(spec.islands) + " islands";
  if (spec.never_met) text += " that never met";
  if (fault.cost) text += ", cost " + DurationText(CostOf(spec));
  if (fault.off) text += ", off " + DurationText(OffOf(spec));
  if (fault.on) text += ", on " + DurationText(OnOf(spec));
  if (fault.has_severity) text += ", severity " + NumberText(spec.severity);
  constexpr std::int64_t kWorthSaying = 2'000'000'000;
  const std::int64_t bytes = TableBytesOf(spec);
  if (bytes > kWorthSaying) text += ", some " + GigabytesText(bytes) + " of memory";
  return text + ", loss " + NumberText(spec.loss) + ", " + std::to_string(spec.trials) + " trial" +
         (spec.trials == 1 ? "" : "s");
}

std::string MembershipTable(const MembershipResult& result) {
  return NewsTable(result) +
         Format(
             "sent by a node: %.1f bytes/s (p99 of the nodes %.1f), %.2f packets/s; at most %s "
             "news to pass on\n",
             result.tx_bytes_per_node_s_mean, result.tx_bytes_per_node_s_p99,
             result.tx_packets_per_node_s, CountText(result.queue_peak).c_str()) +
         Kinds(result) + Calm(result);
}

}  // namespace vf::sim
