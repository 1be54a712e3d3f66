// Whole clusters of Swims on a network in memory: processes to start, and clusters of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/gossip_network.h"

namespace vf {

inline GossipProcessOptions Controller(std::vector<std::size_t> contacts = {}) {
  GossipProcessOptions options;
  options.roles = kRoleController;
  options.contacts = std::move(contacts);
  return options;
}

inline GossipProcessOptions Node(std::vector<std::size_t> contacts = {}) {
  GossipProcessOptions options;
  options.contacts = std::move(contacts);
  return options;
}

// Whose driver carries out echoes.
inline GossipProcessOptions WithStreams() {
  GossipProcessOptions options;
  options.config.streams = true;
  return options;
}

inline std::string Describe(GossipNetwork& net) {
  std::string text;
  for (const std::size_t i : net.Up()) {
    const MembershipSnapshot s = net.swim(i).Snapshot();
    int states[4] = {};
    for (const Member& m : s.members) ++states[static_cast<int>(m.record.state)];
    text += std::to_string(i) + ": joined " + std::to_string(s.joined) + ", founded " +
            std::to_string(s.foundation.IsFounded()) + ", alive " + std::to_string(states[0]) +
            " suspect " + std::to_string(states[1]) + " dead " + std::to_string(states[2]) +
            " left " + std::to_string(states[3]) + " " + net.seen(i).refused + "\n";
  }
  return text;
}

// A cluster of `nodes` that joined through node 0, which founded it.
inline void StartCluster(GossipNetwork& net, std::size_t nodes) {
  net.Start(0, Node());
  for (std::size_t i = 1; i < nodes; ++i) net.Start(i, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

}  // namespace vf
