#include "node/options.h"

#include <algorithm>
#include <thread>

#include "base/cluster_limits.h"
#include "base/os/memory.h"
#include "base/os/release.h"
#include "base/os/text_number.h"
#include "gossip/config.h"

namespace vf {
namespace {

constexpr char kPurpose[] =
    "Velour Fog: a distributed key-value store that is used with plain curl.\n"
    "vfnode stores its share of the keys and answers for all of them over HTTP.\n";

constexpr char kExamples[] =
    "PORT serves clients and peers over TCP, and gossip over UDP; 0 picks a free one.\n"
    "HOST:PORT is a contact: a controller or any node that is up. A node without\n"
    "contacts founds a new cluster; a node with contacts joins theirs. If all of them\n"
    "answer and are in none, the node with the smallest id founds one after a second.\n"
    "\n"
    "Examples:\n"
    "  vfnode 8000                           a new cluster of one node\n"
    "  vfnode 8001 localhost:8000            a second node joins it\n"
    "  vfnode 8002 localhost:8000 --frontend-only\n"
    "                                        a frontend that stores nothing\n"
    "  curl -d VALUE localhost:8000/KEY      set a key, through any of them\n"
    "  curl 'localhost:8001/get/?key=KEY'    get it\n"
    "\n"
    "Each option may also stand in the file of --config as `name = value`, or in the\n"
    "environment as VF_NAME (VF_MAX_MEMORY=2G, VF_ALLOW=10.0.0.0/8,127.0.0.1). The\n"
    "command line wins over the file, the file over the environment. BYTES is a whole\n"
    "number, or one with K, M or G (powers of 1024). Logs go to stderr.\n"
    "\n"
    "Everything is kept in memory: --data-dir and --fsync come with a later release.\n";

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

void DeclareNodeOptions(CommandLine& line, NodeOptions& options) {
  line.AddRefused("--data-dir", "vfnode of release " + std::string(Release()) +
                                    " does not have this option and keeps everything in memory; "
                                    "leave it out (vfcontroller has it)");
  line.AddOption("--min-acks", "A",
                 "Copies before a write is answered, 1 to K (default 2, if there are as many)",
                 [&options](std::string_view value) {
                   const auto number = ParseWhole(value, 1, kMaxReplicas);
                   if (!number) return Wrong("must be a whole number from 1 to K (--replicas)");
                   options.min_acks = static_cast<int>(*number);
                   return absl::OkStatus();
                 });
  line.AddFlag("--frontend-only", "Answer for all keys, store none",
               [&options](bool on) { options.frontend_only = on; });
  line.AddOption("--threads", "T", "Data threads (default: number of cores)",
                 [&options](std::string_view value) {
                   const auto number = ParseWhole(value, 1, NodeOptions::kMaxThreads);
                   if (!number) {
                     return Wrong("must be 1 to " + std::to_string(NodeOptions::kMaxThreads));
                   }
                   options.threads = static_cast<int>(*number);
                   return absl::OkStatus();
                 });
  line.AddOption("--max-value-size", "BYTES", "Largest value (default 16M)",
                 [&options](std::string_view value) {
                   const auto bytes = ParseByteSize(value);
                   if (!bytes || *bytes == 0 || *bytes > NodeOptions::kMaxValueSizeLimit) {
                     return Wrong("must be a size from 1 to " +
                                  ByteSizeText(NodeOptions::kMaxValueSizeLimit) +
                                  ": a whole number of bytes, or one with K, M or G");
                   }
                   options.max_value_size = *bytes;
                   return absl::OkStatus();
                 });
  line.AddOption("--max-memory", "BYTES",
                 "Memory for keys and values (default: 75 % of what the process may use)",
                 [&options](std::string_view value) {
                   const auto bytes = ParseByteSize(value);
                   if (!bytes || *bytes < NodeOptions::kMinMemoryBytes) {
                     return Wrong("must be a size of at least " +
                                  ByteSizeText(NodeOptions::kMinMemoryBytes) +
                                  ": a whole number of bytes, or one with K, M or G");
                   }
                   options.max_memory_bytes = *bytes;
                   return absl::OkStatus();
                 });
}

absl::Status CheckTogether(const NodeOptions& options) {
  absl::Status common = CheckCommonOptions(options.common);
  if (!common.ok()) return common;
  const bool founds = options.common.contacts.empty() && !options.frontend_only;
  int replicas = options.common.replicas;
  if (replicas == 0 && founds) replicas = kDefaultReplicas;
  if (replicas != 0 && options.min_acks > replicas) {
    return Wrong("--min-acks: " + std::to_string(options.min_acks) + " must be 1 to K, and K is " +
                 std::to_string(replicas) + " (--replicas)");
  }
  return absl::OkStatus();
}

}  // namespace

Machine ThisMachine() {
  return {std::max(1, static_cast<int>(std::thread::hardware_concurrency())), UsableMemoryBytes()};
}

ParsedNodeOptions ParseNodeOptions(std::span<const std::string> args,
                                   const Environment& environment, const Machine& machine) {
  ParsedNodeOptions parsed;
  NodeOptions& options = parsed.options;
  options.threads = std::clamp(machine.cores, 1, NodeOptions::kMaxThreads);
  options.max_memory_bytes = std::max(machine.memory_bytes / 4 * 3, NodeOptions::kMinMemoryBytes);
  CommandLine line("vfnode", kPurpose, kExamples);
  DeclareCommonOptions(line, options.common);
  DeclareNodeOptions(line, options);
  line.SetFinalCheck([&options] { return CheckTogether(options); });
  parsed.outcome = line.Parse(args, environment);
  return parsed;
}

}  // namespace vf
