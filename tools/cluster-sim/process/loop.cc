#include "tools/cluster-sim/process/loop.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vf::sim {

void Loop::Push(TimePoint at, EventKind kind, std::uint32_t target, std::uint64_t payload) {
  queue_.Push(std::max(at, now()), static_cast<std::uint32_t>(kind), target, payload);
}

void Loop::Call(TimePoint at, std::function<void()> call) {
  std::uint64_t index = calls_.size();
  if (free_calls_.empty()) {
    calls_.push_back(std::move(call));
  } else {
    index = free_calls_.back();
    free_calls_.pop_back();
    calls_[index] = std::move(call);
  }
  Push(at, EventKind::kCall, 0, index);
}

void Loop::RunUntil(TimePoint until) {
  Event event;
  while (queue_.Pop(until, event)) {
    ++events_;
    trace_.Add(event.at, event.kind, event.target);
    if (event.kind == static_cast<std::uint32_t>(EventKind::kCall)) {
      const auto call = std::exchange(calls_[event.payload], nullptr);
      free_calls_.push_back(event.payload);
      call();
      continue;
    }
    EventHandler* const handler = handlers_[event.kind];
    VF_CHECK(handler != nullptr, "an event that nobody handles");
    handler->OnEvent(event);
  }
}

}  // namespace vf::sim
