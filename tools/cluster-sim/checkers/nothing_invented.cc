#include "tools/cluster-sim/checkers/nothing_invented.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {
namespace {

constexpr int kMostStamps = 2;  // of one write: it is stamped again at most once

// A write by its value, and the versions under which it was seen (the answer's not counted).
struct KnownWrite {
  const Operation* operation;
  std::uint64_t stamps[kMostStamps] = {};
  int seen_stamps = 0;

  // False if this is one stamp too many.
  bool NoteStamp(std::uint64_t version, int most) {
    for (int i = 0; i < seen_stamps; ++i) {
      if (stamps[i] == version) return true;
    }
    if (seen_stamps == most) return false;
    stamps[seen_stamps++] = version;
    return true;
  }
};

// Something that can leave a tombstone whose version no answer has told.
struct TombstoneMaker {
  SimTime from;
  std::size_t tombstones;  // at most
};

enum class SeenIn { kCopy, kAnswer };

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence), key_(key), events_(evidence.index.Key(key)), findings_(findings) {
    for (const std::uint32_t i : events_.operations) {
      const Operation& operation = evidence.history.operations[i];
      if (operation.kind == OperationKind::kWrite) AddWrite(operation);
      if (operation.kind == OperationKind::kDelete) AddDelete(operation);
    }
    std::stable_sort(writes_.begin(), writes_.end(), [](const KnownWrite& a, const KnownWrite& b) {
      return a.operation->value < b.operation->value;
    });
    std::sort(tombstones_.begin(), tombstones_.end());
  }

  // `last`: the last sample of each place, for this checker alone; left as it is found, by keys.
  void Judge(std::vector<const CopySample*>& last) {
    const History& history = evidence_.history;
    for (const std::uint32_t i : events_.samples) {
      const CopySample& sample = history.samples[i];
      const CopySample*& before = last[evidence_.index.PlaceOfSample(i)];
      const bool same =
          before != nullptr && before->key == sample.key && before->record == sample.record;
      before = &sample;
      if (same || !sample.record) continue;
      Look(ViewOf(*sample.record), sample.at, SeenIn::kCopy, sample.process);
    }
    for (const std::uint32_t i : events_.operations) {
      const Operation& operation = history.operations[i];
      const bool read =
          operation.kind == OperationKind::kRead || operation.kind == OperationKind::kLocalRead;
      if (!read || operation.outcome != Outcome::kOk || !operation.found) continue;
      Look(ViewOfAnswer(operation), operation.ended, SeenIn::kAnswer, operation.frontend);
    }
    for (const std::uint32_t i : events_.final_copies) {
      const FinalCopy& copy = history.final_copies[i];
      if (copy.record) Look(ViewOf(*copy.record), history.end, SeenIn::kCopy, copy.process);
    }
    ExplainTombstones();
  }

 private:
  struct KnownTombstone {
    std::uint64_t version;
    SimTime from;
    bool operator<(const KnownTombstone& other) const {
      return version != other.version ? version < other.version : from < other.from;
    }
  };

  void AddWrite(const Operation& operation) {
    writes_.push_back({&operation});
    if (operation.expiry_ms == 0 || operation.outcome == Outcome::kRefused) return;
    const SimTime expires =
        evidence_.clocks_known() ? evidence_.MayExpireAt(operation.expiry_ms) : operation.began;
    AddTombstones(operation, std::max(operation.began, expires));
  }

  void AddDelete(const Operation& operation) {
    if (operation.outcome != Outcome::kRefused) AddTombstones(operation, operation.began);
  }

  void AddTombstones(const Operation& operation, SimTime from) {
    const bool acked = operation.outcome == Outcome::kOk;
    if (acked) tombstones_.push_back({operation.version, from});
    makers_.push_back({from, static_cast<std::size_t>(acked ? kMostStamps - 1 : kMostStamps)});
  }

  void Look(const SeenView& seen, SimTime at, SeenIn where, ProcessNumber process) {
    if (seen.tombstone) {
      if (!seen.value.empty()) Report(seen, at, where, process, "a tombstone with a value");
      LookAtTombstone(seen, at, process);
      return;
    }
    const char* problem = "a value that nobody wrote to this key";
    auto it = std::lower_bound(writes_.begin(), writes_.end(), seen.value,
                               [](const KnownWrite& write, std::string_view value) {
                                 return write.operation->value < value;
                               });
    for (; it != writes_.end() && it->operation->value == seen.value; ++it) {
      problem = ProblemWith(*it, seen, at, where);
      if (problem == nullptr) return;
    }
    Report(seen, at, where, process, problem);
  }

  // Null if the write explains what was seen.
  const char* ProblemWith(KnownWrite& write, const SeenView& seen, SimTime at, SeenIn where) {
    const Operation& operation = *write.operation;
    if (operation.outcome == Outcome::kRefused) return "the value of a write that was refused";
    if (operation.began > at) return "a value before it was written";
    if (where == SeenIn::kCopy && !SameExpiry(operation.expiry_ms, seen.expiry_ms)) {
      return "another expiry than the write asked for";
    }
    if (operation.outcome == Outcome::kUnknown) {
      return write.NoteStamp(seen.version, kMostStamps)
                 ? nullptr
                 : "a third version of one write, which is stamped again at most once";
    }
    if (seen.version == operation.version) return nullptr;
    if (seen.version > operation.version) {
      return "a greater version than the write was acknowledged with";
    }
    if (!write.NoteStamp(seen.version, kMostStamps - 1)) {
      return "a third version of one write, which is stamped again at most once";
    }
    ++findings_.counts().earlier_stamps;
    return nullptr;
  }

  // Frontends compute the moment by their own clocks.
  bool SameExpiry(std::uint64_t wanted_ms, std::uint64_t seen_ms) const {
    if (wanted_ms == 0 || seen_ms == 0) return wanted_ms == seen_ms;
    if (!evidence_.clocks_known()) return true;
    const std::uint64_t apart = wanted_ms < seen_ms ? seen_ms - wanted_ms : wanted_ms - seen_ms;
    const auto allowed = Later(evidence_.spec.clock_skew, evidence_.spec.expiry_slack) / 1'000'000;
    return apart <= static_cast<std::uint64_t>(allowed);
  }

  void LookAtTombstone(const SeenView& seen, SimTime at, ProcessNumber process) {
    const auto it = std::lower_bound(tombstones_.begin(), tombstones_.end(),
                                     KnownTombstone{seen.version, -kNotYet});
    if (it != tombstones_.end() && it->version == seen.version && it->from <= at) return;
    const auto [seen_before, added] = unexplained_.try_emplace(seen.version, Sight{at, process});
    if (!added && at < seen_before->second.at) seen_before->second = {at, process};
  }

  // Each needs a maker of its own that had begun by then.
  void ExplainTombstones() {
    if (unexplained_.empty()) return;
    std::vector<std::pair<Sight, std::uint64_t>> sights;
    for (const auto& [version, sight] : unexplained_) sights.emplace_back(sight, version);
    std::stable_sort(sights.begin(), sights.end(),
                     [](const auto& a, const auto& b) { return a.first.at < b.first.at; });
    std::stable_sort(makers_.begin(), makers_.end(),
                     [](const auto& a, const auto& b) { return a.from < b.from; });
    std::size_t explained = 0;
    std::size_t possible = 0;
    auto maker = makers_.begin();
    for (const auto& [sight, version] : sights) {
      for (; maker != makers_.end() && maker->from <= sight.at; ++maker) {
        possible += maker->tombstones;
      }
      if (explained < possible) {
        ++explained;
        continue;
      }
      Report({version, true, 0, {}}, sight.at, SeenIn::kCopy, sight.process,
             "a tombstone that no deletion or expiry explains");
    }
  }

  void Report(const SeenView& seen, SimTime at, SeenIn where, ProcessNumber process,
              const std::string& problem) {
    findings_.AddOfKey(key_, at,
                       "process " + std::to_string(process) +
                           (where == SeenIn::kCopy ? " holds " : " answers with ") +
                           RecordText(seen) + ": " + problem);
  }

  struct Sight {
    SimTime at;
    ProcessNumber process;
  };

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  Findings& findings_;
  std::vector<KnownWrite> writes_;              // by value
  std::vector<KnownTombstone> tombstones_;      // of acknowledged operations
  std::vector<TombstoneMaker> makers_;          // in the order of `from` in the end
  std::map<std::uint64_t, Sight> unexplained_;  // by version: when it was seen first
};

}  // namespace

void CheckNothingInvented(const Evidence& evidence, Findings& findings) {
  std::vector<const CopySample*> last(evidence.index.places(), nullptr);
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge(last);
  }
}

}  // namespace vf::sim
