#include "tools/cluster-sim/main_jobs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/os/clocks.h"
#include "base/os/log.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/main_commands.h"

namespace vf::sim {
namespace {

constexpr int kTurnMs = 200;
// Stands between what a job wrote to stderr and what it returned.
constexpr char kMark = '\x1e';
constexpr std::size_t kMaxLastWords = 300;

volatile std::sig_atomic_t stop_signal = 0;
void OnStop(int number) { stop_signal = number; }

// While it lives, SIGINT and SIGTERM are noted instead of ending the process.
class StopWatch {
 public:
  StopWatch() {
    stop_signal = 0;
    struct sigaction action {};
    action.sa_handler = OnStop;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  ~StopWatch() {
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

 private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

struct Child {
  std::uint64_t number = 0;
  pid_t pid = -1;
  int pipe = -1;
  TimePoint kill_at;
  bool killed = false;
  std::string output;  // the end of it
};

void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // The parent is gone, and this process with it.
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void RunChild(int pipe, std::uint64_t number,
                           const std::function<std::string(std::uint64_t)>& job) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_IGN);  // A terminal sends it to all; the parent decides.
  signal(SIGTERM, SIG_DFL);
  dup2(pipe, STDERR_FILENO);
  std::string result;
  try {
    result = job(number);
  } catch (const std::exception& error) {
    WriteAll(pipe, std::string("bug: exception: ") + error.what() + "\n");
    _exit(kExitCrash);
  }
  VF_CHECK(result.size() <= kMaxJobText, "a job returns little");
  WriteAll(pipe, kMark + result);
  // No destructors: what the parent had buffered before the fork is the parent's to write.
  _exit(0);
}

Child Start(std::uint64_t number, const std::function<std::string(std::uint64_t)>& job,
            TimePoint kill_at) {
  std::array<int, 2> ends{};
  VF_CHECK(pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe can be made");
  const pid_t pid = fork();
  VF_CHECK(pid >= 0, "a process can be made");
  if (pid == 0) {
    close(ends[0]);
    RunChild(ends[1], number, job);
  }
  close(ends[1]);
  Child child;
  child.number = number;
  child.pid = pid;
  child.pipe = ends[0];
  child.kill_at = kill_at;
  return child;
}

// False: the child has closed its end.
bool Read(Child& child) {
  std::array<char, 16 * 1024> block{};
  const ssize_t count = read(child.pipe, block.data(), block.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  if (count == 0) return false;
  child.output.append(block.data(), static_cast<std::size_t>(count));
  constexpr std::size_t kKept = 2 * kMaxJobText;
  if (child.output.size() > 2 * kKept) child.output.erase(0, child.output.size() - kKept);
  return true;
}

// The line that says what is wrong, or the last one.
std::string LastWords(std::string_view output) {
  std::string_view found;
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    if (line.empty()) continue;
    found = line;
    if (line.find("bug: ") != std::string_view::npos ||
        line.find("ERROR: ") != std::string_view::npos) {
      break;
    }
  }
  return EscapeForLog(found.substr(0, kMaxLastWords));
}

JobOutcome Reap(Child& child, Duration job_limit) {
  close(child.pipe);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  JobOutcome outcome;
  outcome.number = child.number;
  const std::size_t mark = child.output.rfind(kMark);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && mark != std::string::npos) {
    outcome.text = child.output.substr(mark + 1);
    return outcome;
  }
  if (child.killed) {
    outcome.kind = JobOutcome::Kind::kTooLong;
    outcome.text = DurationText(job_limit);
    return outcome;
  }
  outcome.kind = JobOutcome::Kind::kCrashed;
  if (WIFSIGNALED(status)) {
    outcome.text = "signal " + std::to_string(WTERMSIG(status));
  } else {
    outcome.text = "exit status " + std::to_string(WEXITSTATUS(status));
  }
  const std::string words = LastWords(std::string_view(child.output).substr(0, mark));
  if (!words.empty()) outcome.text += ": " + words;
  return outcome;
}

void KillAll(std::vector<Child>& children) {
  for (const Child& child : children) kill(child.pid, SIGKILL);
  for (const Child& child : children) {
    close(child.pipe);
    while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  children.clear();
}

void WaitForOutput(const std::vector<Child>& children, std::vector<pollfd>& polled) {
  polled.clear();
  for (const Child& child : children) polled.push_back({child.pipe, POLLIN, 0});
  if (poll(polled.data(), polled.size(), kTurnMs) < 0) {
    VF_CHECK(errno == EINTR, "pipes can be waited for");
    for (pollfd& entry : polled) entry.revents = 0;
  }
}

}  // namespace

JobsEnd RunJobs(const JobsConfig& config, const std::function<std::string(std::uint64_t)>& job,
                const std::function<void(const JobOutcome&)>& on_outcome,
                const std::function<void(std::uint64_t ran)>& on_turn) {
  const StopWatch watch;
  const TimePoint began = MonotonicNow();
  std::vector<Child> children;
  std::vector<pollfd> polled;
  JobsEnd end;
  std::uint64_t next = config.first;
  bool more = config.first <= config.last;
  while (more || !children.empty()) {
    const TimePoint now = MonotonicNow();
    if (config.time_limit && now - began >= *config.time_limit) more = false;
    while (more && children.size() < static_cast<std::size_t>(config.at_once)) {
      children.push_back(Start(next, job, now + config.job_limit));
      more = next < config.last;
      ++next;
    }
    if (children.empty()) break;
    WaitForOutput(children, polled);
    if (stop_signal != 0) {
      KillAll(children);
      end.signal = stop_signal;
      break;
    }
    for (std::size_t i = children.size(); i > 0; --i) {
      Child& child = children[i - 1];
      if (MonotonicNow() >= child.kill_at && !child.killed) {
        kill(child.pid, SIGKILL);
        child.killed = true;
      }
      if (polled[i - 1].revents == 0 || Read(child)) continue;
      on_outcome(Reap(child, config.job_limit));
      ++end.ran;
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    on_turn(end.ran);
  }
  return end;
}

}  // namespace vf::sim
