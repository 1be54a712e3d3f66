// One request to a node, over HTTP.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "base/endpoint.h"

namespace vf::ctl {

struct NodeAnswer {
  int status = 0;
  std::string body;  // at most kMaxAnswerBytes
};

inline constexpr std::size_t kMaxAnswerBytes = std::size_t{256} << 20;

// `method`: GET or PATCH. `target`: path and query, percent-encoded. Blocks for 3 s at most to
// connect and for 10 s to each next piece of the answer, 60 s in all. Errors: one line that names
// the node and says what went wrong.
absl::StatusOr<NodeAnswer> AskNode(const HostPort& node, const std::string& method,
                                   const std::string& target);

}  // namespace vf::ctl
