#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "tools/cluster-sim/report/markup.h"
#include "tools/cluster-sim/report/run_charts.h"
#include "tools/cluster-sim/report/run_text.h"

namespace vf::sim {
namespace {

constexpr double kFaultRow = 15;
constexpr double kLaneRow = 19;
constexpr double kBar = 8;       // of a lane: its life
constexpr double kDoubt = 4;     // of a lane: what others believe
constexpr double kGrid = 2;      // what is finer is not drawn
constexpr double kStates = 150;  // of all hosts together
constexpr double kDoubts = 110;
constexpr double kWidth = TimeScale::kRight - TimeScale::kLeft;
constexpr double kMargins = 60;
constexpr std::size_t kMostEnds = 50;  // crosses and arrows a lane

std::string Label(double y, std::string_view text) {
  return "<text x=\"" + Coordinate(TimeScale::kLeft - 8) + "\" y=\"" + Coordinate(y) +
         "\" class=\"tick end\">" + Escaped(text, 24) + "</text>\n";
}

double OnGrid(double x) {
  return TimeScale::kLeft + std::floor((x - TimeScale::kLeft) / kGrid) * kGrid;
}

// Rectangles from one step to the next, on the grid: at most one a grid cell and kind.
class StepPath {
 public:
  StepPath(double y, double height) : y_(y), height_(height) {}

  void Add(double from, double to, bool least_visible) {
    from = OnGrid(from);
    to = std::max(OnGrid(to), least_visible ? from + kGrid : from);
    if (to <= from) return;
    if (open_ && from <= to_) {
      to_ = std::max(to_, to);
      return;
    }
    Flush();
    from_ = from;
    to_ = to;
    open_ = true;
  }

  std::string Element(std::string_view style, std::string_view title) {
    Flush();
    return path_.Element(style, title);
  }

 private:
  void Flush() {
    if (open_) path_.Add(from_, y_, to_ - from_, height_);
    open_ = false;
  }

