// What a gossip thread has to know of its process.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/allow_list.h"
#include "base/endpoint.h"
#include "base/os/common_options.h"
#include "gossip/config.h"
#include "gossip/members/remembered_cluster.h"
#include "gossip/seal/cluster_keys.h"
#include "gossip/types.h"

namespace vf {

struct GossipOptions {
  SwimConfig config = SwimConfig::Lan();  // `contacts` is set here, from the list below
  MemberRecord self;                      // its endpoint is found here
  ClusterSettings given;
  std::vector<HostPort> contacts;
  ClusterKeys keys;  // none: gossip is not signed
  // Where connections may go to; the socket has judged datagrams, and whoever accepts connections.
  AllowList allow = AllowList::PrivateNetworks();
  RememberedCluster remembered;  // unfounded: nothing. Its settings fit `given`
  // How others reach this process (ResolveAdvertise()). None: the address that the socket is bound
  // to; bound to all, the one from which the first contact is reached; else loopback. A process
  // that came to loopback by itself changes to the local address at which another machine's member
  // reaches it.
  std::optional<Endpoint> advertise;
  std::uint64_t seed = 0;
};

// Those that the command line asks for. `self`: NewSelfRecord(); `keys`: of ReadClusterKeyFile();
// `port`: the one that is bound.
// Errors: --advertise names a host without an address.
absl::StatusOr<GossipOptions> MakeGossipOptions(const CommonOptions& common,
                                                const MemberRecord& self, const ClusterKeys& keys,
                                                std::uint16_t port, std::uint64_t seed);

// Members as contacts, and these as further contacts of a process that begins anew: those it knows
// already are not repeated, and at most kMaxContacts are kept.
std::vector<HostPort> AsContacts(const std::vector<Endpoint>& members);
void AddContacts(CommonOptions& common, const std::vector<HostPort>& contacts);

}  // namespace vf
