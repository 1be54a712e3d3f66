#include "tests/e2e/bulk_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <optional>

namespace vf::e2e {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

struct Lane {
  HttpConnection connection;
  std::size_t sent = 0;      // requests made
  std::size_t answered = 0;  // answers seen
  bool exhausted = false;
  bool broken = false;
  std::string out;
  std::size_t out_done = 0;
  std::string in;

  bool done() const { return broken || (exhausted && answered == sent); }
};

void Break(Lane& lane, std::size_t index, const BulkCallbacks& callbacks) {
  lane.broken = true;
  while (lane.answered < lane.sent) callbacks.answer(index, lane.answered++, 0, {});
}

void FillOut(Lane& lane, std::size_t index, std::size_t window, const BulkCallbacks& callbacks) {
  // Refilling at half a window keeps sends large.
  if (lane.exhausted || lane.sent - lane.answered > window / 2) return;
  if (lane.out_done == lane.out.size()) {
    lane.out.clear();
    lane.out_done = 0;
  }
  while (lane.sent - lane.answered < window) {
    const BulkNext next = callbacks.next(index, lane.sent, lane.out);
    lane.exhausted = next == BulkNext::kEnd;
    if (next != BulkNext::kRequest) return;
    ++lane.sent;
  }
}

bool SendSome(Lane& lane) {
  while (lane.out_done < lane.out.size()) {
    const ssize_t sent = send(lane.connection.fd(), lane.out.data() + lane.out_done,
                              lane.out.size() - lane.out_done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    lane.out_done += static_cast<std::size_t>(sent);
  }
  return true;
}

// False when the connection has ended or speaks nonsense.
bool ReadSome(Lane& lane, std::size_t index, std::size_t& answers, const BulkCallbacks& callbacks) {
  const std::size_t old_size = lane.in.size();
  lane.in.resize(old_size + kReadBytes);
  const ssize_t got =
      recv(lane.connection.fd(), lane.in.data() + old_size, kReadBytes, MSG_DONTWAIT);
  const int error = errno;
  lane.in.resize(old_size + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got == 0 || (got < 0 && error != EAGAIN && error != EINTR)) return false;
  std::size_t at = 0;
  while (at < lane.in.size()) {
    const auto answer = ParseAnswer(std::string_view(lane.in).substr(at), false);
    if (!answer) break;
    if (answer->status < 0 || lane.answered == lane.sent) return false;
    callbacks.answer(index, lane.answered++, answer->status, answer->body);
    ++answers;
    at += answer->size;
  }
  lane.in.erase(0, at);
  return true;
}

}  // namespace

BulkResult RunBulk(const std::vector<std::uint16_t>& lane_ports, std::size_t window,
                   Clock::duration timeout, const BulkCallbacks& callbacks) {
  const auto began = Clock::now();
  BulkResult result;
  std::vector<Lane> lanes;
  for (const auto port : lane_ports) {
    lanes.push_back(
        Lane{.connection = callbacks.connect ? callbacks.connect(port) : HttpConnection(port),
             .out = {},
             .in = {}});
    if (!lanes.back().connection.connected()) lanes.back().broken = true;
  }
  std::vector<pollfd> polled(lanes.size());
  for (;;) {
    bool all_done = true;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      Lane& lane = lanes[i];
      if (!lane.done()) {
        FillOut(lane, i, window, callbacks);
        if (!SendSome(lane)) Break(lane, i, callbacks);
      }
      const bool blocked = lane.out_done < lane.out.size();
      polled[i] = {lane.done() ? -1 : lane.connection.fd(),
                   static_cast<short>(POLLIN | (blocked ? POLLOUT : 0)), 0};
      all_done = all_done && lane.done();
    }
    if (all_done || (callbacks.turn && !callbacks.turn())) break;
    if (Clock::now() - began > timeout) {
      result.timed_out = true;
      break;
    }
    poll(polled.data(), polled.size(), 10);
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      if ((polled[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      if (!ReadSome(lanes[i], i, result.answers, callbacks)) Break(lanes[i], i, callbacks);
    }
  }
  for (const Lane& lane : lanes) result.broken_lanes += lane.broken ? 1 : 0;
  result.elapsed_s = std::chrono::duration<double>(Clock::now() - began).count();
  return result;
}

}  // namespace vf::e2e
