#include "gossip/member.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/check.h"
#include "base/cluster_limits.h"

namespace vf {

bool IsComplete(const ClusterSettings& settings) {
  return settings.replicas >= 1 && settings.replicas <= kMaxReplicas &&
         settings.partition_digits >= kMinPartitionDigits &&
         settings.partition_digits <= kMaxPartitionDigits && settings.tombstone_age_s >= 1;
}

std::uint32_t AgeInSeconds(Duration age) {
  const auto whole = std::chrono::duration_cast<seconds>(age).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(whole, 0, std::numeric_limits<std::uint32_t>::max()));
}

ZoneName::ZoneName(std::string_view name) : size_(static_cast<std::uint8_t>(name.size())) {
  VF_CHECK(name.size() <= kMaxZoneBytes, "a zone's name is too long");
  std::copy(name.begin(), name.end(), bytes_.begin());
}

}  // namespace vf
