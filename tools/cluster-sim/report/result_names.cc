#include "tools/cluster-sim/report/result_names.h"

#include <cstddef>

#include "base/check.h"

namespace vf::sim {

std::string_view ProfileName(Profile profile) {
  switch (profile) {
    case Profile::kLan:
      return "lan";
    case Profile::kLan1s:
      return "lan-1s";
    case Profile::kCloud:
      return "cloud";
    case Profile::kWan:
      return "wan";
    case Profile::kMemberlistLan:
      return "memberlist-lan";
    case Profile::kSwim:
      return "swim";
    case Profile::kSwimBaseline:
      return "swim-baseline";
    case Profile::kLifeguard:
      return "lifeguard";
    case Profile::kLhaProbe:
      return "lha-probe";
    case Profile::kLhaSuspicion:
      return "lha-suspicion";
    case Profile::kBuddy:
      return "buddy";
  }
  VF_CHECK(false, "a profile of the list");
}

std::string_view TableModeName(TableMode mode) {
  switch (mode) {
    case TableMode::kScale:
      return "scale";
    case TableMode::kFull:
      return "full";
  }
  VF_CHECK(false, "a mode of the list");
}

std::string GigabytesText(std::int64_t bytes) {
  constexpr std::int64_t kGigabyte = 1'000'000'000;
  return std::to_string((bytes + kGigabyte - 1) / kGigabyte) + " GB";
}

std::string HashText(std::uint64_t hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i > 0; --i) {
    text[i - 1] = kDigits[hash & 15];
    hash >>= 4;
  }
  return text;
}

}  // namespace vf::sim
