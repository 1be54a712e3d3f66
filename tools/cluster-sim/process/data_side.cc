#include "tools/cluster-sim/process/data_side.h"

#include <utility>
#include <variant>
#include <vector>

#include "node/placement/partition.h"
#include "node/replication/codec.h"
#include "node/replication/message_direction.h"

namespace vf::sim {
namespace {

constexpr LinkConfig kClientConfig{};
// The connecting side ends first: it knows best.
constexpr LinkConfig kServerConfig{.idle_timeout = minutes(5)};

std::uint64_t BytesOf(const std::vector<RecordRef>& records) {
  std::uint64_t bytes = 0;
  for (const RecordRef& record : records) bytes += RecordBytes(record);
  return bytes;
}

// Of records, to whom the message reaches.
template <typename Message>
std::uint64_t BytesMovedBy(const Message&) {
  return 0;
}
std::uint64_t BytesMovedBy(const GiveRequest& give) { return BytesOf(give.records); }
std::uint64_t BytesMovedBy(const GiveReply& answer) { return BytesOf(answer.tombstones); }
std::uint64_t BytesMovedBy(const FetchReply& answer) { return BytesOf(answer.records); }
std::uint64_t BytesMovedBy(const PullReply& answer) { return BytesOf(answer.records); }

}  // namespace

std::uint64_t RecordBytes(const RecordRef& record) {
  constexpr std::uint64_t kVersionAndExpiry = 16;
  const RecordView view = record.view();
  return view.key.size() + view.value.size() + kVersionAndExpiry;
}

DataSide::DataSide(Loop& loop, Streams& streams, Host& host, ProcessNumber process,
                   const MemberRecord& self, std::uint32_t cluster_hash,
                   const DataSettings& settings, GossipSide& gossip, PostFn post, const Rng& rng)
    : loop_(loop),
      streams_(streams),
      host_(host),
      gossip_(gossip),
      post_(std::move(post)),
      rng_(rng.Fork("nonces")),
      thread_(loop, process, ThreadName::kData, *this),
      plane_(self.key(), settings),
      follower_(plane_, cluster_hash),
      driver_(plane_, *this, rng.Fork("driver"), /*runs_sync=*/true),
      connections_(Backoff(), *this, *this, client_counters_, rng.Fork("connections")) {
  ConnectPlane();
  if (settings.stores && host.disk != nullptr) UseDisk();
}

DataSide::~DataSide() {
  connections_.CloseAll();
  for (auto& [number, end] : accepted_) end->Close();
}

// What the data thread asks of the membership goes to the other thread.
void DataSide::ConnectPlane() {
  plane_.learn = [this](std::vector<MemberRecord> records, std::function<void()> done) {
    post_(kHandOver, [this, records = std::move(records), done = std::move(done)] {
      gossip_.Learn(records, done);
    });
  };
  plane_.report = [this](MemberKey member, std::uint64_t boot, const Complaint& complaint) {
    post_(kHandOver, [this, member, boot, complaint] { gossip_.Report(member, boot, complaint); });
  };
  plane_.on_copies_doubted = [this] {
    Post([this](TimePoint now, WallTime wall) { driver_.MarkAllNotInSync(now, wall); });
  };
  plane_.on_behind = [this](std::vector<Partition> partitions, MemberKey holder) {
    Post([this, partitions = std::move(partitions), holder](TimePoint now, WallTime wall) {
      driver_.OnBehind(now, wall, partitions, holder);
    });
  };
  plane_.announce_ready = [this](std::vector<MemberKey> displaced) {
    post_(kHandOver,
          [this, displaced = std::move(displaced)] { gossip_.SetPhase(Phase::kReady, displaced); });
  };
}

// As vfnode: what is known is opened before the membership begins.
void DataSide::UseDisk() {
  plane_.open_store = [this](Partition partition_count, Duration tombstone_age, std::string&) {
    return host_.disk->OpenStore(partition_count, tombstone_age);
  };
  plane_.keep_holders = [this](const std::vector<KeptHolders>& holders) {
    host_.disk->KeepHolders(holders);
  };
  const RememberedCluster& cluster = host_.disk->remembered();
  if (!cluster.foundation.IsFounded()) return;
  plane_.MakeCopies(PartitionCount(cluster.settings.partition_digits),
                    seconds(cluster.settings.tombstone_age_s));
}

void DataSide::OnDataThread(Duration delay, std::function<void()> task) {
  post_(delay, [this, task = std::move(task)] { thread_.Run(task); });
}

// --- Membership (gossip thread) ---

std::string DataSide::OnMembership(const SharedMembership& membership) {
  const FollowerSteps steps = follower_.OnMembership(loop_.now(), membership);
  Follow(steps);
  return steps.refusal;
}

void DataSide::Follow(const FollowerSteps& steps) {
  if (steps.view_published) {
    OnDataThread(kHandOver, [this] { driver_.OnViewPublished(loop_.now(), wall()); });
  }
  if (steps.announce_ready) {
    post_(kOwnHandOver, [this] { gossip_.SetPhase(Phase::kReady, {}); });
  }
  const TimePoint grace = follower_.NextDeadline();
  if (grace >= grace_armed_) return;
  grace_armed_ = grace;
  gossip_.RunAt(grace, [this] {
    grace_armed_ = kNever;
    Follow(follower_.OnTimer(loop_.now()));
  });
}

PeerHello DataSide::OwnHello() {
  PeerHello hello = follower_.Hello(*gossip_.current());
  StoreBigEndian(hello.nonce.data(), rng_.Next());
  StoreBigEndian(hello.nonce.data() + 8, rng_.Next());
  return hello;
}

// --- The data thread ---

void DataSide::OnThreadTimer() { driver_.OnTimer(loop_.now(), wall()); }

void DataSide::AfterTurn() { thread_.ArmTimer(driver_.NextDeadline()); }

void DataSide::Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) {
  connections_.Send(now, to, message);
}

