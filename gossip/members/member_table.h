// What a process believes of all members: the live, the dead and left, and tombstones of those
// that were forgotten since. Who is away (IsAway) is not forgotten: deletions are kept for it.
//
// Thread: none of its own.
// Invariants: 1. Stored (boot, incarnation) never goes down, also through eviction.
//             2. At most one live member has an endpoint: the one with the highest (boot, key).
//             3. The own process is in the table and always alive, unless it has left.
//             4. Members stay in their slots while they are members.
// Limits: kMaxMembers members and kMaxTombstones tombstones. For a new member beyond the first the
// one that is gone for longest becomes a tombstone, whatever its age, and who is away last; if all
// are live, it is refused. The oldest tombstone beyond the second is dropped.
//
// The rows are kept by a storage (member_storage.h): MemberTable holds everything itself; in the
// simulator thousands of processes share what they agree on. SwimCore takes any MemberTablePolicy.
#pragma once

#include <bitset>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/lookup_map.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/members/member_order.h"
#include "gossip/members/member_slot.h"
#include "gossip/members/member_storage.h"
#include "gossip/members/view_hash.h"
#include "gossip/types.h"

namespace vf {

// What a merge did.
struct MergeResult {
  bool refused = false;         // the table is full of live members
  bool added = false;           // unknown before
  bool status_changed = false;  // (boot, incarnation, state, reason) is another one now
  bool description_changed = false;
  bool new_boot = false;              // a later life of a known member
  std::optional<MemberState> before;  // its state in our view, if it was known in this boot
  bool stale = false;                 // ours is greater in both
  bool levelled = false;              // the same death, but earlier than we knew
  std::vector<MemberKey> superseded;  // older members at the same endpoint: dead now
  bool changed() const { return status_changed || description_changed; }
  bool operator==(const MergeResult&) const = default;
};

template <MemberStorage Storage>
class BasicMemberTable {
 public:
  explicit BasicMemberTable(MemberKey self) : self_(self) {}
  // With members already in it: live ones, each with its key, endpoint and hash entered.
  BasicMemberTable(MemberKey self, Storage storage) : self_(self), storage_(std::move(storage)) {}

  // Null if unknown. Pointers live until the next change of the table.
  const Member* Find(MemberKey key) const;
  // The record of a member or tombstone; null if there is neither.
  const MemberRecord* FindRecord(MemberKey key) const;
  // The live member at this endpoint; else the newest dead one; null if none.
  const Member* FindAt(const Endpoint& endpoint) const;

  // Merges by member_order.h. `now` less the record's age is when the dead died; of two moments of
  // one death the earlier counts: an age is cut to whole seconds and says nothing of the time that
  // it travelled, so every repetition makes a death seem later. The newest member
  // at an endpoint supersedes the others there, this one included.
  // REQUIRES: IsPlausible(record); the key is not the own one.
  MergeResult Merge(TimePoint now, const MemberRecord& record);
  // The own record, as it is from now on.
  void SetSelf(TimePoint now, const MemberRecord& record);
  void SetVerified(MemberKey key);
  // Of a live member; these end with its life.
  void SetUdpBad(MemberKey key, bool udp_bad);
  void SetBusy(MemberKey key, bool busy);
  // Of an alive member; it ends with the state.
  void SetDegraded(MemberKey key, bool degraded);
  // Forgets everybody but the own process.
  void Clear();

  // The dead and left for longer than `evict_after` become tombstones, unless they are away; these
  // are dropped after `tombstone_age`. Both count from when it went, and anew from when it was
  // known here to be away no more: so long it can be told to who still waits for it. True if a
  // member went.
  bool Evict(TimePoint now, Duration evict_after, Duration tombstone_age);
  TimePoint NextEviction(Duration evict_after, Duration tombstone_age) const;

  // Live members, the own process included.
  std::size_t live() const { return storage_.live(); }
  std::size_t size() const { return storage_.keys(); }
  // The dead that may only have been cut off: neither left nor final. Tombstones included.
  std::size_t healable() const { return healable_.size(); }

  // Members that are away.
  std::size_t away() const { return away_.size(); }
  // Up to `count` of them, in the order in which they went, from behind `after` on and around; with
  // their age. `after` need not be away.
  std::vector<MemberRecord> AwayBehind(TimePoint now, MemberKey after, std::size_t count) const;
  // Of a member or tombstone that is gone: its record, with its age.
  std::optional<MemberRecord> FindGone(TimePoint now, MemberKey key) const;

  // Live members other than the own process for which `wanted(const Member&)` holds: an exact
  // sample of at most `count`, in random order. Cost: O(count), or O(live) if few are wanted.
  template <typename Wanted>
  std::vector<MemberKey> SampleLive(Rng& rng, std::size_t count, const Wanted& wanted) const;
  // REQUIRES: healable() > 0.
  MemberKey RandomHealable(Rng& rng) const;

  // For the probe round: slots 0 to slots() - 1, some of them empty.
  std::size_t slots() const { return storage_.slots(); }
  // Null if empty or not live or the own process.
  const Member* ProbeTargetAt(std::size_t slot) const;

