#include "http/refusal.h"

#include <cstddef>

namespace vf {

std::string QuoteForText(std::string_view name) {
  constexpr std::size_t kMaxNameBytes = 48;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : name.substr(0, kMaxNameBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      text.push_back(c);
    } else {
      text += "\\x";
      text.push_back(kDigits[byte >> 4]);
      text.push_back(kDigits[byte & 15]);
    }
  }
  text.push_back('"');
  if (name.size() > kMaxNameBytes) text += "...";
  return text;
}

}  // namespace vf
