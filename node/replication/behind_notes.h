// Which members lack writes that this process has, as frontends told it: it goes on telling them
// until they know, and compare their copies.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"
#include "node/placement/cluster_view.h"
#include "node/replication/message.h"
#include "node/replication/peer_send.h"

namespace vf {

struct BehindConfig {
  // Messages under way to one member. What is noted beyond that waits for an answer, and goes
  // together.
  std::size_t max_in_flight = 16;
  Duration answer_timeout = milliseconds(250);  // then it is told again
  Duration min_retry = milliseconds(20);        // after a failure; doubled each time, up to
  Duration max_retry = milliseconds(500);
};

// A note is made after the write was stored here, and told after it was made, so the member finds
// the write when it compares itself with this process. A note ends when the member says that it
// knows, or when it is dead or gone: whoever was dead to others doubts all of its copies anyway.
//
// Thread: none of its own; one owner.
// Limits: one entry a member and partition, and max_in_flight messages a member.
class BehindNotes {
 public:
  // Requests of this object have this bit, requests of operations do not.
  static constexpr RequestId kRequestBit = RequestId{1} << 63;

  // The view source outlives this object.
  BehindNotes(const BehindConfig& config, ClusterViewSource& views)
      : config_(config), views_(views) {}

  void Note(TimePoint now, Partition partition, std::span<const MemberKey> members);

  void OnReply(TimePoint now, MemberKey from, const BehindReply& reply);
  // What was sent to `member` and is not answered is lost.
  void OnPeerFailure(TimePoint now, MemberKey member);
  void OnViewChanged();
  void OnTimer(TimePoint now);
  TimePoint NextDeadline() const;
  // What is to be sent. Swaps buffers.
  void TakeOutputs(std::vector<PeerSend>& sends);

  // (member, partition) pairs that are noted and not known to be told.
  std::size_t size() const;

 private:
  struct Sent {
    TimePoint until;
    std::vector<Partition> partitions;
  };
  struct Peer {
    std::set<Partition> untold;
    std::map<RequestId, Sent> in_flight;
    TimePoint retry_at = TimePoint::min();
    Duration backoff{};
  };

  void Tell(TimePoint now, MemberKey self, MemberKey member, Peer& peer);
  void Fail(TimePoint now, Peer& peer, std::map<RequestId, Sent>::iterator sent);

  const BehindConfig config_;
  ClusterViewSource& views_;
  std::map<MemberKey, Peer> peers_;
  RequestId requests_ = 0;
  std::vector<PeerSend> sends_;
};

}  // namespace vf
