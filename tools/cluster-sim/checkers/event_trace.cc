#include "tools/cluster-sim/checkers/event_trace.h"

#include <algorithm>
#include <map>

#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {
namespace {

// What a line is about; texts are made only of the lines that stay.
struct Moment {
  enum class Kind { kOperation, kSample, kFinalCopy, kGone, kDrop, kSync, kLife, kBelief, kFault };
  SimTime at;
  Kind kind;
  std::size_t position;
};

std::string_view DropName(DropReason why) {
  switch (why) {
    case DropReason::kHandedOver:
      return "handed over";
    case DropReason::kOldTombstone:
      return "an old tombstone";
    case DropReason::kAway:
      return "deleted while it was away";
  }
  return "";
}

std::string TextOf(const History& history, const Moment& moment) {
  const auto process = [](ProcessNumber number) { return "process " + std::to_string(number); };
  switch (moment.kind) {
    case Moment::Kind::kOperation:
      return OperationText(history.operations[moment.position]);
    case Moment::Kind::kSample: {
      const CopySample& sample = history.samples[moment.position];
      return process(sample.process) + " is seen to hold " + RecordText(sample.record);
    }
    case Moment::Kind::kFinalCopy: {
      const FinalCopy& copy = history.final_copies[moment.position];
      return "in the end " + process(copy.process) + (copy.owner ? ", an owner" : "") +
             (copy.in_sync ? " in sync" : "") + ", holds " + RecordText(copy.record);
    }
    case Moment::Kind::kGone:
      return "the last holder of version " +
             VersionText(history.holders_gone[moment.position].version) + " is gone";
    case Moment::Kind::kDrop: {
      const Drop& drop = history.drops[moment.position];
      return process(drop.process) + " drops its copy: " + std::string(DropName(drop.why));
    }
    case Moment::Kind::kSync: {
      const SyncReport& report = history.sync_reports[moment.position];
      return process(report.process) + " is in sync by passes since " + TimeText(report.began);
    }
    case Moment::Kind::kLife:
      return LifeText(history.lives[moment.position]);
    case Moment::Kind::kBelief:
      return BeliefText(history.beliefs[moment.position]);
    case Moment::Kind::kFault:
      return FaultText(history.faults[moment.position]);
  }
  return "";
}

SimTime Distance(SimTime a, SimTime b) { return a < b ? b - a : a - b; }

std::vector<std::string> Lines(const Evidence& evidence, std::vector<Moment> moments, SimTime at) {
  const std::size_t most = std::max<std::size_t>(evidence.spec.most_trace_lines, 2) - 1;
  const std::size_t all = moments.size();
  if (all > most) {
    std::stable_sort(moments.begin(), moments.end(), [at](const Moment& a, const Moment& b) {
      return Distance(a.at, at) < Distance(b.at, at);
    });
    moments.resize(most);
  }
  std::stable_sort(moments.begin(), moments.end(),
                   [](const Moment& a, const Moment& b) { return a.at < b.at; });
  std::vector<std::string> lines;
  lines.reserve(moments.size() + 1);
  for (const Moment& moment : moments) {
    lines.push_back(TimeText(moment.at) + " " + TextOf(evidence.history, moment));
  }
  if (all > most) lines.push_back("(" + std::to_string(all - most) + " events farther away)");
  return lines;
}

void AddFaults(const History& history, std::vector<Moment>& moments) {
  for (std::size_t i = 0; i < history.faults.size(); ++i) {
    moments.push_back({history.faults[i].from, Moment::Kind::kFault, i});
  }
}

}  // namespace

std::vector<std::string> TraceOfKey(const Evidence& evidence, std::size_t key, SimTime at) {
  const History& history = evidence.history;
  const KeyEvents events = evidence.index.Key(key);
  std::vector<Moment> moments;
  for (const std::uint32_t i : events.operations) {
    moments.push_back({history.operations[i].began, Moment::Kind::kOperation, i});
  }
  std::map<ProcessNumber, const CopySample*> last;
  for (const std::uint32_t i : events.samples) {
    const CopySample& sample = history.samples[i];
    const auto [it, first] = last.try_emplace(sample.process, &sample);
    if (first ? sample.record.has_value() : it->second->record != sample.record) {
      moments.push_back({sample.at, Moment::Kind::kSample, i});
    }
    it->second = &sample;
  }
  for (const std::uint32_t i : events.holders_gone) {
    moments.push_back({history.holders_gone[i].at, Moment::Kind::kGone, i});
  }
  for (const std::uint32_t i : events.drops) {
    moments.push_back({history.drops[i].at, Moment::Kind::kDrop, i});
  }
  for (const std::uint32_t i : events.sync_reports) {
    moments.push_back({history.sync_reports[i].at, Moment::Kind::kSync, i});
  }
  for (const std::uint32_t i : events.final_copies) {
    moments.push_back({history.end, Moment::Kind::kFinalCopy, i});
  }
  for (std::size_t i = 0; i < history.lives.size(); ++i) {
    moments.push_back({history.lives[i].at, Moment::Kind::kLife, i});
  }
  AddFaults(history, moments);
  return Lines(evidence, std::move(moments), at);
}

std::vector<std::string> TraceOfMember(const Evidence& evidence, ProcessNumber process,
                                       SimTime at) {
  const History& history = evidence.history;
  std::vector<Moment> moments;
  for (std::size_t i = 0; i < history.beliefs.size(); ++i) {
    if (history.beliefs[i].subject == process) {
      moments.push_back({history.beliefs[i].at, Moment::Kind::kBelief, i});
    }
  }
  for (std::size_t i = 0; i < history.lives.size(); ++i) {
    if (history.lives[i].process == process) {
      moments.push_back({history.lives[i].at, Moment::Kind::kLife, i});
    }
  }
  AddFaults(history, moments);
  return Lines(evidence, std::move(moments), at);
}

}  // namespace vf::sim
