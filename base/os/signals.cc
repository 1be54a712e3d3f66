#include "base/os/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "base/check.h"

namespace vf {
namespace {

// What a signal handler may touch: lock-free atomics and one descriptor.
std::atomic<int> g_first_signal{0};
int g_stop_fd = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void WakeWaiter() {
  const std::uint64_t one = 1;
  // An eventfd takes this unless its counter is full, and then it is readable anyway.
  [[maybe_unused]] const ssize_t written = write(g_stop_fd, &one, sizeof(one));
}

void OnSignal(int number) {
  const int saved_errno = errno;
  int none = 0;
  if (!g_first_signal.compare_exchange_strong(none, number)) _exit(128 + number);
  WakeWaiter();
  errno = saved_errno;
}

}  // namespace

void InstallStopSignals() {
  VF_CHECK(g_stop_fd < 0, "InstallStopSignals() is called once");
  g_stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  VF_CHECK(g_stop_fd >= 0, "eventfd failed");
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

void RequestStop() { WakeWaiter(); }

int WaitForStop() {
  VF_CHECK(g_stop_fd >= 0, "InstallStopSignals() comes first");
  pollfd wait{};
  wait.fd = g_stop_fd;
  wait.events = POLLIN;
  if (const int number = g_first_signal.load()) return number;
  while (poll(&wait, 1, -1) < 0) VF_CHECK(errno == EINTR, "poll failed");
  std::uint64_t requests = 0;
  // What a signal adds after this, the next call finds.
  [[maybe_unused]] const ssize_t taken = read(g_stop_fd, &requests, sizeof(requests));
  return g_first_signal.load();
}

}  // namespace vf
