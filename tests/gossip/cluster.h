// Whole clusters of Swims on a network in memory: processes to start, and what all of them believe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gossip/wire/message.h"
#include "tests/support/gossip_network.h"

namespace vf {

GossipProcessOptions Controller(std::vector<std::size_t> contacts = {});
GossipProcessOptions Node(std::vector<std::size_t> contacts = {});
// Whose driver carries out echoes.
GossipProcessOptions WithStreams();

// One line a process: what it believes. For failures.
std::string Describe(GossipNetwork& net);

// `nodes` that joined through node 0, which founded the cluster.
void StartCluster(GossipNetwork& net, std::size_t nodes,
                  const GossipProcessOptions& options = Node());

// All that are up, but for `subject` itself.
bool AllBelieve(GossipNetwork& net, std::size_t subject, MemberState state);

// How many of these datagrams' messages (those in batches included) fulfil `wanted`.
std::size_t CountUpdates(ByteSpan datagram, const std::function<bool(const Update&)>& wanted);

std::uint64_t Drops(GossipNetwork& net, std::size_t index, DropReason reason);

}  // namespace vf
