// The systems that Velour Fog is measured against, as pure protocol objects: what one member does.
//
// They are written from published facts: PaperSwim (paper_swim.h) from the SWIM paper, Memberlist
// (memberlist.h) from memberlist's documented parameters and observed behaviour. Messages are
// values; nothing is encoded, sizes come from formulas. Members are named by the numbers of their
// hosts. There are no restarts, no two members on a host, and no changes of address.
//
// Use: after OnTimer(), OnMessage(), Join() and Announce(), drain TakeOutputs() and ask
// NextDeadline(). OnTimer() early or twice is harmless.
// Thread: none of its own; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/rivals/member_view.h"
#include "tools/cluster-sim/rivals/news_queue.h"
#include "tools/cluster-sim/rivals/probe_order.h"
#include "tools/cluster-sim/rivals/relayed_pings.h"
#include "tools/cluster-sim/rivals/rival_update.h"

namespace vf::sim {

// Everything that a member believes, for an exchange of the full state.
struct RivalTable {
  HostNumber warm = 0;  // hosts below it that `entries` does not name are alive, incarnation 1
  std::vector<RivalEntry> entries;
};

struct RivalMessage {
  enum class Kind : std::uint8_t {
    kPing,
    kAck,
    kPingRequest,  // ping `target` for me
    kNack,         // it did not answer me
    kGossip,       // updates alone
    // Over connections:
    kStreamPing,
    kStreamAck,
    kPushTable,   // here is mine, give me yours
    kTableReply,  // to kPushTable
  };
  Kind kind = Kind::kPing;
  std::uint32_t sequence = 0;
  HostNumber target = 0;
  std::vector<RivalUpdate> updates;
  std::shared_ptr<const RivalTable> table;
};

struct RivalSend {
  enum class Way : std::uint8_t {
    kDatagram,
    kNewConnection,  // after a handshake; it fails silently if the peer is gone
    kConnection,     // an answer on the connection that the peer opened
  };
  HostNumber to = 0;
  Way way = Way::kDatagram;
  std::size_t bytes = 0;  // payload, without headers of UDP, TCP and IP
  RivalMessage message;
};

// A belief that changed: another state, or the same with a greater incarnation.
struct RivalEvent {
  HostNumber subject = 0;
  RivalState before = RivalState::kUnknown;
  RivalState state = RivalState::kAlive;
  std::uint32_t incarnation = 0;
};

struct RivalOutputs {
  std::vector<RivalSend> sends;
  std::vector<RivalEvent> events;
};

struct RivalCounters {
  std::uint64_t packets = 0;  // datagrams and messages over connections that were sent
  std::uint64_t bytes = 0;    // of their payloads
  std::uint64_t probes = 0;   // that have ended
  std::uint64_t failed_probes = 0;
};

class RivalProtocol {
 public:
  virtual ~RivalProtocol() = default;

  virtual void OnTimer(TimePoint now) = 0;
  virtual void OnMessage(TimePoint now, HostNumber from, const RivalMessage& message) = 0;
  virtual TimePoint NextDeadline() const = 0;

  // Enters the cluster through a member of it, whose table it asks for. REQUIRES: knows nobody yet.
  void Join(HostNumber contact);
  // Raises the own incarnation and tells everybody, as after a change of metadata.
  virtual void Announce(TimePoint now) = 0;

  // From now on whatever sends or receives stands still, until it does no more (which counts as a
  // timer that is due). Timers that do neither run on.
  virtual void SetBlocked(TimePoint now, bool blocked) = 0;

  // What it believes of all others.
  const RivalView& view() const { return view_; }

  // Swaps what is to be sent and what was learned into `out`, which must be empty.
  void TakeOutputs(RivalOutputs& out);
  const RivalCounters& counters() const { return counters_; }
  std::size_t queue_peak() const { return queue_.peak(); }

 protected:
  // A member that knows hosts 0 to warm - 1 (it is one of them), or with 0 only itself.
  RivalProtocol(HostNumber self, HostNumber warm, TimePoint born, Rng rng);

  // Payload of a message with a table of so many members.
  virtual std::size_t TableBytes(std::size_t members) const = 0;

  void Send(HostNumber to, RivalSend::Way way, std::size_t bytes, RivalMessage message);
  void SendTable(HostNumber to, RivalSend::Way way, RivalMessage::Kind kind);
  void Tell(const RivalEvent& event) { outputs_.events.push_back(event); }
  void CountProbe(bool failed);
  // The next message of its own that an answer has to name.
  std::uint32_t NextSequence() { return ++sequence_; }
  // Above `accused`; in the own view.
  void RaiseIncarnation(std::uint32_t accused);

  const HostNumber self_;
  Rng rng_;
  RivalView view_;
  ProbeOrder order_;
  NewsQueue queue_;
  RelayedPings relayed_;
  std::uint32_t incarnation_ = 1;

 private:
  std::uint32_t sequence_ = 0;
  RivalOutputs outputs_;
  RivalCounters counters_;
};

}  // namespace vf::sim
