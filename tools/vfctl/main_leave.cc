#include "tools/vfctl/main_leave.h"

#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "tools/vfctl/leaving.h"
#include "tools/vfctl/main_client.h"

namespace vf::ctl {
namespace {

constexpr std::chrono::milliseconds kLook{200};
constexpr Duration kLineEvery = seconds(10);  // where stderr is no terminal
// Until somebody who knows how it ended must have answered.
constexpr Duration kEndKnownWithin = seconds(30);

// On a terminal one line that is rewritten.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }
  void Show(const std::string& text) {
    if (terminal_) {
      std::fprintf(stderr, "\r%s\x1b[K", EscapeForLog(text).c_str());
      shown_ = true;
    } else if (MonotonicNow() >= next_) {
      std::fprintf(stderr, "%s\n", EscapeForLog(text).c_str());
      next_ = MonotonicNow() + kLineEvery;
    }
    std::fflush(stderr);
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
  TimePoint next_ = MonotonicNow() + kLineEvery;
};

absl::Status Failed(const HostPort& node, std::string_view what) {
  return absl::UnavailableError(node.ToString() + ": " + std::string(what));
}

absl::StatusOr<std::string> Page(const HostPort& node, const std::string& path) {
  auto answer = AskNode(node, "GET", path);
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return Failed(node, "is this a Velour Fog node?");
  return std::move(answer->body);
}

// How the others say that it ended, once one of them knows.
absl::Status AwaitEnd(const HostPort& node, const std::string& id,
                      const std::vector<HostPort>& witnesses) {
  const TimePoint until = MonotonicNow() + kEndKnownWithin;
  do {
    for (const HostPort& witness : witnesses) {
      const auto members = Page(witness, "/members");
      if (!members.ok()) continue;
      switch (EndOf(*members, id)) {
        case MemberEnd::kNotYet:
          break;
        case MemberEnd::kEmptied:
          return absl::OkStatus();
        case MemberEnd::kStopped:
          return Failed(node, "was stopped before it had handed over all that it held");
        case MemberEnd::kDied:
          return Failed(node, "died before it had handed over all that it held");
      }
    }
    std::this_thread::sleep_for(kLook);
  } while (MonotonicNow() < until);
  return Failed(node, "does not answer any more, and nobody says that it has left");
}

}  // namespace

absl::Status LeaveAndWait(const HostPort& node, std::string& id) {
  const auto status = Page(node, "/status");
  if (!status.ok()) return status.status();
  id = IdOf(*status);
  const auto members = Page(node, "/members");
  if (!members.ok()) return members.status();
  const std::vector<HostPort> witnesses = OthersAlive(*members, id);
  const auto told = AskNode(node, "PATCH", "/leave");
  if (!told.ok()) return told.status();
  if (told->status != 202) {
    const std::string_view reason =
        std::string_view(told->body).substr(0, told->body.find_first_of("\r\n"));
    return Failed(
        node, reason.empty() ? "HTTP status " + std::to_string(told->status) : std::string(reason));
  }
  ProgressLine line;
  const TimePoint began = MonotonicNow();
  std::optional<ToHandOver> begun;
  for (;;) {
    const auto now = Page(node, "/status");
    if (!now.ok() || IdOf(*now) != id) return AwaitEnd(node, id, witnesses);
    if (const auto left = ToHandOverOf(*now)) {
      if (!begun) begun = left;
      line.Show(ProgressText(*begun, *left, MonotonicNow() - began));
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace vf::ctl
