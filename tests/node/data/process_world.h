// Whole processes in virtual time, wired by hand: which object is told what, and when. Shells have
// the same wires: node/node and node/data_thread in vfnode, with clocks and sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/hash64.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/swim.h"
#include "node/data/data_driver.h"
#include "node/data/data_plane.h"
#include "node/data/membership_follower.h"
#include "node/data/peer_connections.h"

namespace vf {

class Process;

// Time, and what is to happen. What a process that has ended meant to do is dropped: it may hold
// pointers into it.
class ProcessWorld {
 public:
  static constexpr int kNobody = 0;

  TimePoint now() const { return now_; }
  WallTime wall() const {
    return {1'800'000'000'000 +
            static_cast<std::uint64_t>(ToMilliseconds(now_.time_since_epoch()))};
  }
  // `life`: of the process that does it. kNobody: it happens by itself.
  void After(Duration delay, int life, std::function<void()> action) {
    events_.emplace(std::pair(now_ + delay, ++numbers_), std::pair(life, std::move(action)));
  }
  // Null if nobody lives there, or not any more.
  Process* At(const Endpoint& endpoint) const;
  Process* Living(int life) const;
  // The process at port 1 is whom the others ask to join. One that is there has ended.
  Process& Start(std::uint16_t port, std::uint8_t roles, DataSettings settings = {});
  void Crash(std::uint16_t port);
  // False: it was not done within `limit`.
  bool RunUntil(const std::function<bool()>& done, Duration limit);

  // Of all that has arrived anywhere.
  void Note(ByteSpan bytes) { trace_hash_ = Hash64(bytes, trace_hash_ ^ numbers_); }
  std::uint64_t trace_hash() const { return trace_hash_; }

 private:
  TimePoint now_{hours(1)};
  std::uint64_t numbers_ = 0;
  std::uint64_t trace_hash_ = 0;
  int lives_ = 0;
  Rng rng_{7};
  std::map<std::pair<TimePoint, std::uint64_t>, std::pair<int, std::function<void()>>> events_;
  std::map<std::uint16_t, std::unique_ptr<Process>> processes_;
};

// One data thread, one membership.
class Process final : public DriverShell, public PeerClientOwner, public PeerConnectionsShell {
 public:
  Process(ProcessWorld& world, int life, const MemberRecord& self, const DataSettings& settings,
          Rng rng);

  // --- What arrives
  void OnDatagram(const Endpoint& from, ByteSpan bytes);
  void OnDatagramRefused(const Endpoint& by);
  // A frame of a data type on a connection that was accepted; its answer, with its length.
  std::string OnRequestFrame(ByteSpan body);
  PeerConnections& connections() { return connections_; }
  PeerHello Hello() const { return follower_.Hello(*membership_); }

  // --- Clients. Put() and Get() give the number of the answer(), which ends later
  std::size_t Put(std::string_view key, std::string_view value, const WriteOptions& options) {
    driver_.Put(world_.now(), world_.wall(), key, value, options, Record());
    return answers_.size() - 1;
  }
  std::size_t Get(std::string_view key, const GetOptions& options) {
    driver_.Get(world_.now(), world_.wall(), key, options, Record());
    return answers_.size() - 1;
  }
  void AskSafeToStop(StopCallback done) {
    driver_.AskSafeToStop(world_.now(), world_.wall(), std::move(done));
  }
  bool IsInSync() const;
  const ConflictLog& conflicts() const { return plane_.conflicts; }
  MemberKey key() const { return plane_.self; }
  // None: it stores nothing.
  std::optional<StoreStats> Stored() const {
    if (plane_.copies() == nullptr) return std::nullopt;
    return plane_.copies()->store.Stats();
  }
  struct Answer {
    bool ended = false;
    KvStatus status = KvStatus::kUnavailable;
    std::string value;
  };
  const Answer& answer(std::size_t i) const { return *answers_[i]; }

  bool IsReady() const;
  const std::string& refusal() const { return refusal_; }
  const DataDriver& driver() const { return driver_; }
  int life() const { return life_; }

 private:
  class Link;

  // A turn of its own, at the same time.
  void Later(std::function<void()> action);
  // One timer for all three. It is only moved forward.
  void Arm();

  // --- Membership
  void TakeSwimOutputs();
  // Before the datagrams leave: nobody hears news from a process that does not act by it.
  void Follow();
  void Take(const FollowerSteps& steps);

  // --- DriverShell
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) override {
    connections_.Send(now, to, message);
  }
  void Post(DriverTask task) override {
    Later([this, task = std::move(task)] { task(world_.now(), world_.wall()); });
  }
  void OnDeadlineMoved() override { Arm(); }

  // --- PeerClientOwner
  void OnReply(MemberKey from, const PeerReply& reply) override {
    driver_.OnReply(world_.now(), world_.wall(), from, reply);
  }
  void OnPeerFailure(MemberKey member, PeerFailure failure) override {
    driver_.OnPeerFailure(world_.now(), world_.wall(), member, failure);
  }
  void OnPeerUp(MemberKey member) override { driver_.OnPeerUp(member); }

  // --- PeerConnectionsShell
  std::shared_ptr<PeerConnection> Connect(MemberKey member, const Endpoint& endpoint) override;
  void OnFailuresToTell() override {
    Later([this] { connections_.TellFailures(); });
  }

  KvCallback Record();

  ProcessWorld& world_;
  const int life_;
  const Endpoint endpoint_;
  DataPlane plane_;
  MembershipFollower follower_;
  PeerCounters peer_counters_;
  PeerConnections connections_;
  DataDriver driver_;
  Swim swim_;
  SharedMembership membership_ = std::make_shared<MembershipSnapshot>();
  std::string refusal_;
  TimePoint armed_ = kNever;
  std::vector<std::shared_ptr<Answer>> answers_;
};

}  // namespace vf
