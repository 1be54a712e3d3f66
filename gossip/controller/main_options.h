// The options of vfcontroller: those that both programs share.
#pragma once

#include <span>
#include <string>

#include "base/os/command_line.h"
#include "base/os/common_options.h"

namespace vf {

struct ParsedControllerOptions {
  ParseOutcome outcome;
  CommonOptions options;  // complete if the outcome says kRun
};

// `args`: without the program's name.
ParsedControllerOptions ParseControllerOptions(std::span<const std::string> args,
                                               const Environment& environment);

}  // namespace vf
