#include "tools/cluster-sim/main_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_options.h"

namespace vf::sim {

void OutputFile::Closer::operator()(const int* fd) const {
  if (*fd != STDOUT_FILENO) close(*fd);
  delete fd;
}

absl::StatusOr<OutputFile> OutputFile::Open(const std::string& path) {
  if (path == "-") return OutputFile(STDOUT_FILENO);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return absl::InvalidArgumentError(std::strerror(errno));
  return OutputFile(fd);
}

absl::Status OutputFile::Write(const std::string& text) {
  struct stat found {};
  // Pipes and devices have no length.
  const bool regular = !IsStdout() && fstat(*fd_, &found) == 0 && S_ISREG(found.st_mode);
  if (regular && ftruncate(*fd_, 0) != 0) return absl::DataLossError(std::strerror(errno));
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t written = write(*fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return absl::DataLossError(std::strerror(errno));
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

int OpenOutput(const std::string& command, const std::string& option, const std::string& path,
               std::unique_ptr<OutputFile>& file) {
  if (path.empty()) return kExitFine;
  absl::StatusOr<OutputFile> opened = OutputFile::Open(path);
  if (!opened.ok()) {
    return UsageError(command, option + ": '" + path + "' cannot be written (" +
                                   std::string(opened.status().message()) +
                                   "); must be a file in a folder that exists, or - for stdout");
  }
  file = std::make_unique<OutputFile>(*std::move(opened));
  return kExitFine;
}

}  // namespace vf::sim
