// A hash map that can be searched but not iterated.
//
// Iteration over a hash map changes from run to run, so the core must not depend on it: what has
// to be walked in order lives in a sorted vector beside the map. Abseil's flat_hash_map inside.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace vf {

// Finds std::string keys by std::string_view. (Abseil's own string_view is another type here.)
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return absl::Hash<absl::string_view>()(absl::string_view(text.data(), text.size()));
  }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

template <typename Key, typename Value, typename Hash = absl::Hash<Key>,
          typename Equal = std::equal_to<>>
class LookupMap {
 public:
  // Null if there is none. The pointer lives until the next change of the map.
  template <typename K>
  Value* Find(const K& key) {
    const auto it = map_.find(key);
    return it == map_.end() ? nullptr : &it->second;
  }
  template <typename K>
  const Value* Find(const K& key) const {
    const auto it = map_.find(key);
    return it == map_.end() ? nullptr : &it->second;
  }
  template <typename K>
  bool Contains(const K& key) const {
    return map_.find(key) != map_.end();
  }

  // Into the cache: what Find() will read. Changes nothing.
  template <typename K>
  void Prefetch(const K& key) const {
    map_.prefetch(key);
  }

  // The value under `key`, default-constructed if new.
  Value& operator[](const Key& key) { return map_[key]; }

  // False, and nothing changed, if the key is there already.
  bool Insert(const Key& key, Value value) {
    return map_.try_emplace(key, std::move(value)).second;
  }
  // Returns whether there was one.
  template <typename K>
  bool Erase(const K& key) {
    const auto it = map_.find(key);
    if (it == map_.end()) return false;
    map_.erase(it);
    return true;
  }
  void Clear() { map_.clear(); }
  std::size_t Size() const { return map_.size(); }

 private:
  absl::flat_hash_map<Key, Value, Hash, Equal> map_;
};

template <typename Value>
using TextLookupMap = LookupMap<std::string, Value, TextHash, TextEqual>;

}  // namespace vf
