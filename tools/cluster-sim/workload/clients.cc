#include "tools/cluster-sim/workload/clients.h"

#include <algorithm>
#include <utility>

#include "tools/cluster-sim/workload/key_shape.h"

namespace vf::sim {
namespace {

constexpr Duration kLeastWay = microseconds(60);
constexpr Duration kMostWay = microseconds(300);
// A value without bytes names no write but the only one of its key.
constexpr std::uint64_t kEmptyValues = 32;

constexpr std::string_view kJoining = "joining";

// Whether the request may have been begun at all.
Outcome OutcomeOf(const KvResult& result) {
  switch (result.status) {
    case KvStatus::kOk:
    case KvStatus::kAbsent:
      return Outcome::kOk;
    case KvStatus::kBadRequest:
    case KvStatus::kOverloaded:
      return Outcome::kRefused;
    case KvStatus::kUnavailable:
      return result.text.substr(0, kJoining.size()) == kJoining ? Outcome::kRefused
                                                                : Outcome::kUnknown;
    case KvStatus::kNoSpace:
      break;
  }
  return Outcome::kUnknown;
}

}  // namespace

Clients::Clients(const RunSpec& spec, const std::vector<HostNumber>& hosts, Loop& loop,
                 Cluster& cluster, KeyBook& book, Observer& observer, const Rng& rng)
    : spec_(spec.workload),
      replicas_(spec.replicas),
      acks_(AcksNeeded(spec)),
      hosts_(hosts),
      loop_(loop),
      cluster_(cluster),
      book_(book),
      observer_(observer) {
  loop_.SetHandler(EventKind::kClient, *this);
  loop_.SetHandler(EventKind::kRequest, *this);
  loop_.SetHandler(EventKind::kAnswer, *this);
  if (hosts_.empty()) return;
  Rng hot = rng.Fork("hot keys");
  for (int i = 0; i < spec_.hot_keys; ++i) {
    keys_.hot.push_back(book.Add(MakeKey(keys_.named++, hot)));
  }
  for (int i = 0; i < spec_.clients; ++i) {
    clients_.emplace_back(spec_, replicas_, acks_, hosts_,
                          rng.Fork("client").Fork(static_cast<std::uint64_t>(i)));
  }
}

void Clients::Begin() {
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    loop_.Push(loop_.now() + clients_[i].Pause(), EventKind::kClient, i, 0);
  }
}

Duration Clients::Way(std::uint32_t client) {
  return clients_[client].rng().Between(kLeastWay, kMostWay);
}

bool Clients::IsWrite(OperationNumber number) const {
  const OperationKind kind = operations_[number].kind;
  return kind == OperationKind::kWrite || kind == OperationKind::kDelete;
}

void Clients::OnEvent(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kClient:
      if (stopped_) return;
      BeginOperation(event.target);
      loop_.Push(loop_.now() + clients_[event.target].Pause(), EventKind::kClient, event.target, 0);
      return;
    case EventKind::kRequest:
      return ArriveAt(event.target, static_cast<OperationNumber>(event.payload));
    default:
      return End(static_cast<OperationNumber>(event.payload), /*timed_out=*/false);
  }
}

// --- The way there ---

void Clients::BeginOperation(std::uint32_t number) {
  Client& client = clients_[number];
  if (client.in_flight >= kMostInFlight) return;
  const Intention next = client.Next(book_, keys_);
  const auto operation_number = static_cast<OperationNumber>(operations_.size());
  Operation operation;
  operation.client = number;
  operation.kind = next.kind;
  operation.key = book_.At(next.key).bytes;
  operation.began = loop_.sim_now();
  if (next.kind == OperationKind::kWrite &&
      !(next.is_unique && client.rng().Chance(1, kEmptyValues))) {
    operation.value =
        MakeValue(operation_number, static_cast<std::size_t>(spec_.max_value_bytes), client.rng());
  }
  const auto counted = [this](ReplicaCount of) {
    return of.count == ReplicaCount::kAll ? replicas_ : of.count;
  };
  if (next.kind == OperationKind::kWrite || next.kind == OperationKind::kDelete) {
    operation.acks = next.write_options.acks ? counted(*next.write_options.acks) : acks_;
  }
  if (next.get_options.r) operation.owners = counted(*next.get_options.r);
  const SimProcess* const process = cluster_.LiveAt(next.host);
  operation.frontend = cluster_.host(next.host).last.value_or(kNoProcess);
  operations_.push_back(std::move(operation));
  opens_.emplace_back();
  Open& open = opens_.back();
  open.key = next.key;
  open.write_options = next.write_options;
  open.get_options = next.get_options;
  ++open_count_;
  ++client.in_flight;
  ArmTimeout();
  if (IsWrite(operation_number)) observer_.OnWriteBegun(next.key);
  if (process == nullptr) {
    // Connection refused.
    client.MoveOn();
    return Answer(operation_number, Outcome::kRefused, "nobody listens there");
  }
  loop_.Push(loop_.now() + Way(number), EventKind::kRequest, process->number(), operation_number);
}

