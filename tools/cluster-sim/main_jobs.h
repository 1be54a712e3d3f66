// Runs numbered jobs, each in a process of its own, several at a time: what crashes takes nothing
// else along, and nothing is shared.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.h"

namespace vf::sim {

struct JobsConfig {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  int at_once = 1;
  Duration job_limit = seconds(120);   // a job that takes longer is killed
  std::optional<Duration> time_limit;  // no job begins later; those that run may end
};

struct JobOutcome {
  enum class Kind : std::uint8_t {
    kDone,     // `text`: what the job returned
    kCrashed,  // `text`: how it ended, and its last words
    kTooLong,  // `text`: how long it was let
  };
  std::uint64_t number = 0;
  Kind kind = Kind::kDone;
  std::string text;
};

struct JobsEnd {
  std::uint64_t ran = 0;  // jobs that came to an end of whatever kind
  int signal = 0;         // SIGINT or SIGTERM if one of these ended it; what ran then was killed
};

// `job` runs in a child: what it returns, at most kMaxJobText bytes, is handed to `on_outcome`
// here, in the order in which jobs end. `on_turn`: called a few times a second. REQUIRES: this
// process has one thread. No child outlives the call, nor this process.
inline constexpr std::size_t kMaxJobText = 16 * 1024;
JobsEnd RunJobs(const JobsConfig& config, const std::function<std::string(std::uint64_t)>& job,
                const std::function<void(const JobOutcome&)>& on_outcome,
                const std::function<void(std::uint64_t ran)>& on_turn);

}  // namespace vf::sim
