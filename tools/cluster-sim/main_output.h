// A file that a command is to write when it is done, checked before it begins.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>

namespace vf::sim {

class OutputFile {
 public:
  // Opens `path` for writing, "-" being stdout; what it holds stays until Write(). Errors: what the
  // system says.
  static absl::StatusOr<OutputFile> Open(const std::string& path);

  bool IsStdout() const { return fd_ != nullptr && *fd_ == 1; }
  // The file's whole contents. Errors: what the system says.
  absl::Status Write(const std::string& text);

 private:
  struct Closer {
    void operator()(const int* fd) const;
  };
  explicit OutputFile(int fd) : fd_(new int(fd)) {}
  std::unique_ptr<int, Closer> fd_;
};

// Opens what `option` of `command` names, if it names anything. The status to exit with, after one
// line on stderr; 0 to go on.
int OpenOutput(const std::string& command, const std::string& option, const std::string& path,
               std::unique_ptr<OutputFile>& file);

}  // namespace vf::sim
