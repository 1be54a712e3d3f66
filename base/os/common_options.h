// The options that vfnode and vfcontroller share. Contract: docs of the command line, section 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/allow_list.h"
#include "base/endpoint.h"
#include "base/os/command_line.h"
#include "base/os/log.h"

namespace vf {

// How others reach the process: a name or an address, and a port if it is not the process's own.
struct AdvertiseOption {
  std::string host;
  std::optional<std::uint16_t> port;
};

// The timing of gossip, for the network between the members.
enum class TimingProfile { kLan, kCloud, kWan };
std::string_view ProfileName(TimingProfile profile);  // lan, cloud, wan

struct CommonOptions {
  static constexpr std::size_t kMaxContacts = 64;
  static constexpr std::size_t kMaxClusterNameBytes = 64;

  std::uint16_t port = 0;          // 0: a free one
  std::vector<HostPort> contacts;  // at most kMaxContacts
  std::string cluster = "velour-fog";
  Endpoint bind;  // an address; its port is 0
  std::optional<AdvertiseOption> advertise;
  AllowList allow = AllowList::PrivateNetworks();
  TimingProfile profile = TimingProfile::kLan;
  std::string cluster_key_file;  // empty: none
  LogLevel log_level = LogLevel::kInfo;
  std::string data_dir;  // empty: nothing is kept. Declared by the program that has it
  // What the cluster must have; 0: whatever it has.
  std::uint8_t replicas = 0;
  std::uint8_t partition_digits = 0;  // 1 to 4
  std::uint32_t tombstone_age_s = 0;
};

// Declares PORT, contacts and every option that both programs have, and refuses those that belong
// to later releases. `options` must outlive `line`.
void DeclareCommonOptions(CommandLine& line, CommonOptions& options);

// What no option can see alone: a contact whose address cannot be reached from the one that is
// bound, since one is of IPv4 and the other of IPv6. Names are resolved later, and fittingly.
absl::Status CheckCommonOptions(const CommonOptions& options);

}  // namespace vf
