#include "base/text_lines.h"

namespace vf {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

absl::Status BadLine(int number, const std::string& what) {
  return absl::InvalidArgumentError("line " + std::to_string(number) + ": " + what);
}

bool TextLines::Next() {
  while (!rest_.empty()) {
    ++number_;
    const std::size_t end = rest_.find('\n');
    line_ = Trim(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line_.empty() && line_.front() != '#') return true;
  }
  return false;
}

}  // namespace vf
