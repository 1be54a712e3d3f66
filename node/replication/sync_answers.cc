#include "node/replication/sync_answers.h"

#include <algorithm>

#include "base/planted_bug.h"
#include "node/placement/partition.h"
#include "node/replication/bucket_walk.h"
#include "node/replication/pass_time.h"

namespace vf {
namespace {

std::size_t PayloadBytes(const RecordRef& record) {
  const RecordView view = record.view();
  return view.key.size() + view.value.size();
}

// What goes out of a copy.
void Add(std::vector<RecordRef>& records, RecordRef record) {
  if (VF_PLANTED(kCopyWithoutTombstones) && record.view().tombstone) return;
  if (VF_PLANTED(kExpiryNotCopied)) {
    RecordView forever = record.view();
    forever.expiry_ms = 0;
    record = RecordRef::Make(forever);
  }
  if (VF_PLANTED(kDeletedCopiedAsEmpty)) {
    RecordView empty = record.view();
    empty.tombstone = false;
    record = RecordRef::Make(empty);
  }
  records.push_back(std::move(record));
}

}  // namespace

CompareReply SyncAnswers::On(const CompareRequest& request) const {
  CompareReply reply;
  reply.request = request.request;
  const WallTime latest = LatestPassTime(store_);
  reply.wall = VF_PLANTED(kLaterClockForgets) ? std::max(request.wall, latest)
                                              : std::min(request.wall, latest);
  // By the time that was asked about, one copy may have forgotten what counts by an earlier one.
  reply.equal = request.wall <= reply.wall &&
                store_.Digest(request.partition, request.wall) == request.digest;
  if (!reply.equal) reply.buckets = store_.DigestsOfBuckets(request.partition, reply.wall);
  return reply;
}

VersionsReply SyncAnswers::On(const VersionsRequest& request) const {
  VersionsReply reply;
  reply.request = request.request;
  BatchEnd end(limits_);
  const auto visit = [&](std::uint64_t order, const RecordRef& record) {
    if (store_.IsForgotten(record.view(), request.wall)) return true;
    if (end.ComesBefore(order, record.key().size())) {
      reply.next = order;
      return false;
    }
    reply.versions.push_back({std::string(record.key()), record.version(), record.hash()});
    return true;
  };
  reply.last = WalkBuckets(store_, request.partition, request.buckets, request.from, visit);
  return reply;
}

FetchReply SyncAnswers::On(const FetchRequest& request) const {
  FetchReply reply;
  reply.request = request.request;
  std::size_t bytes = 0;
  for (const std::string& key : request.keys) {
    RecordRef record = store_.Get(request.partition, key);
    if (record) {
      bytes += PayloadBytes(record);
      if (bytes > limits_.batch_bytes && reply.answered > 0) break;
      Add(reply.records, std::move(record));
    }
    ++reply.answered;
  }
  return reply;
}

GiveReply SyncAnswers::On(const GiveRequest& request) {
  GiveReply reply;
  reply.request = request.request;
  for (const RecordRef& record : request.records) {
    if (PartitionOf(HashKey(record.key()), partition_digits_) != request.partition) continue;
    const PutResult put = store_.Put(request.partition, record);
    if (put.outcome == PutResult::Outcome::kNoSpace) reply.outcome = SyncOutcome::kNoSpace;
    if (put.outcome == PutResult::Outcome::kClosed || put.outcome == PutResult::Outcome::kFailed) {
      reply.outcome = SyncOutcome::kNotStoring;
      break;
    }
    if (put.outcome != PutResult::Outcome::kSuperseded) continue;
    RecordRef greater = store_.Get(request.partition, record.key());
    if (VF_PLANTED(kOlderNotAnswered)) continue;
    if (greater && greater.view().tombstone) Add(reply.tombstones, std::move(greater));
  }
  return reply;
}

PullReply SyncAnswers::On(const PullRequest& request) const {
  PullReply reply;
  reply.request = request.request;
  BatchEnd end(limits_);
  const auto visit = [&](std::uint64_t order, const RecordRef& record) {
    if (store_.IsForgotten(record.view(), request.wall)) return true;
    if (end.ComesBefore(order, PayloadBytes(record))) {
      reply.next = order;
      return false;
    }
    Add(reply.records, record);
    return true;
  };
  reply.last = WalkBuckets(store_, request.partition, request.buckets, request.from, visit);
  return reply;
}

}  // namespace vf
