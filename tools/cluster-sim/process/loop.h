// The heart of a run: virtual time, what happens when, and the hash over all of it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/engine/event_queue.h"
#include "tools/cluster-sim/engine/trace_hash.h"
#include "tools/cluster-sim/process/event_kind.h"

namespace vf::sim {

// Every run begins here: no deadline of the product lies before it.
inline constexpr TimePoint kRunStart{hours(1)};

// Who knows what to do with the events of a kind.
class EventHandler {
 public:
  virtual void OnEvent(const Event& event) = 0;

 protected:
  ~EventHandler() = default;
};

// Thread: none of its own; one run.
class Loop {
 public:
  Loop() : queue_(kRunStart) {}

  TimePoint now() const { return queue_.now(); }
  SimTime sim_now() const { return (now() - kRunStart).count(); }
  std::uint64_t events() const { return events_; }

  // Before the first event of the kind. `handler` outlives the loop's last Run().
  void SetHandler(EventKind kind, EventHandler& handler) {
    handlers_[static_cast<std::uint32_t>(kind)] = &handler;
  }
  // What lies in the past happens now.
  void Push(TimePoint at, EventKind kind, std::uint32_t target, std::uint64_t payload);
  // For what is rare: runs `call` then, or now if `at` is past.
  void Call(TimePoint at, std::function<void()> call);

  // Handles what is due until then; now() is `until` afterwards.
  void RunUntil(TimePoint until);

  TraceHash& trace() { return trace_; }

 private:
  EventQueue queue_;
  TraceHash trace_;
  std::uint64_t events_ = 0;
  std::array<EventHandler*, kEventKinds> handlers_{};
  std::vector<std::function<void()>> calls_;
  std::vector<std::uint64_t> free_calls_;  // indices into calls_
};

}  // namespace vf::sim
