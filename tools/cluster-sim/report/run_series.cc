#include "tools/cluster-sim/report/run_series.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace vf::sim {
namespace {

constexpr SimTime kSecond = 1'000'000'000;

double QuantileMs(std::vector<SimTime>& latencies, std::size_t percent) {
  if (latencies.empty()) return 0;
  const std::size_t index = std::min(latencies.size() - 1, latencies.size() * percent / 100);
  std::nth_element(latencies.begin(), latencies.begin() + static_cast<std::ptrdiff_t>(index),
                   latencies.end());
  return static_cast<double>(latencies[index]) / 1e6;
}

// Who believes what of whom, as counts by subject.
class Beliefs {
 public:
  explicit Beliefs(std::size_t processes) : suspected_(processes), dead_(processes) {}

  void Set(ProcessNumber observer, ProcessNumber subject, BelievedState state) {
    BelievedState& held = held_[{observer, subject}];
    Count(subject, held, -1);
    Count(subject, state, +1);
    held = state;
  }

  // Returns the subjects of whom it thought otherwise than alive.
  std::vector<ProcessNumber> Forget(ProcessNumber observer) {
    std::vector<ProcessNumber> changed;
    const auto begin = held_.lower_bound({observer, 0});
    auto end = begin;
    for (; end != held_.end() && end->first.first == observer; ++end) {
      Count(end->first.second, end->second, -1);
      changed.push_back(end->first.second);
    }
    held_.erase(begin, end);
    return changed;
  }

  std::uint32_t suspected(ProcessNumber subject) const { return suspected_[subject]; }
  std::uint32_t dead(ProcessNumber subject) const { return dead_[subject]; }

 private:
  void Count(ProcessNumber subject, BelievedState state, int change) {
    if (state == BelievedState::kSuspect) suspected_[subject] += static_cast<std::uint32_t>(change);
    if (state == BelievedState::kDead) dead_[subject] += static_cast<std::uint32_t>(change);
  }

  std::map<std::pair<ProcessNumber, ProcessNumber>, BelievedState> held_;
  std::vector<std::uint32_t> suspected_;
  std::vector<std::uint32_t> dead_;
};

// node-2 before node-10, joined hosts behind the first ones, then controllers, then frontends.
std::tuple<std::size_t, std::size_t, std::string_view> Place(const Lane& lane) {
  constexpr std::array<std::string_view, 4> kGroups = {"node-", "joined-", "controller-",
                                                       "frontend-"};
  const std::string_view host = lane.host;
  std::size_t group = 0;
  while (group < kGroups.size() && host.substr(0, kGroups[group].size()) != kGroups[group]) ++group;
  return {group, host.size(), host};
}

std::size_t CountProcesses(const History& history) {
  ProcessNumber most = 0;
  for (const ProcessEvent& event : history.lives) most = std::max(most, event.process + 1);
  for (const Belief& belief : history.beliefs) {
    most = std::max({most, belief.observer + 1, belief.subject + 1});
  }
  return most;
}

class LaneMaker {
 public:
  LaneMaker(const RunResult& result, std::size_t processes)
      : history_(result.history),
        hosts_(result.process_hosts),
        beliefs_(processes),
        lane_of_(processes, kNoLane),
        ready_(processes) {}

  std::vector<Lane> Make() {
    std::size_t belief = 0;
    for (const ProcessEvent& event : history_.lives) {
      for (; belief < history_.beliefs.size() && history_.beliefs[belief].at <= event.at;
           ++belief) {
        OnBelief(history_.beliefs[belief]);
      }
      OnLife(event);
    }
    for (; belief < history_.beliefs.size(); ++belief) OnBelief(history_.beliefs[belief]);
    return std::move(lanes_);
  }

 private:
  static constexpr std::size_t kNoLane = SIZE_MAX;

  Lane& LaneOf(ProcessNumber process) {
    std::size_t& index = lane_of_[process];
    if (index == kNoLane) {
      const std::string host =
          process < hosts_.size() ? hosts_[process] : "process " + std::to_string(process);
      const auto [it, is_new] = by_host_.try_emplace(host, lanes_.size());
      if (is_new) {
        lanes_.emplace_back();
        lanes_.back().host = host;
        present_.push_back(process);
      }
      index = it->second;
      lanes_[index].processes.push_back(process);
    }
    return lanes_[index];
  }

