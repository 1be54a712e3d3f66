#include "node/replication/partition_sync.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "base/planted_bug.h"
#include "node/placement/partition.h"
#include "node/replication/bucket_walk.h"

namespace vf {

PartitionSync::PartitionSync(const SyncLimits& limits, int partition_digits, Store& store,
                             Partition partition, Direction direction)
    : limits_(limits),
      partition_digits_(partition_digits),
      store_(store),
      partition_(partition),
      direction_(direction) {
  CompareRequest compare;
  compare.wall = wall_ = store_.wall();
  compare.digest = store_.Digest(partition_, wall_);
  Ask(std::move(compare));
}

template <typename Request>
void PartitionSync::Ask(Request request) {
  request.partition = partition_;
  request_ = std::move(request);
  asked_ = request_.index();
}

PartitionSync::Brought PartitionSync::OnReply(const SyncReply& reply) {
  brought_ = {};
  if (state_ != State::kAsking) return brought_;
  if (reply.index() != asked_) {
    state_ = State::kFailed;
    return brought_;
  }
  std::visit(
      [&](const auto& answer) {
        const bool given_to_full = std::is_same_v<std::decay_t<decltype(answer)>, GiveReply> &&
                                   answer.outcome == SyncOutcome::kNoSpace;
        if (answer.outcome != SyncOutcome::kDone && !given_to_full) {
          state_ = State::kFailed;
        } else {
          Take(answer);
        }
      },
      reply);
  if (state_ == State::kAsking) AskNext();
  // What cannot be read was neither compared nor given.
  if (!store_.readable()) state_ = State::kFailed;
  fetched_ += brought_.records;
  return brought_;
}

// --- Answers ---

void PartitionSync::Take(const CompareReply& reply) {
  if (reply.wall > wall_ && !VF_PLANTED(kLaterClockForgets)) {
    state_ = State::kFailed;  // It would pass over what counts by the clock here.
    return;
  }
  wall_ = reply.wall;
  peer_in_sync_ = reply.in_sync;
  differing_ = 0;
  if (reply.equal) return;
  const BucketDigests here = store_.DigestsOfBuckets(partition_, wall_);
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    if (here[bucket] == reply.buckets[bucket]) continue;
    ++*differing_;
    // A digest of 0 is that of nothing.
    BucketSet& set = here[bucket] == 0            ? only_there_
                     : reply.buckets[bucket] == 0 ? only_here_
                                                  : both_;
    set.set(bucket);
  }
  if (direction_ == Direction::kFetchOnly) only_here_.reset();
  if (direction_ == Direction::kGiveOnly) {
    // What is there is not brought here, but what is forgotten here may have to answer it.
    const BucketDigests all_here = store_.DigestsOfBuckets(partition_, WallTime());
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      if (only_there_.test(bucket) && all_here[bucket] != 0) both_.set(bucket);
    }
    only_there_.reset();
  }
  stage_ = Stage::kPull;
}

void PartitionSync::Take(const PullReply& reply) {
  if (!reply.last && reply.next <= from_) {
    state_ = State::kFailed;  // It would never end.
    return;
  }
  if (!(VF_PLANTED(kLastPageDropped) && reply.last)) Keep(reply.records);
  if (reply.last) {
    stage_ = Stage::kVersions;
    from_ = 0;
  } else {
    from_ = reply.next;
  }
}

void PartitionSync::Take(const VersionsReply& reply) {
  if (!reply.last && reply.next <= from_) {
    state_ = State::kFailed;
    return;
  }
  Range& range = range_.emplace();
  range.buckets = both_;
  range.from = from_;
  range.to = reply.last ? std::numeric_limits<std::uint64_t>::max() : reply.next - 1;
  range.theirs = reply.versions;
  for (const KeyVersion& one : range.theirs) range.unmatched.Insert(one.key, &one);
  if (reply.last) {
    stage_ = Stage::kGive;
  } else {
    from_ = reply.next;
  }
}

void PartitionSync::Take(const FetchReply& reply) {
  if (reply.answered == 0 || reply.answered > asked_keys_) {
    state_ = State::kFailed;
    return;
  }
  Keep(reply.records);
  wanted_.erase(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(reply.answered));
}

void PartitionSync::Take(const GiveReply& reply) {
  peer_is_full_ = reply.outcome == SyncOutcome::kNoSpace;
  if (!peer_is_full_) given_ += asked_records_;
  Keep(reply.tombstones);
}

