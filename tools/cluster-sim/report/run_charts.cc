#include "tools/cluster-sim/report/run_charts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <utility>

#include "tools/cluster-sim/faults/number_text.h"
#include "tools/cluster-sim/report/markup.h"
#include "tools/cluster-sim/report/run_text.h"

namespace vf::sim {
namespace {

constexpr double kHeight = 200;

struct Layer {
  std::string style;
  std::string name;
  const std::vector<std::uint64_t>* counts;
};

std::uint64_t Total(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double SliceSeconds(const OperationSeries& series) {
  return static_cast<double>(series.slice) / 1e9;
}

// Counts a second, one layer above the other.
std::string StackedFigure(Chart chart, const std::vector<Layer>& layers,
                          const OperationSeries& series, const Background& background) {
  chart.AddBackground(background);
  const std::size_t slices = layers.front().counts->size();
  std::vector<double> below(slices, 0);
  double greatest = 0;
  for (std::size_t i = 0; i < slices; ++i) {
    double sum = 0;
    for (const Layer& layer : layers) sum += static_cast<double>((*layer.counts)[i]);
    greatest = std::max(greatest, sum / SliceSeconds(series));
  }
  const ValueScale scale = ValueScale::Linear(greatest, chart.top(), chart.bottom());
  chart.AddValueAxis(scale, "a second");
  for (const Layer& layer : layers) {
    RectanglePath path;
    for (std::size_t i = 0; i < slices; ++i) {
      const double value = static_cast<double>((*layer.counts)[i]) / SliceSeconds(series);
      if (value <= 0) continue;
      const double from = chart.time().X(static_cast<SimTime>(i) * series.slice);
      const double to = chart.time().X(static_cast<SimTime>(i + 1) * series.slice);
      path.Add(from, scale.Y(below[i] + value), std::max(0.5, to - from - 0.5),
               scale.Y(below[i]) - scale.Y(below[i] + value));
      below[i] += value;
    }
    const std::string text = layer.name + ": " + CountText(Total(*layer.counts));
    chart.Add(path.Element(layer.style, text));
    chart.AddLegend({layer.style, text});
  }
  chart.AddLegend({"band", "a fault"});
  return chart.Html();
}

// The points of a line that has a gap where there is no value.
std::string LineData(const std::vector<double>& values, const OperationSeries& series,
                     const TimeScale& time, const ValueScale& scale) {
  std::string data;
  bool drawing = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] <= 0) {
      drawing = false;
      continue;
    }
    const SimTime middle = static_cast<SimTime>(i) * series.slice + series.slice / 2;
    const std::string point = Coordinate(time.X(middle)) + " " + Coordinate(scale.Y(values[i]));
    // A point between gaps is a short line, to be seen.
    data += (drawing ? "L" : "M") + point + (drawing ? "" : "h1");
    drawing = true;
  }
  return data;
}

}  // namespace

Background MakeBackground(const History& history) {
  Background background;
  for (const FaultRecord& fault : history.faults) {
    if (background.faults.size() == kMostBands) break;
    background.faults.push_back({fault.from, fault.to, fault.kind + ": " + fault.text});
  }
  if (history.workload_began > 0) background.lines.push_back({history.workload_began, "serves"});
  if (history.faults_end > 0) background.lines.push_back({history.faults_end, "faults end"});
  if (history.converged_at != kNotYet && history.converged_at > 0) {
    background.lines.push_back({history.converged_at, "converged"});
  }
  // Texts of lines that are close to each other would lie on each other.
  const double apart = static_cast<double>(history.end) * 0.08;
  std::sort(background.lines.begin(), background.lines.end(),
            [](const auto& a, const auto& b) { return a.at < b.at; });
  for (std::size_t i = 1; i < background.lines.size(); ++i) {
    Background::Line& line = background.lines[i];
    Background::Line& last = background.lines[i - 1];
    if (static_cast<double>(line.at - last.at) < apart && !last.text.empty()) {
      line.text = last.text + ", " + line.text;
      last.text.clear();
    }
  }
  return background;
}

std::string WritesFigure(const History& history, const OperationSeries& series,
                         const Background& background) {
  Chart chart("writes", "Writes over time",
              CountText(Total(series.writes_ok)) + " writes and deletes were acknowledged, " +
                  CountText(Total(series.writes_unknown)) + " had an unknown outcome, " +
                  CountText(Total(series.writes_refused)) + " were refused.",
              kHeight, history.end);
  return StackedFigure(std::move(chart),
                       {{"ok", "acknowledged", &series.writes_ok},
                        {"unknown", "outcome unknown", &series.writes_unknown},
                        {"failed", "refused", &series.writes_refused}},
                       series, background);
}

