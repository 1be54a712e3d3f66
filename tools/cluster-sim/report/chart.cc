#include "tools/cluster-sim/report/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/check.h"
#include "tools/cluster-sim/faults/number_text.h"
#include "tools/cluster-sim/report/markup.h"

namespace vf::sim {
namespace {

constexpr double kTopMargin = 26;
constexpr double kBottomMargin = 34;
constexpr int kMostTimeTicks = 12;
constexpr int kMostValueTicks = 5;
constexpr std::size_t kMostTitleBytes = 200;
constexpr double kSecond = 1e9;

std::string Text(double x, double y, std::string_view style, std::string_view text) {
  return "<text x=\"" + Coordinate(x) + "\" y=\"" + Coordinate(y) + "\" class=\"" +
         std::string(style) + "\">" + Escaped(text) + "</text>\n";
}

std::string Line(double x1, double y1, double x2, double y2, std::string_view style) {
  return "<line x1=\"" + Coordinate(x1) + "\" y1=\"" + Coordinate(y1) + "\" x2=\"" +
         Coordinate(x2) + "\" y2=\"" + Coordinate(y2) + "\" class=\"" + std::string(style) +
         "\"/>\n";
}

// In a box of 16 by 10.
std::string_view Drawn(LegendEntry::Shape shape) {
  switch (shape) {
    case LegendEntry::Shape::kBox:
      return "M0 0h16v10h-16z";
    case LegendEntry::Shape::kLine:
      return "M0 5h16";
    case LegendEntry::Shape::kCross:
      return "M4 1l8 8m0 -8l-8 8";
    case LegendEntry::Shape::kArrow:
      return "M12 0l-8 5l8 5z";
  }
  return "";
}

// Seconds between two marks on the time axis.
double TimeStep(double end_s) {
  constexpr std::array<double, 12> kSteps = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300};
  for (const double step : kSteps) {
    if (end_s / step <= kMostTimeTicks) return step;
  }
  double step = 600;
  while (end_s / step > kMostTimeTicks) step *= 2;
  return step;
}

}  // namespace

double TimeScale::X(SimTime at) const {
  const double part =
      static_cast<double>(std::clamp<SimTime>(at, 0, end)) / static_cast<double>(end);
  return kLeft + part * (kRight - kLeft);
}

ValueScale ValueScale::Linear(double greatest, double top, double bottom) {
  ValueScale scale;
  scale.top = top;
  scale.bottom = bottom;
  double step = 1;
  const std::array<double, 3> factors = {2, 2.5, 2};  // 1, 2, 5, 10...
  std::size_t i = 0;
  while (greatest / step > kMostValueTicks) step *= factors[i++ % factors.size()];
  scale.most = std::max(1.0, std::ceil(greatest / step)) * step;
  return scale;
}

ValueScale ValueScale::Logarithmic(double least, double most, double top, double bottom) {
  VF_CHECK(least > 0 && most >= least, "a logarithm needs something above 0");
  ValueScale scale;
  scale.logarithmic = true;
  scale.top = top;
  scale.bottom = bottom;
  scale.least = std::pow(10.0, std::floor(std::log10(least)));
  scale.most = std::pow(10.0, std::ceil(std::log10(most)));
  if (scale.most <= scale.least) scale.most = scale.least * 10;
  return scale;
}

double ValueScale::Y(double value) const {
  double part = 0;
  if (logarithmic) {
    const double held = std::clamp(value, least, most);
    part = (std::log10(held) - std::log10(least)) / (std::log10(most) - std::log10(least));
  } else {
    part = (std::clamp(value, least, most) - least) / (most - least);
  }
  return bottom - part * (bottom - top);
}

std::vector<double> ValueScale::Ticks() const {
  std::vector<double> ticks;
  if (logarithmic) {
    for (double value = least; value <= most * 1.001; value *= 10) ticks.push_back(value);
    return ticks;
  }
  double step = 1;
  const std::array<double, 3> factors = {2, 2.5, 2};
  std::size_t i = 0;
  while (most / step > kMostValueTicks) step *= factors[i++ % factors.size()];
  for (double value = 0; value <= most * 1.001; value += step) ticks.push_back(value);
  return ticks;
}

