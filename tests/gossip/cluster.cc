#include "tests/gossip/cluster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "gossip/wire/codec.h"

namespace vf {

GossipProcessOptions Controller(std::vector<std::size_t> contacts) {
  GossipProcessOptions options;
  options.roles = kRoleController;
  options.contacts = std::move(contacts);
  return options;
}

GossipProcessOptions Node(std::vector<std::size_t> contacts) {
  GossipProcessOptions options;
  options.contacts = std::move(contacts);
  return options;
}

GossipProcessOptions WithStreams() {
  GossipProcessOptions options;
  options.config.streams = true;
  return options;
}

std::string Describe(GossipNetwork& net) {
  std::string text;
  for (const std::size_t i : net.Up()) {
    const MembershipSnapshot s = net.swim(i).Snapshot();
    int states[4] = {};
    for (const Member& member : s.members) ++states[static_cast<int>(member.record.state)];
    text += std::to_string(i) + ": joined " + std::to_string(s.joined) + ", founded " +
            std::to_string(s.foundation.IsFounded()) + ", alive " + std::to_string(states[0]) +
            " suspect " + std::to_string(states[1]) + " dead " + std::to_string(states[2]) +
            " left " + std::to_string(states[3]) + " " + net.seen(i).refused + "\n";
  }
  return text;
}

void StartCluster(GossipNetwork& net, std::size_t nodes, const GossipProcessOptions& options) {
  GossipProcessOptions with_contact = options;
  with_contact.contacts = {0};
  net.Start(0, options);
  for (std::size_t i = 1; i < nodes; ++i) net.Start(i, with_contact);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

bool AllBelieve(GossipNetwork& net, std::size_t subject, MemberState state) {
  const std::vector<std::size_t> up = net.Up();
  return std::all_of(up.begin(), up.end(), [&](std::size_t i) {
    return i == subject || net.Believes(i, subject, state);
  });
}

std::size_t CountUpdates(ByteSpan datagram, const std::function<bool(const Update&)>& wanted) {
  const auto decoded = DecodePacket(datagram);
  const Packet* packet = std::get_if<Packet>(&decoded);
  if (packet == nullptr) return 0;
  std::size_t found = 0;
  const auto look = [&](const Update& update) { found += wanted(update) ? 1 : 0; };
  for (const Message& message : packet->messages) {
    if (const Batch* batch = std::get_if<Batch>(&message)) {
      for (const Update& update : batch->updates) look(update);
    }
    if (const Alive* m = std::get_if<Alive>(&message)) look(*m);
    if (const Suspect* m = std::get_if<Suspect>(&message)) look(*m);
    if (const Dead* m = std::get_if<Dead>(&message)) look(*m);
    if (const Left* m = std::get_if<Left>(&message)) look(*m);
  }
  return found;
}

std::uint64_t Drops(GossipNetwork& net, std::size_t index, DropReason reason) {
  return net.swim(index).counters().drops[static_cast<std::size_t>(reason)];
}

}  // namespace vf