void Clients::ArriveAt(ProcessNumber number, OperationNumber operation) {
  Open& open = opens_[operation];
  if (open.answered) return;
  SimProcess* const process = cluster_.Live(number);
  if (process == nullptr || process->data()->draining()) {
    clients_[operations_[operation].client].MoveOn();
    return Answer(operation, Outcome::kRefused, "nobody listens there");
  }
  open.served = true;
  process->data()->OnRequestBegun();
  process->data()->Serve([this, operation](DataDriver& driver, TimePoint now, WallTime wall) {
    Serve(operation, driver, now, wall);
  });
}

void Clients::Serve(OperationNumber number, DataDriver& driver, TimePoint now, WallTime wall) {
  Operation& operation = operations_[number];
  const Open& open = opens_[number];
  KvCallback done = [this, number](const KvResult& result) { OnResult(number, result); };
  switch (operation.kind) {
    case OperationKind::kWrite:
      if (open.write_options.ttl) {
        operation.expiry_ms =
            wall.ms + static_cast<std::uint64_t>(ToMilliseconds(*open.write_options.ttl));
      }
      return driver.Put(now, wall, operation.key, operation.value, open.write_options,
                        std::move(done));
    case OperationKind::kDelete:
      return driver.Delete(now, wall, operation.key, open.write_options, std::move(done));
    case OperationKind::kRead:
    case OperationKind::kLocalRead:
      return driver.Get(now, wall, operation.key, open.get_options, std::move(done));
  }
}

// --- The way back ---

void Clients::OnResult(OperationNumber number, const KvResult& result) {
  cluster_.Live(operations_[number].frontend)->data()->OnRequestEnded();
  Open& open = opens_[number];
  open.version = result.version.value;
  open.found = result.status == KvStatus::kOk;
  if (!IsWrite(number)) open.value = std::string(result.value);
  Answer(number, OutcomeOf(result), std::string(result.text));
}

void Clients::Answer(OperationNumber number, Outcome outcome, std::string text) {
  Open& open = opens_[number];
  open.answered = true;
  open.outcome = outcome;
  open.text = std::move(text);
  const std::uint32_t client = operations_[number].client;
  loop_.Push(loop_.now() + Way(client), EventKind::kAnswer, client, number);
}

void Clients::OnBeforeEnd(ProcessNumber process, bool host_goes) {
  for (std::size_t i = first_open_; i < operations_.size(); ++i) {
    if (operations_[i].frontend != process || opens_[i].answered) continue;
    const auto number = static_cast<OperationNumber>(i);
    if (host_goes) {
      opens_[i].answered = true;  // By nobody.
    } else {
      Answer(number, Outcome::kUnknown, "connection reset");
    }
  }
}

void Clients::End(OperationNumber number, bool timed_out) {
  Open& open = opens_[number];
  if (open.ended) return;
  open.ended = true;
  --open_count_;
  Operation& operation = operations_[number];
  Client& client = clients_[operation.client];
  --client.in_flight;
  operation.ended = loop_.sim_now();
  if (timed_out) {
    operation.text = "no answer in time";
    client.MoveOn();
    return;
  }
  operation.outcome = open.outcome;
  operation.text = std::move(open.text);
  if (open.outcome != Outcome::kOk) return;
  operation.version = open.version;
  if (IsWrite(number)) {
    std::uint64_t& acked = book_.At(open.key).acked;
    acked = std::max(acked, open.version);
    client.OnWritten(open.key);
    observer_.OnAcked(open.key);
  } else {
    operation.found = open.found;
    operation.value = std::move(open.value);
  }
}

// They began in the order in which they time out.
void Clients::ArmTimeout() {
  if (timeout_armed_) return;
  while (first_open_ < opens_.size() && opens_[first_open_].ended) ++first_open_;
  if (first_open_ == opens_.size()) return;
  timeout_armed_ = true;
  const TimePoint at = kRunStart + Duration(operations_[first_open_].began) + kTimeout;
  loop_.Call(at, [this] {
    timeout_armed_ = false;
    const SimTime began = loop_.sim_now() - Duration(kTimeout).count();
    for (std::size_t i = first_open_; i < operations_.size() && operations_[i].began <= began;
         ++i) {
      End(static_cast<OperationNumber>(i), /*timed_out=*/true);
    }
    ArmTimeout();
  });
}

}  // namespace vf::sim
