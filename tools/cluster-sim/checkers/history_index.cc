#include "tools/cluster-sim/checkers/history_index.h"

#include <algorithm>
#include <utility>

#include "tools/cluster-sim/checkers/key_numbers.h"

namespace vf::sim {
namespace {

template <typename Event>
std::vector<std::uint32_t> KeysOf(const std::vector<Event>& events, KeyNumbers& names) {
  std::vector<std::uint32_t> keys;
  keys.reserve(events.size());
  for (const Event& event : events) keys.push_back(names.NumberOf(event.key));
  return keys;
}

template <typename Event>
auto EarlierOf(const std::vector<Event>& events) {
  return [&events](std::uint32_t a, std::uint32_t b) { return events[a].at < events[b].at; };
}

}  // namespace

bool ProcessLife::PausedWithin(SimTime from, SimTime to) const {
  for (const auto& [paused, resumed] : pauses) {
    if (paused <= to && from <= resumed) return true;
  }
  return false;
}

template <typename Before>
HistoryIndex::Column HistoryIndex::MakeColumn(const std::vector<std::uint32_t>& keys,
                                              Before before) const {
  Column column;
  column.starts.assign(names_.size() + 1, 0);
  for (const std::uint32_t key : keys) ++column.starts[key + 1];
  for (std::size_t key = 0; key < names_.size(); ++key) {
    column.starts[key + 1] += column.starts[key];
  }
  std::vector<std::uint32_t> next(column.starts.begin(), column.starts.end() - 1);
  column.items.resize(keys.size());
  for (std::uint32_t event = 0; event < keys.size(); ++event) {
    column.items[next[keys[event]]++] = event;
  }
  for (std::size_t key = 0; key < names_.size(); ++key) {
    const auto first = column.items.begin() + column.starts[key];
    const auto last = column.items.begin() + column.starts[key + 1];
    if (!std::is_sorted(first, last, before)) std::stable_sort(first, last, before);
  }
  return column;
}

HistoryIndex::HistoryIndex(const History& history) {
  KeyNumbers names;
  const auto operations = KeysOf(history.operations, names);
  const auto samples = KeysOf(history.samples, names);
  const auto final_copies = KeysOf(history.final_copies, names);
  const auto holders_gone = KeysOf(history.holders_gone, names);
  const auto drops = KeysOf(history.drops, names);
  const auto sync_reports = KeysOf(history.sync_reports, names);
  names_ = names.keys();
  operations_ = MakeColumn(operations, [&history](std::uint32_t a, std::uint32_t b) {
    return history.operations[a].began < history.operations[b].began;
  });
  samples_ = MakeColumn(samples, EarlierOf(history.samples));
  final_copies_ = MakeColumn(final_copies, [](std::uint32_t, std::uint32_t) { return false; });
  holders_gone_ = MakeColumn(holders_gone, EarlierOf(history.holders_gone));
  drops_ = MakeColumn(drops, EarlierOf(history.drops));
  sync_reports_ = MakeColumn(sync_reports, EarlierOf(history.sync_reports));

  sample_places_.reserve(history.samples.size());
  for (const CopySample& sample : history.samples) {
    const auto next = static_cast<std::uint32_t>(places_.size());
    sample_places_.push_back(places_.try_emplace(sample.process, next).first->second);
  }
  ReadLives(history);
}

void HistoryIndex::ReadLives(const History& history) {
  for (const ProcessEvent& event : history.lives) {
    ProcessLife& life = lives_[event.process];
    switch (event.what) {
      case LifeEvent::kStarted:
        life.started = event.at;
        life.continues = event.continues;
        break;
      case LifeEvent::kReady:
        life.ready = std::min(life.ready, event.at);
        break;
      case LifeEvent::kCrashed:
        life.ended = event.at;
        life.crashed = true;
        break;
      case LifeEvent::kPaused:
        life.pauses.emplace_back(event.at, kNotYet);
        break;
      case LifeEvent::kResumed:
        if (!life.pauses.empty()) life.pauses.back().second = event.at;
        break;
      case LifeEvent::kLeft:
        life.ended = event.at;
        break;
      case LifeEvent::kLeaving:
        life.leaving = event.at;
        break;
    }
  }
}

KeyEvents HistoryIndex::Key(std::size_t number) const {
  return {names_[number],           operations_.Of(number),   samples_.Of(number),
          final_copies_.Of(number), holders_gone_.Of(number), drops_.Of(number),
          sync_reports_.Of(number)};
}

std::uint32_t HistoryIndex::PlaceOf(ProcessNumber process) const {
  const auto found = places_.find(process);
  return found == places_.end() ? static_cast<std::uint32_t>(places_.size()) : found->second;
}

const ProcessLife* HistoryIndex::LifeOf(ProcessNumber process) const {
  const auto found = lives_.find(process);
  return found == lives_.end() ? nullptr : &found->second;
}

}  // namespace vf::sim
