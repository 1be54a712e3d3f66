// What a process believes of all members: the live, the dead and left, and tombstones of those
// that were forgotten since.
//
// Thread: none of its own.
// Invariants: 1. Stored (boot, incarnation) never goes down, also through eviction.
//             2. At most one live member has an endpoint: the one with the highest (boot, key).
//             3. The own process is in the table and always alive, unless it has left.
//             4. Slots of members stay where they are while they are members.
// Limits: kMaxMembers entries and kMaxTombstones tombstones; a new member beyond the first is
// refused, the oldest tombstone beyond the second is dropped.
//
// SwimCore takes the table as a template policy (concept MemberTablePolicy): this one holds
// everything; the simulator brings one that shares what all processes agree on.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/lookup_map.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/member_order.h"
#include "gossip/types.h"
#include "gossip/view_hash.h"

namespace vf {

struct MemberEntry {
  MemberRecord record;
  TimePoint since;
  bool verified = false;
  TimePoint former_owner_until = kNever;
  TimePoint told_at = TimePoint::min();  // when it last got an unasked answer about a member
};

// What a merge did.
struct MergeResult {
  bool refused = false;         // the table is full
  bool added = false;           // unknown before
  bool status_changed = false;  // (boot, incarnation, state, reason) is another one now
  bool description_changed = false;
  bool new_boot = false;              // a later life of a known member
  std::optional<MemberState> before;  // its state in our view, if it was known in this boot
  bool stale = false;                 // ours is greater in both
  std::vector<MemberKey> superseded;  // older members at the same endpoint: dead now
  bool changed() const { return status_changed || description_changed; }
};

class MemberTable {
 public:
  explicit MemberTable(MemberKey self) : self_(self) {}

  // Null if unknown. Pointers live until the next change of the table.
  const MemberEntry* Find(MemberKey key) const;
  // The record of a member or tombstone; null if there is neither.
  const MemberRecord* FindRecord(MemberKey key) const;
  // The live member at this endpoint; else the newest dead one; null if none.
  const MemberEntry* FindAt(const Endpoint& endpoint) const;

  // Merges by member_order.h. `now` less the record's age is when the dead died. The newest member
  // at an endpoint supersedes the others there, this one included.
  // REQUIRES: IsPlausible(record); the key is not the own one.
  MergeResult Merge(TimePoint now, const MemberRecord& record);
  // The own record, as it is from now on.
  void SetSelf(TimePoint now, const MemberRecord& record);
  void SetVerified(MemberKey key);
  void SetTold(MemberKey key, TimePoint now);
  // Forgets everybody but the own process.
  void Clear();

  // The dead and left for longer than `evict_after` become tombstones, these are dropped after
  // `tombstone_age`. True if a member went.
  bool Evict(TimePoint now, Duration evict_after, Duration tombstone_age);
  TimePoint NextEviction(Duration evict_after, Duration tombstone_age) const;

  // Live members, the own process included.
  std::size_t live() const { return live_.size(); }
  std::size_t size() const { return order_.size(); }
  // The dead that may only have been cut off: neither left nor final. Tombstones included.
  std::size_t healable() const { return healable_.size(); }

  // A live member other than the own process for which `wanted` holds, each equally likely; an
  // exact sample of at most `count`, in random order. Cost: O(count), or O(live) if few are wanted.
  std::vector<MemberKey> SampleLive(Rng& rng, std::size_t count,
                                    const std::function<bool(const MemberEntry&)>& wanted) const;
  // REQUIRES: healable() > 0.
  MemberKey RandomHealable(Rng& rng) const;

  // For the probe round: slots 0 to slots() - 1, some of them empty.
  std::size_t slots() const { return slots_.size(); }
  // Null if empty or not live or the own process.
  const MemberEntry* ProbeTargetAt(std::size_t slot) const;

