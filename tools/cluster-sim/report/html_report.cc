#include "tools/cluster-sim/report/html_report.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cluster-sim/faults/repair.h"
#include "tools/cluster-sim/report/markup.h"
#include "tools/cluster-sim/report/result_names.h"
#include "tools/cluster-sim/report/run_charts.h"
#include "tools/cluster-sim/report/run_series.h"
#include "tools/cluster-sim/report/run_text.h"

namespace vf::sim {
namespace {

constexpr std::size_t kMostFaultRows = 200;
constexpr std::size_t kMostViolations = 100;
constexpr std::size_t kShownOfEach = 3;  // violations of each checker
constexpr std::size_t kMostTraceLines = 200;
constexpr std::size_t kMostTextBytes = 300;                  // of a line
constexpr std::size_t kTraceBytes = std::size_t{768} << 10;  // of all traces together

// Colours that people tell apart who see fewer of them (after Okabe and Ito), on light and dark
// ground. Nothing is said by colour alone: legends, titles and tables say it too.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f9;--text:#1b1f24;--dim:#5b6570;
--rule:#d5dae0;--grid:#e6e9ed;--blue:#0072b2;--sky:#8cc8ec;--orange:#e69f00;--red:#d55e00;
--green:#00845f;--purple:#b4508c;--dark:#2b2f36;--band:#5b6570;--good:#00845f;--bad:#c24a00}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--panel:#1d2126;--text:#e6e9ed;
--dim:#9aa5b1;--rule:#38404a;--grid:#2a3038;--blue:#4aa3df;--sky:#2d5f83;--orange:#f0b429;
--red:#ff8a3d;--green:#34c79a;--purple:#d98cbb;--dark:#f2f2f2;--band:#9aa5b1;--good:#34c79a;
--bad:#ff8a3d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:24px 20px 60px;background:var(--ground);
color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px}
p{margin:6px 0}.dim{color:var(--dim)}
.outcome{display:inline-block;padding:3px 12px;border-radius:4px;font-weight:600;
color:var(--ground);background:var(--good)}.outcome.bad{background:var(--bad)}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:10px 12px;
overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;width:100%;margin:8px 0;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid var(--rule)}
th{font-weight:600;white-space:nowrap}.number{text-align:right;font-variant-numeric:tabular-nums}
td{overflow-wrap:anywhere}td.name{white-space:nowrap}summary{cursor:pointer}td.number,th.number{width:110px;padding-right:24px;white-space:nowrap}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:10px;margin:14px 0}
.tile{background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:8px 12px}
.tile b{display:block;font-size:20px;font-variant-numeric:tabular-nums}
.tile span{color:var(--dim);font-size:13px}
figure{margin:8px 0 4px;overflow-x:auto}figure>svg{display:block;width:100%;min-width:640px;height:auto}
figcaption{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--dim);
padding:2px 0 0 12%}
.key{display:inline-flex;align-items:center;gap:6px}.swatch{width:16px;height:10px}
svg text{font:11px system-ui,sans-serif;fill:var(--dim)}
.end{text-anchor:end}.middle{text-anchor:middle}
.axis{stroke:var(--dim);stroke-width:1}.grid{stroke:var(--grid);stroke-width:1}
.mark{stroke:var(--dim);stroke-width:1;stroke-dasharray:3 3}
.band{fill:var(--band);opacity:.16}.fault{fill:var(--purple)}
.ready,.ok{fill:var(--blue)}.starting{fill:var(--sky)}.paused{fill:var(--orange)}
.suspect{fill:var(--orange)}.dead{fill:var(--red)}.left{fill:var(--dark)}
.crash{stroke:var(--dark);stroke-width:2;fill:none}
.unknown{fill:var(--orange)}.failed{fill:var(--red)}.divergence{fill:var(--green)}
.write-p50,.write-p99,.read-p50,.read-p99,.suspect-line,.dead-line{fill:none;stroke-width:1.7}
.write-p50,.write-p99{stroke:var(--blue)}.read-p50,.read-p99{stroke:var(--red)}
.write-p99,.read-p99{stroke-dasharray:4 2}
.suspect-line{stroke:var(--orange)}.dead-line{stroke:var(--red);stroke-dasharray:5 2}
path.ready,path.starting,path.paused,path.fault,path.band{shape-rendering:crispEdges}
)css";

