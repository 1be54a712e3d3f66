#include "node/replication/partition_sync.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/hash64.h"
#include "node/placement/partition.h"

namespace vf {

PartitionSync::PartitionSync(const SyncLimits& limits, int partition_digits, Store& store,
                             Partition partition)
    : limits_(limits), partition_digits_(partition_digits), store_(store), partition_(partition) {
  CompareRequest compare;
  compare.partition = partition_;
  compare.digest = store_.Digest(partition_);
  request_ = compare;
}

void PartitionSync::OnReply(const SyncReply& reply) {
  if (state_ != State::kAsking) return;
  if (reply.index() != request_.index()) {
    state_ = State::kFailed;
    return;
  }
  std::visit(
      [&](const auto& answer) {
        if (answer.outcome != SyncOutcome::kDone) {
          state_ = State::kFailed;
        } else {
          Take(answer);
        }
      },
      reply);
}

void PartitionSync::Take(const CompareReply& reply) {
  differing_ = 0;
  if (!reply.equal) {
    const BucketDigests here = store_.DigestsOfBuckets(partition_);
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      if (here[bucket] != reply.buckets[bucket]) buckets_.push_back(bucket);
    }
    differing_ = buckets_.size();
    if (!buckets_.empty()) from_ = FirstHashOf(buckets_.front());
  }
  AskNext();
}

void PartitionSync::Take(const VersionsReply& reply) {
  const std::uint64_t to = LastHashOf(buckets_.front());
  if (!reply.last && (reply.next <= from_ || reply.next > to)) {
    state_ = State::kFailed;  // It would never end.
    return;
  }
  CompareRange(from_, reply.last ? to : reply.next - 1, reply.versions);
  if (reply.last) {
    buckets_.pop_front();
    if (!buckets_.empty()) from_ = FirstHashOf(buckets_.front());
  } else {
    from_ = reply.next;
  }
  AskNext();
}

// What of the key hashes in [from, to] one side lacks or has an older record of.
void PartitionSync::CompareRange(std::uint64_t from, std::uint64_t to,
                                 const std::vector<KeyVersion>& theirs) {
  std::map<std::string_view, const KeyVersion*> there;
  for (const KeyVersion& one : theirs) there.emplace(one.key, &one);
  bool ended = false;
  while (!ended) {
    const StorePage page = store_.Scan(partition_, from, limits_.batch_bytes);
    ended = page.last || page.next > to;
    from = page.next;
    for (const RecordRef& record : page.records) {
      if (Hash64(AsBytes(record.key())) > to) break;
      const auto found = there.find(record.key());
      if (found == there.end()) {
        to_give_.push_back(record);
        continue;
      }
      const KeyVersion& other = *found->second;
      // Of equal versions with different records, the order decides when they meet.
      if (other.hash != record.hash()) {
        if (other.version.value >= record.version().value) wanted_.push_back(other.key);
        if (other.version.value <= record.version().value) to_give_.push_back(record);
      }
      there.erase(found);
    }
  }
  for (const KeyVersion& one : theirs) {
    if (there.contains(one.key)) wanted_.push_back(one.key);
  }
}

void PartitionSync::Take(const FetchReply& reply) {
  if (reply.answered == 0 || reply.answered > std::get<FetchRequest>(request_).keys.size()) {
    state_ = State::kFailed;
    return;
  }
  for (const RecordRef& record : reply.records) {
    if (PartitionOf(HashKey(record.key()), partition_digits_) != partition_) continue;
    if (store_.Put(partition_, record).outcome == PutResult::Outcome::kNoSpace) {
      state_ = State::kFailed;
      return;
    }
    ++fetched_;
  }
  wanted_.erase(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(reply.answered));
  AskNext();
}

void PartitionSync::Take(const GiveReply&) {
  to_give_.erase(to_give_.begin(), to_give_.begin() + static_cast<std::ptrdiff_t>(giving_));
  given_ += std::exchange(giving_, 0);
  AskNext();
}

// Fetching comes first: what is here then is what has to be given.
void PartitionSync::AskNext() {
  if (!wanted_.empty()) {
    FetchRequest fetch;
    fetch.partition = partition_;
    const std::size_t count = std::min(wanted_.size(), limits_.batch_keys);
    fetch.keys.assign(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(count));
    request_ = std::move(fetch);
  } else if (!to_give_.empty()) {
    GiveRequest give;
    give.partition = partition_;
    std::size_t bytes = 0;
    for (const RecordRef& record : to_give_) {
      if (bytes >= limits_.batch_bytes || give.records.size() == limits_.batch_keys) break;
      bytes += record.key().size() + record.view().value.size();
      give.records.push_back(record);
    }
    giving_ = give.records.size();
    request_ = std::move(give);
  } else if (!buckets_.empty()) {
    VersionsRequest versions;
    versions.partition = partition_;
    versions.from = from_;
    versions.to = LastHashOf(buckets_.front());
    request_ = versions;
  } else {
    state_ = State::kComplete;
  }
}

}  // namespace vf
