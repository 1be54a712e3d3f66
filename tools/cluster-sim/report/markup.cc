#include "tools/cluster-sim/report/markup.h"

#include <cmath>
#include <cstdint>

namespace vf::sim {
namespace {

void Append(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7f) {
    out += c;
  } else {
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

std::string Escaped(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) Append(out, c);
  if (text.size() > most) out += "...";
  return out;
}

std::string Coordinate(double value) {
  const auto tenths = static_cast<std::int64_t>(std::floor(value * 10 + 0.5));
  const std::int64_t size = tenths < 0 ? -tenths : tenths;
  std::string text = (tenths < 0 ? "-" : "") + std::to_string(size / 10);
  if (size % 10 != 0) text += "." + std::to_string(size % 10);
  return text;
}

}  // namespace vf::sim
