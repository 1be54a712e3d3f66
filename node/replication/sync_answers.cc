#include "node/replication/sync_answers.h"

#include "base/bytes.h"
#include "base/hash64.h"
#include "node/placement/partition.h"

namespace vf {

CompareReply SyncAnswers::On(const CompareRequest& request) const {
  CompareReply reply;
  reply.request = request.request;
  reply.equal = store_.Digest(request.partition) == request.digest;
  if (!reply.equal) reply.buckets = store_.DigestsOfBuckets(request.partition);
  return reply;
}

VersionsReply SyncAnswers::On(const VersionsRequest& request) const {
  VersionsReply reply;
  reply.request = request.request;
  std::uint64_t from = request.from;
  for (;;) {
    const StorePage page = store_.Scan(request.partition, from, limits_.batch_bytes);
    for (const RecordRef& record : page.records) {
      const std::uint64_t hash = Hash64(AsBytes(record.key()));
      if (hash > request.to) {
        reply.last = true;
        return reply;
      }
      // A page ends between two hashes.
      if (reply.versions.size() >= limits_.page_versions &&
          hash != Hash64(AsBytes(reply.versions.back().key))) {
        reply.next = hash;
        return reply;
      }
      reply.versions.push_back({std::string(record.key()), record.version(), record.hash()});
    }
    if (page.last || page.next > request.to) {
      reply.last = true;
      return reply;
    }
    from = page.next;
  }
}

FetchReply SyncAnswers::On(const FetchRequest& request) const {
  FetchReply reply;
  reply.request = request.request;
  std::size_t bytes = 0;
  for (const std::string& key : request.keys) {
    if (bytes >= limits_.batch_bytes) break;
    ++reply.answered;
    RecordRef record = store_.Get(request.partition, key);
    if (!record) continue;
    bytes += record.key().size() + record.view().value.size();
    reply.records.push_back(std::move(record));
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
  }
  return reply;
}

}  // namespace vf
