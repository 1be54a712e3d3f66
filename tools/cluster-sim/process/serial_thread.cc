#include "tools/cluster-sim/process/serial_thread.h"

#include <algorithm>

namespace vf::sim {

void SerialThread::Wait(Task task) {
  waiting_.push_back(std::move(task));
  AskForTurn();
}

void SerialThread::AskForTurn() {
  if (turn_asked_ || paused_) return;
  turn_asked_ = true;
  loop_.Push(busy_until_, EventKind::kThreadTurn, process_, static_cast<std::uint64_t>(name_));
}

void SerialThread::ArmTimer(TimePoint at) {
  if (at >= armed_for_) return;
  armed_for_ = std::max(at, loop_.now());
  loop_.Push(armed_for_, EventKind::kThreadTimer, process_, static_cast<std::uint64_t>(name_));
}

void SerialThread::OnTimerEvent() {
  if (loop_.now() < armed_for_) return;  // It was armed anew since.
  armed_for_ = kNever;
  timer_due_ = true;
  TakeTurn();
}

void SerialThread::OnTurnEvent() {
  turn_asked_ = false;
  TakeTurn();
}

void SerialThread::TakeTurn() {
  if (waiting_.empty() && !timer_due_) return;
  if (!IsFree()) return AskForTurn();
  in_turn_ = true;
  std::swap(running_, waiting_);
  for (Task& task : running_) task();
  running_.clear();
  if (std::exchange(timer_due_, false)) owner_.OnThreadTimer();
  EndTurn();
}

void SerialThread::EndTurn() {
  owner_.AfterTurn();
  in_turn_ = false;
  busy_until_ = loop_.now() + turn_cost_;
  if (!waiting_.empty() || timer_due_) AskForTurn();
}

void SerialThread::Resume() {
  paused_ = false;
  if (!waiting_.empty() || timer_due_) AskForTurn();
}

}  // namespace vf::sim
