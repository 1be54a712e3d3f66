#include "base/os/config_file.h"

#include <absl/strings/string_view.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace vf {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

absl::Status BadLine(int number, const std::string& what) {
  return absl::InvalidArgumentError("line " + std::to_string(number) + ": " + what);
}

}  // namespace

absl::StatusOr<std::vector<ConfigLine>> ParseConfig(std::string_view text) {
  std::vector<ConfigLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    const std::string_view name = Trim(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return BadLine(number, "'" + std::string(line) + "' is not of the form `name = value`");
    }
    std::string_view value = Trim(line.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    lines.push_back({number, std::string(name), std::string(value)});
  }
  return lines;
}

absl::StatusOr<std::vector<ConfigLine>> ReadConfigFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return absl::NotFoundError(std::strerror(errno));
  std::string text(kMaxConfigBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return absl::NotFoundError(std::strerror(errno));
  if (text.size() > kMaxConfigBytes) {
    return absl::InvalidArgumentError("larger than 1 MiB; a config file has one option a line");
  }
  return ParseConfig(text);
}

}  // namespace vf
