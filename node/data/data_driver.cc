#include "node/data/data_driver.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "node/placement/partition.h"
#include "node/replication/behind_notes.h"
#include "node/replication/handoff.h"
#include "node/replication/message_direction.h"
#include "node/replication/tombstone_rounds.h"

namespace vf {
namespace {

// Records that become tombstones in one turn of the loop, some 0.3 ms of it, and how long it rests
// from that when there are more. Between two looks at what has come from other threads.
constexpr std::size_t kMostExpired = 512;
constexpr Duration kExpiryRest = milliseconds(1);
constexpr Duration kExpiryLook = milliseconds(50);

constexpr std::string_view kJoiningText =
    "joining: this process has not met a founded cluster with a serving storage node yet";

AcksWanted ToAcksWanted(const WriteOptions& options) {
  if (!options.acks) return {};
  if (options.acks->count == ReplicaCount::kAll) return {AcksWanted::Kind::kAll, 0};
  return {AcksWanted::Kind::kCount, options.acks->count};
}

OwnersWanted ToOwnersWanted(const ReplicaCount& r) {
  return {r.count == ReplicaCount::kAll ? OwnersWanted::kAll : r.count};
}

KvStatus ToKvStatus(OperationStatus status) {
  switch (status) {
    case OperationStatus::kOk:
      return KvStatus::kOk;
    case OperationStatus::kBadRequest:
      return KvStatus::kBadRequest;
    case OperationStatus::kUnavailable:
      return KvStatus::kUnavailable;
    case OperationStatus::kOverloaded:
      return KvStatus::kOverloaded;
    case OperationStatus::kNoSpace:
      return KvStatus::kNoSpace;
  }
  return KvStatus::kUnavailable;
}

// What a client is told of a record that was read.
void AnswerRead(WallTime wall, KvCallback& done, const RecordRef& record) {
  if (record) {
    const RecordView view = record.view();
    if (IsLive(view, wall)) {
      done({.status = KvStatus::kOk, .version = view.version, .value = view.value, .text = {}});
      return;
    }
  }
  done({.status = KvStatus::kAbsent, .version = {}, .value = {}, .text = {}});
}

void ShowFigures(const SyncPlan& plan, const Handoff& handoff, const TombstoneRounds& tombstones,
                 SyncGauges& gauges) {
  const auto set = [](std::atomic<std::uint64_t>& gauge, std::uint64_t value) {
    gauge.store(value, std::memory_order_relaxed);
  };
  set(gauges.passes, plan.figures().passes);
  set(gauges.records_fetched, plan.figures().records_fetched);
  set(gauges.records_given, plan.figures().records_given);
  set(gauges.undelivered, handoff.undelivered());
  set(gauges.divergence, plan.divergence() + handoff.undelivered());
  set(gauges.tombstones_collected, tombstones.collected());
}

}  // namespace

struct DataDriver::Core {
  Core(DataPlane& plane, ViewReader& views, const Rng& rng, bool runs_sync)
      : copies(plane.copies()),
        replica(copies == nullptr ? nullptr : &copies->local, views, plane.clock),
        replicator(plane.replicator, copies == nullptr ? nullptr : &copies->local, views,
                   plane.clock, rng.Fork("replicator")),
        notes(BehindConfig(), views),
        stops(plane.stop, copies == nullptr ? nullptr : &copies->local, views) {
    if (runs_sync && copies != nullptr) {
      sync.emplace(plane.sync, copies->local, views, rng.Fork("sync"));
      handoff.emplace(HandoffConfig(), copies->local, views);
      tombstones.emplace(TombstoneConfig(), copies->local, views);
    }
  }

