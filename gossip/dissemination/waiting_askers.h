// Questions for everything (DIGEST) that wait until those who asked before have got it.
//
// Who asks has patience for about exchange_retry and asks again then, until it tries another
// member: a question that nobody has repeated for so long is not answered any more.
//
// Thread: none of its own.
// Limits: kLimit questions; a further one is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/config.h"

namespace vf {

class WaitingAskers {
 public:
  static constexpr std::size_t kLimit = 256;

  struct Question {
    Endpoint from;
    std::uint8_t first_bucket = 0;
  };

  // `config` outlives it.
  explicit WaitingAskers(const SwimConfig& config) : config_(config) {}

  // A question that waits already keeps its place. False at the limit.
  bool Add(TimePoint now, const Question& question);
  // The one that has waited longest, of those that somebody still waits for.
  std::optional<Question> TakeNext(TimePoint now);

 private:
  struct Waiting {
    Question question;
    TimePoint until;
  };

  const SwimConfig& config_;
  std::deque<Waiting> waiting_;
};

}  // namespace vf
