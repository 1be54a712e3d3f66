// Starts programs, watches them, and ends them, whatever happens to the test.
//
// Thread: one. A child dies with the thread that started it (PR_SET_PDEATHSIG), so start processes
// from the main thread, and no test that crashes or is killed by ctest leaves anything running.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vf::e2e {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// How much slower the programs may be here than in a release build (sanitizers).
extern const int kSlowdown;

// The folder of the test's own executable, where vfnode and vfcontroller are, too.
std::filesystem::path BinaryFolder();

// A folder of its own for the running test, below BinaryFolder(), emptied at its start. It stays,
// so that the logs of a failed test can be read.
std::filesystem::path TestFolder();

std::string ReadFile(const std::filesystem::path& path);
void WriteFile(const std::filesystem::path& path, const std::string& content);

// A port on which nobody listened a moment ago, TCP and UDP, outside the range from which the
// system takes the ports of clients. Prefer port 0 and the ready line where a test can.
std::uint16_t FreePort();

// Polls until `condition` holds; false when the deadline has passed first.
bool WaitUntil(Clock::duration timeout, const std::function<bool()>& condition);

// Lets this process open many files. Its children start with the limit that it was itself given.
void RaiseDescriptorLimit();

struct Command {
  std::string program;  // a path, or a name in BinaryFolder(), or one in PATH
  std::vector<std::string> arguments = {};
  std::vector<std::string> environment = {};  // NAME=VALUE, besides the inherited
  std::string input = {};                     // what it reads from standard input
  std::string name = {};                      // of its log files; default: the program's
};

class Process {
 public:
  // Its stdout and stderr go to files in TestFolder(). A failure to start is a fatal bug of the
  // test.
  explicit Process(const Command& command);
  // Kills and reaps it if it still runs, and fails the test if a sanitizer complained.
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  pid_t pid() const { return pid_; }
  bool IsRunning();
  void Signal(int number);
  // The exit status, 128 + the number if a signal ended it, or none if it still runs at the
  // deadline.
  std::optional<int> WaitForExit(Clock::duration timeout);
  // SIGKILL, and gone when this returns.
  void Kill();

  std::string Stdout() const { return ReadFile(stdout_path_); }
  std::string Stderr() const { return ReadFile(stderr_path_); }
  // The port in the ready line, once there is one. Fails the test (and gives 0) if the process
  // ends first or says nothing until the deadline.
  std::uint16_t WaitForReadyLine(Clock::duration timeout);

  // A number of /proc/PID/status, such as "Threads" or "VmRSS" (KiB).
  std::int64_t StatusNumber(const std::string& field) const;

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_status_;
  std::filesystem::path stdout_path_;
  std::filesystem::path stderr_path_;
};

struct Finished {
  int status = -1;  // as WaitForExit
  std::string out;
  std::string err;
};

// Runs a command to its end. A command that does not end in time is killed and fails the test.
Finished RunCommand(const Command& command, Clock::duration timeout = seconds(30));

// curl as a user types it; `--max-time` is added. `out` is what it printed, bytes unchanged.
Finished Curl(const std::vector<std::string>& arguments);

}  // namespace vf::e2e
