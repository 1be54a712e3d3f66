#include "tools/cluster-sim/process/contacts.h"

#include <algorithm>

namespace vf::sim {
namespace {

constexpr HostNumber kFirstNodeHost = 0;

}  // namespace

Contacts::Contacts(const Cluster& cluster, const Rng& rng) : cluster_(cluster), rng_(rng) {
  if (cluster.HostsOf(ProcessRole::kController).empty()) return;
  const std::uint64_t draw = rng_.Uniform(5);
  habit_ = draw == 0 ? Habit::kFirstNode : draw == 1 ? Habit::kOneController : Habit::kControllers;
  // Somebody besides the first node has to name the controllers if these are to be found.
  const std::size_t others = cluster.hosts() - cluster.HostsOf(ProcessRole::kController).size() - 1;
  controllers_ask_ = rng_.Chance(1, 2) || others == 0;
}

std::vector<HostNumber> Contacts::OfFirst(HostNumber host) {
  std::vector<HostNumber> controllers = cluster_.HostsOf(ProcessRole::kController);
  if (cluster_.host(host).role == ProcessRole::kController) {
    // Each knows those before it, and whoever is to be found without it.
    controllers.resize(host - controllers.front());
    if (habit_ == Habit::kFirstNode && controllers_ask_) controllers.push_back(kFirstNodeHost);
    return controllers;
  }
  const std::vector<HostNumber> nodes = cluster_.HostsOf(ProcessRole::kNode);
  switch (habit_) {
    case Habit::kControllers:
      return controllers;
    case Habit::kOneController: {
      std::vector<HostNumber> contacts = {controllers.front()};
      const HostNumber node = nodes[rng_.Uniform(nodes.size())];
      if (node != host) contacts.push_back(node);
      return contacts;
    }
    case Habit::kFirstNode:
      break;
  }
  if (host == kFirstNodeHost) return {};
  controllers.push_back(kFirstNodeHost);
  return controllers;
}

std::vector<HostNumber> Contacts::OfLater(HostNumber host) {
  std::vector<HostNumber> contacts;
  std::vector<HostNumber> others;
  for (const ProcessNumber number : cluster_.live()) {
    const SimProcess& process = *cluster_.Live(number);
    if (process.host().number == host) continue;
    const bool controls = process.host().role == ProcessRole::kController;
    (controls ? contacts : others).push_back(process.host().number);
  }
  for (const HostNumber other : rng_.Sample(others, 2)) contacts.push_back(other);
  return contacts;
}

}  // namespace vf::sim