  void OnLife(const ProcessEvent& event) {
    Lane& lane = LaneOf(event.process);
    switch (event.what) {
      case LifeEvent::kStarted:
        present_[lane_of_[event.process]] = event.process;
        lane.steps.push_back({event.at, LaneState::kStarting});
        NoteDoubt(event.at, event.process);
        break;
      case LifeEvent::kReady:
        ready_[event.process] = true;
        lane.steps.push_back({event.at, LaneState::kReady});
        break;
      case LifeEvent::kPaused:
        lane.steps.push_back({event.at, LaneState::kPaused});
        break;
      case LifeEvent::kResumed:
        lane.steps.push_back(
            {event.at, ready_[event.process] ? LaneState::kReady : LaneState::kStarting});
        break;
      case LifeEvent::kLeaving:
        break;
      case LifeEvent::kCrashed:
      case LifeEvent::kLeft:
        lane.steps.push_back({event.at, LaneState::kGone});
        lane.ends.push_back({event.at, event.what == LifeEvent::kCrashed});
        for (const ProcessNumber subject : beliefs_.Forget(event.process)) {
          NoteDoubt(event.at, subject);
        }
        break;
    }
  }

  void OnBelief(const Belief& belief) {
    beliefs_.Set(belief.observer, belief.subject, belief.state);
    NoteDoubt(belief.at, belief.subject);
  }

  // Of the process that its host runs at present, or ran last.
  void NoteDoubt(SimTime at, ProcessNumber subject) {
    Lane& lane = LaneOf(subject);
    if (present_[lane_of_[subject]] != subject) return;
    const Lane::Doubt doubt{at, beliefs_.suspected(subject), beliefs_.dead(subject)};
    if (!lane.doubts.empty() && lane.doubts.back().at == at) {
      lane.doubts.back() = doubt;
    } else if (lane.doubts.empty() || lane.doubts.back().suspected_by != doubt.suspected_by ||
               lane.doubts.back().dead_to != doubt.dead_to) {
      lane.doubts.push_back(doubt);
    }
  }

  const History& history_;
  const std::vector<std::string>& hosts_;
  Beliefs beliefs_;
  std::vector<std::size_t> lane_of_;    // by process
  std::vector<bool> ready_;             // by process
  std::vector<ProcessNumber> present_;  // by lane
  std::map<std::string, std::size_t> by_host_;
  std::vector<Lane> lanes_;
};

}  // namespace

OperationSeries MakeOperationSeries(const History& history) {
  OperationSeries series;
  const SimTime seconds = std::max<SimTime>(1, (history.end + kSecond - 1) / kSecond);
  const auto most = static_cast<SimTime>(kMostSlices);
  series.slice = (seconds + most - 1) / most * kSecond;
  const auto count = static_cast<std::size_t>(history.end / series.slice + 1);
  for (auto* counts : {&series.writes_ok, &series.writes_unknown, &series.writes_refused,
                       &series.reads_ok, &series.reads_failed}) {
    counts->resize(count);
  }
  for (auto* quantiles :
       {&series.write_p50_ms, &series.write_p99_ms, &series.read_p50_ms, &series.read_p99_ms}) {
    quantiles->resize(count);
  }
  std::vector<std::vector<SimTime>> writes(count);
  std::vector<std::vector<SimTime>> reads(count);
  for (const Operation& operation : history.operations) {
    if (operation.began < 0 || operation.began > history.end) continue;
    const auto i = static_cast<std::size_t>(operation.began / series.slice);
    const bool is_read =
        operation.kind == OperationKind::kRead || operation.kind == OperationKind::kLocalRead;
    const bool ok = operation.outcome == Outcome::kOk;
    if (is_read) {
      ++(ok ? series.reads_ok : series.reads_failed)[i];
    } else if (ok) {
      ++series.writes_ok[i];
    } else {
      const bool refused = operation.outcome == Outcome::kRefused;
      ++(refused ? series.writes_refused : series.writes_unknown)[i];
    }
    if (ok && operation.ended != kNotYet) {
      (is_read ? reads : writes)[i].push_back(operation.ended - operation.began);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    series.write_p50_ms[i] = QuantileMs(writes[i], 50);
    series.write_p99_ms[i] = QuantileMs(writes[i], 99);
    series.read_p50_ms[i] = QuantileMs(reads[i], 50);
    series.read_p99_ms[i] = QuantileMs(reads[i], 99);
  }
  return series;
}

std::vector<Lane> MakeLanes(const RunResult& result) {
  std::vector<Lane> lanes = LaneMaker(result, CountProcesses(result.history)).Make();
  std::sort(lanes.begin(), lanes.end(),
            [](const Lane& a, const Lane& b) { return Place(a) < Place(b); });
  return lanes;
}

}  // namespace vf::sim
