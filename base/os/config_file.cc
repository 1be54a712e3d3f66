#include "base/os/config_file.h"

#include <absl/strings/string_view.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/text_lines.h"

namespace vf {

absl::StatusOr<std::vector<ConfigLine>> ParseConfig(std::string_view text) {
  std::vector<ConfigLine> lines;
  for (TextLines walk(text); walk.Next();) {
    const int number = walk.number();
    const std::string_view line = walk.line();
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
