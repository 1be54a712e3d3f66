// Things in flight, each under a number that an event can carry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vf::sim {

// Thread: none of its own; one owner. Numbers of what was taken are used again.
template <typename T>
class Slab {
 public:
  std::uint64_t Put(T item) {
    if (free_.empty()) {
      items_.push_back(std::move(item));
      return items_.size() - 1;
    }
    const std::uint64_t number = free_.back();
    free_.pop_back();
    items_[number] = std::move(item);
    return number;
  }
  // REQUIRES: it was put and not taken since.
  T Take(std::uint64_t number) {
    free_.push_back(number);
    return std::exchange(items_[number], T{});
  }
  // Lives until the next Put().
  T& At(std::uint64_t number) { return items_[number]; }

 private:
  std::vector<T> items_;
  std::vector<std::uint64_t> free_;
};

}  // namespace vf::sim
