#include "node/node.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/key_hash.h"
#include "base/os/clocks.h"
#include "base/os/entropy.h"
#include "base/os/log.h"
#include "base/os/signals.h"
#include "gossip/udp/cluster_key_file.h"
#include "gossip/udp/gossip_options.h"
#include "gossip/udp/gossip_thread.h"
#include "gossip/udp/self_record.h"
#include "gossip/udp/udp_socket.h"
#include "node/data/data_plane.h"
#include "node/data/membership_follower.h"
#include "node/data/turn_watch.h"
#include "node/data_thread.h"
#include "node/node_metrics.h"
#include "node/node_pages.h"
#include "operator/member_log.h"
#include "operator/member_rows.h"

namespace vf {
namespace {

// A stop takes at most two seconds: this for requests that are under way, the rest for the leave.
constexpr Duration kDrainLimit = milliseconds(1200);

// With port 0, how often UDP may be given a port that TCP cannot have.
constexpr int kPortTries = 16;

// Until what a starting process waits for is worth a line, and until it is repeated.
constexpr Duration kFirstJoiningLog = seconds(3);
constexpr Duration kNextJoiningLog = minutes(1);

// Request bodies in flight take at most this share of the memory that values may use, but one of
// the largest fits always: "try again" would never end for it.
constexpr std::uint64_t kBodyShare = 4;

DataSettings DataSettingsOf(const NodeOptions& options) {
  DataSettings settings;
  settings.stores = !options.frontend_only;
  if (options.min_acks > 0) settings.min_acks = options.min_acks;
  settings.max_value_bytes = options.max_value_size;
  settings.max_memory_bytes = options.max_memory_bytes;
  return settings;
}

MemberRecord SelfRecord(const NodeOptions& options) {
  return NewSelfRecord(options.frontend_only
                           ? kRoleFrontend
                           : static_cast<std::uint8_t>(kRoleStorage | kRoleMemoryOnly));
}

}  // namespace

struct Node::Parts {
  Parts(const NodeOptions& given, ClusterKeys cluster_keys)
      : options(given),
        keys(std::move(cluster_keys)),
        self(SelfRecord(given)),
        rng(Entropy64()),
        plane(self.key(), DataSettingsOf(given)),
        pages(given.common, plane),
        http(std::max(given.max_memory_bytes / kBodyShare, given.max_value_size)),
        peers([this] { return follower.Hello(*gossip->Current()); }, keys),
        follower(plane, HashClusterName(given.common.cluster)) {}

  absl::Status Bind();
  absl::Status Listen(std::uint16_t port);
  void Connect();
  void OnMembership(const SharedMembership& membership);
  void Follow(const FollowerSteps& steps);
  void ArmFollower();
  void LogWhenReady(const MemberRecord& record);
  void LogWhileJoining();
  void LogSuspected();
  void WatchDataThreads();
  void Refuse(const std::string& text);
  void RejoinAt(const std::vector<Endpoint>& members);

  const NodeOptions options;
  const ClusterKeys keys;
  const MemberRecord self;
  Rng rng;
  DataPlane plane;
  NodePages pages;
  HttpShared http;
  PeerContext peers;

  std::unique_ptr<GossipThread> gossip;
  std::vector<std::unique_ptr<DataThread>> threads;

  // The gossip thread's alone.
  MembershipFollower follower;
  TimePoint follower_armed = kNever;
  bool logged_ready = false;
  TurnWatch turn_watch;
  bool busy = false;
  MemberLog member_log;
  LogLimiter log_limiter;

