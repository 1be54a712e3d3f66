// Numbers keys in the order in which they come first.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vf::sim {

// A hash table with open addressing that is searched and never walked, so that nothing depends on
// its order. It is our own because checkers link nothing of ours and a sorted map is several times
// slower here, where most of the time of judging a run is spent.
// The keys' bytes outlive it.
class KeyNumbers {
 public:
  KeyNumbers();

  // From 0.
  std::uint32_t NumberOf(std::string_view key);
  const std::vector<std::string_view>& keys() const { return keys_; }

 private:
  static std::uint64_t Hash(std::string_view key);
  // Where the key is, or the free slot where it belongs.
  std::size_t SlotOf(std::string_view key) const;
  void Grow();

  std::vector<std::uint32_t> slots_;  // number + 1; 0: free. A power of two, at most half full
  std::vector<std::string_view> keys_;
  std::uint32_t last_ = 0;  // events of one key often follow each other
};

}  // namespace vf::sim
