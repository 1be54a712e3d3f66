// The lines of a small text file that people write: options, keys. Pure.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace vf {

// `text` without blanks, tabs and carriage returns at both ends.
std::string_view Trim(std::string_view text);

// InvalidArgument: "line 7: " and what is wrong there.
absl::Status BadLine(int number, const std::string& what);

// Walks over the lines that say something: neither empty nor a comment, which begins with '#'.
class TextLines {
 public:
  // `text` outlives it.
  explicit TextLines(std::string_view text) : rest_(text) {}

  // False: there are no more.
  bool Next();
  // Of the last Next(); the line is trimmed, numbers begin at 1.
  std::string_view line() const { return line_; }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  int number_ = 0;
};

}  // namespace vf
