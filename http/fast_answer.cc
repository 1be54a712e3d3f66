#include "http/fast_answer.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace vf {
namespace {

// More than any head below.
constexpr std::size_t kMaxHeadBytes = 256;

// At least doubles, so that many answers in one buffer cost few copies.
void Reserve(std::string& out, std::size_t more) {
  const std::size_t needed = out.size() + more;
  if (needed > out.capacity()) out.reserve(std::max(needed, out.size() * 2));
}

class HeadWriter {
 public:
  explicit HeadWriter(std::string& out) : out_(out) {}

  void Start(std::string_view status_line, Persistence persistence) {
    out_.append(status_line);
    switch (persistence) {
      case Persistence::kKeep:
        return;
      case Persistence::kKeepOld:
        out_.append("Connection: keep-alive\r\n");
        return;
      case Persistence::kClose:
        out_.append("Connection: close\r\n");
        return;
    }
  }
  void ContentLength(std::size_t bytes) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), bytes).ptr;
    out_.append("Content-Length: ").append(digits, end).append("\r\n");
  }
  void ETag(Version version) {
    constexpr char kDigits[] = "0123456789abcdef";
    out_.append("ETag: \"");
    for (int shift = 60; shift >= 0; shift -= 4) {
      out_.push_back(kDigits[(version.value >> shift) & 15]);
    }
    out_.append("\"\r\n");
  }

 private:
  std::string& out_;
};

}  // namespace

bool AppendFastAnswer(const Answer& answer, const AnswerForm& form, std::string& out) {
  if (form.head || !answer.text.empty()) return false;
  HeadWriter head(out);
  if (answer.status == 204 && !answer.version) {
    Reserve(out, kMaxHeadBytes);
    head.Start("HTTP/1.1 204 No Content\r\n", form.persistence);
    out.append("\r\n");
    return true;
  }
  if (answer.status != 200 || !answer.version) return false;
  const std::size_t value_bytes = answer.value ? answer.value->size() : 0;
  Reserve(out, kMaxHeadBytes + value_bytes);
  head.Start("HTTP/1.1 200 OK\r\n", form.persistence);
  head.ContentLength(value_bytes);
  if (answer.value) out.append("Content-Type: application/octet-stream\r\n");
  head.ETag(*answer.version);
  out.append("\r\n");
  if (answer.value) out.append(*answer.value);
  return true;
}

}  // namespace vf
