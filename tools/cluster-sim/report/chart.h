// The frame of a picture: a time axis that all pictures of a page share, perhaps a value axis, what
// is marked behind, and a legend.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

// Positions in the units of the SVG. All pictures have the same left and right edge.
struct TimeScale {
  static constexpr double kPageWidth = 1000;
  static constexpr double kLeft = 120;
  static constexpr double kRight = 990;
  SimTime end = 1;  // > 0

  double X(SimTime at) const;
};

// A value axis from 0 to a round number, or from one power of ten to another.
struct ValueScale {
  double least = 0;
  double most = 1;
  bool logarithmic = false;
  double top = 0;
  double bottom = 0;

  double Y(double value) const;
  // Where lines with numbers are drawn.
  std::vector<double> Ticks() const;

  static ValueScale Linear(double greatest, double top, double bottom);
  // REQUIRES: 0 < least <= most. Both are rounded outwards to powers of ten.
  static ValueScale Logarithmic(double least, double most, double top, double bottom);
};

// A class of CSS, and what it stands for.
struct LegendEntry {
  enum class Shape : std::uint8_t { kBox, kLine, kCross, kArrow };
  std::string style;
  std::string text;
  Shape shape = Shape::kBox;
};

// What is marked behind every picture.
struct Background {
  struct Band {
    SimTime from = 0;
    SimTime to = 0;
    std::string text;
  };
  struct Line {
    SimTime at = 0;
    std::string text;
  };
  std::vector<Band> faults;
  std::vector<Line> lines;
};

class Chart {
 public:
  // `id`: unique on the page, letters. `title` and `description`: for those who see no picture,
  // too.
  Chart(std::string id, std::string title, std::string description, double height, SimTime end);

  const TimeScale& time() const { return time_; }
  double top() const;     // of the area for data
  double bottom() const;  // of the area for data

  void AddBackground(const Background& background);
  // Lines across and numbers on the left. `unit`: above the axis.
  // At the scale's own height.
  void AddValueAxis(const ValueScale& scale, std::string_view unit);
  // SVG elements, drawn in this order.
  void Add(const std::string& elements) { body_ += elements; }
  void AddLegend(LegendEntry entry) { legend_.push_back(std::move(entry)); }

  // The whole figure as HTML.
  std::string Html() const;

 private:
  const std::string id_;
  const std::string title_;
  const std::string description_;
  const double height_;
  TimeScale time_;
  std::string body_;
  std::vector<LegendEntry> legend_;
};

// Collects rectangles of one kind into one path.
class RectanglePath {
 public:
  void Add(double x, double y, double width, double height);
  bool empty() const { return data_.empty(); }
  // "" if it is empty. `title`: shown when pointed at; may be empty.
  std::string Element(std::string_view style, std::string_view title = {}) const;

 private:
  std::string data_;
};

}  // namespace vf::sim
