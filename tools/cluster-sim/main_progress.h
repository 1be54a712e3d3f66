// A line on stderr that says how far something is: rewritten each second on a terminal, a new one
// each ten seconds elsewhere.
#pragma once

#include <functional>
#include <string>

#include "base/time.h"

namespace vf::sim {

// Thread: one.
class Progress {
 public:
  Progress();
  // Takes the line away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Calls `text` and shows it if it is time.
  void Show(const std::function<std::string()>& text);
  // Before something else is printed.
  void Clear();

 private:
  const bool terminal_;
  TimePoint next_;
  bool shown_ = false;
};

}  // namespace vf::sim
