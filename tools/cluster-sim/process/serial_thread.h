// One thread of a simulated process: what it is given runs in order, one turn after the other.
//
// As with an event loop, a turn takes all that waits, then the timer if it is due. A thread with
// nothing to do runs what it is given at once; one that is busy (a slow process) or paused lets it
// wait. Timers that were due meanwhile fire once.
#pragma once

#include <absl/functional/any_invocable.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/process/loop.h"

namespace vf::sim {

// Which thread of a process: Event::payload of kThreadTimer and kThreadTurn.
enum class ThreadName : std::uint8_t { kGossip = 0, kData = 1 };

class SerialThreadOwner {
 public:
  virtual void OnThreadTimer() = 0;
  // The last thing of each turn: take outputs, arm the timer.
  virtual void AfterTurn() = 0;

 protected:
  ~SerialThreadOwner() = default;
};

// Thread: none of its own; one run.
class SerialThread {
 public:
  using Task = absl::AnyInvocable<void()>;

  SerialThread(Loop& loop, ProcessNumber process, ThreadName name, SerialThreadOwner& owner)
      : loop_(loop), process_(process), name_(name), owner_(owner) {}

  // Now, if nothing is in the way, and then the turn ends with this call; else as soon as it can.
  template <typename F>
  void Run(F&& task) {
    if (!IsFree() || !waiting_.empty()) return Wait(Task(std::forward<F>(task)));
    in_turn_ = true;
    task();
    EndTurn();
  }
  bool IsFree() const { return !paused_ && !in_turn_ && loop_.now() >= busy_until_; }

  // Fires once, at the earliest moment that was asked for since it fired last. Early is harmless.
  void ArmTimer(TimePoint at);

  // Events that carry this process and thread.
  void OnTimerEvent();
  void OnTurnEvent();

  void Pause() { paused_ = true; }
  void Resume();
  // How long each turn takes from now on.
  void SetTurnCost(Duration cost) { turn_cost_ = cost; }

 private:
  void Wait(Task task);
  void AskForTurn();
  void TakeTurn();
  void EndTurn();

  Loop& loop_;
  const ProcessNumber process_;
  const ThreadName name_;
  SerialThreadOwner& owner_;
  std::vector<Task> waiting_;
  std::vector<Task> running_;  // those of this turn; kept for its memory
  TimePoint armed_for_ = kNever;
  TimePoint busy_until_ = kRunStart;
  Duration turn_cost_{};
  bool timer_due_ = false;
  bool paused_ = false;
  bool in_turn_ = false;
  bool turn_asked_ = false;  // an event for the next turn is on its way
};

}  // namespace vf::sim