std::string ReadsFigure(const History& history, const OperationSeries& series,
                        const Background& background) {
  Chart chart("reads", "Reads over time",
              CountText(Total(series.reads_ok)) + " reads were answered, " +
                  CountText(Total(series.reads_failed)) + " failed.",
              kHeight, history.end);
  return StackedFigure(
      std::move(chart),
      {{"ok", "answered", &series.reads_ok}, {"failed", "failed", &series.reads_failed}}, series,
      background);
}

std::string LatencyFigure(const History& history, const OperationSeries& series,
                          const Background& background) {
  struct Curve {
    std::string style;
    std::string name;
    const std::vector<double>* values;
  };
  const std::array<Curve, 4> curves = {{{"write-p50", "writes, p50", &series.write_p50_ms},
                                        {"write-p99", "writes, p99", &series.write_p99_ms},
                                        {"read-p50", "reads, p50", &series.read_p50_ms},
                                        {"read-p99", "reads, p99", &series.read_p99_ms}}};
  double least = 0;
  double most = 0;
  for (const Curve& curve : curves) {
    for (const double value : *curve.values) {
      if (value <= 0) continue;
      least = least == 0 ? value : std::min(least, value);
      most = std::max(most, value);
    }
  }
  Chart chart("latency", "Latency of answered operations over time",
              most == 0 ? "No operation was answered."
                        : "Between " + NumberText(least) + " and " + NumberText(most) +
                              " milliseconds, on a logarithmic scale.",
              kHeight, history.end);
  chart.AddBackground(background);
  const ValueScale scale = ValueScale::Logarithmic(most == 0 ? 1 : least, most == 0 ? 10 : most,
                                                   chart.top(), chart.bottom());
  chart.AddValueAxis(scale, "ms");
  for (const Curve& curve : curves) {
    const std::string data = LineData(*curve.values, series, chart.time(), scale);
    if (!data.empty()) {
      chart.Add("<path d=\"" + data + "\" class=\"" + curve.style + "\"><title>" +
                Escaped(curve.name) + "</title></path>\n");
    }
    chart.AddLegend({curve.style, curve.name, LegendEntry::Shape::kLine});
  }
  chart.AddLegend({"band", "a fault"});
  return chart.Html();
}

std::string DivergenceFigure(const History& history, const Background& background) {
  std::uint64_t greatest = 0;
  for (const DivergenceSample& sample : history.divergence) {
    greatest = std::max(greatest, sample.keys);
  }
  const std::uint64_t last = history.divergence.empty() ? 0 : history.divergence.back().keys;
  Chart chart("divergence", "Divergence over time",
              history.divergence.empty()
                  ? "No sample was taken."
                  : "Keys of which owners hold different records: at most " + CountText(greatest) +
                        ", at the end " + CountText(last) + ".",
              kHeight, history.end);
  chart.AddBackground(background);
  const ValueScale scale =
      ValueScale::Linear(static_cast<double>(greatest), chart.top(), chart.bottom());
  chart.AddValueAxis(scale, "keys");
  // Of many samples within one pixel the greatest is drawn.
  std::string area;
  double x = -1;
  double y = chart.bottom();
  for (const DivergenceSample& sample : history.divergence) {
    const double next_x = chart.time().X(sample.at);
    const double next_y = scale.Y(static_cast<double>(sample.keys));
    if (x >= 0 && next_x < x + 1) {
      y = std::min(y, next_y);
      continue;
    }
    if (x >= 0) {
      area += (area.empty() ? "M" + Coordinate(x) + " " + Coordinate(chart.bottom()) : "") + "V" +
              Coordinate(y) + "H" + Coordinate(next_x);
    }
    x = next_x;
    y = next_y;
  }
  if (x >= 0) {
    area += (area.empty() ? "M" + Coordinate(x) + " " + Coordinate(chart.bottom()) : "") + "V" +
            Coordinate(y) + "H" + Coordinate(chart.time().X(history.end)) + "V" +
            Coordinate(chart.bottom()) + "z";
    chart.Add("<path d=\"" + area + "\" class=\"divergence\"/>\n");
  }
  chart.AddLegend({"divergence", "keys of which owners hold different records"});
  chart.AddLegend({"band", "a fault"});
  return chart.Html();
}

}  // namespace vf::sim
