// Sends very many small requests over few connections, pipelined, from one thread.
//
// Every lane is one connection to one port, with at most `window` requests in flight. Answers come
// in order on a lane. Limits: well over 100,000 requests a second, client side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"

namespace vf::e2e {

enum class BulkNext {
  kRequest,  // a request was appended
  kLater,    // not now: ask again in the next turn
  kEnd,      // the lane has no more
};

// `lane`: index into the ports of the run; `number`: 0, 1, 2, ... on that lane.
struct BulkCallbacks {
  // Appends the lane's next request to `out`.
  std::function<BulkNext(std::size_t lane, std::size_t number, std::string& out)> next;
  // Its answer. Views end with the call. Status 0: the connection broke first (the outcome of the
  // request is unknown); the lane then ends.
  std::function<void(std::size_t lane, std::size_t number, int status, std::string_view body)>
      answer;
  // Called between turns, at least every 10 ms; may be empty. False ends the run.
  std::function<bool()> turn = {};
  // Opens the connection of a lane; empty: to its port, from here.
  std::function<HttpConnection(std::uint16_t port)> connect = {};
};

struct BulkResult {
  std::size_t answers = 0;
  std::size_t broken_lanes = 0;
  bool timed_out = false;
  double elapsed_s = 0;
};

BulkResult RunBulk(const std::vector<std::uint16_t>& lane_ports, std::size_t window,
                   Clock::duration timeout, const BulkCallbacks& callbacks);

}  // namespace vf::e2e
