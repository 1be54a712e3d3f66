// Which frontends sent the records that were stored here last: names who has written the record
// that another one loses to.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/hash64.h"
#include "base/hybrid_clock.h"
#include "base/key_hash.h"
#include "gossip/types.h"

namespace vf {

// A table with one place for each of its keys' hashes: what is written there next takes it. Two
// writes that meet do so within milliseconds, so few places do; with 4,096 of them and 100,000
// writes a second, a place lasts for 40 ms on average.
//
// Threads: any. Reads and writes that overlap find nothing rather than a mixture of two entries.
class RecentWriters {
 public:
  static constexpr std::size_t kPlaces = 4096;

  RecentWriters() : places_(new Place[kPlaces]()) {}

  // The newest record of this key has this version and came from `frontend`.
  void Note(const KeyHash& key, Version version, MemberKey frontend) {
    Place& place = places_[IndexOf(key)];
    place.frontend.store(frontend, std::memory_order_relaxed);
    place.check.store(CheckOf(key, version, frontend), std::memory_order_relaxed);
  }

  // kNoMember: it is not known, or not any more.
  MemberKey Find(const KeyHash& key, Version version) const {
    const Place& place = places_[IndexOf(key)];
    const MemberKey frontend = place.frontend.load(std::memory_order_relaxed);
    const std::uint64_t check = place.check.load(std::memory_order_relaxed);
    return check == CheckOf(key, version, frontend) ? frontend : kNoMember;
  }

 private:
  struct Place {
    std::atomic<MemberKey> frontend{kNoMember};
    std::atomic<std::uint64_t> check{0};
  };

  static std::uint64_t Word(const KeyHash& key, std::size_t at) {
    return LoadBigEndian<std::uint64_t>(key.bytes.data() + at);
  }
  // The first digits of the hash are the partition's, of which a process has some only.
  static std::size_t IndexOf(const KeyHash& key) { return Word(key, 12) % kPlaces; }
  static std::uint64_t CheckOf(const KeyHash& key, Version version, MemberKey frontend) {
    std::array<std::byte, 24> bytes;
    StoreBigEndian(bytes.data(), Word(key, 4));
    StoreBigEndian(bytes.data() + 8, version.value);
    StoreBigEndian(bytes.data() + 16, frontend);
    return Hash64(bytes);
  }

  const std::unique_ptr<Place[]> places_;
};

}  // namespace vf
