#include "tools/cluster-sim/main_progress.h"

#include <unistd.h>

#include <cstdio>

#include "base/os/clocks.h"

namespace vf::sim {
namespace {

Duration Interval(bool terminal) { return terminal ? seconds(1) : seconds(10); }

}  // namespace

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) == 1), next_(MonotonicNow() + Interval(terminal_)) {}

Progress::~Progress() { Clear(); }

void Progress::Show(const std::function<std::string()>& text) {
  const TimePoint now = MonotonicNow();
  if (now < next_) return;
  next_ = now + Interval(terminal_);
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", text().c_str());
  std::fflush(stderr);
  shown_ = terminal_;
}

void Progress::Clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace vf::sim
