#include "tests/support/net/net_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>

#include "base/check.h"

namespace vf {
namespace {

int OpenOwnNamespace() {
  const int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  VF_CHECK(fd >= 0, "the thread's network namespace cannot be opened");
  return fd;
}

}  // namespace

bool MayMakeNetworks() { return geteuid() == 0; }

NetNamespace::NetNamespace() {
  const int before = OpenOwnNamespace();
  VF_CHECK(unshare(CLONE_NEWNET) == 0,
           "root may not make a network namespace here: run this where it may (CAP_SYS_ADMIN)");
  fd_ = OpenOwnNamespace();
  FeedCommand("ip -batch -", "link set lo up\n");
  VF_CHECK(setns(before, CLONE_NEWNET) == 0, "no way back from a new network namespace");
  close(before);
}

NetNamespace::~NetNamespace() {
  if (fd_ >= 0) close(fd_);
}

std::string NetNamespace::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_);
}

InsideNamespace::InsideNamespace(const NetNamespace& target) : before_(OpenOwnNamespace()) {
  VF_CHECK(setns(target.fd_, CLONE_NEWNET) == 0, "a network namespace cannot be entered");
}

InsideNamespace::~InsideNamespace() {
  VF_CHECK(setns(before_, CLONE_NEWNET) == 0, "no way back from a network namespace");
  close(before_);
}

void FeedCommand(const std::string& command, const std::string& input) {
  FILE* pipe = popen(command.c_str(), "we");
  VF_CHECK(pipe != nullptr, "a shell cannot be started");
  const bool written = std::fwrite(input.data(), 1, input.size(), pipe) == input.size();
  const int status = pclose(pipe);
  VF_CHECK(status == 0, "a command of the test's network failed; it said why above");
  VF_CHECK(written, "a command of the test's network did not read its input");
}

}  // namespace vf
