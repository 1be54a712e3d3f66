// SWIM membership as a plain object: datagrams and time go in, datagrams and events come out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/types.h"

namespace vf {

struct SwimConfig;  // config.h

struct OutgoingDatagram {
  Endpoint to;
  std::vector<std::byte> bytes;  // at most 1,400
};

// What the owner of a Swim has to know. Drained with TakeOutputs().
struct SwimOutputs {
  std::vector<OutgoingDatagram> datagrams;
  bool members_changed = false;  // publish a new snapshot before sending the datagrams
  bool suspected_self = false;   // others held this process for suspect or dead: writes may have
                                 // gone past it, its copies are not in sync
  std::string refused;           // a cluster refuses this process (settings differ, ...): why
  bool refusal_ends_process = false;  // it has never been ready: end with status 1
  std::vector<std::string> log;       // lines worth a log entry, at most a few a second
};

class Swim {
 public:
  // `self`: id, boot, endpoint, roles, seat; `given`: the settings of the command line.
  Swim(const SwimConfig& config, const MemberRecord& self, const ClusterSettings& given,
       TimePoint now, WallTime wall, Rng rng);

  void OnDatagram(TimePoint now, WallTime wall, const Endpoint& from, ByteSpan bytes);
  // The operating system says that nothing listens there (ICMP port unreachable).
  void OnRefused(TimePoint now, const Endpoint& endpoint);
  void OnTimer(TimePoint now, WallTime wall);  // early or twice is harmless
  TimePoint NextDeadline() const;
  void TakeOutputs(SwimOutputs& out);

  // Addresses of a contact of the command line (again whenever its name resolves anew).
  void SetContact(TimePoint now, std::size_t index, const std::vector<Endpoint>& endpoints);
  // Records that came with an answer of the data path (the list rule).
  void Learn(TimePoint now, std::span<const MemberRecord> records);
  // The data path was refused by, or timed out on, this member: probe it out of turn.
  void Report(TimePoint now, MemberKey member, std::uint64_t boot);
  // A new phase of this process. kReady is told to the members of `first` at once and to the rest
  // when each of these has confirmed, or is suspect, dead or left.
  void SetPhase(TimePoint now, Phase phase, std::span<const MemberKey> first);
  void SetEndpoint(TimePoint now, const Endpoint& endpoint);
  void Leave(TimePoint now, LeaveKind kind);

  MembershipSnapshot Snapshot() const;
};

}  // namespace vf
