#include "gossip/config.h"

namespace vf {

SwimConfig SwimConfig::Cloud() {
  SwimConfig config;
  config.probe_interval = milliseconds(500);
  config.rto_low = milliseconds(40);
  config.rto_high = milliseconds(200);
  config.suspicion_alpha = 5;
  config.repair_interval = milliseconds(200);
  config.direct_retry = milliseconds(100);
  config.view_may_differ = seconds(2);
  config.exchange_deadline = seconds(4);
  config.join_retry_low = milliseconds(50);
  return config;
}

SwimConfig SwimConfig::Wan() {
  SwimConfig config;
  config.probe_interval = seconds(1);
  config.rto_low = milliseconds(100);
  config.rto_high = milliseconds(400);
  config.suspicion_alpha = 6;
  config.push_window = milliseconds(5);
  config.repair_interval = milliseconds(500);
  config.repair_fanout = 4;
  config.direct_retry = milliseconds(400);
  config.view_may_differ = seconds(4);
  config.exchange_deadline = seconds(10);
  config.exchange_retry = milliseconds(500);
  config.join_retry_low = milliseconds(500);
  return config;
}

absl::Status SwimConfig::Validate() const {
  const auto wrong = [](const char* what) { return absl::InvalidArgumentError(what); };
  if (contacts > kMaxContacts) return wrong("contacts: more than 64");
  if (max_datagram_bytes < kMinDatagramBytes || max_datagram_bytes > kMaxDatagramBytes) {
    return wrong("max_datagram_bytes: 1,360 to 1,400");
  }
  if (rto_low <= Duration::zero() || rto_high < rto_low || probe_interval < rto_high) {
    return wrong("rto_low, rto_high, probe_interval: must be above 0 and rise in this order");
  }
  if (verdict_rtos < 2) return wrong("verdict_rtos: below 2 leaves relays no time to answer");
  if (probe_pings < 2 || probe_pings > kMaxProbePings) return wrong("probe_pings: 2 to 8");
  if (relays < 0 || relays > 8) return wrong("relays: 0 to 8");
  if (suspicion_alpha < 1 || suspicion_beta < 1) {
    return wrong("suspicion_alpha, suspicion_beta: below 1");
  }
  if (suspicion_confirmations < 0 || suspicion_confirmations > 8) {
    return wrong("suspicion_confirmations: 0 to 8");
  }
  if (suspicion_floor < Duration::zero() || suspicion_samplers < 0) {
    return wrong("suspicion_floor, suspicion_samplers: below 0");
  }
  if (push_fanout < 1 || repair_fanout < 1 || repair_factor < 1) {
    return wrong("push_fanout, repair_fanout, repair_factor: below 1");
  }
  if (push_window < Duration::zero() || repair_interval <= Duration::zero()) {
    return wrong("push_window, repair_interval: below 0");
  }
  if (push_rate < 1 || push_burst < 1) return wrong("push_rate, push_burst: below 1");
  if (direct_retries < 0 || direct_retry <= Duration::zero()) {
    return wrong("direct_retries, direct_retry: below 0");
  }
  if (view_may_differ <= Duration::zero() || exchange_retry <= Duration::zero() ||
      exchange_deadline < exchange_retry || exchange_pace <= Duration::zero() ||
      exchange_burst < 1) {
    return wrong("view_may_differ, exchange_...: must be above 0, the deadline above the retry");
  }
  if (join_retry_low <= Duration::zero() || join_retry_high < join_retry_low ||
      founding_quiet < join_retry_low || heal_interval <= Duration::zero()) {
    return wrong("join_retry_low, join_retry_high, founding_quiet, heal_interval: do not fit");
  }
  if (join_window < push_window || join_window_busy < join_window || join_busy_rate < 1) {
    return wrong("push_window, join_window, join_window_busy, join_busy_rate: must rise");
  }
  if (evict_after <= Duration::zero() || controller_evict_after < evict_after ||
      tombstone_age < controller_evict_after) {
    return wrong("evict_after, controller_evict_after, tombstone_age: must be above 0 and rise");
  }
  return absl::OkStatus();
}

}  // namespace vf
