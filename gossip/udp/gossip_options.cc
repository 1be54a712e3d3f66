#include "gossip/udp/gossip_options.h"

#include <algorithm>

#include "base/key_hash.h"
#include "gossip/udp/own_address.h"

namespace vf {

namespace {

SwimConfig ConfigOf(TimingProfile profile) {
  switch (profile) {
    case TimingProfile::kLan:
      return SwimConfig::Lan();
    case TimingProfile::kCloud:
      return SwimConfig::Cloud();
    case TimingProfile::kWan:
      return SwimConfig::Wan();
  }
  return SwimConfig::Lan();
}

}  // namespace

absl::StatusOr<GossipOptions> MakeGossipOptions(const CommonOptions& common,
                                                const MemberRecord& self, const ClusterKeys& keys,
                                                std::uint16_t port, std::uint64_t seed) {
  GossipOptions options;
  options.config = ConfigOf(common.profile);
  options.config.cluster_hash = HashClusterName(common.cluster);
  options.self = self;
  options.given.replicas = common.replicas;
  options.given.partition_digits = common.partition_digits;
  options.given.tombstone_age_s = common.tombstone_age_s;
  options.contacts = common.contacts;
  options.keys = keys;
  options.allow = common.allow;
  options.seed = seed;
  if (common.advertise) {
    const absl::StatusOr<Endpoint> advertise =
        ResolveAdvertise(*common.advertise, port, common.bind.is_v6());
    if (!advertise.ok()) return advertise.status();
    options.advertise = *advertise;
  }
  return options;
}

std::vector<HostPort> AsContacts(const std::vector<Endpoint>& members) {
  std::vector<HostPort> contacts;
  for (const Endpoint& member : members) contacts.push_back({member.AddressText(), member.port()});
  return contacts;
}

void AddContacts(CommonOptions& common, const std::vector<HostPort>& contacts) {
  for (const HostPort& contact : contacts) {
    if (common.contacts.size() == kMaxContacts) return;
    const auto& known = common.contacts;
    if (std::find(known.begin(), known.end(), contact) == known.end()) {
      common.contacts.push_back(contact);
    }
  }
}

}  // namespace vf
