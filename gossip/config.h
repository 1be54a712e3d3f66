// The knobs of membership. A profile sets them all; tests and the simulator vary single ones.
//
// N is the number of live members (alive and suspect), the own process included.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace vf {

// Of everything that is sent: fits the MTU of any network, headers included.
inline constexpr std::size_t kMaxDatagramBytes = 1'400;
// The largest message, a DIGEST, fits into so many.
inline constexpr std::size_t kMinDatagramBytes = 1'360;

struct SwimConfig {
  // HashClusterName(--cluster): datagrams of other clusters are dropped.
  std::uint32_t cluster_hash = 0;
  // How many contacts the command line names. Each is filled in by Swim::SetContact() when its
  // name resolves; one that never does has not answered, so it holds back founding.
  std::size_t contacts = 0;

  // Bytes that this process fills of a datagram, 1,360 to 1,400. Less than all where something is
  // put behind it: the seal of a cluster key.
  std::size_t max_datagram_bytes = kMaxDatagramBytes;

  // Failure detection.

  // T', between two probes of random members. Mean time to the first probe of a crashed member is
  // T'. Cost: 1/T' pings and acks a second and process, whatever N is.
  Duration probe_interval = milliseconds(250);
  // A ping is repeated, directly and through relays, after RTO = clamp(2 * p99.9 of the own round
  // trips, rto_low, rto_high). Lower: losses cost less time, slow members more relayed pings.
  Duration rto_low = milliseconds(20);
  Duration rto_high = milliseconds(100);
  // The verdict on a probe falls after min(verdict_rtos * RTO, T').
  int verdict_rtos = 4;
  // Direct pings of a probe: the first, and one every RTO until the verdict. At loss l a probe of a
  // live member fails with (1-(1-l)^2)^pings * (1-(1-l)^4)^relays, without the echo: at 25 % loss
  // 6.1 % with 2 pings, 1.2 % with 4, which costs no time and two more datagrams to who is gone.
  int probe_pings = 4;
  // Members asked to ping in our stead (k).
  int relays = 3;

  // Suspicion: between SuspicionMin() and SuspicionMax() of suspicion.h.

  // Min = alpha * max(1, log10 N) * T': 1 s at 10 members, 3 s at 1,000. Lower: faster deaths,
  // less time to refute.
  int suspicion_alpha = 4;
  // Max = beta * Min: how long a suspicion without any confirmation lasts.
  int suspicion_beta = 6;
  // Independent further accusers after which a suspicion lasts Min (K).
  int suspicion_confirmations = 3;
  // Min is never below this: ten times what news takes to reach 99 % of the members.
  Duration suspicion_floor = milliseconds(300);
  // Who hears of a suspicion probes the suspect at once with probability samplers/N.
  int suspicion_samplers = 6;

  // Dissemination.

  // News goes to this many random members on first sight: reaches 1 - e^-F of all (99.3 %).
  int push_fanout = 5;
  // News that arrives within it shares a datagram.
  Duration push_window = milliseconds(2);
  // While news is queued it also goes to repair_fanout members every repair_interval, each piece
  // at most repair_factor * ceil(log10(N + 1)) times.
  Duration repair_interval = milliseconds(100);
  int repair_fanout = 3;
  int repair_factor = 2;
  // Records pushed at first sight a second, and at once; beyond it news waits for the repair tick.
  int push_rate = 500;
  int push_burst = 2000;
  // A push that needs a confirmation is repeated this often, at this interval, then every RTO.
  int direct_retries = 2;
  Duration direct_retry = milliseconds(50);

  // Agreement.

  // A view hash may differ from a peer's for so long before bucket digests are compared.
  Duration view_may_differ = seconds(1);
  // The driver carries out SwimOutputs::exchanges and echoes over TCP; false: all by datagrams.
  bool streams = false;
  // A member exchange that has not come to an end by then is begun anew with another member.
  Duration exchange_deadline = seconds(2);
  Duration exchange_retry = milliseconds(200);
  // EXCHANGE datagrams leave in bursts of exchange_burst every exchange_pace.
  int exchange_burst = 64;
  Duration exchange_pace = milliseconds(10);

  // Joining, founding, healing.

  // JOIN is repeated to each contact in turn, eight times at the lower interval, then doubling to
  // the higher one, for ever. Lower: losses cost less time, a contact in a mass start more work.
  Duration join_retry_low = milliseconds(25);
  Duration join_retry_high = seconds(5);
  // An introducer pushes the news of newcomers no more often than this; every join_window_busy
  // while more than join_busy_rate come a second. Lower: more packets in a mass start.
  Duration join_window = milliseconds(20);
  Duration join_window_busy = milliseconds(100);
  int join_busy_rate = 200;
  // For so long the smallest key in sight must not change before it founds a cluster.
  Duration founding_quiet = seconds(1);
  // Contacts and controllers that are not alive are pinged, and the dead may be, once in it.
  Duration heal_interval = seconds(1);

  // Forgetting.

  // The dead and the left stay in the snapshot for so long, then only their tombstone is kept. But
  // those that are away (IsAway) stay until they are back or settled.
  Duration evict_after = minutes(10);
  // The same on controllers, which people ask who was there.
  Duration controller_evict_after = hours(24);
  Duration tombstone_age = hours(72);

  // The timing for a local network: round trips far below 10 ms.
  static SwimConfig Lan() { return {}; }
  // For one region of a cloud: round trips of a few milliseconds, pauses of virtual machines.
  static SwimConfig Cloud();
  // For sites far apart: round trips of 50 to 200 ms.
  static SwimConfig Wan();

  // InvalidArgument, naming the knob, if the numbers do not fit each other.
  absl::Status Validate() const;
};

// What a founder takes where the command line says nothing.
inline constexpr std::uint8_t kDefaultReplicas = 3;
inline constexpr std::uint8_t kDefaultPartitionDigits = 2;
inline constexpr std::uint32_t kDefaultTombstoneAgeS = 3600;

// Limits. What happens at each is said where it is used; all have a counter.
inline constexpr std::size_t kMaxMembers = 100'000;    // live and dead; the oldest dead goes first
inline constexpr std::size_t kMaxTombstones = 65'536;  // the oldest goes first
inline constexpr std::size_t kMaxContacts = 64;
inline constexpr int kMaxProbePings = 8;
inline constexpr std::size_t kMaxRelayedPings = 1'024;  // beyond it PING_REQ is dropped
inline constexpr std::size_t kMaxEchoes = 64;           // under way; a further one fails at once
inline constexpr int kMaxReportsASecond = 20;           // to controllers; beyond it none is sent
inline constexpr std::size_t kMaxDirectFrontends = 256;

}  // namespace vf
