// One request to a node, over HTTP.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "base/endpoint.h"
#include "base/time.h"

namespace vf::ctl {

struct NodeAnswer {
  int status = 0;
  std::string body;  // at most kMaxAnswerBytes
};

inline constexpr std::size_t kMaxAnswerBytes = std::size_t{256} << 20;

// How long to block for at most.
struct AskLimits {
  Duration connect = seconds(3);
  Duration silence = seconds(10);  // to each next piece of the answer
  Duration whole = seconds(60);    // looked at when a piece has come
};

// `method`: GET or PATCH. `target`: path and query, percent-encoded. Errors: one line that names
// the node and says what went wrong. Threads: any.
absl::StatusOr<NodeAnswer> AskNode(const HostPort& node, const std::string& method,
                                   const std::string& target, const AskLimits& limits = {});

}  // namespace vf::ctl