  StoredCopies* const copies;
  Replica replica;
  Replicator replicator;
  BehindNotes notes;
  StopChecks stops;
  std::optional<SyncPlan> sync;
  std::optional<Handoff> handoff;             // with sync
  std::optional<TombstoneRounds> tombstones;  // with sync
  ReplicatorOutputs outputs;                  // reused
  SyncOutputs sync_outputs;                   // reused
  HandoffOutputs handoff_outputs;             // reused
  TombstoneOutputs tombstone_outputs;         // reused
  std::vector<PeerSend> note_sends;           // reused
  StopCheckOutputs stop_outputs;              // reused
};

DataDriver::DataDriver(DataPlane& plane, DriverShell& shell, Rng rng, bool runs_sync)
    : plane_(plane), shell_(shell), rng_(rng), runs_sync_(runs_sync), views_(plane.views) {}

DataDriver::~DataDriver() = default;

void DataDriver::SetTime(TimePoint now, WallTime wall) {
  now_ = now;
  wall_ = wall;
}

// The loop has a turn at least every half of longest_turn, since NextDeadline() asks for one. After
// a longer gap this process was paused: others may have taken it for dead and written without it.
void DataDriver::NoteTurn() {
  const bool paused = now_ - last_turn_ > plane_.longest_turn;
  last_turn_ = now_;
  if (!paused || core_ == nullptr || core_->copies == nullptr) return;
  counters_.pauses.Add();
  plane_.DoubtCopies();
}

// --- Clients ---

void DataDriver::Get(TimePoint now, WallTime wall, std::string_view key, const GetOptions& options,
                     KvCallback&& done) {
  SetTime(now, wall);
  if (core_ == nullptr) {
    done({.status = KvStatus::kUnavailable, .version = {}, .value = {}, .text = kJoiningText});
    return;
  }
  NoteTurn();
  if (options.r) {
    counters_.quorum_reads.Add();
    const OperationId id = ++last_operation_;
    clients_.Insert(id, {std::move(done), /*is_read=*/true});
    core_->replicator.StartQuorumRead(now_, wall_, id, key, ToOwnersWanted(*options.r));
    Drain();
    return;
  }
  if (options.local) {
    counters_.local_reads.Add();
    RecordRef record;
    if (core_->copies != nullptr) {
      const Partition partition = PartitionOf(HashKey(key), views_.Current().partition_digits());
      record = core_->copies->store.Get(partition, key);
    }
    AnswerRead(wall_, done, record);
    return;
  }
  if (const auto own = core_->replicator.ReadOwnCopy(key)) {
    counters_.own_reads.Add();
    AnswerRead(wall_, done, own->record);
    return;
  }
  counters_.remote_reads.Add();
  const OperationId id = ++last_operation_;
  clients_.Insert(id, {std::move(done), /*is_read=*/true});
  core_->replicator.StartRead(now_, wall_, id, key);
  Drain();
}

void DataDriver::Put(TimePoint now, WallTime wall, std::string_view key, std::string_view value,
                     const WriteOptions& options, KvCallback&& done) {
  SetTime(now, wall);
  const std::uint64_t expiry_ms =
      options.ttl ? wall.ms + static_cast<std::uint64_t>(ToMilliseconds(*options.ttl)) : 0;
  Write({.key = key, .value = value, .version = {}, .expiry_ms = expiry_ms, .tombstone = false},
        options, std::move(done));
}

void DataDriver::Delete(TimePoint now, WallTime wall, std::string_view key,
                        const WriteOptions& options, KvCallback&& done) {
  SetTime(now, wall);
  Write({.key = key, .value = {}, .version = {}, .expiry_ms = 0, .tombstone = true}, options,
        std::move(done));
}

void DataDriver::Write(const RecordView& draft, const WriteOptions& options, KvCallback&& done) {
  if (core_ == nullptr) {
    done({.status = KvStatus::kUnavailable, .version = {}, .value = {}, .text = kJoiningText});
    return;
  }
  counters_.writes.Add();
  const OperationId id = ++last_operation_;
  clients_.Insert(id, {std::move(done), /*is_read=*/false});
  core_->replicator.StartWrite(now_, wall_, id, draft, ToAcksWanted(options));
  Drain();
}

void DataDriver::Answer(OperationId id, OperationResult result) {
  Client* found = clients_.Find(id);
  VF_CHECK(found != nullptr, "an operation that no client waits for");
  Client client = std::move(*found);
  clients_.Erase(id);
  switch (result.status) {
    case OperationStatus::kOk:
      counters_.operations_ok.Add();
      break;
    case OperationStatus::kUnavailable:
      counters_.operations_unavailable.Add();
      break;
    case OperationStatus::kOverloaded:
      counters_.operations_overloaded.Add();
      break;
    case OperationStatus::kNoSpace:
      counters_.operations_no_space.Add();
      break;
    case OperationStatus::kBadRequest:
      break;
  }
  if (result.rival) NoteConflict(result);
  if (result.status != OperationStatus::kOk) {
    client.done(
        {.status = ToKvStatus(result.status), .version = {}, .value = {}, .text = result.text});
  } else if (client.is_read) {
    AnswerRead(wall_, client.done, result.record);
  } else {
    client.done(
        {.status = KvStatus::kOk, .version = result.record.version(), .value = {}, .text = {}});
  }
}

// This process has seen what it wrote itself. A record of the same version that nobody is known to
// have taken may be this one, expired by the clock of the replica.
void DataDriver::NoteConflict(const OperationResult& result) {
  const bool tied = result.rival->version == result.record.version();
  if (result.rival->frontend == plane_.self) return;
  if (tied && result.rival->frontend == kNoMember) return;
  plane_.conflicts.Note({.key = std::string(result.record.key()),
                         .kept = {result.rival->version, result.rival->frontend},
                         .lost = {result.record.version(), plane_.self}});
}

void DataDriver::AskSafeToStop(TimePoint now, WallTime wall, StopCallback done) {
  SetTime(now, wall);
  if (core_ == nullptr) return done({std::string(kJoiningText)});
  NoteTurn();
  const StopCheckId id = ++last_stop_check_;
  stoppers_.Insert(id,
                   {std::move(done), plane_.behind.noted.load(), plane_.behind.untold.load() > 0});
  core_->stops.Start(now_, id);
  Drain();
}

// An owner that a write went past, and that has not been told so when it is asked, answers that it
// is in sync.
void DataDriver::AnswerStopper(StopCheckOutputs::Done verdict) {
  Stopper* found = stoppers_.Find(verdict.check);
  VF_CHECK(found != nullptr, "a check that nobody asked for");
  const Stopper stopper = std::move(*found);
  stoppers_.Erase(verdict.check);
  if (stopper.untold || plane_.behind.noted.load() != stopper.noted) {
    verdict.reasons.emplace_back("an owner lacks writes that this node has, and is being told so");
  }
  stopper.done(verdict.reasons);
}

// --- Peers ---

std::optional<PeerReply> DataDriver::OnRequest(TimePoint now, WallTime wall,
                                               const PeerRequest& request) {
  SetTime(now, wall);
  std::optional<PeerReply> reply = Serve(request);
  if (std::holds_alternative<GiveRequest>(request)) ExpireWhatCame();
  // What it noted is to be told at once.
  if (std::holds_alternative<NoteRequest>(request) && core_ != nullptr) Drain();
  return reply;
}

std::optional<PeerReply> DataDriver::Serve(const PeerRequest& request) {
  if (const auto* notice = std::get_if<ListNotice>(&request)) {
    plane_.learn(notice->members, [] {});
    return std::nullopt;
  }
  // Before this process has met the cluster it stores nothing: whoever asks finds another member.
  Replica nothing(nullptr, views_, plane_.clock);
  Replica& replica = core_ == nullptr ? nothing : core_->replica;
  NoteTurn();
  if (const auto* store = std::get_if<StoreRequest>(&request)) {
    counters_.peer_stores.Add();
    return replica.OnStore(now_, wall_, *store);
  }
  if (const auto* read = std::get_if<ReadRequest>(&request)) {
    counters_.peer_reads.Add();
    return replica.OnRead(now_, *read);
  }
  if (const auto* note = std::get_if<NoteRequest>(&request)) {
    counters_.peer_notes.Add();
    const NoteReply reply = replica.OnNote(now_, *note);
    if (reply.outcome == NoteOutcome::kNoted) {
      plane_.behind.noted.fetch_add(1);
      core_->notes.Note(now_, note->partition, note->behind);
    }
    return reply;
  }
  if (const auto* behind = std::get_if<BehindRequest>(&request)) {
    counters_.behind_told.Add();
    plane_.DoubtCopies(behind->partitions, behind->holder);
    return BehindReply{behind->request};
  }
  if (const auto* in_sync = std::get_if<InSyncRequest>(&request)) {
    return replica.OnInSync(now_, *in_sync);
  }
  return std::visit(
      [&](const auto& asked) -> std::optional<PeerReply> {
        if constexpr (std::is_constructible_v<SyncRequest, decltype(asked)>) {
          counters_.peer_passes.Add();
          return replica.OnSync(now_, asked);
        } else {
          VF_CHECK(false, "a request that nobody serves");
          return std::nullopt;
        }
      },
      request);
}

void DataDriver::OnReply(TimePoint now, WallTime wall, MemberKey from, const PeerReply& reply) {
  SetTime(now, wall);
  if (core_ == nullptr) return;
  TakeReply(from, reply);
  const bool brought =
      std::holds_alternative<FetchReply>(reply) || std::holds_alternative<PullReply>(reply);
  if (brought) ExpireWhatCame();
  Drain();
}

void DataDriver::TakeReply(MemberKey from, const PeerReply& reply) {
  const auto* behind = std::get_if<BehindReply>(&reply);
  if (behind != nullptr && (behind->request & BehindNotes::kRequestBit) != 0) {
    core_->replicator.OnHeard(from);
    core_->notes.OnReply(now_, from, *behind);
    return;
  }
  std::visit(
      [&](const auto& answer) {
        if constexpr (std::is_constructible_v<SyncReply, decltype(answer)>) {
          core_->replicator.OnHeard(from);
          if (!core_->sync) return;
          if ((answer.request & Handoff::kRequestBit) != 0) {
            core_->handoff->OnReply(now_, from, answer);
          } else if ((answer.request & TombstoneRounds::kRequestBit) != 0) {
            core_->tombstones->OnReply(now_, from, answer);
          } else {
            core_->sync->OnReply(now_, from, answer);
          }
        } else if constexpr (std::is_same_v<std::decay_t<decltype(answer)>, InSyncReply>) {
          core_->replicator.OnHeard(from);
          core_->stops.OnReply(now_, from, answer);
        } else {
          core_->replicator.OnReply(now_, wall_, from, reply);
        }
      },
      reply);
}

void DataDriver::OnPeerFailure(TimePoint now, WallTime wall, MemberKey member,
                               PeerFailure failure) {
  SetTime(now, wall);
  if (core_ == nullptr) return;
  core_->replicator.OnPeerFailure(now_, wall_, member, failure);
  core_->notes.OnPeerFailure(now_, member);
  core_->stops.OnPeerFailure(member);
  if (core_->sync) {
    core_->sync->OnPeerFailure(now_, member);
    core_->handoff->OnPeerFailure(now_, member);
    core_->tombstones->OnPeerFailure(now_, member);
  }
  Drain();
}

void DataDriver::OnPeerUp(MemberKey member) {
  if (core_ != nullptr) core_->replicator.OnPeerUp(member);
}

// --- Membership and time ---

void DataDriver::OnViewPublished(TimePoint now, WallTime wall) {
  SetTime(now, wall);
  if (core_ == nullptr) {
    if (!views_.Current().joined()) return;
    core_ = std::make_unique<Core>(plane_, views_, rng_, runs_sync_);
    last_turn_ = now_;
    expire_at_ = now_;
  }
  // Whoever owned before a pause is a holder, too: it is noticed before the view is followed.
  NoteTurn();
  core_->replicator.OnViewChanged(now_, wall_);
  core_->notes.OnViewChanged();
  if (core_->sync) {
    core_->sync->OnViewChanged(now_);
    core_->handoff->OnViewChanged(now_);
    core_->tombstones->OnViewChanged(now_);
  }
  Drain();
}

void DataDriver::MarkAllNotInSync(TimePoint now, WallTime wall) {
  SetTime(now, wall);
  if (core_ == nullptr || !core_->sync) return;
  core_->sync->MarkAllNotInSync(now_);
  Drain();
}

void DataDriver::OnBehind(TimePoint now, WallTime wall, const std::vector<Partition>& partitions,
                          MemberKey holder) {
  SetTime(now, wall);
  if (core_ == nullptr || !core_->sync) return;
  for (const Partition partition : partitions) core_->sync->OnBehind(now_, partition, holder);
  Drain();
}

// Of this thread: clients are spread over all of them.
std::uint64_t DataDriver::RequestsServed() const {
  return counters_.own_reads.value() + counters_.remote_reads.value() +
         counters_.quorum_reads.value() + counters_.writes.value() + counters_.peer_reads.value() +
         counters_.peer_stores.value();
}

void DataDriver::OnTimer(TimePoint now, WallTime wall) {
  SetTime(now, wall);
  if (core_ == nullptr) return;
  NoteTurn();
  core_->replicator.OnTimer(now_, wall_);
  core_->notes.OnTimer(now_);
  core_->stops.OnTimer(now_);
  if (core_->sync) {
    core_->sync->OnTimer(now_, RequestsServed());
    core_->handoff->OnTimer(now_);
    core_->tombstones->OnTimer(now_);
    ExpireRecords();
  }
  Drain();
}

// Records of a pass may have expired on their way.
void DataDriver::ExpireWhatCame() {
  if (core_ == nullptr || !core_->sync) return;
  expire_at_ = now_;
  ExpireRecords();
}

void DataDriver::ExpireRecords() {
  if (now_ < expire_at_) return;
  core_->copies->store.Forget(wall_);
  const ExpiryTurn turn = core_->copies->store.Expire(wall_, kMostExpired);
  counters_.expired.Add(turn.expired);
  const std::uint64_t wait_ms = turn.next_ms > wall_.ms ? turn.next_ms - wall_.ms : 0;
  constexpr auto kMostMs = static_cast<std::uint64_t>(kExpiryLook / milliseconds(1));
  expire_at_ = now_ + std::max<Duration>(kExpiryRest, milliseconds(std::min(wait_ms, kMostMs)));
}

TimePoint DataDriver::NextDeadline() const {
  if (core_ == nullptr) return kNever;
  TimePoint deadline = std::min(
      {core_->replicator.NextDeadline(), core_->notes.NextDeadline(), core_->stops.NextDeadline()});
  if (core_->sync) {
    deadline = std::min({deadline, core_->sync->NextDeadline(), core_->handoff->NextDeadline(),
                         core_->tombstones->NextDeadline(), expire_at_});
  }
  if (core_->copies != nullptr) deadline = std::min(deadline, last_turn_ + plane_.longest_turn / 2);
  return deadline;
}

// --- Outputs ---

void DataDriver::StartLearning(LearnWish wish, Learner learner) {
  counters_.lists_learned.Add();
  const LearnTicket ticket = wish.ticket;
  plane_.learn(std::move(wish.members), [this, ticket, learner] {
    shell_.Post([this, ticket, learner](TimePoint now, WallTime wall) {
      SetTime(now, wall);
      switch (learner) {
        case Learner::kReplicator:
          core_->replicator.OnLearned(now_, wall_, ticket);
          break;
        case Learner::kSync:
          core_->sync->OnLearned(now_, ticket);
          break;
        case Learner::kHandoff:
          core_->handoff->OnLearned(now_, ticket);
          break;
        case Learner::kTombstones:
          core_->tombstones->OnLearned(now_, ticket);
          break;
      }
      Drain();
    });
  });
}

void DataDriver::Dispatch(PeerSend& send) {
  if (send.to == plane_.self) {
    const std::optional<PeerReply> reply = Serve(send.request);
    if (reply) TakeReply(send.to, *reply);  // Its outputs are drained by the caller's loop.
    return;
  }
  const ViewMember* member = views_.Current().Find(send.to);
  if (member == nullptr) {
    // It left the view between the decision and the sending.
    shell_.Post([this, to = send.to](TimePoint now, WallTime wall) {
      OnPeerFailure(now, wall, to, PeerFailure::kRefused);
    });
    return;
  }
  const auto pass_on = [&](auto& request) {
    shell_.Send(now_, member->record, PeerMessage(std::move(request)));
  };
  std::visit(pass_on, send.request);
}

void DataDriver::Report(const ReplicaLoad::Report& report) {
  if (const ViewMember* seen = views_.Current().Find(report.member)) {
    plane_.report(report.member, seen->record.boot, report.complaint);
  }
}

void DataDriver::ShowUntold() {
  const std::uint64_t untold = core_->notes.size();
  if (untold == untold_) return;
  plane_.behind.untold.fetch_add(untold - untold_);  // modulo 2^64, as the sum is
  untold_ = untold;
}

void DataDriver::Drop(Partition partition, std::uint64_t digest) {
  if (plane_.on_before_drop) plane_.on_before_drop(partition);
  core_->copies->store.DropAll(partition, digest);
}

// Answers to clients may start new operations, and sends to this process are answered at once: both
// add outputs, until there are none.
void DataDriver::Drain() {
  if (draining_) return;
  draining_ = true;
  for (bool idle = false; !idle;) {
    core_->replicator.TakeOutputs(core_->outputs);
    ReplicatorOutputs& out = core_->outputs;
    idle = out.sends.empty() && out.done.empty() && out.learn.empty() && out.reports.empty();
    for (PeerSend& send : out.sends) Dispatch(send);
    for (ReplicatorOutputs::Done& done : out.done) Answer(done.operation, std::move(done.result));
    for (LearnWish& wish : out.learn) StartLearning(std::move(wish), Learner::kReplicator);
    for (const ReplicaLoad::Report& report : out.reports) Report(report);

    core_->notes.TakeOutputs(core_->note_sends);
    idle = idle && core_->note_sends.empty();
    for (PeerSend& send : core_->note_sends) Dispatch(send);

    core_->stops.TakeOutputs(core_->stop_outputs);
    StopCheckOutputs& stop = core_->stop_outputs;
    idle = idle && stop.sends.empty() && stop.learn.empty() && stop.done.empty();
    for (PeerSend& send : stop.sends) Dispatch(send);
    for (std::vector<MemberRecord>& members : stop.learn) plane_.learn(std::move(members), [] {});
    for (StopCheckOutputs::Done& verdict : stop.done) AnswerStopper(std::move(verdict));
    if (!core_->sync) continue;

    core_->sync->TakeOutputs(core_->sync_outputs);
    SyncOutputs& sync = core_->sync_outputs;
    idle = idle && sync.sends.empty() && sync.learn.empty() && !sync.ready;
    for (PeerSend& send : sync.sends) Dispatch(send);
    for (LearnWish& wish : sync.learn) StartLearning(std::move(wish), Learner::kSync);
    if (sync.ready) plane_.announce_ready(std::move(*sync.ready));
    if (plane_.on_copy_in_sync) {
      for (const CopyInSync& copy : sync.in_sync) plane_.on_copy_in_sync(copy);
    }

    core_->handoff->TakeOutputs(core_->handoff_outputs);
    HandoffOutputs& handoff = core_->handoff_outputs;
    idle = idle && handoff.sends.empty() && handoff.learn.empty();
    for (PeerSend& send : handoff.sends) Dispatch(send);
    for (LearnWish& wish : handoff.learn) StartLearning(std::move(wish), Learner::kHandoff);
    for (const HandoffDrop& drop : handoff.drops) Drop(drop.partition, drop.digest);
    if (handoff.emptied) plane_.on_emptied();

    core_->tombstones->TakeOutputs(core_->tombstone_outputs);
    TombstoneOutputs& tombstones = core_->tombstone_outputs;
    idle = idle && tombstones.sends.empty() && tombstones.learn.empty();
    for (PeerSend& send : tombstones.sends) Dispatch(send);
    for (LearnWish& wish : tombstones.learn) {
      StartLearning(std::move(wish), Learner::kTombstones);
    }
  }
  if (core_->sync)
    ShowFigures(*core_->sync, *core_->handoff, *core_->tombstones, core_->copies->sync);
  ShowUntold();
  draining_ = false;
  shell_.OnDeadlineMoved();
}

}  // namespace vf