  // In the order of keys.
  void ForEach(const std::function<void(const MemberEntry&)>& visit) const;
  // Members and tombstones of a bucket, in the order of keys; the tombstones with their age.
  void ForEachInBucket(TimePoint now, std::size_t bucket,
                       const std::function<void(const MemberRecord&)>& visit) const;
  std::size_t CountInBucket(std::size_t bucket) const;

  std::uint64_t view_hash() const { return view_hash_.total(); }
  std::uint64_t bucket_hash(std::size_t bucket) const { return view_hash_.bucket(bucket); }

 private:
  static constexpr std::uint32_t kNoPosition = 0xffffffff;
  struct Slot {
    bool used = false;
    MemberEntry entry;
    std::uint32_t live_position = kNoPosition;
  };
  struct Tombstone {
    MemberRecord record;
    TimePoint since;
  };
  using ByAge = std::set<std::pair<TimePoint, MemberKey>>;

  std::uint32_t Insert(const MemberRecord& record);
  void Remove(MemberKey key);
  // Takes what hangs on the entry's record out of the indices, and puts it in again.
  void Unindex(const Slot& slot);
  void Index(std::uint32_t number);
  void AddHealable(MemberKey key);
  void RemoveHealable(MemberKey key);
  void Supersede(TimePoint now, MemberKey key);
  void ResolveEndpoint(TimePoint now, MemberKey key, MergeResult& result);
  MergeResult MergeTombstone(TimePoint now, Tombstone& tombstone, const MemberRecord& record);
  std::vector<std::pair<MemberKey, std::uint32_t>>::const_iterator FirstOf(
      std::size_t bucket) const;

  MemberKey self_;
  std::deque<Slot> slots_;
  std::vector<std::uint32_t> free_;
  LookupMap<MemberKey, std::uint32_t> by_key_;
  std::vector<std::pair<MemberKey, std::uint32_t>> order_;  // sorted by key
  std::map<Endpoint, std::vector<MemberKey>> by_endpoint_;
  std::vector<std::uint32_t> live_;  // slots
  std::vector<MemberKey> healable_;
  LookupMap<MemberKey, std::uint32_t> healable_position_;
  ByAge gone_;  // dead and left members by the time of it
  std::map<MemberKey, Tombstone> tombstones_;
  ByAge tombstones_by_age_;
  ViewHash view_hash_;
};

template <typename T>
concept MemberTablePolicy = requires(T table, const T& seen, MemberKey key, TimePoint now,
                                     const MemberRecord& record, const Endpoint& endpoint,
                                     Duration age, Rng& rng, std::size_t n) {
  T(key);
  { seen.Find(key) } -> std::same_as<const MemberEntry*>;
  { seen.FindRecord(key) } -> std::same_as<const MemberRecord*>;
  { seen.FindAt(endpoint) } -> std::same_as<const MemberEntry*>;
  { table.Merge(now, record) } -> std::same_as<MergeResult>;
  table.SetSelf(now, record);
  table.SetVerified(key);
  table.SetTold(key, now);
  table.Clear();
  { table.Evict(now, age, age) } -> std::same_as<bool>;
  { seen.NextEviction(age, age) } -> std::same_as<TimePoint>;
  { seen.live() } -> std::same_as<std::size_t>;
  { seen.size() } -> std::same_as<std::size_t>;
  { seen.healable() } -> std::same_as<std::size_t>;
  { seen.RandomHealable(rng) } -> std::same_as<MemberKey>;
  { seen.slots() } -> std::same_as<std::size_t>;
  { seen.ProbeTargetAt(n) } -> std::same_as<const MemberEntry*>;
  { seen.CountInBucket(n) } -> std::same_as<std::size_t>;
  { seen.view_hash() } -> std::same_as<std::uint64_t>;
  { seen.bucket_hash(n) } -> std::same_as<std::uint64_t>;
};

static_assert(MemberTablePolicy<MemberTable>);

}  // namespace vf
