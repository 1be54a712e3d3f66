#include "tests/e2e/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <sstream>
#include <utility>

#include "base/check.h"
#include "tests/support/eventually.h"

namespace vf::e2e {
namespace {

std::string LastLines(const std::string& text, int lines) {
  std::size_t from = text.size();
  for (int i = 0; i <= lines && from != std::string::npos && from > 0; ++i) {
    from = text.rfind('\n', from - 1);
  }
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

bool CanBind(int type, std::uint16_t port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  VF_CHECK(fd >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

// As it was before the first call.
const rlimit& InheritedDescriptorLimit() {
  static const rlimit inherited = [] {
    rlimit limit{};
    VF_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    return limit;
  }();
  return inherited;
}

std::string ProgramPath(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const auto ours = BinaryFolder() / program;
  return std::filesystem::exists(ours) ? ours.string() : program;
}

int DecodeStatus(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

#if defined(__SANITIZE_THREAD__)
const int kSlowdown = 8;
#elif defined(__SANITIZE_ADDRESS__)
const int kSlowdown = 4;
#else
const int kSlowdown = 1;
#endif

std::filesystem::path BinaryFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

std::filesystem::path TestFolder() {
  static std::filesystem::path folder;
  static std::string owner;
  const auto* unit = testing::UnitTest::GetInstance();
  const auto* suite = unit->current_test_suite();
  const auto* info = unit->current_test_info();
  std::string name = suite == nullptr ? "no-test" : suite->name();
  name += info == nullptr ? ".shared" : std::string(".") + info->name();
  if (name != owner) {
    owner = name;
    folder = BinaryFolder().parent_path() / "e2e-logs" / name;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  return folder;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

void WriteFile(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  VF_CHECK(file.good(), "a test file cannot be written");
}

std::uint16_t FreePort() {
  static std::mt19937 generator{std::random_device{}()};
  std::uniform_int_distribution<int> below_client_ports(10'000, 31'999);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(below_client_ports(generator));
    if (CanBind(SOCK_STREAM, port) && CanBind(SOCK_DGRAM, port)) return port;
  }
  VF_CHECK(false, "no free port");
  return 0;
}

void RaiseDescriptorLimit() {
  rlimit raised = InheritedDescriptorLimit();
  raised.rlim_cur = raised.rlim_max;
  VF_CHECK(setrlimit(RLIMIT_NOFILE, &raised) == 0, "setrlimit");
}

bool WaitUntil(Clock::duration timeout, const std::function<bool()>& condition) {
  // What is looked at mostly costs the process that is tested a request.
  return Eventually(condition, timeout, milliseconds(10));
}

Process::Process(const Command& command) {
  const std::string path = ProgramPath(command.program);
  const std::string name =
      command.name.empty() ? std::filesystem::path(path).filename().string() : command.name;
  static int count = 0;
  const auto stem = TestFolder() / (std::to_string(++count) + "-" + name);
  stdout_path_ = stem.string() + ".stdout";
  stderr_path_ = stem.string() + ".stderr";

  std::vector<std::string> words{path};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables = command.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  std::vector<char*> envp;
  for (auto& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);

  std::filesystem::path input_path = "/dev/null";
  if (!command.input.empty()) {
    input_path = stem.string() + ".stdin";
    WriteFile(input_path, command.input);
  }
  const int in = open(input_path.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = open(stdout_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int err = open(stderr_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  VF_CHECK(in >= 0 && out >= 0 && err >= 0, "the log files of a child cannot be opened");
  const pid_t parent = getpid();
  const rlimit descriptors = InheritedDescriptorLimit();

  pid_ = fork();
  VF_CHECK(pid_ >= 0, "fork");
  if (pid_ == 0) {
    // Only calls that are safe between fork and exec.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    setrlimit(RLIMIT_NOFILE, &descriptors);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(in);
  close(out);
  close(err);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      exit_status_(other.exit_status_),
      stdout_path_(other.stdout_path_),
      stderr_path_(other.stderr_path_) {}

Process::~Process() {
  if (pid_ < 0) return;
  Kill();
  const std::string log = Stderr();
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const bool failed = info != nullptr && info->result()->Failed();
  if (log.find("Sanitizer") != std::string::npos ||
      log.find("runtime error") != std::string::npos) {
    ADD_FAILURE() << "a sanitizer complained in " << stderr_path_ << ":\n" << log;
  } else if (failed) {
    std::cerr << "-- the end of " << stderr_path_.string() << ":\n" << LastLines(log, 15);
  }
}

bool Process::IsRunning() { return !WaitForExit(milliseconds(0)).has_value(); }

void Process::Signal(int number) {
  if (!exit_status_) kill(pid_, number);
}

std::optional<int> Process::WaitForExit(Clock::duration timeout) {
  WaitUntil(timeout, [&] {
    int status = 0;
    if (!exit_status_ && waitpid(pid_, &status, WNOHANG) == pid_)
      exit_status_ = DecodeStatus(status);
    return exit_status_.has_value();
  });
  return exit_status_;
}

void Process::Kill() {
  if (exit_status_) return;
  kill(pid_, SIGKILL);
  int status = 0;
  VF_CHECK(waitpid(pid_, &status, 0) == pid_, "waitpid");
  exit_status_ = DecodeStatus(status);
}

std::uint16_t Process::WaitForReadyLine(Clock::duration timeout) {
  std::uint16_t port = 0;
  const bool found = WaitUntil(timeout, [&] {
    std::istringstream log(Stderr());
    for (std::string line; std::getline(log, line);) {
      const auto url = line.find("http://");
      const auto colon = line.rfind(':');
      if (line.find("ready") == std::string::npos || url == std::string::npos || log.eof())
        continue;
      port = static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 1));
    }
    return port != 0 || !IsRunning();
  });
  if (!found) ADD_FAILURE() << "no ready line until the deadline in " << stderr_path_;
  if (found && port == 0)
    ADD_FAILURE() << "ended with status " << *exit_status_ << ": " << Stderr();
  return port;
}

std::int64_t Process::StatusNumber(const std::string& field) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::atoll(line.c_str() + field.size() + 1);
  }
  return -1;
}

Finished RunCommand(const Command& command, Clock::duration timeout) {
  Process process(command);
  const auto status = process.WaitForExit(timeout);
  if (!status) ADD_FAILURE() << command.program << " did not end in time";
  return {status.value_or(-1), process.Stdout(), process.Stderr()};
}

Finished Curl(const std::vector<std::string>& arguments) {
  Command command{.program = "curl", .arguments = {"-sS", "--max-time", "20"}};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return RunCommand(command);
}

}  // namespace vf::e2e
