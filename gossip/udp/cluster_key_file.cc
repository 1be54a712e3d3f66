#include "gossip/udp/cluster_key_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace vf {
namespace {

std::string Octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

}  // namespace

absl::StatusOr<ClusterKeyFile> ReadClusterKeyFile(const std::string& path) {
  ClusterKeyFile result;
  if (path.empty()) return result;
  const std::string name = "--cluster-key-file: " + path + ": ";
  const auto system_error = [&] {
    return absl::FailedPreconditionError(name + std::strerror(errno));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  struct stat status {};
  if (!file || fstat(fileno(file.get()), &status) != 0) return system_error();
  std::string text(kMaxClusterKeyFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return system_error();
  if (text.size() > kMaxClusterKeyFileBytes) {
    return absl::FailedPreconditionError(name + "larger than 64 KiB; it has one key a line");
  }
  absl::StatusOr<ClusterKeys> keys = ClusterKeys::Parse(text);
  if (!keys.ok()) {
    return absl::FailedPreconditionError(name + std::string(keys.status().message()));
  }
  result.keys = *std::move(keys);
  if (S_ISREG(status.st_mode) && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    result.warning = name + "every user of this machine can read or change it (mode " +
                     Octal(status.st_mode) + "); better: chmod 600 " + path;
  }
  return result;
}

}  // namespace vf
