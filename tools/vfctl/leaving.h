// How far a node is that leaves, by what it and the others answer.
//
// Pure. Texts that no node of Velour Fog gives count as nothing known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"

namespace vf::ctl {

// What it has yet to hand over; see /status.
struct ToHandOver {
  std::uint64_t records = 0;
  std::uint64_t partitions = 0;
};

// None: it does not say that it leaves.
std::optional<ToHandOver> ToHandOverOf(std::string_view status_json);

// Of the process that answers /status. Empty if it does not say.
std::string IdOf(std::string_view status_json);
std::string AddressOf(std::string_view status_json);

// Who of /members can be asked besides: alive, and not `id` itself.
std::vector<HostPort> OthersAlive(std::string_view members_json, std::string_view id);

enum class MemberEnd : std::uint8_t {
  kNotYet,   // alive or suspect, or nothing is known of it
  kEmptied,  // it left with nothing
  kStopped,  // it was stopped before it had handed over all
  kDied,
};
MemberEnd EndOf(std::string_view members_json, std::string_view id);

// One line: a bar, the figures, and how long it may take yet by the pace so far. `begun`: what
// there was to hand over `passed` ago.
std::string ProgressText(const ToHandOver& begun, const ToHandOver& now, Duration passed);

}  // namespace vf::ctl