void DataSide::Post(DriverTask task) {
  OnDataThread(kOwnHandOver, [this, task = std::move(task)] { task(loop_.now(), wall()); });
}

// Each turn arms the timer when it ends.
void DataSide::OnDeadlineMoved() {}

std::shared_ptr<PeerConnection> DataSide::Connect(MemberKey member, const Endpoint& endpoint) {
  PeerEnd::Owner& self = *this;
  auto end = std::make_shared<PeerEnd>(PeerEnd::Place{loop_, streams_, thread_, client_counters_},
                                       kClientConfig, OwnHello(), member, 0, self);
  end->Connect(host_.number, *HostOf(endpoint));
  return end;
}

void DataSide::OnFailuresToTell() {
  OnDataThread(kOwnHandOver, [this] { connections_.TellFailures(); });
}

void DataSide::OnReply(MemberKey from, const PeerReply& reply) {
  moved_bytes_ += std::visit([](const auto& any) { return BytesMovedBy(any); }, reply);
  driver_.OnReply(loop_.now(), wall(), from, reply);
}

void DataSide::OnPeerFailure(MemberKey member, PeerFailure failure) {
  driver_.OnPeerFailure(loop_.now(), wall(), member, failure);
}

void DataSide::OnPeerUp(MemberKey member) { driver_.OnPeerUp(member); }

// --- Connections ---

StreamUser* DataSide::OnStreamAccept(StreamId stream) {
  const std::uint64_t number = ++accepted_count_;
  PeerEnd::Owner& self = *this;
  auto end = std::make_shared<PeerEnd>(PeerEnd::Place{loop_, streams_, thread_, server_counters_},
                                       kServerConfig, OwnHello(), kNoMember, number, self);
  end->Accept(stream);
  return accepted_.emplace(number, std::move(end)).first->second.get();
}

void DataSide::OnPeerEndUp(PeerEnd& end) {
  if (!end.accepted()) connections_.OnUp(end.expected());
}

bool DataSide::OnPeerEndFrame(PeerEnd& end, ByteSpan body) {
  if (!end.accepted()) return connections_.OnFrame(end.expected(), body);
  std::optional<PeerMessage> message = DecodeFrame(body);
  if (!message) return false;
  const std::optional<PeerRequest> request = ToRequest(*std::move(message));
  if (!request) return false;
  moved_bytes_ += std::visit([](const auto& any) { return BytesMovedBy(any); }, *request);
  std::optional<PeerReply> reply = driver_.OnRequest(loop_.now(), wall(), *request);
  if (!reply) return true;
  return end.Send(EncodeFrame(ToMessage(*std::move(reply))));
}

void DataSide::OnPeerEndMoves(PeerEnd& end) {
  post_(kHandOver, [this, number = end.number()] {
    const auto it = accepted_.find(number);
    if (it == accepted_.end()) return;  // It has ended.
    const std::shared_ptr<PeerEnd> moved = it->second;
    accepted_.erase(it);
    const PeerEnd::Released released = moved->Release();
    gossip_.TakeOver(released.stream, released.theirs, released.received);
  });
}

void DataSide::OnPeerEndGone(PeerEnd& end, LinkEnd why) {
  if (end.accepted()) {
    accepted_.erase(end.number());
  } else {
    connections_.OnEnd(loop_.now(), end.expected(), why);
  }
}

}  // namespace vf::sim
