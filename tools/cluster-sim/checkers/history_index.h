// The events of a history by key and by process, in the order of time.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

// Positions in the lists of the history.
struct KeyEvents {
  std::string_view key;
  std::span<const std::uint32_t> operations;  // in the order of `began`
  std::span<const std::uint32_t> samples;
  std::span<const std::uint32_t> final_copies;
  std::span<const std::uint32_t> holders_gone;
  std::span<const std::uint32_t> drops;
  std::span<const std::uint32_t> sync_reports;
};

struct ProcessLife {
  SimTime started = kNotYet;
  SimTime ready = kNotYet;
  SimTime leaving = kNotYet;
  SimTime ended = kNotYet;
  bool crashed = false;  // as opposed to left
  ProcessNumber continues = kNoProcess;
  std::vector<std::pair<SimTime, SimTime>> pauses;  // the last one may end with kNotYet

  bool UpAt(SimTime at) const { return started <= at && at < ended; }
  bool PausedWithin(SimTime from, SimTime to) const;
};

// Lives as long as its history. Keys stand in the order in which the history names them first.
class HistoryIndex {
 public:
  explicit HistoryIndex(const History& history);

  std::size_t keys() const { return names_.size(); }
  KeyEvents Key(std::size_t number) const;

  // Processes of which a life is told.
  const std::map<ProcessNumber, ProcessLife>& lives() const { return lives_; }
  // Null if nothing is told of it.
  const ProcessLife* LifeOf(ProcessNumber process) const;

  // A small number for each process that samples name, from 0.
  std::size_t places() const { return places_.size(); }
  // places() if no sample names it.
  std::uint32_t PlaceOf(ProcessNumber process) const;
  std::uint32_t PlaceOfSample(std::uint32_t sample) const { return sample_places_[sample]; }

 private:
  // Lists of positions, one a key, in one array.
  struct Column {
    std::vector<std::uint32_t> starts;  // keys + 1
    std::vector<std::uint32_t> items;
    std::span<const std::uint32_t> Of(std::size_t key) const {
      return std::span(items).subspan(starts[key], starts[key + 1] - starts[key]);
    }
  };
  // `keys`: the key's number of each event. `before`: whether one event is earlier.
  template <typename Before>
  Column MakeColumn(const std::vector<std::uint32_t>& keys, Before before) const;
  void ReadLives(const History& history);

  std::vector<std::string_view> names_;
  Column operations_, samples_, final_copies_, holders_gone_, drops_, sync_reports_;
  std::map<ProcessNumber, ProcessLife> lives_;
  std::map<ProcessNumber, std::uint32_t> places_;
  std::vector<std::uint32_t> sample_places_;
};

}  // namespace vf::sim
