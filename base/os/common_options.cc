#include "base/os/common_options.h"

#include <algorithm>
#include <utility>

#include "base/cluster_limits.h"
#include "base/os/release.h"
#include "base/os/text_number.h"

namespace vf {
namespace {

constexpr std::uint64_t kMaxTombstoneAgeSeconds = 365 * 24 * 3600;

absl::Status Wrong(std::string what) { return absl::InvalidArgumentError(std::move(what)); }

absl::Status SetArguments(CommonOptions& options, const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return Wrong("PORT is missing; give the port to listen on, for example 8000 (see --help)");
  }
  const auto port = ParseWhole(arguments.front(), 0, 65535);
  if (!port) return Wrong("PORT: '" + arguments.front() + "' must be 0 to 65535 (0: a free one)");
  options.port = static_cast<std::uint16_t>(*port);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto contact = ParseHostPort(arguments[i]);
    if (!contact) {
      return Wrong("contact: '" + arguments[i] +
                   "' must be HOST:PORT, for example 10.0.0.1:7000 or [fd00::1]:7000");
    }
    options.contacts.push_back(*contact);
  }
  if (options.contacts.size() > CommonOptions::kMaxContacts) {
    return Wrong(std::to_string(options.contacts.size()) + " contacts given; at most " +
                 std::to_string(CommonOptions::kMaxContacts) + ", and two or three are enough");
  }
  return absl::OkStatus();
}

absl::Status SetCluster(CommonOptions& options, std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!plain || value.size() > CommonOptions::kMaxClusterNameBytes) {
    return Wrong("must be 1 to 64 letters, digits, '.', '-' or '_'");
  }
  options.cluster = value;
  return absl::OkStatus();
}

absl::Status SetBind(CommonOptions& options, std::string_view value) {
  const auto address = Endpoint::ParseAddress(value, 0);
  if (!address) {
    return Wrong("must be an address of this machine, 0.0.0.0 (all of IPv4) or :: (both families)");
  }
  options.bind = *address;
  return absl::OkStatus();
}

absl::Status SetAdvertise(CommonOptions& options, std::string_view value) {
  const std::string bad = "must be HOST or HOST:PORT as others reach this process";
  AdvertiseOption advertise;
  if (const auto address = Endpoint::ParseAddress(value, 0)) {
    if (address->IsUnspecified()) return Wrong(bad + "; nobody can reach that address");
    advertise.host = value;
  } else if (const auto both = ParseHostPort(value)) {
    advertise.host = both->host;
    advertise.port = both->port;
  } else if (value.find_first_of(":[]/ ") == std::string_view::npos) {
    advertise.host = value;
  } else {
    return Wrong(bad);
  }
  options.advertise = std::move(advertise);
  return absl::OkStatus();
}

absl::Status AddAllowed(CommonOptions& options, std::string_view value, bool& first) {
  if (first) options.allow = AllowList();  // What is given takes the place of the default.
  first = false;
  if (options.allow.Add(value)) return absl::OkStatus();
  return Wrong(
      "must be a range such as 10.0.0.0/8 or fd00::/8, without bits behind its prefix, or one "
      "address");
}

absl::Status SetProfile(CommonOptions& options, std::string_view value) {
  for (const TimingProfile profile :
       {TimingProfile::kLan, TimingProfile::kCloud, TimingProfile::kWan}) {
    if (value != ProfileName(profile)) continue;
    options.profile = profile;
    return absl::OkStatus();
  }
  return Wrong("must be lan, cloud or wan");
}

absl::Status SetLevel(CommonOptions& options, std::string_view value) {
  const auto level = ParseLogLevel(value);
  if (!level) return Wrong("must be trace, debug, info, warn or error");
  options.log_level = *level;
  return absl::OkStatus();
}

template <typename Integer>
CommandLine::SetValue Whole(Integer& target, std::uint64_t low, std::uint64_t high,
                            std::string unit) {
  return [&target, low, high, unit = std::move(unit)](std::string_view value) {
    const auto number = ParseWhole(value, low, high);
    if (!number) {
      return Wrong("must be a whole number" + unit + ", " + std::to_string(low) + " to " +
                   std::to_string(high));
    }
    target = static_cast<Integer>(*number);
    return absl::OkStatus();
  };
}

}  // namespace

std::string_view ProfileName(TimingProfile profile) {
  switch (profile) {
    case TimingProfile::kLan:
      return "lan";
    case TimingProfile::kCloud:
      return "cloud";
    case TimingProfile::kWan:
      return "wan";
  }
  return "";
}

void DeclareCommonOptions(CommandLine& line, CommonOptions& options) {
  line.SetPositional("PORT [HOST:PORT ...]", [&options](const std::vector<std::string>& given) {
    return SetArguments(options, given);
  });
  line.AddOption("--cluster", "NAME", "Ignore members of another name (default velour-fog)",
                 [&options](std::string_view value) { return SetCluster(options, value); });
  line.AddOption("--bind", "ADDR", "Where to listen (default 0.0.0.0; :: for IPv4 and IPv6)",
                 [&options](std::string_view value) { return SetBind(options, value); });
  line.AddOption("--advertise", "HOST[:PORT]", "How others reach this process (default: found out)",
                 [&options](std::string_view value) { return SetAdvertise(options, value); });
  line.AddList("--allow", "CIDR",
               "Who may connect; repeatable (default: loopback, private and link-local ranges)",
               [&options, first = true](std::string_view value) mutable {
                 return AddAllowed(options, value, first);
               });
  line.AddOption("--replicas", "K", "Copies of each key (default: the cluster's; 3 for a new one)",
                 Whole(options.replicas, 1, kMaxReplicas, ""));
  line.AddOption("--partition-digits", "N",
                 "16^N partitions (default: the cluster's; 2 for a new one)",
                 Whole(options.partition_digits, kMinPartitionDigits, kMaxPartitionDigits, ""));
  line.AddOption("--tombstone-age", "S",
                 "Seconds to remember deletions (default: the cluster's; 3600 for a new one)",
                 Whole(options.tombstone_age_s, 1, kMaxTombstoneAgeSeconds, " of seconds"));
  line.AddOption("--profile", "NAME",
                 "Timing of gossip: lan, cloud or wan; the same everywhere (default lan)",
                 [&options](std::string_view value) { return SetProfile(options, value); });
  line.AddOption("--cluster-key-file", "FILE",
                 "Sign gossip and peer connections with the keys in it, one a line",
                 [&options](std::string_view value) {
                   options.cluster_key_file = value;
                   return absl::OkStatus();
                 });
  line.AddOption("--log-level", "LEVEL", "trace, debug, info, warn or error (default info)",
                 [&options](std::string_view value) { return SetLevel(options, value); });

  const std::string release = "release " + std::string(Release()) + " does not have this option";
  line.AddRefused("--fsync", release + " and keeps everything in memory; leave it out");
}

absl::Status CheckCommonOptions(const CommonOptions& options) {
  const bool both_families = options.bind.is_v6() && options.bind.IsUnspecified();
  if (both_families) return absl::OkStatus();
  for (const HostPort& contact : options.contacts) {
    const auto address = Endpoint::ParseAddress(contact.host, contact.port);
    if (!address || address->is_v6() == options.bind.is_v6()) continue;
    return Wrong("contact: '" + address->ToString() + "' cannot be reached from --bind " +
                 options.bind.AddressText() + "; --bind :: speaks IPv4 and IPv6");
  }
  return absl::OkStatus();
}

}  // namespace vf
