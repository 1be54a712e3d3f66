// Small clusters for the failure catalogue: what several of its files need.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "gossip/wire/message.h"
#include "tests/support/gossip_network.h"

namespace vf {

GossipProcessOptions Controller(std::vector<std::size_t> contacts = {});
GossipProcessOptions Node(std::vector<std::size_t> contacts = {});

// One line a process: what it believes. For failures.
std::string Describe(GossipNetwork& net);

// `nodes` that joined through node 0, which founded the cluster.
void StartCluster(GossipNetwork& net, std::size_t nodes,
                  const GossipProcessOptions& options = Node());

bool AllBelieve(GossipNetwork& net, std::size_t subject, MemberState state);

// How many of these datagrams' messages (those in batches included) fulfil `wanted`.
std::size_t CountUpdates(ByteSpan datagram, const std::function<bool(const Update&)>& wanted);

// What `speaker` would send: `message` in a datagram with its header.
std::vector<std::byte> DatagramOf(const MemberRecord& speaker, std::uint32_t cluster_hash,
                                  const Message& message);
// That of GossipNetwork's processes.
inline constexpr std::uint32_t kTestCluster = 0x1234abcd;

std::uint64_t Drops(GossipNetwork& net, std::size_t index, DropReason reason);

}  // namespace vf