std::string Row(std::string_view name, const std::string& value) {
  return "<tr><th scope=\"row\">" + std::string(name) + "</th><td>" + value + "</td></tr>\n";
}

std::string Tile(const std::string& value, std::string_view what) {
  return "<div class=\"tile\"><b>" + Escaped(value) + "</b><span>" + Escaped(what) +
         "</span></div>\n";
}

std::string Head(const RunResult& result, const ReportHead& head) {
  const RunSpec& spec = result.spec;
  const bool fine = result.violations.empty() && result.converged;
  std::string html = "<h1>Run of seed " + std::to_string(spec.seed) + ", scenario " +
                     Escaped(spec.scenario, kMostTextBytes) + "</h1>\n<p><span class=\"outcome" +
                     (fine ? "" : " bad") + "\">" + Escaped(OutcomeText(result)) +
                     "</span></p>\n<p class=\"dim\">Replay:</p>\n<pre>" + Escaped(head.replay) +
                     "</pre>\n";
  html += "<table>\n";
  html += Row("Program", "cluster-sim " + Escaped(head.version));
  html += Row("Cluster", Escaped(ClusterText(spec)));
  html += Row("Network", Escaped(NetworkText(spec.network)));
  html += Row("Workload", Escaped(WorkloadText(spec.workload)));
  html += Row("Trace hash", "<code>" + HashText(result.trace_hash) + "</code>");
  if (const std::string missing = MissingRepair(spec); !missing.empty()) {
    html += Row("Note", "Not everything can be repaired yet after " + Escaped(missing));
  }
  return html + "</table>\n";
}

std::string Tiles(const RunResult& result) {
  const History& history = result.history;
  std::string html = "<div class=\"tiles\">\n";
  html += Tile(CountText(result.writes_acked), "writes acknowledged");
  html += Tile(CountText(result.writes_unknown), "writes of unknown outcome");
  html += Tile(CountText(result.reads), "reads answered");
  html += Tile(CountText(result.reads_failed), "reads failed");
  html += Tile(CountText(result.stale_reads), "stale reads");
  html += Tile(CountText(result.stale_quorums), "stale reads with r=");
  html += Tile(CountText(result.excused_losses), "excused losses");
  html += Tile(CountText(result.divergence_final), "divergence at the end");
  html += Tile(CountText(result.violations.size()), "violations");
  html += Tile(CountText(result.events), "events");
  html += Tile(SecondsText(result.virtual_time.count()), "virtual time");
  if (result.converged && history.converged_at != kNotYet && history.faults_end > 0) {
    html += Tile(SecondsText(history.converged_at - history.faults_end),
                 "from the last fault to convergence");
  }
  return html + "</div>\n";
}

