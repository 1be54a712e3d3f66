#include "gossip/udp/timed_tasks.h"

#include <algorithm>

#include "base/os/clocks.h"

namespace vf {

void TimedTasks::Add(TimePoint when, Task task) {
  tasks_.emplace(when, std::move(task));
  Arm();
}

void TimedTasks::Arm() {
  if (tasks_.empty()) return;
  timer_.expires_after(std::max(tasks_.begin()->first - MonotonicNow(), Duration::zero()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    while (!tasks_.empty() && tasks_.begin()->first <= MonotonicNow()) {
      const Task task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      run_(task);
    }
    Arm();
  });
}

}  // namespace vf
