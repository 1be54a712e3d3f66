// What all who run passes do with their messages.
#pragma once

#include <cstdint>
#include <vector>

#include "node/placement/cluster_view.h"
#include "node/replication/partition_sync.h"
#include "node/replication/peer_send.h"

namespace vf {

// Which way a pass with this peer goes: a fallback may hold what owners lack, but is no place for
// what they hold.
PartitionSync::Direction DirectionOfPass(const PartitionList& list, MemberKey peer);

// What the pass asks next, as this request under this list. See PartitionSync::TakeRequest().
void AddPassRequest(std::vector<PeerSend>& sends, MemberKey to, RequestId request,
                    std::uint64_t list_hash, PartitionSync& pass);

RequestId RequestOf(const SyncReply& reply);
const OtherList& OtherListOf(const SyncReply& reply);

}  // namespace vf