  const double y_;
  const double height_;
  RectanglePath path_;
  bool open_ = false;
  double from_ = 0;
  double to_ = 0;
};

// A row a kind of fault.
std::map<std::string, std::vector<const FaultRecord*>> ByKind(const History& history) {
  std::map<std::string, std::vector<const FaultRecord*>> kinds;
  for (const FaultRecord& fault : history.faults) kinds[fault.kind].push_back(&fault);
  return kinds;
}

double DrawFaults(const History& history, Chart& chart) {
  constexpr std::size_t kMostTitles = 40;  // a kind; more are one path without titles
  double y = chart.top();
  for (const auto& [kind, faults] : ByKind(history)) {
    chart.Add(Label(y + 10, kind));
    StepPath many(y + 2, kFaultRow - 5);
    for (const FaultRecord* fault : faults) {
      const double from = chart.time().X(fault->from);
      const double to = std::max(from + 4, chart.time().X(fault->to));
      if (faults.size() > kMostTitles) {
        many.Add(from, to, true);
        continue;
      }
      RectanglePath bar;
      bar.Add(from, y + 2, to - from, kFaultRow - 5);
      chart.Add(bar.Element("fault", kind + ", " + SecondsText(fault->from) + " to " +
                                         SecondsText(fault->to) + ": " + fault->text + "; struck " +
                                         CountText(fault->struck) + " times"));
    }
    chart.Add(many.Element("fault", kind + ", " + CountText(faults.size()) + " times"));
    y += kFaultRow;
  }
  return y;
}

std::string StyleOf(LaneState state) {
  switch (state) {
    case LaneState::kGone:
      return "gone";
    case LaneState::kStarting:
      return "starting";
    case LaneState::kReady:
      return "ready";
    case LaneState::kPaused:
      return "paused";
  }
  return "";
}

void DrawLife(const Lane& lane, double y, SimTime end, Chart& chart) {
  constexpr std::array<LaneState, 3> kDrawn = {LaneState::kStarting, LaneState::kReady,
                                               LaneState::kPaused};
  for (const LaneState state : kDrawn) {
    StepPath path(y, kBar);
    for (std::size_t i = 0; i < lane.steps.size(); ++i) {
      if (lane.steps[i].state != state) continue;
      const SimTime to = i + 1 < lane.steps.size() ? lane.steps[i + 1].at : end;
      path.Add(chart.time().X(lane.steps[i].at), chart.time().X(to), true);
    }
    chart.Add(path.Element(StyleOf(state), lane.host + ": " + StyleOf(state)));
  }
  std::size_t drawn = 0;
  for (const Lane::End& over : lane.ends) {
    if (++drawn > kMostEnds) break;
    const std::string x = Coordinate(chart.time().X(over.at));
    const std::string what =
        lane.host + (over.crashed ? " crashed at " : " left at ") + SecondsText(over.at);
    const std::string shape = over.crashed ? "m-4 -4l8 8m0 -8l-8 8" : "m4 -5l-8 5l8 5z";
    chart.Add("<path d=\"M" + x + " " + Coordinate(y + kBar / 2) + shape + "\" class=\"" +
              (over.crashed ? "crash" : "left") + "\"><title>" + Escaped(what) +
              "</title></path>\n");
  }
}

void DrawDoubts(const Lane& lane, double y, SimTime end, Chart& chart) {
  StepPath suspected(y, kDoubt);
  StepPath dead(y, kDoubt);
  std::uint32_t most_suspected = 0;
  std::uint32_t most_dead = 0;
  for (std::size_t i = 0; i < lane.doubts.size(); ++i) {
    const Lane::Doubt& doubt = lane.doubts[i];
    const double from = chart.time().X(doubt.at);
    const double to = chart.time().X(i + 1 < lane.doubts.size() ? lane.doubts[i + 1].at : end);
    if (doubt.dead_to > 0) {
      dead.Add(from, to, true);
    } else if (doubt.suspected_by > 0) {
      suspected.Add(from, to, true);
    }
    most_suspected = std::max(most_suspected, doubt.suspected_by);
    most_dead = std::max(most_dead, doubt.dead_to);
  }
  chart.Add(suspected.Element("suspect", lane.host + " is suspected, by at most " +
                                             CountText(most_suspected) + " at once"));
  chart.Add(dead.Element(
      "dead", lane.host + " is dead to others, to at most " + CountText(most_dead) + " at once"));
}

// "node-2 (2, 7)": with its processes, as traces name them.
std::string LaneLabel(const Lane& lane) {
  constexpr std::size_t kMostNumbers = 3;
  std::string text = lane.host + " (";
  for (std::size_t i = 0; i < lane.processes.size(); ++i) {
    if (i == kMostNumbers) {
      text += "...";
      break;
    }
    text += (i == 0 ? "" : ", ") + std::to_string(lane.processes[i]);
  }
  return text + ")";
}

void DrawLanes(const std::vector<Lane>& lanes, double y, SimTime end, Chart& chart) {
  for (const Lane& lane : lanes) {
    chart.Add(Label(y + kBar + 1, LaneLabel(lane)));
    DrawLife(lane, y + 1, end, chart);
    DrawDoubts(lane, y + kBar + 3, end, chart);
    y += kLaneRow;
  }
}

// What all lanes are at one moment.
struct Sum {
  std::uint64_t ready = 0;
  std::uint64_t starting = 0;
  std::uint64_t paused = 0;
  std::uint64_t suspected = 0;
  std::uint64_t dead = 0;
};

std::vector<Sum> AddUp(const std::vector<Lane>& lanes, std::size_t columns, SimTime end) {
  std::vector<Sum> sums(columns);
  for (const Lane& lane : lanes) {
    std::size_t step = 0;
    std::size_t doubt = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      const auto at = static_cast<SimTime>(static_cast<double>(end) * static_cast<double>(i + 1) /
                                           static_cast<double>(columns));
      while (step < lane.steps.size() && lane.steps[step].at <= at) ++step;
      while (doubt < lane.doubts.size() && lane.doubts[doubt].at <= at) ++doubt;
      const LaneState state = step == 0 ? LaneState::kGone : lane.steps[step - 1].state;
      Sum& sum = sums[i];
      if (state == LaneState::kReady) ++sum.ready;
      if (state == LaneState::kStarting) ++sum.starting;
      if (state == LaneState::kPaused) ++sum.paused;
      if (doubt == 0) continue;
      const Lane::Doubt& held = lane.doubts[doubt - 1];
      if (held.dead_to > 0) {
        ++sum.dead;
      } else if (held.suspected_by > 0) {
        ++sum.suspected;
      }
    }
  }
  return sums;
}

// A column for each moment, as high as value(sum), standing on below(sum).
template <typename Below, typename Value>
void DrawColumns(const std::vector<Sum>& sums, const ValueScale& scale, const std::string& style,
                 Below below, Value value, Chart& chart) {
  RectanglePath path;
  const double width = kWidth / static_cast<double>(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto low = static_cast<double>(below(sums[i]));
    const auto high = low + static_cast<double>(value(sums[i]));
    if (high <= low) continue;
    path.Add(TimeScale::kLeft + width * static_cast<double>(i), scale.Y(high), width,
             scale.Y(low) - scale.Y(high));
  }
  chart.Add(path.Element(style, "hosts that are " + style));
}

template <typename Value>
void DrawLine(const std::vector<Sum>& sums, const ValueScale& scale, const std::string& style,
              Value value, Chart& chart) {
  std::string data;
  const double width = kWidth / static_cast<double>(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    data += (i == 0 ? "M" : "L") +
            Coordinate(TimeScale::kLeft + width * (static_cast<double>(i) + 0.5)) + " " +
            Coordinate(scale.Y(static_cast<double>(value(sums[i]))));
  }
  chart.Add("<path d=\"" + data + "\" class=\"" + style + "\"/>\n");
}

// Hosts in each state, one above the other; below, with an axis of their own, those in doubt.
void DrawSums(const std::vector<Lane>& lanes, double y, SimTime end, Chart& chart) {
  const std::vector<Sum> sums = AddUp(lanes, kMostSlices, end);
  const ValueScale states =
      ValueScale::Linear(static_cast<double>(lanes.size()), y + 24, y + kStates);
  chart.AddValueAxis(states, "hosts");
  DrawColumns(
      sums, states, "ready", [](const Sum&) { return 0; }, [](const Sum& s) { return s.ready; },
      chart);
  DrawColumns(
      sums, states, "paused", [](const Sum& s) { return s.ready; },
      [](const Sum& s) { return s.paused; }, chart);
  DrawColumns(
      sums, states, "starting", [](const Sum& s) { return s.ready + s.paused; },
      [](const Sum& s) { return s.starting; }, chart);

  std::uint64_t most = 0;
  for (const Sum& sum : sums) most = std::max({most, sum.suspected, sum.dead});
  const ValueScale doubts =
      ValueScale::Linear(static_cast<double>(most), y + kStates + 34, y + kStates + kDoubts);
  chart.AddValueAxis(doubts, "in doubt");
  DrawLine(
      sums, doubts, "suspect-line", [](const Sum& s) { return s.suspected; }, chart);
  DrawLine(
      sums, doubts, "dead-line", [](const Sum& s) { return s.dead; }, chart);
}

}  // namespace

