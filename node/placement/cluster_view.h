// Who owns which partition, as one process sees it at one moment: what every request is judged by.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/cluster_limits.h"
#include "base/time.h"
#include "gossip/types.h"
#include "node/placement/partition.h"
#include "node/placement/preference_order.h"

namespace vf {

// How long a member that died, stopped or restarted goes on owning its partitions, so that a
// restart moves nothing but differences.
inline constexpr Duration kOwnershipGrace = seconds(60);

static_assert(2 * kMaxReplicas <= static_cast<int>(PreferenceOrder::kMaxListed));

// For how long a member that lost its place, and what it held with it, counts as one who held what
// it held: until then those in its place have copied it from the others, or nobody has it.
inline constexpr Duration kLossCounts = 2 * kOwnershipGrace;

// Members of one list and those that were in it lately, which RecordsOf() names besides.
inline constexpr std::size_t kMaxListRecords = 3 * kMaxReplicas;

// May requests be sent to it now? Another question than whether it owns.
// Degraded (flap_damping.h) and busy (busy_members.h) members count as suspect.
enum class Reach : std::uint8_t { kReachable, kSuspect, kUnreachable };

// What became of the copies of a member that owned.
enum class CopyFate : std::uint8_t {
  kMayReturn,  // it has them, or may come back with them
  kLost,       // gone with their process: a former life, or dead in memory only and past its grace
  kSettled     // nobody needs to ask: emptied, forgotten, or one who is ready has its place
};

// A storage member as requests see it.
struct ViewMember {
  MemberRecord record;
  TimePoint since;        // in its state since then
  TimePoint returned_at;  // see Member
  Reach reach = Reach::kUnreachable;
  bool owns = false;     // ready, or within kOwnershipGrace of its end if it owned then
  bool joining = false;  // will own its partitions once it is ready
  // Gives away what it holds, then leaves (Phase::kDraining): owns only if nobody else can.
  bool draining = false;
  MemberKey key() const { return record.key(); }
};

// The owners of one partition and those that will be.
struct PartitionList {
  std::vector<MemberKey> owners;   // the first K of the preference list that own, in its order
  std::vector<MemberKey> joining;  // joining members that would be among the first K, in order
  std::uint64_t hash = 0;          // of both, in order: the list hash that requests carry
  // The number of the view by which this process got its place among them; 0: it has none. Another
  // one than before says that it was without meanwhile, also to who did not see that view.
  std::uint64_t own_since = 0;

  bool IsOwner(MemberKey member) const;
  bool IsJoining(MemberKey member) const;
  bool HasPlace(MemberKey member) const { return IsOwner(member) || IsJoining(member); }
};

// Immutable. Threads: any.
class ClusterView {
 public:
  // Rises with every view that a builder makes.
  std::uint64_t number() const { return number_; }
  MemberKey self() const { return self_; }
  // False: no founded cluster was met yet, or the first member exchange is not complete. Then there
  // are no members and no lists.
  bool joined() const { return joined_; }
  int replicas() const { return replicas_; }                  // K
  int partition_digits() const { return partition_digits_; }  // N
  Partition partition_count() const { return static_cast<Partition>(lists_.size()); }

  // Storage members that are alive, suspect, or still own; sorted by key.
  std::span<const ViewMember> members() const { return members_; }
  // Null if it is not one of members().
  const ViewMember* Find(MemberKey member) const;
  // Storage members that are known to be dead or to have left, and own nothing; sorted by key. For
  // as long as membership lists them: those that are away until they are back or settled.
  std::span<const ViewMember> gone() const { return gone_; }
  // Null if it is not one of gone().
  const ViewMember* FindGone(MemberKey member) const;
  // Whether requests may be sent to it without a second thought.
  bool IsReachable(MemberKey member) const {
    const ViewMember* seen = Find(member);
    return seen != nullptr && seen->reach == Reach::kReachable;
  }

