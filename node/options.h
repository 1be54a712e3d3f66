// The options of vfnode: command line, config file and environment, checked and with defaults.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/os/command_line.h"
#include "base/os/common_options.h"

namespace vf {

// What defaults depend on.
struct Machine {
  int cores = 1;
  std::uint64_t memory_bytes = 0;  // that this process may use
};
Machine ThisMachine();

struct NodeOptions {
  static constexpr int kMaxThreads = 256;
  static constexpr std::uint64_t kMaxValueSizeLimit = std::uint64_t{1} << 30;
  static constexpr std::uint64_t kMinMemoryBytes = std::uint64_t{1} << 20;

  CommonOptions common;
  int min_acks = 0;  // 0: as design says, from K and the storage members there are
  bool frontend_only = false;
  int threads = 1;                                         // 1 to kMaxThreads
  std::uint64_t max_value_size = std::uint64_t{16} << 20;  // bytes, up to kMaxValueSizeLimit
  std::uint64_t max_memory_bytes = 0;                      // of keys, values and their keeping
};

struct ParsedNodeOptions {
  ParseOutcome outcome;
  NodeOptions options;  // complete if the outcome says kRun
};

// `args`: without the program's name. Reads no clock and no environment but what it is given; reads
// the file that --config names. A --min-acks above K is wrong here if K is known here: given, or
// that of the cluster which a node without contacts founds.
ParsedNodeOptions ParseNodeOptions(std::span<const std::string> args,
                                   const Environment& environment, const Machine& machine);

}  // namespace vf