  // `visit(const Member&)`, in the order of keys.
  template <typename Visit>
  void ForEach(const Visit& visit) const;
  // The same as a list to keep.
  MemberList Members() const { return storage_.Share(); }
  // The same for those at an endpoint, the dead included, in no order that means anything.
  template <typename Visit>
  void ForEachAt(const Endpoint& endpoint, const Visit& visit) const;
  // `visit(const MemberRecord&)`: members and tombstones of a bucket, each in the order of keys;
  // the gone with their age.
  template <typename Visit>
  void ForEachInBucket(TimePoint now, std::size_t bucket, const Visit& visit) const;
  std::size_t CountInBucket(std::size_t bucket) const;

  // Buckets in which any record, tombstones included, is another one since the last call. All of
  // them the first time.
  std::bitset<kViewBuckets> TakeChangedBuckets() {
    return std::exchange(changed_buckets_, std::bitset<kViewBuckets>());
  }

  std::uint64_t view_hash() const { return storage_.view_hash(); }
  std::uint64_t bucket_hash(std::size_t bucket) const { return storage_.bucket_hash(bucket); }

 private:
  struct Tombstone {
    MemberRecord record;
    TimePoint since;
    TimePoint kept_from;
  };
  using ByAge = std::set<std::pair<TimePoint, MemberKey>>;

  const Member& MemberAt(std::uint32_t number) const { return storage_.slot(number).member; }
  // Each change of a member's record goes through one of these.
  void Insert(const Member& member);
  void Replace(std::uint32_t number, const Member& member);
  void Remove(MemberKey key);
  // The one that is gone for longest becomes a tombstone, of those that are not away if there are
  // any. False if nobody is gone.
  bool EvictOldest();
  void NoteChange(MemberKey key) { changed_buckets_.set(BucketOf(key)); }
  // The dead and left are listed by their age, apart if they are away, and by whether they may
  // only have been cut off.
  TimePoint KeptFrom(const Member& member) const;
  // It is gone in both: if it was away, and is no more, it is kept from now on.
  void NoteSettled(TimePoint now, const MemberRecord& before, const MemberRecord& after);
  void ListGone(const Member& member);
  void UnlistGone(const Member& member);
  void AddHealable(MemberKey key);
  void RemoveHealable(MemberKey key);
  void Supersede(TimePoint now, MemberKey key);
  void ResolveEndpoint(TimePoint now, MemberKey key, MergeResult& result);
  MergeResult MergeNew(TimePoint now, const MemberRecord& record);
  MergeResult MergeKnown(TimePoint now, std::uint32_t number, const MemberRecord& record);
  MergeResult MergeTombstone(Tombstone& tombstone, const MemberRecord& record);

  MemberKey self_;
  Storage storage_;
  std::vector<std::uint32_t> free_;  // slots
  std::vector<MemberKey> healable_;
  LookupMap<MemberKey, std::uint32_t> healable_position_;
  ByAge away_;  // members that are away, by when they went
  ByAge gone_;  // the other dead and left ones, by when they began to be kept
  std::map<MemberKey, TimePoint> settled_;  // of gone_: kept since then, as they were away before
  std::map<MemberKey, Tombstone> tombstones_;
  ByAge tombstones_by_age_;
  std::bitset<kViewBuckets> changed_buckets_ = std::bitset<kViewBuckets>().set();
};

using MemberTable = BasicMemberTable<OwnMembers>;

template <typename T>
concept MemberTablePolicy = requires(T table, const T& seen, MemberKey key, TimePoint now,
                                     const MemberRecord& record, const Endpoint& endpoint,
                                     Duration age, Rng& rng, std::size_t n) {
  { seen.Find(key) } -> std::same_as<const Member*>;
  { seen.FindRecord(key) } -> std::same_as<const MemberRecord*>;
  { seen.FindAt(endpoint) } -> std::same_as<const Member*>;
  { table.Merge(now, record) } -> std::same_as<MergeResult>;
  table.SetSelf(now, record);
  table.SetVerified(key);
  table.SetUdpBad(key, true);
  table.SetBusy(key, true);
  table.SetDegraded(key, true);
  table.Clear();
  { table.TakeChangedBuckets() } -> std::same_as<std::bitset<kViewBuckets>>;
  { table.Evict(now, age, age) } -> std::same_as<bool>;
  { seen.NextEviction(age, age) } -> std::same_as<TimePoint>;
  { seen.live() } -> std::same_as<std::size_t>;
  { seen.size() } -> std::same_as<std::size_t>;
  { seen.healable() } -> std::same_as<std::size_t>;
  { seen.RandomHealable(rng) } -> std::same_as<MemberKey>;
  { seen.away() } -> std::same_as<std::size_t>;
  { seen.AwayBehind(now, key, n) } -> std::same_as<std::vector<MemberRecord>>;
  { seen.FindGone(now, key) } -> std::same_as<std::optional<MemberRecord>>;
  { seen.slots() } -> std::same_as<std::size_t>;
  { seen.ProbeTargetAt(n) } -> std::same_as<const Member*>;
  { seen.CountInBucket(n) } -> std::same_as<std::size_t>;
  { seen.Members() } -> std::same_as<MemberList>;
  { seen.view_hash() } -> std::same_as<std::uint64_t>;
  { seen.bucket_hash(n) } -> std::same_as<std::uint64_t>;
};

static_assert(MemberTablePolicy<MemberTable>);

}  // namespace vf

#include "gossip/members/member_table_impl.h"  // IWYU pragma: export

namespace vf {

extern template class BasicMemberTable<OwnMembers>;

}  // namespace vf