Chart::Chart(std::string id, std::string title, std::string description, double height, SimTime end)
    : id_(std::move(id)),
      title_(std::move(title)),
      description_(std::move(description)),
      height_(height) {
  time_.end = std::max<SimTime>(end, 1);
}

double Chart::top() const { return kTopMargin; }
double Chart::bottom() const { return height_ - kBottomMargin; }

void Chart::AddBackground(const Background& background) {
  for (const Background::Band& band : background.faults) {
    const double x = time_.X(band.from);
    RectanglePath path;
    path.Add(x, top(), std::max(2.0, time_.X(band.to) - x), bottom() - top());
    Add(path.Element("band", band.text));
  }
  for (const Background::Line& line : background.lines) {
    const double x = time_.X(line.at);
    Add(Line(x, top() - 4, x, bottom(), "mark"));
    const bool left = x > (TimeScale::kLeft + TimeScale::kRight) / 2;
    Add(Text(left ? x - 4 : x + 4, top() - 8, left ? "note end" : "note", line.text));
  }
}

void Chart::AddValueAxis(const ValueScale& scale, std::string_view unit) {
  for (const double value : scale.Ticks()) {
    const double y = scale.Y(value);
    Add(Line(TimeScale::kLeft, y, TimeScale::kRight, y, "grid"));
    Add(Text(TimeScale::kLeft - 8, y + 4, "tick end", NumberText(value)));
  }
  Add(Text(TimeScale::kLeft - 8, scale.top - 12, "unit end", unit));
}

std::string Chart::Html() const {
  std::string axis = Line(TimeScale::kLeft, bottom(), TimeScale::kRight, bottom(), "axis");
  const double end_s = static_cast<double>(time_.end) / kSecond;
  const double step = TimeStep(end_s);
  for (int i = 0; i * step <= end_s; ++i) {
    const double x = time_.X(static_cast<SimTime>(i * step * kSecond));
    axis += Line(x, bottom(), x, bottom() + 4, "axis");
    // One decimal is all that any step needs.
    axis += Text(x, bottom() + 17, "tick middle", Coordinate(i * step));
  }
  axis += Text(TimeScale::kRight, bottom() + 30, "unit end", "virtual time, seconds");

  std::string html = "<figure>\n<svg viewBox=\"0 0 " + Coordinate(TimeScale::kPageWidth) + " " +
                     Coordinate(height_) + "\" role=\"img\" aria-labelledby=\"" + id_ + "-t " +
                     id_ + "-d\">\n<title id=\"" + id_ + "-t\">" + Escaped(title_) +
                     "</title>\n<desc id=\"" + id_ + "-d\">" + Escaped(description_) + "</desc>\n" +
                     body_ + axis + "</svg>\n";
  html += "<figcaption>";
  for (const LegendEntry& entry : legend_) {
    html +=
        "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 16 10\" aria-hidden=\"true\">"
        "<path d=\"" +
        std::string(Drawn(entry.shape)) + "\" class=\"" + entry.style + "\"/></svg>" +
        Escaped(entry.text) + "</span>\n";
  }
  return html + "</figcaption>\n</figure>\n";
}

void RectanglePath::Add(double x, double y, double width, double height) {
  // Edges, not widths: neighbours then meet whatever is rounded.
  data_ += "M" + Coordinate(x) + " " + Coordinate(y) + "H" + Coordinate(x + width) + "V" +
           Coordinate(y + height) + "H" + Coordinate(x) + "z";
}

std::string RectanglePath::Element(std::string_view style, std::string_view title) const {
  if (data_.empty()) return "";
  std::string element = "<path d=\"" + data_ + "\" class=\"" + std::string(style) + "\"";
  if (title.empty()) return element + "/>\n";
  return element + "><title>" + Escaped(title, kMostTitleBytes) + "</title></path>\n";
}

}  // namespace vf::sim
