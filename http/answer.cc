#include "http/answer.h"

#include <string>

#include "base/check.h"

namespace vf {
namespace {

// Text from elsewhere must not become a second line.
std::string_view FirstLine(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

Answer TextAnswer(int status, std::string_view text, std::string_view otherwise) {
  const std::string_view line = FirstLine(text);
  Answer answer;
  answer.status = status;
  answer.text = line.empty() ? otherwise : line;
  return answer;
}

void SkipSpaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

}  // namespace

bool NamesVersion(std::string_view field, Version version) {
  if (field == "*") return true;
  const std::string hex = version.Hex();
  bool found = false;
  while (true) {
    SkipSpaces(field);
    if (!field.empty() && field.front() == ',') {  // empty elements are allowed
      field.remove_prefix(1);
      continue;
    }
    if (field.empty()) return found;
    if (field.substr(0, 2) == "W/") field.remove_prefix(2);
    if (field.empty() || field.front() != '"') return false;
    const std::size_t end = field.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (field.substr(1, end - 1) == hex) found = true;
    field.remove_prefix(end + 1);
    SkipSpaces(field);
    if (!field.empty() && field.front() != ',') return false;
  }
}

Answer MakeAnswer(Operation operation, const KvResult& result, std::string_view if_none_match) {
  switch (result.status) {
    case KvStatus::kOk: {
      Answer answer;
      answer.version = result.version;
      if (operation != Operation::kGet) return answer;
      if (!if_none_match.empty() && NamesVersion(if_none_match, result.version)) {
        answer.status = 304;
      } else {
        answer.value = result.value;
      }
      return answer;
    }
    case KvStatus::kAbsent: {
      Answer answer;
      answer.status = 204;
      return answer;
    }
    case KvStatus::kBadRequest:
      return TextAnswer(400, result.text, "an option is out of range");
    case KvStatus::kUnavailable:
      return TextAnswer(503, result.text, "not available now; try again");
    case KvStatus::kOverloaded:
      return TextAnswer(503, result.text, "overloaded; try again");
    case KvStatus::kNoSpace:
      return TextAnswer(507, result.text, "no space left for values");
  }
  VF_CHECK(false, "every status is handled above");
  return {};
}

Answer MakeAnswer(const CommandResult& result) {
  Answer answer;
  answer.status = result.status;
  answer.text = result.text;
  if (result.text.empty()) answer.text = result.status < 300 ? "done" : "refused";
  return answer;
}

Answer MakeAnswer(const Refusal& refusal) {
  Answer answer;
  answer.status = refusal.status;
  answer.text = refusal.text;
  answer.allow = refusal.allow;
  return answer;
}

}  // namespace vf
