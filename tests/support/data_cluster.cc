#include "tests/support/data_cluster.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"

namespace vf {
namespace {

bool IsGreater(const MemberRecord& a, const MemberRecord& b) {
  return std::tuple(a.boot, a.incarnation, a.state) > std::tuple(b.boot, b.incarnation, b.state);
}

}  // namespace

struct DataCluster::Process {
  Process(const DataClusterConfig& config, const MemberRecord& self_record, Rng process_rng)
      : self(self_record.key()),
        storage(self_record.IsStorage()),
        views(self, config.replicas, config.partition_digits),
        store({.partition_count = PartitionCount(config.partition_digits),
               .max_memory_bytes = config.max_memory_bytes}),
        states(PartitionCount(config.partition_digits)),
        copies{store, states},
        replica(storage ? &copies : nullptr, views, clock),
        replicator(config.replicator, storage ? &copies : nullptr, views, clock,
                   process_rng.Fork("replicator")) {
    if (storage) {
      sync = std::make_unique<SyncPlan>(config.sync, copies, views, process_rng.Fork("sync"));
    }
    views.KeepBetweenLooks();
    snapshot = TestSnapshot(self, config.replicas, config.partition_digits, {self_record});
  }

  const MemberKey self;
  const bool storage;
  bool up = true;
  std::int64_t skew_ms = 0;
  MembershipSnapshot snapshot;
  TestViews views;
  MemoryEngine store;
  CopyStates states;
  LocalCopies copies;
  HybridClock clock;
  Replica replica;
  Replicator replicator;
  std::unique_ptr<SyncPlan> sync;
  std::map<OperationId, std::size_t> clients;
  OperationId last_operation = 0;
  TimePoint armed = kNever;
  bool draining = false;
};

DataCluster::DataCluster(const DataClusterConfig& config) : config_(config), rng_(config.seed) {}
DataCluster::~DataCluster() = default;

// --- Processes ---

DataCluster::Process& DataCluster::At(MemberKey member) const {
  const auto it = processes_.find(member);
  VF_CHECK(it != processes_.end(), "no such process");
  return *it->second;
}

bool DataCluster::IsUp(MemberKey member) const {
  const auto it = processes_.find(member);
  return it != processes_.end() && it->second->up;
}

DataCluster::Process& DataCluster::Add(const MemberRecord& self) {
  auto process = std::make_unique<Process>(config_, self, rng_.Fork(self.key()));
  Process& added = *process;
  added.skew_ms = static_cast<std::int64_t>(rng_.Uniform(2000)) - 1000;
  processes_.emplace(self.key(), std::move(process));
  return added;
}

void DataCluster::Found(int count, Phase phase) {
  std::vector<MemberRecord> records;
  for (int i = 0; i < count; ++i) {
    records.push_back(TestMember(++last_key_, rng_.Next() | 1));
    records.back().phase = phase;
  }
  for (const MemberRecord& record : records) {
    Process& process = Add(record);
    for (const MemberRecord& other : records) Merge(process, other);
  }
  for (const auto& [key, process] : processes_) ShowView(*process);
  ExchangeMembers();
}

MemberKey DataCluster::Join(bool storage) {
  MemberRecord record = TestMember(++last_key_, rng_.Next() | 1);
  record.phase = Phase::kJoining;
  if (!storage) record.roles = kRoleFrontend;
  std::vector<MemberKey> others = live();
  const MemberKey contact = others.empty() ? kNoMember : others[rng_.Uniform(others.size())];
  Process& process = Add(record);
  if (contact != kNoMember) {
    for (const Member& known : At(contact).snapshot.members) Merge(process, WithAge(known));
  }
  ShowView(process);
  Publish(record, record.key());
  return record.key();
}

void DataCluster::Crash(MemberKey member) {
  Process& process = At(member);
  process.up = false;
  for (auto& [ends, link] : links_) {
    if (ends.first == member || ends.second == member) ++link.epoch;
  }
  MemberRecord record;
  for (const Member& m : process.snapshot.members) {
    if (m.record.key() == member) record = m.record;
  }
  record.owned_at_end = record.phase == Phase::kReady;
  for (const MemberKey other : live()) {
    After(Delay(), other, [this, other, member] { Fail(other, member, PeerFailure::kRefused); });
  }
  record.state = MemberState::kDead;
  record.death_reason = DeathReason::kRefused;
  // Of its whole boot: it does not come back.
  record.incarnation += 1000;
  After(config_.detection, kNoMember, [this, record] { Publish(record); });
}

void DataCluster::Accuse(MemberKey member) {
  MemberRecord record;
  for (Member& m : At(member).snapshot.members) {
    if (m.record.key() != member) continue;
    record = m.record;
    record.state = MemberState::kSuspect;
    Publish(record, member);
    ++m.record.incarnation;  // The refutation.
  }
  After(Delay() * 20, member, [this, member] {
    Process& process = At(member);
    if (process.sync) process.sync->MarkAllNotInSync(now_);
    for (const Member& m : process.snapshot.members) {
      if (m.record.key() == member) Publish(m.record, member);
    }
    Drain(process);
  });
}

// --- Events ---

void DataCluster::After(Duration delay, MemberKey owner, std::function<void()> run) {
  auto event = std::make_shared<Event>();
  *event = {now_ + delay, ++events_made_, owner, std::move(run)};
  events_.push(std::move(event));
}

Duration DataCluster::Delay() { return rng_.Between(config_.min_delay, config_.max_delay); }

void DataCluster::Run(Duration duration) {
  RunUntil([] { return false; }, duration);
}

bool DataCluster::RunUntil(const std::function<bool()>& condition, Duration most) {
  const TimePoint until = now_ + most;
  while (!condition()) {
    if (events_.empty() || events_.top()->at > until) {
      now_ = until;
      return condition();
    }
    const std::shared_ptr<Event> event = events_.top();
    events_.pop();
    now_ = event->at;
    if (event->owner == kNoMember || IsUp(event->owner)) event->run();
  }
  return true;
}

void DataCluster::Arm(Process& process) {
  TimePoint next = process.replicator.NextDeadline();
  if (process.sync) next = std::min(next, process.sync->NextDeadline());
  next = std::min(next, process.views.NextDeadline());
  if (next == kNever || next >= process.armed) return;
  process.armed = next;
  After(next - now_, process.self, [this, &process, next] {
    if (process.armed == next) process.armed = kNever;
    if (process.views.NextDeadline() <= now_) ShowView(process);
    process.replicator.OnTimer(now_, Wall(process));
    if (process.sync) process.sync->OnTimer(now_);
    Drain(process);
  });
}

WallTime DataCluster::Wall(const Process& process) const {
  const std::int64_t elapsed = ToMilliseconds(now_.time_since_epoch());
  return {static_cast<std::uint64_t>(1'700'000'000'000 + elapsed + process.skew_ms)};
}

// --- Membership ---

void DataCluster::Publish(const MemberRecord& record, MemberKey except) {
  const TimePoint published = now_;
  for (const MemberKey member : live()) {
    if (member == except) continue;
    After(rng_.Between(Duration(0), config_.max_news_delay), member,
          [this, member, record, published] {
            MemberRecord news = record;
            news.age_s += static_cast<std::uint32_t>((now_ - published) / seconds(1));
            if (Merge(At(member), news)) ShowView(At(member));
          });
  }
}

MemberRecord DataCluster::WithAge(const Member& member) const {
  MemberRecord record = member.record;
  if (!record.IsLive()) {
    record.age_s = static_cast<std::uint32_t>((now_ - member.since) / seconds(1));
  }
  return record;
}

// What somebody missed reaches it in the end, as by the exchanges of gossip.
void DataCluster::ExchangeMembers() {
  for (const MemberKey member : live()) {
    for (const Member& known : At(member).snapshot.members) {
      if (known.record.key() == member || !known.record.IsLive()) Publish(WithAge(known), member);
    }
  }
  After(seconds(1), kNoMember, [this] { ExchangeMembers(); });
}

bool DataCluster::Merge(Process& process, const MemberRecord& record) {
  std::vector<Member>& members = process.snapshot.members;
  const auto it = std::lower_bound(
      members.begin(), members.end(), record.key(),
      [](const Member& member, MemberKey key) { return member.record.key() < key; });
  if (it != members.end() && it->record.key() == record.key()) {
    // Only the member itself speaks for a live self.
    if (!IsGreater(record, it->record) || record.key() == process.self) return false;
    if (it->record.state != record.state) it->since = now_ - seconds(record.age_s);
    it->record = record;
    return true;
  }
  Member member;
  member.record = record;
  member.since = now_ - seconds(record.age_s);
  members.insert(it, member);
  return true;
}

void DataCluster::ShowView(Process& process) {
  process.views.Set(now_, process.snapshot);
  process.replicator.OnViewChanged(now_, Wall(process));
  if (process.sync) process.sync->OnViewChanged(now_);
  Drain(process);
}

void DataCluster::Learn(Process& process, const std::vector<MemberRecord>& records,
                        std::function<void()> then) {
  // Through another thread, there and back.
  After(microseconds(100), process.self, [this, &process, records, then = std::move(then)] {
    bool changed = false;
    for (const MemberRecord& record : records) changed = Merge(process, record) || changed;
    if (changed) ShowView(process);
    then();
    Drain(process);
  });
}

void DataCluster::AnnounceReady(Process& process, const std::vector<MemberKey>& first) {
  MemberRecord ready;
  for (const Member& member : process.snapshot.members) {
    if (member.record.key() == process.self) ready = member.record;
  }
  if (ready.phase == Phase::kReady) return;
  ready.phase = Phase::kReady;
  ++ready.incarnation;
  // All of `first` have it before anybody else hears of it.
  Duration told = Duration(0);
  for (const MemberKey member : first) {
    const Duration delay = Delay();
    told = std::max(told, delay);
    After(delay, member, [this, member, ready] {
      if (Merge(At(member), ready)) ShowView(At(member));
    });
  }
  After(told + Delay(), process.self, [this, &process, ready] {
    for (Member& member : process.snapshot.members) {
      if (member.record.key() != process.self) continue;
      MemberRecord& self = member.record;
      self.phase = Phase::kReady;
      self.incarnation = std::max(self.incarnation + 1, ready.incarnation);
      Publish(self, process.self);
    }
    ShowView(process);
  });
}

// --- Messages ---

void DataCluster::Drain(Process& process) {
  if (process.draining) return;
  process.draining = true;
  for (bool idle = false; !idle;) {
    ReplicatorOutputs out;
    process.replicator.TakeOutputs(out);
    idle = out.sends.empty() && out.done.empty() && out.learn.empty();
    for (PeerSend& send : out.sends) Send(process, send.to, std::move(send.request));
    for (ReplicatorOutputs::Done& done : out.done) {
      ClientOperation& operation = operations_[process.clients.at(done.operation)];
      VF_CHECK(!operation.ended, "an operation that is done twice");
      operation.ended = now_;
      operation.result = std::move(done.result);
    }
    for (LearnWish& wish : out.learn) {
      Learn(process, wish.members, [this, &process, ticket = wish.ticket] {
        process.replicator.OnLearned(now_, Wall(process), ticket);
      });
    }
    if (!process.sync) continue;
    SyncOutputs sync;
    process.sync->TakeOutputs(sync);
    idle = idle && sync.sends.empty() && sync.learn.empty() && !sync.ready;
    for (PeerSend& send : sync.sends) Send(process, send.to, std::move(send.request));
    for (LearnWish& wish : sync.learn) {
      Learn(process, wish.members,
            [this, &process, ticket = wish.ticket] { process.sync->OnLearned(now_, ticket); });
    }
    if (sync.ready) AnnounceReady(process, *sync.ready);
  }
  process.draining = false;
  Arm(process);
}

bool DataCluster::IsCut(MemberKey a, MemberKey b) const {
  return std::find(cuts_.begin(), cuts_.end(), Pair(std::minmax(a, b))) != cuts_.end();
}

void DataCluster::Send(Process& from, MemberKey to, PeerRequest request) {
  const MemberKey self = from.self;
  if (to == self) {
    Serve(self, self, request);
    return;
  }
  if (IsCut(self, to)) return;
  if (!IsUp(to)) {
    After(Delay(), self, [this, self, to] { Fail(self, to, PeerFailure::kRefused); });
    return;
  }
  Link& link = links_[{self, to}];
  link.last_arrival = std::max(link.last_arrival, now_ + Delay());
  After(link.last_arrival - now_, to,
        [this, self, to, epoch = link.epoch, request = std::move(request)] {
          if (links_[{self, to}].epoch == epoch) Serve(self, to, request);
        });
}

void DataCluster::Serve(MemberKey from, MemberKey to, const PeerRequest& request) {
  Process& process = At(to);
  const std::uint64_t words[] = {trace_hash_, from, to, request.index(),
                                 static_cast<std::uint64_t>(now_.time_since_epoch().count())};
  trace_hash_ = Hash64(std::as_bytes(std::span(words)));
  ++messages_;
  if (const auto* store = std::get_if<StoreRequest>(&request)) {
    Answer(to, from, process.replica.OnStore(now_, Wall(process), *store));
  } else if (const auto* read = std::get_if<ReadRequest>(&request)) {
    Answer(to, from, process.replica.OnRead(now_, *read));
  } else if (const auto* copy = std::get_if<CopyRequest>(&request)) {
    Answer(to, from, process.replica.OnCopy(now_, *copy));
  } else {
    Learn(process, std::get<ListNotice>(request).members, [] {});
  }
}

void DataCluster::Answer(MemberKey from, MemberKey to, PeerReply reply) {
  const auto take = [this, from, to](const PeerReply& answer) {
    Process& process = At(to);
    if (const auto* copy = std::get_if<CopyReply>(&answer)) {
      process.sync->OnReply(now_, from, *copy);
    } else {
      process.replicator.OnReply(now_, Wall(process), from, answer);
    }
    Drain(process);
  };
  if (from == to) {
    take(reply);
    return;
  }
  if (IsCut(from, to)) return;
  Link& link = links_[{from, to}];
  link.last_arrival = std::max(link.last_arrival, now_ + Delay());
  After(link.last_arrival - now_, to,
        [this, from, to, epoch = link.epoch, reply = std::move(reply), take] {
          if (links_[{from, to}].epoch == epoch) take(reply);
        });
}

void DataCluster::Fail(MemberKey at, MemberKey peer, PeerFailure failure) {
  Process& process = At(at);
  process.replicator.OnPeerFailure(now_, Wall(process), peer, failure);
  if (process.sync) process.sync->OnPeerFailure(now_, peer);
  Drain(process);
}

void DataCluster::Reset(MemberKey a, MemberKey b) {
  ++links_[{a, b}].epoch;
  ++links_[{b, a}].epoch;
  if (IsUp(a)) Fail(a, b, PeerFailure::kReset);
  if (IsUp(b)) Fail(b, a, PeerFailure::kReset);
}

void DataCluster::Cut(MemberKey a, MemberKey b) {
  if (a != b && !IsCut(a, b)) cuts_.push_back(Pair(std::minmax(a, b)));
}

void DataCluster::Heal() { cuts_.clear(); }

// --- Clients ---

std::size_t DataCluster::Write(MemberKey frontend, std::string_view key, std::string_view value,
                               AcksWanted acks) {
  Process& process = At(frontend);
  const std::size_t index = operations_.size();
  operations_.push_back({true, frontend, std::string(key), now_, {}, {}});
  process.clients[++process.last_operation] = index;
  process.replicator.StartWrite(now_, Wall(process), process.last_operation,
                                {.key = key, .value = value}, acks);
  Drain(process);
  return index;
}

std::size_t DataCluster::Read(MemberKey frontend, std::string_view key) {
  Process& process = At(frontend);
  const std::size_t index = operations_.size();
  operations_.push_back({false, frontend, std::string(key), now_, {}, {}});
  if (auto own = process.replicator.ReadOwnCopy(key)) {
    operations_[index].ended = now_;
    operations_[index].result = {OperationStatus::kOk, std::move(own->record), {}};
    return index;
  }
  process.clients[++process.last_operation] = index;
  process.replicator.StartRead(now_, Wall(process), process.last_operation, key);
  Drain(process);
  return index;
}

// --- Looks ---

std::vector<MemberKey> DataCluster::live() const {
  std::vector<MemberKey> members;
  for (const auto& [key, process] : processes_) {
    if (process->up) members.push_back(key);
  }
  return members;
}

std::vector<MemberKey> DataCluster::live_storage() const {
  std::vector<MemberKey> members;
  for (const auto& [key, process] : processes_) {
    if (process->up && process->storage) members.push_back(key);
  }
  return members;
}

bool DataCluster::IsReady(MemberKey member) const {
  const ViewMember* self = ViewOf(member).Find(member);
  return self != nullptr && self->record.phase == Phase::kReady;
}

const ClusterView& DataCluster::ViewOf(MemberKey member) const { return *At(member).views.view(); }
MemoryEngine& DataCluster::StoreOf(MemberKey member) const { return At(member).store; }
CopyStates& DataCluster::StatesOf(MemberKey member) const { return At(member).states; }
SyncPlan& DataCluster::PlanOf(MemberKey member) const { return *At(member).sync; }

Partition DataCluster::PartitionOfKey(std::string_view key) const {
  return PartitionOf(HashKey(key), config_.partition_digits);
}

bool DataCluster::IsQuiet() const {
  const std::vector<MemberKey> members = live();
  for (const MemberKey member : members) {
    const Process& process = At(member);
    const ClusterView& view = ViewOf(member);
    for (const ViewMember& seen : view.members()) {
      if (seen.reach != Reach::kReachable || !IsUp(seen.key())) return false;
    }
    for (Partition p = 0; p < view.partition_count(); ++p) {
      if (view.ListOf(p).hash != ViewOf(members[0]).ListOf(p).hash) return false;
      if (!view.ListOf(p).joining.empty()) return false;
      if (view.ListOf(p).IsOwner(member) && !process.states.IsInSync(p)) return false;
    }
  }
  return true;
}

}  // namespace vf