std::string MembersFigure(const RunResult& result, const std::vector<Lane>& lanes) {
  const History& history = result.history;
  const bool summed = lanes.size() > kMostLanes;
  const double faults = kFaultRow * static_cast<double>(ByKind(history).size()) + 10;
  const double members = summed ? kStates + kDoubts : kLaneRow * static_cast<double>(lanes.size());
  std::size_t crashed = 0;
  std::size_t doubted = 0;
  for (const Lane& lane : lanes) {
    for (const Lane::End& end : lane.ends) crashed += end.crashed ? 1 : 0;
    doubted += std::any_of(lane.doubts.begin(), lane.doubts.end(),
                           [](const Lane::Doubt& d) { return d.dead_to > 0; })
                   ? 1
                   : 0;
  }
  Chart chart("members", "Members over time",
              CountText(history.faults.size()) + " faults above; " + CountText(lanes.size()) +
                  " hosts below, whose processes crashed " + CountText(crashed) + " times; " +
                  CountText(doubted) + " hosts were dead to others at some time.",
              kMargins + faults + members, history.end);
  Background lines = MakeBackground(history);
  lines.faults.clear();
  chart.AddBackground(lines);
  const double y = DrawFaults(history, chart) + 10;
  if (summed) {
    DrawSums(lanes, y, history.end, chart);
  } else {
    DrawLanes(lanes, y, history.end, chart);
  }
  chart.AddLegend({"fault", "a fault"});
  chart.AddLegend({"starting", "up, not ready"});
  chart.AddLegend({"ready", "ready"});
  chart.AddLegend({"paused", "paused"});
  if (summed) {
    chart.AddLegend({"suspect-line", "suspected by somebody", LegendEntry::Shape::kLine});
    chart.AddLegend({"dead-line", "dead to somebody", LegendEntry::Shape::kLine});
  } else {
    chart.AddLegend({"suspect", "thin: suspected by somebody"});
    chart.AddLegend({"dead", "thin: dead to somebody"});
    chart.AddLegend({"crash", "crashed", LegendEntry::Shape::kCross});
    chart.AddLegend({"left", "left", LegendEntry::Shape::kArrow});
  }
  return chart.Html();
}

}  // namespace vf::sim
