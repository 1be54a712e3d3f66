// The command line of vfctl.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "base/os/command_line.h"

namespace vf::ctl {

enum class CtlCommand : std::uint8_t { kMembers, kStatus, kReplicas, kLeave, kForget };

struct CtlOptions {
  CtlCommand command = CtlCommand::kMembers;
  std::string key;  // kReplicas: its bytes, 1 to 2,048
  std::string id;   // kForget: 32 lower-case hex digits
  HostPort node{"127.0.0.1", 8000};
  bool json = false;
};

struct ParsedCtlOptions {
  ParseOutcome outcome;
  CtlOptions options;  // complete only with ParseOutcome::Kind::kRun
};

// `args`: without the program's name.
ParsedCtlOptions ParseCtlOptions(std::span<const std::string> args);

// Path and query of the request that carries out the command (of kLeave: the first that matters).
// Every byte of the key that is not unreserved (RFC 3986 section 2.3) is percent-encoded.
std::string RequestTarget(const CtlOptions& options);

}  // namespace vf::ctl
