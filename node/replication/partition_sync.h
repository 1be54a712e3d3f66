// One pass between the copy here and the one of a peer, as the side that began it sees it: what it
// asks next, and when all that either side held at the beginning is on both.
//
// The partition's digests are compared first, then those of its 256 buckets. Buckets that only the
// peer has anything in are pulled as they are, those that only this side has anything in are given;
// of the others that differ (key, version, hash) lists are compared, and only records that one side
// lacks or has an older one of travel. Batches are bounded and acknowledged one by one. So equal
// copies cost one message, and a pass that was broken off finds less to do the next time.
//
// Tombstones that are forgotten by the time that the pass names (pass_time.h) are no differences,
// and do not travel, but as the answer to an older record that comes from the other side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/lookup_map.h"
#include "node/replication/sync_limits.h"
#include "node/replication/sync_message.h"
#include "node/store/store.h"

namespace vf {

// Thread: none of its own; one owner.
// Invariant: one request is under way at a time.
// Limits: SyncLimits a message; what is kept between messages is one page of versions and one batch
// of records.
class PartitionSync {
 public:
  enum class State : std::uint8_t {
    kAsking,    // TakeRequest() is to be sent; its answer goes to OnReply()
    kComplete,  // all that either held at the beginning is on both, itself or superseded (kBoth)
    kFailed,    // another list, no room here, not storing, or an answer to another question
  };

  enum class Direction : std::uint8_t {
    kBoth,
    kFetchOnly,  // what the peer lacks is not given to it: it is no owner; only tombstones replace
                 // what is older there. Complete when all that it held at the beginning is here
    kGiveOnly,   // the peer gets what it lacks, and nothing is brought here but tombstones in place
                 // of what is older: complete when all that this side held at the beginning is on
                 // the peer
  };

  // The store outlives this object.
  PartitionSync(const SyncLimits& limits, int partition_digits, Store& store, Partition partition,
                Direction direction = Direction::kBoth);

  State state() const { return state_; }
  // Without its number and list hash, which are the caller's to fill in.
  // REQUIRES: kAsking, and not taken yet.
  SyncRequest TakeRequest() { return std::move(request_); }
  // What the request is. REQUIRES: as TakeRequest().
  bool compares() const { return std::holds_alternative<CompareRequest>(request_); }

  // What an answer has brought here from the peer.
  struct Brought {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // of their keys and values
  };
  // The answer to what was taken last.
  Brought OnReply(const SyncReply& reply);

  // The peer has no room for what it lacks: it was given no more, and a pass that is complete has
  // brought here what the peer held, no more than that.
  bool peer_is_full() const { return peer_is_full_; }
  // The peer's copy was in sync when the pass began. REQUIRES: the digests were compared.
  bool peer_in_sync() const { return peer_in_sync_; }
  // What it is judged by. REQUIRES: the digests were compared.
  WallTime wall() const { return wall_; }
  // Buckets that differed when it began; none before the digests were compared.
  std::optional<std::size_t> differing() const { return differing_; }
  std::uint64_t fetched() const { return fetched_; }  // records that came from the peer
  std::uint64_t given() const { return given_; }      // records that went to it

 private:
  enum class Stage : std::uint8_t { kPull, kVersions, kGive, kEnd };
  // Orders of one page of the peer's versions, which the copy here is compared with. Made by
  // emplace(), which sets the numbers to 0: clang 14 refuses it where they have initializers.
  struct Range {
    BucketSet buckets;
    std::uint64_t from;
    std::uint64_t to;  // inclusive
    std::vector<KeyVersion> theirs;
    LookupMap<std::string_view, const KeyVersion*, TextHash, TextEqual> unmatched;  // of theirs
  };

  void Take(const CompareReply& reply);
  void Take(const VersionsReply& reply);
  void Take(const FetchReply& reply);
  void Take(const GiveReply& reply);
  void Take(const PullReply& reply);
  void Keep(const std::vector<RecordRef>& records);
  void CompareMore();
  void Want(const std::string& key);
  bool PeerLacks(const RecordRef& record);
  void AnswerOlder(const RecordRef& older);
  void AskNext();
  template <typename Request>
  void Ask(Request request);

  const SyncLimits limits_;
  const int partition_digits_;
  Store& store_;
  const Partition partition_;
  const Direction direction_;
  State state_ = State::kAsking;
  WallTime wall_;
  Stage stage_ = Stage::kEnd;
  SyncRequest request_;
  std::size_t asked_ = 0;          // which alternative of SyncRequest is under way
  std::size_t asked_keys_ = 0;     // of a FetchRequest under way
  std::size_t asked_records_ = 0;  // of a GiveRequest under way
  BucketSet only_there_;
  BucketSet both_;
  BucketSet only_here_;
  std::uint64_t from_ = 0;  // of the stage: where the peer's next page begins
  std::optional<Range> range_;
  std::deque<std::string> wanted_;
  std::vector<RecordRef> to_give_;  // one batch
  bool peer_is_full_ = false;
  bool peer_in_sync_ = false;
  std::optional<std::size_t> differing_;
  std::uint64_t fetched_ = 0;
  Brought brought_;  // by the answer that is looked at
  std::uint64_t given_ = 0;
};

}  // namespace vf
