// One pass between the copy here and the one of a peer, as the side that began it sees it: what it
// asks next, and when all that either side held at the beginning is on both.
//
// The partition's digests are compared first, then those of its 256 buckets, then (key, version,
// hash) lists of the buckets that differ; only records that one side lacks or has an older one of
// travel, in bounded batches that are acknowledged one by one. So equal copies cost one message,
// and a pass that was broken off finds less to do the next time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "node/replication/sync_answers.h"
#include "node/replication/sync_message.h"
#include "node/store/store.h"

namespace vf {

// Thread: none of its own; one owner.
// Invariant: one request is under way at a time.
// Limits: SyncLimits a message, and the records of one page of versions.
class PartitionSync {
 public:
  enum class State : std::uint8_t {
    kAsking,    // request() is to be sent; its answer goes to OnReply()
    kComplete,  // all that either held at the beginning is on both, itself or superseded
    kFailed,    // another list, no room, not storing, or an answer to another question
  };

  // The store outlives this object.
  PartitionSync(const SyncLimits& limits, int partition_digits, Store& store, Partition partition);

  State state() const { return state_; }
  // Without its number and list hash, which are the caller's to fill in.
  const SyncRequest& request() const { return request_; }
  // The answer to request().
  void OnReply(const SyncReply& reply);

  // Buckets that differed when it began; none before the digests were compared.
  std::optional<std::size_t> differing() const { return differing_; }
  std::uint64_t fetched() const { return fetched_; }  // records that came from the peer
  std::uint64_t given() const { return given_; }      // records that went to it

 private:
  void Take(const CompareReply& reply);
  void Take(const VersionsReply& reply);
  void Take(const FetchReply& reply);
  void Take(const GiveReply& reply);
  void CompareRange(std::uint64_t from, std::uint64_t to, const std::vector<KeyVersion>& theirs);
  void AskNext();

  const SyncLimits limits_;
  const int partition_digits_;
  Store& store_;
  const Partition partition_;
  State state_ = State::kAsking;
  SyncRequest request_;
  std::deque<std::size_t> buckets_;  // to be compared; the first one from `from_` on
  std::uint64_t from_ = 0;
  std::deque<std::string> wanted_;
  std::deque<RecordRef> to_give_;
  std::size_t giving_ = 0;  // of to_give_, in the request under way
  std::optional<std::size_t> differing_;
  std::uint64_t fetched_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace vf
