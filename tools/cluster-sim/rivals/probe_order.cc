#include "tools/cluster-sim/rivals/probe_order.h"

#include <algorithm>

#include "base/check.h"

namespace vf::sim {
namespace {

bool Before(const std::pair<std::size_t, std::size_t>& entry, std::size_t position) {
  return entry.first < position;
}

}  // namespace

void ProbeOrder::Reset(std::size_t places) {
  count_ = places;
  walked_ = 0;
  displaced_.clear();
}

void ProbeOrder::Insert(Rng& rng) {
  const std::size_t place = count_++;
  if (place == 0) return;
  // What is still to come is in random order, whatever its position.
  const std::size_t position = rng.Uniform(place);
  if (position < walked_) Put(place, rng.Uniform(place));
}

std::size_t ProbeOrder::Next(Rng& rng) {
  VF_CHECK(!Done(), "the round is over");
  const std::size_t chosen = walked_ + rng.Uniform(count_ - walked_);
  const std::size_t place = At(chosen);
  if (chosen != walked_) Put(chosen, At(walked_));
  ++walked_;
  const auto end = std::lower_bound(displaced_.begin(), displaced_.end(), walked_, Before);
  displaced_.erase(displaced_.begin(), end);
  return place;
}

std::size_t ProbeOrder::At(std::size_t position) const {
  const auto found = std::lower_bound(displaced_.begin(), displaced_.end(), position, Before);
  return found != displaced_.end() && found->first == position ? found->second : position;
}

void ProbeOrder::Put(std::size_t position, std::size_t place) {
  const auto found = std::lower_bound(displaced_.begin(), displaced_.end(), position, Before);
  if (found != displaced_.end() && found->first == position) {
    found->second = place;
  } else {
    displaced_.insert(found, {position, place});
  }
}

}  // namespace vf::sim