std::string FaultTable(const RunResult& result) {
  const std::vector<FaultRecord>& faults = result.history.faults;
  if (faults.empty()) return "<p>No fault was planned.</p>\n";
  std::string html =
      "<table>\n<tr><th>Fault</th><th class=\"number\">from</th><th class=\"number\">to</th>"
      "<th class=\"number\">struck</th><th>whom, how</th></tr>\n";
  std::size_t rows = 0;
  for (const FaultRecord& fault : faults) {
    if (++rows > kMostFaultRows) {
      html += "<tr><td colspan=\"5\">... and " + CountText(faults.size() - kMostFaultRows) +
              " more</td></tr>\n";
      break;
    }
    html += "<tr><td>" + Escaped(fault.kind) + "</td><td class=\"number\">" +
            SecondsText(fault.from) + "</td><td class=\"number\">" + SecondsText(fault.to) +
            "</td><td class=\"number\">" + CountText(fault.struck) + "</td><td>" +
            Escaped(fault.text, kMostTextBytes) + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string TraceHtml(const std::vector<std::string>& trace, std::size_t& budget) {
  if (trace.empty()) return "";
  // The end of a long trace is what led to it.
  const std::size_t skipped = trace.size() > kMostTraceLines ? trace.size() - kMostTraceLines : 0;
  std::string lines;
  if (skipped > 0) lines += "... " + CountText(skipped) + " earlier lines\n";
  for (std::size_t i = skipped; i < trace.size(); ++i) {
    lines += Escaped(trace[i], kMostTextBytes) + "\n";
  }
  if (lines.size() > budget) {
    return "<p class=\"dim\">Its trace is left out for its size; --json FILE has it.</p>\n";
  }
  budget -= lines.size();
  return "<details><summary>what happened</summary><pre>" + lines + "</pre></details>\n";
}

std::string ViolationRow(const Violation& violation, std::size_t& budget) {
  return "<tr><td class=\"name\">" + Escaped(violation.checker) + "</td><td class=\"number\">" +
         SecondsText(violation.at) + "</td><td><code>" + Escaped(violation.key, kMostTextBytes) +
         "</code></td><td>" + Escaped(violation.text, kMostTextBytes) + "\n" +
         TraceHtml(violation.trace, budget) + "</td></tr>\n";
}

// The first of each checker, and behind a click the others.
std::string ViolationTables(const RunResult& result) {
  if (result.violations.empty()) return "<p>No checker found a violation.</p>\n";
  const std::string table =
      "<table>\n<tr><th>Checker</th><th class=\"number\">at</th><th>Key</th><th>What was promised, "
      "what was found</th></tr>\n";
  std::string first = table;
  std::string others = table;
  std::size_t budget = kTraceBytes;
  std::size_t rows = 0;
  std::size_t hidden = 0;
  std::map<std::string, std::size_t> seen;
  for (const Violation& violation : result.violations) {
    const bool show = seen[violation.checker]++ < kShownOfEach;
    if (rows == kMostViolations) {
      others += "<tr><td colspan=\"4\">... and " +
                CountText(result.violations.size() - kMostViolations) + " more</td></tr>\n";
      hidden += result.violations.size() - kMostViolations;
      break;
    }
    ++rows;
    (show ? first : others) += ViolationRow(violation, budget);
    if (!show) ++hidden;
  }
  std::string html =
      "<p class=\"dim\">Processes are named by their numbers; the picture of the "
      "members has them in brackets.</p>\n" +
      first + "</table>\n";
  if (hidden > 0) {
    html += "<details><summary>" + CountText(hidden) + " more</summary>\n" + others +
            "</table></details>\n";
  }
  return html;
}

std::string Pictures(const RunResult& result) {
  const History& history = result.history;
  const std::vector<Lane> lanes = MakeLanes(result);
  const Background background = MakeBackground(history);
  std::string html = "<h2>Members</h2>\n";
  html +=
      lanes.empty() ? "<p>No history was kept of this run.</p>\n" : MembersFigure(result, lanes);
  if (!history.operations.empty()) {
    const OperationSeries series = MakeOperationSeries(history);
    html += "<h2>Writes</h2>\n" + WritesFigure(history, series, background);
    html += "<h2>Reads</h2>\n" + ReadsFigure(history, series, background);
    html += "<h2>Latency</h2>\n" + LatencyFigure(history, series, background);
  }
  if (!history.divergence.empty()) {
    html += "<h2>Divergence</h2>\n" + DivergenceFigure(history, background);
  }
  return html;
}

}  // namespace

std::string HtmlReport(const RunResult& result, const ReportHead& head) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>Seed " +
      std::to_string(result.spec.seed) + ": " + Escaped(OutcomeText(result)) + "</title>\n<style>" +
      std::string(kStyle) + "</style>\n</head>\n<body>\n";
  html += Head(result, head);
  html += Tiles(result);
  html += "<h2>Violations</h2>\n" + ViolationTables(result);
  html += Pictures(result);
  html += "<h2>Faults</h2>\n" + FaultTable(result);
  return html + "</body>\n</html>\n";
}

}  // namespace vf::sim