  std::atomic<bool> emptied{false};  // what was here, others have
  mutable std::mutex refusal_mutex;
  absl::Status refusal;
  std::vector<HostPort> rejoin_at;  // guarded by refusal_mutex
};

// --- Start ---

absl::StatusOr<std::unique_ptr<Node>> Node::Start(const NodeOptions& options) {
  auto key_file = ReadClusterKeyFile(options.common.cluster_key_file);
  if (!key_file.ok()) return key_file.status();
  if (!key_file->warning.empty()) LogWarn(key_file->warning);
  auto parts = std::make_unique<Parts>(options, std::move(key_file->keys));
  const absl::Status bound = parts->Bind();
  if (!bound.ok()) return bound;
  parts->Connect();
  parts->gossip->Start();
  parts->gossip->PostAt(MonotonicNow() + kFirstJoiningLog,
                        [started = parts.get()] { started->LogWhileJoining(); });
  for (const auto& thread : parts->threads) thread->Start();
  parts->gossip->PostAt(MonotonicNow() + TurnWatch::kLookEvery,
                        [started = parts.get()] { started->WatchDataThreads(); });
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

// UDP first: its socket is bound without any reuse option and guards the port for TCP too.
absl::Status Node::Parts::Bind() {
  for (int tries = 1;; ++tries) {
    auto socket =
        UdpSocket::Open(options.common.bind.WithPort(options.common.port), options.common.allow);
    if (!socket.ok()) return socket.status();
    const std::uint16_t port = socket->port();
    const absl::Status listening = Listen(port);
    if (!listening.ok()) {
      if (options.common.port == 0 && tries < kPortTries) continue;
      return listening;
    }

    auto gossip_options =
        MakeGossipOptions(options.common, self, keys, port, rng.Fork("gossip").Next());
    if (!gossip_options.ok()) return gossip_options.status();
    GossipHandlers handlers;
    handlers.on_membership = [this](const SharedMembership& m) { OnMembership(m); };
    handlers.on_suspected_self = [this] {
      LogSuspected();
      plane.DoubtCopies();
    };
    handlers.on_refused = [this](const std::string& text, bool ends_process) {
      if (ends_process) {
        Refuse(text);
      } else if (log_limiter.Allow(MonotonicNow(), text)) {
        LogError(text);
      }
    };
    handlers.on_identity_lost = [this](const std::string& text,
                                       const std::vector<Endpoint>& members) {
      LogError(text);
      RejoinAt(members);
    };
    gossip = std::make_unique<GossipThread>(*std::move(socket), *std::move(gossip_options),
                                            std::move(handlers));
    return absl::OkStatus();
  }
}

absl::Status Node::Parts::Listen(std::uint16_t port) {
  threads.clear();
  for (int i = 0; i < options.threads; ++i) {
    DataThreadConfig config;
    config.listener.bind = options.common.bind.WithPort(port);
    config.listener.reuse_port = options.threads > 1;
    config.listener.framer.max_body_bytes = options.max_value_size;
    config.runs_sync = i == 0;
    config.on_membership = [this](int socket, const PeerHello& theirs, std::string received) {
      gossip->TakeOver(socket, theirs, std::move(received));
    };
    threads.push_back(std::make_unique<DataThread>(
        std::move(config), plane, options.common.allow, pages, http, peers,
        rng.Fork("data thread").Fork(static_cast<std::uint64_t>(i))));
    const absl::Status listening = threads.back()->Listen();
    if (!listening.ok()) {
      threads.clear();
      return listening;
    }
  }
  return absl::OkStatus();
}

void Node::Parts::Connect() {
  plane.learn = [this](std::vector<MemberRecord> records, std::function<void()> done) {
    gossip->Learn(std::move(records), std::move(done));
  };
  plane.report = [this](MemberKey member, std::uint64_t boot, const Complaint& complaint) {
    gossip->Report(member, boot, complaint);
  };
  plane.on_copies_doubted = [this] {
    for (const auto& thread : threads) thread->MarkAllNotInSync();
  };
  plane.on_behind = [this](const std::vector<Partition>& partitions, MemberKey holder) {
    for (const auto& thread : threads) thread->OnBehind(partitions, holder);
  };
  plane.announce_ready = [this](std::vector<MemberKey> displaced) {
    gossip->SetPhase(Phase::kReady, std::move(displaced));
  };
  plane.on_emptied = [this] {
    LogInfo("all that was here is handed over");
    emptied.store(true);
    RequestStop();
  };
  pages.SetGossip(gossip.get());
  pages.SetStopCheck(
      [this](StopCallback done) { threads.front()->AskSafeToStop(std::move(done)); });
  pages.SetMetricsSource(
      [this](MetricsWriter& writer) { WriteDataMetrics(threads, plane, writer); });
}

// --- Membership (gossip thread) ---

void Node::Parts::OnMembership(const SharedMembership& membership) {
  const FollowerSteps steps = follower.OnMembership(MonotonicNow(), membership);
  if (!steps.refusal.empty()) return Refuse(steps.refusal);
  Follow(steps);
  LogWhenReady(SelfOf(*membership));
  for (const std::string& line : member_log.Changes(MonotonicNow(), *membership)) LogInfo(line);
}

void Node::Parts::Follow(const FollowerSteps& steps) {
  if (steps.view_published) {
    for (const auto& thread : threads) thread->OnViewPublished();
  }
  ArmFollower();
  if (steps.announce_ready) gossip->SetPhase(Phase::kReady, {});
}

void Node::Parts::ArmFollower() {
  const TimePoint deadline = follower.NextDeadline();
  if (deadline >= follower_armed) return;
  follower_armed = deadline;
  gossip->PostAt(deadline, [this] {
    follower_armed = kNever;
    Follow(follower.OnTimer(MonotonicNow()));
  });
}

void Node::Parts::LogWhenReady(const MemberRecord& record) {
  if (logged_ready || record.phase != Phase::kReady) return;
  logged_ready = true;
  LogInfo("ready: http://" + record.endpoint.ToString());
}

// The gossip thread says whom a process waits for that is in no cluster yet.
void Node::Parts::LogWhileJoining() {
  if (logged_ready) return;
  if (gossip->Current()->joined) LogInfo(pages.GetReadiness().reason);
  gossip->PostAt(MonotonicNow() + kNextJoiningLog, [this] { LogWhileJoining(); });
}

void Node::Parts::LogSuspected() {
  if (!log_limiter.Allow(MonotonicNow(), "suspected")) return;
  LogWarn(
      "others held this process for suspect or dead: its copies are compared with theirs. If "
      "this line comes back, see whether they reach it at " +
      SelfOf(*gossip->Current()).endpoint.ToString() + " (--advertise)");
}

// A live gossip thread must not hide that no request is served.
void Node::Parts::WatchDataThreads() {
  std::vector<std::uint64_t> turns;
  turns.reserve(threads.size());
  for (const auto& thread : threads) turns.push_back(thread->turns());
  const bool stuck = turn_watch.Look(turns);
  if (stuck != busy) {
    busy = stuck;
    gossip->SetBusy(busy);
    if (busy) {
      LogWarn("a data thread has stood still for a second: others are told to ask elsewhere");
    } else {
      LogInfo("the data threads go on");
    }
  }
  gossip->PostAt(MonotonicNow() + TurnWatch::kLookEvery, [this] { WatchDataThreads(); });
}

void Node::Parts::Refuse(const std::string& text) {
  const std::lock_guard lock(refusal_mutex);
  if (!refusal.ok()) return;
  refusal = absl::FailedPreconditionError(text);
  RequestStop();
}

void Node::Parts::RejoinAt(const std::vector<Endpoint>& members) {
  const std::lock_guard lock(refusal_mutex);
  rejoin_at = AsContacts(members);
  RequestStop();
}

std::vector<HostPort> Node::rejoin_at() const {
  const std::lock_guard lock(parts_->refusal_mutex);
  return parts_->rejoin_at;
}

absl::Status Node::refusal() const {
  const std::lock_guard lock(parts_->refusal_mutex);
  return parts_->refusal;
}

// --- Stop ---

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

void Node::Stop() {
  LogInfo("stopping");
  parts_->pages.SetLeaving();
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t draining = parts_->threads.size();
  for (const auto& thread : parts_->threads) {
    thread->Drain(kDrainLimit, [&] {
      const std::lock_guard lock(mutex);
      --draining;
      changed.notify_one();
    });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return draining == 0; });
  }
  // Peers are served until everybody was told.
  const bool emptied = parts_->emptied.load();
  parts_->gossip->Leave(emptied ? LeaveKind::kEmptied : LeaveKind::kStopped);
  parts_->gossip->Stop();
  for (const auto& thread : parts_->threads) thread->Stop();
}

Node::~Node() {
  // Data threads call into the membership, and it calls into them: end its thread first.
  parts_->gossip->Stop();
  for (const auto& thread : parts_->threads) thread->Stop();
}

}  // namespace vf
