#include "node/replication/replica.h"

#include "base/planted_bug.h"
#include "node/placement/partition.h"

namespace vf {

OtherList Replica::Compare(TimePoint now, const ClusterView& view, Partition partition,
                           std::uint64_t hash) const {
  const PartitionList& list = view.ListOf(partition);
  if (list.hash == hash) return {};
  return {list.hash, view.RecordsOf(now, partition)};
}

bool Replica::OwnsInSync(const ClusterView& view, Partition partition) const {
  const bool in_sync = (copies_->states.IsInSync(partition) && copies_->store.readable()) ||
                       VF_PLANTED(kNotInSyncAnswers);
  return in_sync && view.ListOf(partition).IsOwner(view.self());
}

StoreReply Replica::OnStore(TimePoint now, WallTime wall, const StoreRequest& request) {
  StoreReply reply;
  reply.request = request.request;
  reply.outcome = StoreOutcome::kNotStoring;
  if (copies_ == nullptr || !views_.Current().joined()) return reply;

  const RecordView record = request.record.view();
  const KeyHash hash = HashKey(record.key);
  const Partition partition = PartitionOf(hash, views_.Current().partition_digits());
  // Was it complete when it stored? One that comes in sync afterwards may get a greater record yet.
  const bool was_in_sync = copies_->states.IsInSync(partition);
  const PutResult put = VF_PLANTED(kAckWithoutStore) && !was_in_sync
                            ? PutResult{}
                            : copies_->store.Put(partition, request.record);
  // What was on its way until it expired becomes a tombstone at once. Not sooner: it may have to be
  // told from a tombstone of the same version that was here before.
  if (!record.tombstone && !IsLive(record, wall) && !VF_PLANTED(kExpiredStays)) {
    copies_->store.Put(
        partition,
        RecordRef::Make({.key = record.key, .version = record.version, .tombstone = true}));
  }
  const ClusterView& view = views_.Current();
  reply.list = Compare(now, view, partition, request.list_hash);
  reply.in_sync = was_in_sync && OwnsInSync(view, partition);
  clock_.Observe(wall, record.version);
  RecentWriters* const writers = copies_->writers;
  switch (put.outcome) {
    case PutResult::Outcome::kStored:
      reply.outcome = StoreOutcome::kStored;
      break;
    case PutResult::Outcome::kTied:
      // Two values under one version would have the same ETag: the frontend is to stamp again.
      reply.outcome = StoreOutcome::kTied;
      reply.winner = put.winner;
      break;
    case PutResult::Outcome::kSuperseded:
      reply.outcome = StoreOutcome::kSuperseded;
      reply.winner = put.winner;
      if (writers != nullptr) reply.rival = writers->Find(hash, put.winner);
      return reply;
    case PutResult::Outcome::kNoSpace:
      reply.outcome = StoreOutcome::kNoSpace;
      return reply;
    case PutResult::Outcome::kClosed:
    case PutResult::Outcome::kFailed:
      reply.outcome = StoreOutcome::kNotStoring;
      return reply;
  }
  if (writers != nullptr && request.frontend != kNoMember) {
    writers->Note(hash, record.version, request.frontend);
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
  if (!copies_->store.readable()) reply.outcome = ReadOutcome::kNotStoring;
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

InSyncReply Replica::OnInSync(TimePoint now, const InSyncRequest& request) const {
  InSyncReply reply;
  reply.request = request.request;
  reply.in_sync.resize(request.partitions.size());
  const ClusterView& view = views_.Current();
  if (copies_ == nullptr || !view.joined()) return reply;
  for (std::size_t i = 0; i < request.partitions.size(); ++i) {
    const auto [partition, list_hash] = request.partitions[i];
    if (partition >= view.partition_count()) continue;
    if (view.ListOf(partition).hash == list_hash) {
      reply.in_sync[i] = OwnsInSync(view, partition);
    } else if (!reply.list.differs()) {
      reply.partition = partition;
      reply.list = Compare(now, view, partition, list_hash);
    }
  }
  return reply;
}

// --- Passes ---

template <typename Request>
typename Request::Answer Replica::Sync(TimePoint now, const Request& request) {
  typename Request::Answer reply;
  reply.request = request.request;
  reply.outcome = SyncOutcome::kNotStoring;
  const ClusterView& view = views_.Current();
  if (copies_ == nullptr || !view.joined() || request.partition >= view.partition_count()) {
    return reply;
  }
  reply.list = Compare(now, view, request.partition, request.list_hash);
  if (reply.list.differs()) {
    reply.outcome = SyncOutcome::kOtherList;
    return reply;
  }
  auto answer = SyncAnswers(SyncLimits(), view.partition_digits(), copies_->store).On(request);
  // Where something cannot be read, what the answer lacks may be here all the same.
  if (copies_->store.readable()) reply = std::move(answer);
  reply.serves_clients = copies_->clients != nullptr && copies_->clients->AreServed(now);
  return reply;
}

// First the state, then the look, as in OnRead().
CompareReply Replica::OnSync(TimePoint now, const CompareRequest& request) {
  const ClusterView& view = views_.Current();
  const bool in_sync = copies_ != nullptr && view.joined() &&
                       request.partition < view.partition_count() &&
                       OwnsInSync(view, request.partition);
  CompareReply reply = Sync(now, request);
  reply.in_sync = in_sync && reply.outcome == SyncOutcome::kDone;
  return reply;
}

VersionsReply Replica::OnSync(TimePoint now, const VersionsRequest& request) {
  return Sync(now, request);
}

FetchReply Replica::OnSync(TimePoint now, const FetchRequest& request) {
  return Sync(now, request);
}

GiveReply Replica::OnSync(TimePoint now, const GiveRequest& request) { return Sync(now, request); }

PullReply Replica::OnSync(TimePoint now, const PullRequest& request) { return Sync(now, request); }

}  // namespace vf
