#include "node/replication/replica.h"

#include "base/check.h"
#include "base/hash64.h"
#include "base/planted_bug.h"
#include "node/placement/partition.h"
#include "node/replication/codec.h"

namespace vf {
namespace {

std::uint64_t PlaceInScan(const RecordRef& record) { return Hash64(AsBytes(record.key())); }

// Records of a few bytes each can be more than a frame may hold.
void CutPage(CopyReply& reply) {
  std::vector<RecordRef>& records = reply.records;
  if (records.size() <= kMaxCopyRecords) return;
  // A page ends between two hashes.
  reply.next = PlaceInScan(records[kMaxCopyRecords]);
  reply.last = false;
  records.resize(kMaxCopyRecords);
  while (!records.empty() && PlaceInScan(records.back()) == reply.next) records.pop_back();
  VF_CHECK(!records.empty(), "a page full of keys of one hash");
}

}  // namespace

OtherList Replica::Compare(TimePoint now, const ClusterView& view, Partition partition,
                           std::uint64_t hash) const {
  const PartitionList& list = view.ListOf(partition);
  if (list.hash == hash) return {};
  return {list.hash, view.RecordsOf(now, partition)};
}

bool Replica::OwnsInSync(const ClusterView& view, Partition partition) const {
  const bool in_sync = copies_->states.IsInSync(partition) || VF_PLANTED(kNotInSyncAnswers);
  return in_sync && view.ListOf(partition).IsOwner(view.self());
}

StoreReply Replica::OnStore(TimePoint now, WallTime wall, const StoreRequest& request) {
  StoreReply reply;
  reply.request = request.request;
  reply.outcome = StoreOutcome::kNotStoring;
  if (copies_ == nullptr || !views_.Current().joined()) return reply;

  const RecordView record = request.record.view();
  const Partition partition = PartitionOf(HashKey(record.key), views_.Current().partition_digits());
  // Was it complete when it stored? One that comes in sync afterwards may get a greater record yet.
  const bool was_in_sync = copies_->states.IsInSync(partition);
  const PutResult put = VF_PLANTED(kAckWithoutStore) && !was_in_sync
                            ? PutResult{}
                            : copies_->store.Put(partition, request.record);
  const ClusterView& view = views_.Current();
  reply.list = Compare(now, view, partition, request.list_hash);
  reply.in_sync = was_in_sync && OwnsInSync(view, partition);
  clock_.Observe(wall, record.version);
  switch (put.outcome) {
    case PutResult::Outcome::kStored:
      reply.outcome = StoreOutcome::kStored;
      break;
    case PutResult::Outcome::kTied:
      // Two values under one version would have the same ETag: the frontend is to stamp again.
    case PutResult::Outcome::kSuperseded:
      reply.outcome = StoreOutcome::kSuperseded;
      reply.winner = put.winner;
      break;
    case PutResult::Outcome::kNoSpace:
      reply.outcome = StoreOutcome::kNoSpace;
      break;
  }
  return reply;
}

ReadReply Replica::OnRead(TimePoint now, const ReadRequest& request) {
  ReadReply reply;
  reply.request = request.request;
  const ClusterView& view = views_.Current();
  if (copies_ == nullptr || !view.joined()) {
    reply.outcome = ReadOutcome::kNotStoring;
    return reply;
  }
  const Partition partition = PartitionOf(HashKey(request.key), view.partition_digits());
  // First the state, then the look: a copy that comes in sync in between may have been looked at
  // before it had the record.
  reply.outcome = OwnsInSync(view, partition) ? ReadOutcome::kInSync : ReadOutcome::kNotInSync;
  reply.record = copies_->store.Get(partition, request.key);
  reply.list = Compare(now, view, partition, request.list_hash);
  return reply;
}

NoteReply Replica::OnNote(TimePoint now, const NoteRequest& request) const {
  NoteReply reply;
  reply.request = request.request;
  reply.outcome = NoteOutcome::kNotStoring;
  const ClusterView& view = views_.Current();
  if (copies_ == nullptr || !view.joined() || request.partition >= view.partition_count()) {
    return reply;
  }
  reply.outcome = NoteOutcome::kNoted;
  reply.list = Compare(now, view, request.partition, request.list_hash);
  return reply;
}

SyncReply Replica::OnSync(TimePoint now, const SyncRequest& request) {
  return std::visit(
      [&](const auto& asked) -> SyncReply {
        SyncAnswerOf<std::decay_t<decltype(asked)>> reply;
        reply.request = asked.request;
        reply.outcome = SyncOutcome::kNotStoring;
        const ClusterView& view = views_.Current();
        if (copies_ == nullptr || !view.joined() || asked.partition >= view.partition_count()) {
          return reply;
        }
        reply.list = Compare(now, view, asked.partition, asked.list_hash);
        if (reply.list.differs()) {
          reply.outcome = SyncOutcome::kOtherList;
          return reply;
        }
        return SyncAnswers(SyncLimits(), view.partition_digits(), copies_->store).On(asked);
      },
      request);
}

CopyReply Replica::OnCopy(TimePoint now, const CopyRequest& request) {
  CopyReply reply;
  reply.request = request.request;
  reply.outcome = CopyOutcome::kNotStoring;
  const ClusterView& view = views_.Current();
  if (copies_ == nullptr || !view.joined() || request.partition >= view.partition_count()) {
    return reply;
  }
  reply.list = Compare(now, view, request.partition, request.list_hash);
  if (reply.list.differs()) {
    reply.outcome = CopyOutcome::kOtherList;
    return reply;
  }
  if (request.from == 0 && copies_->store.Digest(request.partition) == request.digest) {
    reply.outcome = CopyOutcome::kEqual;
    return reply;
  }
  reply.outcome = CopyOutcome::kPage;
  StorePage page = copies_->store.Scan(request.partition, request.from, kCopyPageBytes);
  reply.next = page.next;
  reply.last = page.last;
  reply.records = std::move(page.records);
  if (VF_PLANTED(kCopyWithoutTombstones)) {
    std::erase_if(reply.records, [](const RecordRef& r) { return r.view().tombstone; });
  }
  if (VF_PLANTED(kDeletedCopiedAsEmpty)) {
    for (RecordRef& record : reply.records) {
      RecordView empty = record.view();
      empty.tombstone = false;
      record = RecordRef::Make(empty);
    }
  }
  CutPage(reply);
  return reply;
}

}  // namespace vf
