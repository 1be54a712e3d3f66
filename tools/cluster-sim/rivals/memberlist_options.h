// The knobs of memberlist, and the configurations that are compared.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace vf::sim {

struct MemberlistOptions {
  Duration probe_interval = seconds(1);
  Duration probe_timeout = milliseconds(500);
  int indirect_checks = 3;
  bool stream_pings = true;
  int suspicion_multiplier = 4;  // alpha
  Duration gossip_interval = milliseconds(200);
  int gossip_nodes = 3;
  Duration gossip_to_the_dead = seconds(30);
  int retransmit_multiplier = 4;
  Duration push_pull_interval = seconds(30);
  Duration stream_timeout = seconds(10);
  std::size_t packet_bytes = 1400;

  // Lifeguard's three parts.

  // LHA-Probe: who fails with probes that others would have answered takes itself for slow. Without
  // it, relays send no nacks.
  bool local_health = true;
  int awareness_max = 8;        // the health score stays below it
  bool scales_timeout = false;  // the health stretches not only the interval
  int nack_percent = 100;       // of the timeout, after which a relay sends its nack
  // LHA-Suspicion: long suspicions that independent confirmations shorten. Without it, each lasts
  // the least time, and no confirmation is passed on.
  bool dynamic_suspicion = true;
  int suspicion_max_multiplier = 6;  // beta
  // Buddy: whoever pings a suspect tells it that it is one.
  bool buddy = true;

  // memberlist 0.6.0 (and 0.2.2): its DefaultLANConfig.
  static MemberlistOptions Lan() { return {}; }

  // As the paper evaluates Lifeguard: alpha 5, beta 6, three confirmations, a score up to 8 that
  // stretches interval and timeout, nacks after 80 % of the timeout.
  // Source: Dadgar, Phillips, Currey; arXiv 1707.00788, sections IV and V.
  static MemberlistOptions Lifeguard() {
    MemberlistOptions options;
    options.suspicion_multiplier = 5;
    options.awareness_max = 9;
    options.scales_timeout = true;
    options.nack_percent = 80;
    return options;
  }

  // That paper's baseline: the same memberlist, gossip ticks and pings over connections included,
  // without any part of Lifeguard.
  static MemberlistOptions PlainSwim() {
    MemberlistOptions options = Lifeguard();
    options.local_health = false;
    options.dynamic_suspicion = false;
    options.buddy = false;
    return options;
  }
};

}  // namespace vf::sim
