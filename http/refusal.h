// A request that is turned away: what its answer says.
#pragma once

#include <string>
#include <string_view>

namespace vf {

struct Refusal {
  int status = 0;               // 4xx or 5xx
  std::string text;             // one line without its end
  std::string_view allow = {};  // with 405: the methods that would do; static text

  bool operator==(const Refusal&) const = default;
};

// The statuses after which the connection closes in any case: what the client sent was malformed,
// so nothing that follows on the connection can be trusted to be a request.
constexpr bool ClosesConnection(int status) { return status == 400 || status == 414; }

// `name` as it may stand in the text of a refusal: printable ASCII, every other byte, quote and
// backslash as \xNN, cut after 48 bytes of input.
std::string QuoteForText(std::string_view name);

}  // namespace vf
