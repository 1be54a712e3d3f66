#include "gossip/member.h"

#include <algorithm>

#include "base/check.h"

namespace vf {

ZoneName::ZoneName(std::string_view name) : size_(static_cast<std::uint8_t>(name.size())) {
  VF_CHECK(name.size() <= kMaxZoneBytes, "a zone's name is too long");
  std::copy(name.begin(), name.end(), bytes_.begin());
}

}  // namespace vf
