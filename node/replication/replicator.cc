#include "node/replication/replicator.h"

#include <algorithm>

#include "base/check.h"
#include "base/planted_bug.h"
#include "node/placement/partition.h"

namespace vf {
namespace {

// Hedges that may be saved up.
constexpr int kMostSavedHedges = 16;

// A RequestId is the operation's id and, in its low bits, the number of the request within it.
constexpr int kRequestBits = 16;
constexpr std::size_t kMaxRequests = std::size_t{1} << kRequestBits;

constexpr const char* kJoiningText =
    "joining: this process has not met a founded cluster with a ready storage node yet";

// Whether operations of this kind make requests that are answered so.
template <typename Operation, typename Answer>
concept TakesAnswer = requires(Operation& what, const Answer& answer, LearnTicket ticket) {
  what.OnReply(kNoMember, answer, ticket);
};

}  // namespace

Replicator::Replicator(const ReplicatorConfig& config, LocalCopies* copies,
                       ClusterViewSource& views, HybridClock& clock, Rng rng)
    : config_(config),
      copies_(copies),
      views_(views),
      clock_(clock),
      rng_(rng),
      load_(config.write.timeout, config.write.bytes_per_second),
      hedge_credit_(kMostSavedHedges * config.reads_per_hedge) {}

std::optional<Replicator::OwnCopy> Replicator::ReadOwnCopy(std::string_view key) const {
  const ClusterView& view = views_.Current();
  if (copies_ == nullptr || !view.joined()) return std::nullopt;
  const Partition partition = PartitionOf(HashKey(key), view.partition_digits());
  // First the state, then the look, as in Replica::OnRead.
  const bool in_sync = copies_->states.IsInSync(partition) || VF_PLANTED(kNotInSyncAnswers);
  if (!in_sync || !view.ListOf(partition).IsOwner(view.self())) {
    return std::nullopt;
  }
  OwnCopy own{copies_->store.Get(partition, key)};
  if (!copies_->store.readable()) return std::nullopt;
  return own;
}

void Replicator::Refuse(OperationId id, OperationStatus status, std::string text) {
  outputs_.done.push_back({id, {status, {}, std::move(text)}});
}

bool Replicator::Admit(OperationId id) {
  const ClusterView& view = views_.Current();
  if (!view.joined() || !view.HasOwners()) {
    Refuse(id, OperationStatus::kUnavailable, kJoiningText);
    return false;
  }
  if (operations_.size() >= config_.max_operations) {
    Refuse(id, OperationStatus::kOverloaded, "overloaded: too many requests in flight; try again");
    return false;
  }
  return true;
}

void Replicator::EarnHedge() {
  hedge_credit_ = std::min(hedge_credit_ + 1, kMostSavedHedges * config_.reads_per_hedge);
}

template <typename What>
void Replicator::Begin(TimePoint now, WallTime wall, OperationId id, What what) {
  const auto it =
      operations_.emplace_hint(operations_.end(), id, Operation{std::move(what), {}, kNever});
  Step(now, wall, it);
}

void Replicator::StartRead(TimePoint now, WallTime wall, OperationId id, std::string_view key) {
  if (!Admit(id)) return;
  const Partition partition = PartitionOf(HashKey(key), views_.Current().partition_digits());
  EarnHedge();
  Begin(now, wall, id, ReadOperation(config_.read, partition, std::string(key), now));
}

void Replicator::StartQuorumRead(TimePoint now, WallTime wall, OperationId id, std::string_view key,
                                 OwnersWanted wanted) {
  if (!Admit(id)) return;
  const ClusterView& view = views_.Current();
  if (wanted.count > view.replicas()) {
    Refuse(id, OperationStatus::kBadRequest,
           "r must be at most " + std::to_string(view.replicas()) +
               ", the number of owners of a key, or all");
    return;
  }
  const Partition partition = PartitionOf(HashKey(key), view.partition_digits());
  EarnHedge();
  Begin(now, wall, id, QuorumRead(config_.read, partition, std::string(key), wanted, now));
}

void Replicator::StartWrite(TimePoint now, WallTime wall, OperationId id, const RecordView& draft,
                            AcksWanted acks) {
  if (!Admit(id)) return;
  const ClusterView& view = views_.Current();
  if (acks.kind == AcksWanted::Kind::kCount && (acks.count < 1 || acks.count > view.replicas())) {
    Refuse(id, OperationStatus::kBadRequest,
           "acks must be 1 to " + std::to_string(view.replicas()) + ", or all");
    return;
  }
  RecordView stamped = draft;
  stamped.version = clock_.Stamp(wall);
  const Partition partition = PartitionOf(HashKey(draft.key), view.partition_digits());
  Begin(now, wall, id,
        WriteOperation(config_.write, partition, RecordRef::Make(stamped), acks, now));
}

void Replicator::AddRequest(const Operation& operation, RequestId request, MemberKey member,
                            Ask ask) {
  std::vector<PeerSend>& sends = outputs_.sends;
  const Partition partition =
      std::visit([](const auto& what) { return what.partition(); }, operation.what);
  const std::uint64_t list_hash = views_.Current().ListOf(partition).hash;
  const auto* read = std::get_if<ReadOperation>(&operation.what);
  const auto* quorum = std::get_if<QuorumRead>(&operation.what);
  const auto* write = std::get_if<WriteOperation>(&operation.what);
  switch (ask) {
    case Ask::kRead:
      return AddSend(
          sends, member,
          ReadRequest{request, list_hash, read != nullptr ? read->key() : quorum->key()});
    case Ask::kStore:
      if (write == nullptr) {
        return AddSend(sends, member, StoreRequest{request, list_hash, quorum->newest()});
      }
      return AddSend(sends, member,
                     StoreRequest{request, list_hash, write->record(), views_.Current().self()});
    case Ask::kNote:
      return AddSend(sends, member, NoteRequest{request, list_hash, partition, write->behind()});
    case Ask::kBehind:
      return AddSend(sends, member, BehindRequest{request, write->holder(), {partition}});
    case Ask::kNone:
      break;
  }
  VF_CHECK(false, "a request that asks for nothing");
}

std::size_t Replicator::BytesOf(const Operation& operation, Ask ask) const {
  if (ask != Ask::kStore) return 0;
  const auto* write = std::get_if<WriteOperation>(&operation.what);
  const RecordView record =
      (write != nullptr ? write->record() : std::get<QuorumRead>(operation.what).newest()).view();
  return record.key.size() + record.value.size();
}

void Replicator::Send(TimePoint now, OperationId id, Operation& operation, MemberKey member,
                      Ask ask, bool resent) {
  if (operation.requests.size() == kMaxRequests) return;  // Its deadline ends it.
  const RequestId request = (id << kRequestBits) | operation.requests.size();
  operation.requests.push_back({member, ask, now, resent, true});
  load_.OnSent(now, member, BytesOf(operation, ask));
  AddRequest(operation, request, member, ask);
}

void Replicator::Step(TimePoint now, WallTime wall, Operations::iterator it) {
  Operation& operation = it->second;
  const StepInputs in{.now = now,
                      .wall = wall,
                      .view = views_.Current(),
                      .load = load_,
                      .clock = clock_,
                      .rng = rng_,
                      .may_hedge = hedge_credit_ >= config_.reads_per_hedge};
  StepOutputs out;
  std::visit([&](auto& what) { what.Step(in, out); }, operation.what);
  if (out.hedged) hedge_credit_ -= config_.reads_per_hedge;
  if (out.done) {
    if (VF_PLANTED(kStampedAfterAnswer) && out.request_changed) {
      for (const MemberKey member : out.send_to) {
        Send(now, it->first, operation, member, Ask::kStore, false);
      }
    }
    Finish(it, std::move(out.result));
    return;
  }
  if (out.request_changed) GiveUpRequests(operation);
  const bool writes = std::holds_alternative<WriteOperation>(operation.what);
  for (const MemberKey member : out.send_to) {
    Send(now, it->first, operation, member, writes ? Ask::kStore : Ask::kRead, /*resent=*/false);
  }
  for (const MemberKey member : out.repair) {
    Send(now, it->first, operation, member, Ask::kStore, /*resent=*/false);
  }
  for (const MemberKey member : out.passed_over.tell) {
    Send(now, it->first, operation, member, Ask::kBehind, /*resent=*/false);
  }
  for (const MemberKey member : out.passed_over.note_to) {
    Send(now, it->first, operation, member, Ask::kNote, /*resent=*/false);
  }
  if (out.next_deadline != operation.deadline) {
    deadlines_.erase({operation.deadline, it->first});
    operation.deadline = out.next_deadline;
    deadlines_.insert({operation.deadline, it->first});
  }
}

void Replicator::GiveUpRequests(Operation& operation) {
  for (Request& request : operation.requests) {
    if (request.open) load_.OnFailed(request.member);
    request.open = false;
  }
}

void Replicator::Finish(Operations::iterator it, OperationResult result) {
  GiveUpRequests(it->second);
  deadlines_.erase({it->second.deadline, it->first});
  outputs_.done.push_back({it->first, std::move(result)});
  operations_.erase(it);
}

void Replicator::OnReply(TimePoint now, WallTime wall, MemberKey from, const PeerReply& reply) {
  load_.OnHeard(from);
  std::visit(
      [&](const auto& answer) {
        const auto it = operations_.find(answer.request >> kRequestBits);
        if (it == operations_.end()) return;
        Operation& operation = it->second;
        const std::size_t index = answer.request & (kMaxRequests - 1);
        if (index >= operation.requests.size()) return;
        Request& request = operation.requests[index];
        if (!request.open || request.member != from) return;
        using Answer = std::decay_t<decltype(answer)>;
        if (request.ask != AskOf<Answer>()) return;
        if constexpr (std::is_same_v<Answer, ReadReply>) {
          if (answer.record) clock_.Observe(wall, answer.record.version());
        } else if constexpr (std::is_same_v<Answer, StoreReply>) {
          const bool beaten =
              answer.outcome == StoreOutcome::kSuperseded || answer.outcome == StoreOutcome::kTied;
          if (beaten && !VF_PLANTED(kStampedAgainTooLow)) clock_.Observe(wall, answer.winner);
        }
        std::visit(
            [&](auto& what) {
              if constexpr (TakesAnswer<decltype(what), Answer>) {
                LearnTicket ticket = 0;
                if constexpr (!std::is_same_v<Answer, BehindReply>) {
                  if (answer.list.differs() && !VF_PLANTED(kOtherListIgnored)) {
                    ticket = agreement_.OnOtherList(now, views_.Current(), from, what.partition(),
                                                    answer.list);
                  }
                }
                what.OnReply(from, answer, ticket);
              }
            },
            operation.what);
        request.open = false;
        load_.OnAnswered(from, now - request.sent);
        Step(now, wall, it);
      },
      reply);
}

// It has refused what waits for it.
Complaint Replicator::ComplaintAbout(TimePoint now, MemberKey member) const {
  Complaint complaint{ComplaintReason::kRefused, 0, {}};
  for (const auto& [id, operation] : operations_) {
    for (const Request& request : operation.requests) {
      if (!request.open || request.member != member) continue;
      ++complaint.requests;
      complaint.lasting = std::max(complaint.lasting, now - request.sent);
    }
  }
  complaint.requests = std::max(complaint.requests, std::uint32_t{1});
  return complaint;
}

void Replicator::OnPeerFailure(TimePoint now, WallTime wall, MemberKey member,
                               PeerFailure failure) {
  // What a broken connection swallowed may be sent again at once, since storing twice is storing
  // once: the member lives unless the new connection is refused.
  const bool may_resend = failure == PeerFailure::kReset;
  load_.OnLost(member);
  if (!may_resend && load_.Avoid(now, member) && failure == PeerFailure::kRefused) {
    outputs_.reports.push_back({member, ComplaintAbout(now, member)});
  }
  for (auto it = operations_.begin(); it != operations_.end();) {
    const auto current = it++;
    Operation& operation = current->second;
    bool failed = false;
    const std::size_t sent_before = operation.requests.size();
    for (std::size_t i = 0; i < sent_before; ++i) {
      if (!operation.requests[i].open || operation.requests[i].member != member) continue;
      const bool resent = operation.requests[i].resent;
      operation.requests[i].open = false;
      load_.OnFailed(member);
      if (may_resend && !resent) {
        Send(now, current->first, operation, member, operation.requests[i].ask, /*resent=*/true);
      } else {
        failed = true;
      }
    }
    if (!failed) continue;
    std::visit([&](auto& what) { what.OnFailed(member); }, operation.what);
    Step(now, wall, current);
  }
}

void Replicator::StepAll(TimePoint now, WallTime wall) {
  for (auto it = operations_.begin(); it != operations_.end();) Step(now, wall, it++);
}

void Replicator::OnViewChanged(TimePoint now, WallTime wall) {
  if (views_.Current().joined()) StepAll(now, wall);
}

void Replicator::OnLearned(TimePoint now, WallTime wall, LearnTicket ticket) {
  agreement_.OnLearned(now, views_.Current(), ticket);
  for (auto& [id, operation] : operations_) {
    std::visit([&](auto& what) { what.OnLearned(ticket); }, operation.what);
  }
  StepAll(now, wall);
}

void Replicator::OnTimer(TimePoint now, WallTime wall) {
  load_.Look(now, outputs_.reports);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto [deadline, id] = *deadlines_.begin();
    const auto it = operations_.find(id);
    VF_CHECK(it != operations_.end(), "a deadline of an operation that is done");
    Step(now, wall, it);
    const bool still_due = !deadlines_.empty() && *deadlines_.begin() == std::pair(deadline, id);
    VF_CHECK(!still_due, "a step at its deadline must move the deadline");
  }
}

TimePoint Replicator::NextDeadline() const {
  const TimePoint deadline = deadlines_.empty() ? kNever : deadlines_.begin()->first;
  return std::min(deadline, load_.NextLook());
}

void Replicator::TakeOutputs(ReplicatorOutputs& out) {
  agreement_.TakeOutputs(outputs_.learn, outputs_.sends);
  std::swap(out, outputs_);
  outputs_.sends.clear();
  outputs_.done.clear();
  outputs_.learn.clear();
  outputs_.reports.clear();
}

}  // namespace vf
