#include "node/data/data_driver.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "node/data/copy_upkeep.h"
#include "node/data/kv_answers.h"
#include "node/placement/partition.h"
#include "node/replication/behind_notes.h"
#include "node/replication/message_direction.h"

namespace vf {

struct DataDriver::Core {
  Core(TimePoint now, DataPlane& plane, ViewReader& views, const Rng& rng, DataCounters& counters,
       bool runs_sync)
      : copies(plane.copies()),
        replica(copies == nullptr ? nullptr : &copies->local, views, plane.clock),
        replicator(plane.replicator, copies == nullptr ? nullptr : &copies->local, views,
                   plane.clock, rng.Fork("replicator")),
        notes(BehindConfig(), views),
        stops(plane.stop, copies == nullptr ? nullptr : &copies->local, views) {
    if (runs_sync && copies != nullptr) {
      upkeep.emplace(now, plane.sync, *copies, views, rng, counters.expired);
    }
  }

  StoredCopies* const copies;
  Replica replica;
  Replicator replicator;
  BehindNotes notes;
  StopChecks stops;
  std::optional<CopyUpkeep> upkeep;
  ReplicatorOutputs outputs;         // reused
  std::vector<PeerSend> note_sends;  // reused
  StopCheckOutputs stop_outputs;     // reused
  UpkeepOutputs upkeep_outputs;      // reused
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

// A client, or a peer for one of its clients, is served here.
void DataDriver::NoteClient() {
  if (core_->copies != nullptr) core_->copies->clients.Note(now_);
}

// --- Clients ---

void DataDriver::Get(TimePoint now, WallTime wall, std::string_view key, const GetOptions& options,
                     KvCallback&& done) {
  SetTime(now, wall);
  if (core_ == nullptr) return AnswerJoining(done);
  NoteTurn();
  NoteClient();
  if (options.r) {
    counters_.quorum_reads.Add();
    const OperationId id = AddClient(std::move(done), /*is_read=*/true);
    core_->replicator.StartQuorumRead(now_, wall_, id, key, ToOwnersWanted(*options.r));
    return Drain();
  }
  if (options.local) {
    counters_.local_reads.Add();
    return AnswerRead(wall_, done, ReadHere(key));
  }
  if (const auto own = core_->replicator.ReadOwnCopy(key)) {
    counters_.own_reads.Add();
    return AnswerRead(wall_, done, own->record);
  }
  counters_.remote_reads.Add();
  const OperationId id = AddClient(std::move(done), /*is_read=*/true);
  core_->replicator.StartRead(now_, wall_, id, key);
  Drain();
}

RecordRef DataDriver::ReadHere(std::string_view key) {
  if (core_->copies == nullptr) return {};
  const Partition partition = PartitionOf(HashKey(key), views_.Current().partition_digits());
  return core_->copies->store.Get(partition, key);
}

void DataDriver::Put(TimePoint now, WallTime wall, std::string_view key, std::string_view value,
                     const WriteOptions& options, KvCallback&& done) {
  SetTime(now, wall);
  Write(DraftOf(wall_, key, value, options), options, std::move(done));
}

void DataDriver::Delete(TimePoint now, WallTime wall, std::string_view key,
                        const WriteOptions& options, KvCallback&& done) {
  SetTime(now, wall);
  Write(DraftOfDeletion(key), options, std::move(done));
}

void DataDriver::Write(const RecordView& draft, const WriteOptions& options, KvCallback&& done) {
  if (core_ == nullptr) return AnswerJoining(done);
  NoteClient();
  counters_.writes.Add();
  const OperationId id = AddClient(std::move(done), /*is_read=*/false);
  core_->replicator.StartWrite(now_, wall_, id, draft, ToAcksWanted(options));
  Drain();
}

OperationId DataDriver::AddClient(KvCallback&& done, bool is_read) {
  const OperationId id = ++last_operation_;
  clients_.Insert(id, {std::move(done), is_read});
  return id;
}

void DataDriver::Answer(OperationId id, const OperationResult& result) {
  Client* found = clients_.Find(id);
  VF_CHECK(found != nullptr, "an operation that no client waits for");
  Client client = std::move(*found);
  clients_.Erase(id);
  CountEnd(result.status);
  if (result.rival) NoteConflict(result);
  if (result.status != OperationStatus::kOk) return AnswerFailure(client.done, result);
  if (client.is_read) return AnswerRead(wall_, client.done, result.record);
  AnswerWrite(client.done, result.record);
}

void DataDriver::CountEnd(OperationStatus status) {
  switch (status) {
    case OperationStatus::kOk:
      return counters_.operations_ok.Add();
    case OperationStatus::kUnavailable:
      return counters_.operations_unavailable.Add();
    case OperationStatus::kOverloaded:
      return counters_.operations_overloaded.Add();
    case OperationStatus::kNoSpace:
      return counters_.operations_no_space.Add();
    case OperationStatus::kBadRequest:
      return;
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

// --- What is to be done then ---

// Answers to clients may start new operations, and sends to this process are answered at once: both
// add outputs, until there are none.
void DataDriver::Drain() {
  if (draining_) return;
  draining_ = true;
  for (bool more = true; more;) {
    more = DrainReplicator();
    more = DrainNotes() || more;
    more = DrainStops() || more;
    more = (core_->upkeep && DrainUpkeep()) || more;
  }
  ShowUntold();
  draining_ = false;
  shell_.OnDeadlineMoved();
}

bool DataDriver::DrainReplicator() {
  ReplicatorOutputs& out = core_->outputs;
  core_->replicator.TakeOutputs(out);
  Dispatch(out.sends);
  for (const ReplicatorOutputs::Done& done : out.done) Answer(done.operation, done.result);
  for (LearnWish& wish : out.learn) {
    Learn(std::move(wish),
          [this](LearnTicket ticket) { core_->replicator.OnLearned(now_, wall_, ticket); });
  }
  for (const ReplicaLoad::Report& report : out.reports) Report(report);
  return !out.sends.empty() || !out.done.empty() || !out.learn.empty() || !out.reports.empty();
}

bool DataDriver::DrainNotes() {
  std::vector<PeerSend>& sends = core_->note_sends;
  core_->notes.TakeOutputs(sends);
  Dispatch(sends);
  return !sends.empty();
}

bool DataDriver::DrainStops() {
  StopCheckOutputs& out = core_->stop_outputs;
  core_->stops.TakeOutputs(out);
  Dispatch(out.sends);
  for (std::vector<MemberRecord>& members : out.learn) plane_.learn(std::move(members), [] {});
  for (StopCheckOutputs::Done& verdict : out.done) AnswerStopper(std::move(verdict));
  return !out.sends.empty() || !out.learn.empty() || !out.done.empty();
}

bool DataDriver::DrainUpkeep() {
  UpkeepOutputs& out = core_->upkeep_outputs;
  core_->upkeep->TakeOutputs(out);
  if (!out.kept.empty()) plane_.keep_holders(out.kept);
  Dispatch(out.sends);
  for (LearnWish& wish : out.learn) {
    Learn(std::move(wish), [this](LearnTicket ticket) { core_->upkeep->OnLearned(now_, ticket); });
  }
  if (out.ready) plane_.announce_ready(std::move(*out.ready));
  if (plane_.on_copy_in_sync) {
    for (const CopyInSync& copy : out.in_sync) plane_.on_copy_in_sync(copy);
  }
  for (const HandoffDrop& drop : out.drops) {
    if (plane_.on_before_drop) plane_.on_before_drop(drop.partition);
    core_->upkeep->Drop(now_, drop);
  }
  if (out.emptied) plane_.on_emptied();
  return !out.sends.empty() || !out.learn.empty() || out.ready.has_value();
}

void DataDriver::Dispatch(std::vector<PeerSend>& sends) {
  for (PeerSend& send : sends) Dispatch(send);
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

void DataDriver::Learn(LearnWish wish, std::function<void(LearnTicket)> learned) {
  counters_.lists_learned.Add();
  plane_.learn(std::move(wish.members), [this, ticket = wish.ticket, learned = std::move(learned)] {
    shell_.Post([this, ticket, learned](TimePoint now, WallTime wall) {
      SetTime(now, wall);
      learned(ticket);
      Drain();
    });
  });
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

// --- What peers answer ---

void DataDriver::OnReply(TimePoint now, WallTime wall, MemberKey from, const PeerReply& reply) {
  SetTime(now, wall);
  if (core_ == nullptr) return;
  TakeReply(from, reply);
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
          if (core_->upkeep) core_->upkeep->OnReply(now_, wall_, from, answer);
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
  if (core_->upkeep) core_->upkeep->OnPeerFailure(now_, member);
  Drain();
}

void DataDriver::OnPeerUp(MemberKey member) {
  if (core_ != nullptr) core_->replicator.OnPeerUp(member);
}

// --- What peers ask ---

std::optional<PeerReply> DataDriver::OnRequest(TimePoint now, WallTime wall,
                                               const PeerRequest& request) {
  SetTime(now, wall);
  std::optional<PeerReply> reply = Serve(request);
  const bool gave = std::holds_alternative<GiveRequest>(request);
  if (gave && core_ != nullptr && core_->upkeep) core_->upkeep->OnRecordsGiven(now_, wall_);
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
    if (core_ != nullptr) NoteClient();
    return replica.OnStore(now_, wall_, *store);
  }
  if (const auto* read = std::get_if<ReadRequest>(&request)) {
    counters_.peer_reads.Add();
    if (core_ != nullptr) NoteClient();
    return replica.OnRead(now_, *read);
  }
  if (const auto* note = std::get_if<NoteRequest>(&request)) {
    counters_.peer_notes.Add();
    return ServeNote(replica, *note);
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

NoteReply DataDriver::ServeNote(Replica& replica, const NoteRequest& request) {
  const NoteReply reply = replica.OnNote(now_, request);
  if (reply.outcome == NoteOutcome::kNoted) {
    plane_.behind.noted.fetch_add(1);
    core_->notes.Note(now_, request.partition, request.behind);
  }
  return reply;
}

// --- Membership and time ---

void DataDriver::OnViewPublished(TimePoint now, WallTime wall) {
  SetTime(now, wall);
  if (core_ == nullptr) {
    if (!views_.Current().joined()) return;
    core_ = std::make_unique<Core>(now_, plane_, views_, rng_, counters_, runs_sync_);
    last_turn_ = now_;
  }
  // Whoever owned before a pause is a holder, too: it is noticed before the view is followed.
  NoteTurn();
  core_->replicator.OnViewChanged(now_, wall_);
  core_->notes.OnViewChanged();
  if (core_->upkeep) core_->upkeep->OnViewChanged(now_, wall_);
  Drain();
}

void DataDriver::MarkAllNotInSync(TimePoint now, WallTime wall) {
  SetTime(now, wall);
  if (core_ == nullptr || !core_->upkeep) return;
  core_->upkeep->MarkAllNotInSync(now_);
  Drain();
}

void DataDriver::OnBehind(TimePoint now, WallTime wall, const std::vector<Partition>& partitions,
                          MemberKey holder) {
  SetTime(now, wall);
  if (core_ == nullptr || !core_->upkeep) return;
  core_->upkeep->OnBehind(now_, partitions, holder);
  Drain();
}

void DataDriver::OnTimer(TimePoint now, WallTime wall) {
  SetTime(now, wall);
  if (core_ == nullptr) return;
  NoteTurn();
  core_->replicator.OnTimer(now_, wall_);
  core_->notes.OnTimer(now_);
  core_->stops.OnTimer(now_);
  if (core_->upkeep) core_->upkeep->OnTimer(now_, wall_);
  Drain();
}

TimePoint DataDriver::NextDeadline() const {
  if (core_ == nullptr) return kNever;
  TimePoint deadline = std::min(
      {core_->replicator.NextDeadline(), core_->notes.NextDeadline(), core_->stops.NextDeadline()});
  if (core_->upkeep) deadline = std::min(deadline, core_->upkeep->NextDeadline());
  if (core_->copies != nullptr) deadline = std::min(deadline, last_turn_ + plane_.longest_turn / 2);
  return deadline;
}

// --- Whether it may be stopped ---

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

}  // namespace vf