  // REQUIRES: joined(), partition < partition_count().
  const PartitionList& ListOf(Partition partition) const { return lists_[partition]; }
  // Owners, joining owners and fallbacks alike, in rendezvous order, at most
  // PreferenceOrder::kMaxListed.
  std::span<const MemberKey> PreferenceOf(Partition partition) const {
    return order_->Of(partition);
  }
  // Who takes a write in place of an owner that cannot be reached: the listed members that are
  // neither owners nor joining owners, those that own elsewhere first, since the next owner is one
  // of them, and those that drain last; each in rendezvous order.
  std::vector<MemberKey> FallbacksOf(Partition partition) const;
  // Who may hold records of the partition without a place in its list, besides those that took
  // writes as the next fallbacks: whoever drains. In rendezvous order.
  std::vector<MemberKey> DrainingOf(Partition partition) const;
  // The member records behind the partition's list at `now`, at most kMaxListRecords: its members,
  // and those who would be among them had they not died, left or lost their place; without these a
  // process that still counts on them would learn nothing. What is sent to one with another list.
  std::vector<MemberRecord> RecordsOf(TimePoint now, Partition partition) const;

  // Whether at least one member owns.
  bool HasOwners() const { return owners_ > 0; }
  // Of a member that is, or was, an owner. One that nobody remembers is lost.
  CopyFate FateOf(MemberKey member) const;
  // Those of members() and gone() that are away (IsAway), but for those whose seat another owner
  // has: in the order of keys. The pointers live as long as the view.
  std::vector<const ViewMember*> Away() const;
  // Who would be among the owners of the partition had it not ended, and what it held with it
  // (CopyFate::kLost), within the last kLossCounts. One a seat, in the order of keys: who has just
  // started learns here what those who lived through it know from the views before.
  std::vector<MemberKey> LostOwnersOf(Partition partition) const;
  // Who would be among the owners of the partition or the next K fallbacks had it not ended, and
  // may come back with what it held on its disk: writes that were acknowledged shortly before the
  // end of many may be with fallbacks alone. Whoever has just started cannot know whether others
  // have taken over since, and who; only a copy in sync can tell that. Without those who own still.
  // In the order of keys.
  std::vector<MemberKey> AwayHoldersOf(Partition partition) const;
  // The acks that a write needs unless told otherwise: the smallest of 2, K and the members that
  // own, or owned and hold data: those who are away with their disks, and those who are back with
  // them. Never 0.
  int DefaultMinAcks() const;

 private:
  friend class ClusterViewBuilder;
  std::uint64_t number_ = 0;
  MemberKey self_ = kNoMember;
  bool joined_ = false;
  int replicas_ = 0;
  int partition_digits_ = 0;
  int owners_ = 0;
  int draining_ = 0;
  int former_owners_ = 0;  // away, or back and not ready yet, with the data that they owned
  std::vector<ViewMember> members_;
  std::vector<ViewMember> gone_;
  std::vector<Seat> away_;  // with their disks, in their grace or past it; sorted by key
  std::vector<Seat> lost_;  // of gone_: candidates of LostOwnersOf(), sorted by key
  std::shared_ptr<const PreferenceOrder> order_;
  std::vector<PartitionList> lists_;

  std::vector<std::uint64_t> OwnedSeats() const;  // sorted
  void KeepLostWithoutHeir();
  // The weight that a member needs to be among the owners; 0 while there are fewer than K.
  std::uint64_t LeastWeightOf(Partition partition) const;
};
using SharedClusterView = std::shared_ptr<const ClusterView>;

// The newest view, for code that must look again after it has acted.
class ClusterViewSource {
 public:
  virtual ~ClusterViewSource() = default;
  // Never null. The reference lives until the next call from the same thread.
  virtual const ClusterView& Current() = 0;
};

// Makes views from membership snapshots. Pure; one owner.
class ClusterViewBuilder {
 public:
  // A view for `membership` at `now`. Cost: the order is changed for the members that came or went,
  // the lists are made anew.
  SharedClusterView Build(TimePoint now, const MembershipSnapshot& membership);

  // When the last snapshot gives another view without any news: a grace ends. kNever: it does not.
  TimePoint NextDeadline() const { return next_deadline_; }

 private:
  std::uint64_t views_ = 0;
  std::shared_ptr<const PreferenceOrder> order_;
  std::vector<std::uint64_t> own_since_;  // by partition: PartitionList::own_since
  TimePoint next_deadline_ = kNever;
};

}  // namespace vf