void PartitionSync::Keep(const std::vector<RecordRef>& records) {
  for (const RecordRef& record : records) {
    if (PartitionOf(HashKey(record.key()), partition_digits_) != partition_) continue;
    switch (store_.Put(partition_, record).outcome) {
      case PutResult::Outcome::kNoSpace:
      case PutResult::Outcome::kClosed:
      case PutResult::Outcome::kFailed:
        state_ = State::kFailed;
        return;
      case PutResult::Outcome::kSuperseded:
        AnswerOlder(record);
        break;
      case PutResult::Outcome::kStored:
      case PutResult::Outcome::kTied:
        break;
    }
    const RecordView view = record.view();
    brought_.bytes += view.key.size() + view.value.size();
    ++brought_.records;
  }
}

// The peer cannot know of a tombstone that this side has forgotten, whichever way the pass goes.
void PartitionSync::AnswerOlder(const RecordRef& older) {
  if (VF_PLANTED(kOlderNotAnswered)) return;
  RecordRef here = store_.Get(partition_, older.key());
  if (here && store_.IsForgotten(here.view(), wall_)) to_give_.push_back(std::move(here));
}

// --- Comparing ---

void PartitionSync::Want(const std::string& key) {
  if (direction_ != Direction::kGiveOnly) wanted_.push_back(key);
}

// Whether the peer is to be given this record. What it has and this copy lacks is wanted. What is
// forgotten is of no use but to who has an older one.
bool PartitionSync::PeerLacks(const RecordRef& record) {
  const bool forgotten = store_.IsForgotten(record.view(), wall_);
  const KeyVersion* const* found = range_->unmatched.Find(record.key());
  if (found == nullptr) return !forgotten && direction_ != Direction::kFetchOnly;
  const KeyVersion& other = **found;
  if (other.hash == record.hash()) return false;
  // Of equal versions with different records, the order decides when they meet.
  if (other.version.value >= record.version().value && !VF_PLANTED(kOnlyMissingFetched)) {
    Want(other.key);
  }
  return other.version.value <= record.version().value &&
         (forgotten || direction_ != Direction::kFetchOnly);
}

// Goes on with the range until there is a batch to give, or its end.
void PartitionSync::CompareMore() {
  Range& range = *range_;
  BatchEnd end(limits_);
  const auto visit = [&](std::uint64_t order, const RecordRef& record) {
    if (order > range.to) return false;
    if (PeerLacks(record) && !peer_is_full_) {
      const RecordView view = record.view();
      if (end.ComesBefore(order, view.key.size() + view.value.size())) {
        range.from = order;
        return false;
      }
      to_give_.push_back(record);
    }
    range.unmatched.Erase(record.key());
    return true;
  };
  const std::uint64_t began = range.from;
  WalkBuckets(store_, partition_, range.buckets, began, visit);
  if (range.from != began) return;
  for (const KeyVersion& one : range.theirs) {
    if (range.unmatched.Contains(one.key)) Want(one.key);
  }
  range_.reset();
}

void PartitionSync::AskNext() {
  for (;;) {
    // Fetching comes first: what is here then is what has to be given.
    if (!wanted_.empty()) {
      FetchRequest fetch;
      asked_keys_ = std::min(wanted_.size(), limits_.batch_records);
      fetch.keys.assign(wanted_.begin(),
                        wanted_.begin() + static_cast<std::ptrdiff_t>(asked_keys_));
      return Ask(std::move(fetch));
    }
    if (!to_give_.empty()) {
      GiveRequest give;
      asked_records_ = to_give_.size();
      give.records = std::exchange(to_give_, {});
      return Ask(std::move(give));
    }
    if (range_) {
      CompareMore();
      continue;
    }
    switch (stage_) {
      case Stage::kPull:
        if (only_there_.any()) {
          PullRequest pull;
          pull.buckets = only_there_;
          pull.from = from_;
          pull.wall = wall_;
          return Ask(std::move(pull));
        }
        stage_ = Stage::kVersions;
        break;
      case Stage::kVersions:
        if (both_.any()) {
          VersionsRequest versions;
          versions.buckets = both_;
          versions.from = from_;
          versions.wall = wall_;
          return Ask(std::move(versions));
        }
        stage_ = Stage::kGive;
        break;
      case Stage::kGive:
        stage_ = Stage::kEnd;
        if (only_here_.any() && !peer_is_full_) {
          Range& range = range_.emplace();
          range.buckets = only_here_;
          range.to = std::numeric_limits<std::uint64_t>::max();
        }
        break;
      case Stage::kEnd:
        state_ = State::kComplete;
        return;
    }
  }
}

}  // namespace vf
