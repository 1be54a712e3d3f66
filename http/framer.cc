#include "http/framer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"

namespace vf {
namespace {

// tchar of RFC 9110 section 5.6.2.
constexpr std::array<bool, 256> MakeTokenTable() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    table[static_cast<std::size_t>(c)] =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  for (const char c :
       {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kTokenTable = MakeTokenTable();

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kTokenTable[static_cast<unsigned char>(c)];
  });
}

// field-content of RFC 9110 section 5.5, with the spaces around it.
bool IsFieldContent(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool IsTargetText(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
  });
}

// An authority without user, or nothing (RFC 9112 section 3.2).
bool IsHost(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `lower` is in lower case.
bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(),
                                                   [](char a, char b) { return ToLower(a) == b; });
}

std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Bodies up to this size are not charged to the budget: the number of connections bounds them.
constexpr std::size_t kUnchargedBodyBytes = 4096;

}  // namespace

RequestFramer::RequestFramer(const FramerLimits& limits) : limits_(limits) {
  VF_CHECK(limits.max_line_bytes < limits.max_head_bytes, "a line is part of the head");
  Reset();
}

RequestFramer::Stage RequestFramer::stage() const {
  switch (state_) {
    case State::kStart:
      return line_.empty() ? Stage::kIdle : Stage::kHead;
    case State::kComplete:
      return Stage::kIdle;
    case State::kRequestLine:
    case State::kFields:
    case State::kRefused:
      return Stage::kHead;
    case State::kBody:
    case State::kChunkSize:
    case State::kChunkData:
    case State::kChunkEnd:
    case State::kTrailers:
      return Stage::kBody;
  }
  return Stage::kHead;
}

std::size_t RequestFramer::BufferBytes() const {
  return request_.target.capacity() + request_.if_none_match.capacity() + request_.body.capacity() +
         line_.capacity();
}

void RequestFramer::Clear() {
  request_ = HttpRequest();
  line_ = std::string();
  Reset();
}

void RequestFramer::Reset() {
  state_ = State::kStart;
  request_.target.clear();
  request_.minor_version = 1;
  request_.keep_alive = true;
  request_.conditional = false;
  request_.content_range = false;
  request_.if_none_match.clear();
  request_.body.clear();
  request_.lease = BodyLease(limits_.body_budget);
  line_.clear();
  skipped_empty_line_ = false;
  method_known_ = false;
  expects_continue_ = false;
  expectation_unknown_ = false;
  connection_close_ = false;
  connection_keep_alive_ = false;
  awaiting_body_ = false;
  has_length_ = false;
  host_seen_ = false;
  coding_seen_ = false;
  coding_ = Coding::kNone;
  section_bytes_ = 0;
  fields_ = 0;
  extension_bytes_ = 0;
  length_ = 0;
  remaining_ = 0;
  body_bytes_ = 0;
}

bool RequestFramer::InLine() const {
  return state_ == State::kStart || state_ == State::kRequestLine || state_ == State::kFields ||
         state_ == State::kChunkSize || state_ == State::kTrailers;
}

FrameResult RequestFramer::Feed(ByteSpan bytes) {
  if (state_ == State::kComplete && !bytes.empty()) Reset();
  const std::string_view input = AsText(bytes);
  std::size_t consumed = 0;
  while (consumed < input.size() && state_ != State::kComplete && state_ != State::kRefused) {
    const std::string_view rest = input.substr(consumed);
    if (!InLine()) awaiting_body_ = false;
    consumed += InLine() ? FeedLine(rest) : FeedBody(rest);
    if (state_ == State::kComplete) return {FrameResult::Kind::kRequest, consumed, false};
  }
  if (state_ == State::kRefused) return {FrameResult::Kind::kRefused, consumed, false};
  const bool send_continue = awaiting_body_ && expects_continue_;
  awaiting_body_ = false;
  return {FrameResult::Kind::kNeedMore, consumed, send_continue};
}

// Takes bytes up to the end of the line. The limits are checked on what has come, so the same
// byte refuses whether or not the end of the line is in sight.
std::size_t RequestFramer::FeedLine(std::string_view input) {
  const auto* end = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
  const std::size_t taken =
      end == nullptr ? input.size() : static_cast<std::size_t>(end - input.data()) + 1;
  std::string_view line = input.substr(0, taken);
  // A head whose limit is passed is not stored any further.
  const std::size_t room = limits_.max_head_bytes + 2;
  if (!line_.empty() || end == nullptr) {
    line_.append(line.substr(0, room - std::min(room, line_.size())));
    line = line_;
  }
  if (state_ == State::kStart && line != "\r\n" && line != "\r") state_ = State::kRequestLine;

  std::string_view content = line;
  if (end != nullptr) content.remove_suffix(1);
  const bool has_cr = !content.empty() && content.back() == '\r';
  if (has_cr) content.remove_suffix(1);
  if (!FitsLimits(line.size(), content.size())) return taken;
  if (end == nullptr) return taken;

  if (!has_cr) {
    Refuse(400, "line does not end with CR LF");
  } else {
    section_bytes_ += line.size();
    OnLine(content);
  }
  line_.clear();
  return taken;
}

bool RequestFramer::FitsLimits(std::size_t line_bytes, std::size_t content_bytes) {
  switch (state_) {
    case State::kStart:
      return true;
    case State::kRequestLine:
      if (content_bytes <= limits_.max_line_bytes) return true;
      Refuse(414, "request line longer than " + std::to_string(limits_.max_line_bytes) + " bytes");
      return false;
    case State::kFields:
      if (content_bytes <= limits_.max_line_bytes &&
          section_bytes_ + line_bytes <= limits_.max_head_bytes) {
        return true;
      }
      RefuseFields();
      return false;
    case State::kChunkSize:
      if (content_bytes <= limits_.max_chunk_line_bytes) return true;
      Refuse(400, "chunk extension too long");
      return false;
    case State::kTrailers:
      if (section_bytes_ + line_bytes <= limits_.max_trailer_bytes) return true;
      Refuse(400, "trailer section too long");
      return false;
    case State::kBody:
    case State::kChunkData:
    case State::kChunkEnd:
    case State::kComplete:
    case State::kRefused:
      break;
  }
  VF_CHECK(false, "not in a line");
  return false;
}

void RequestFramer::OnLine(std::string_view line) {
  switch (state_) {
    case State::kStart:
      // Only an empty line comes here.
      if (skipped_empty_line_) return Refuse(400, "more than one empty line before the request");
      skipped_empty_line_ = true;
      section_bytes_ = 0;
      return;
    case State::kRequestLine:
      return OnRequestLine(line);
    case State::kFields:
      return line.empty() ? OnHeadComplete() : OnField(line);
    case State::kChunkSize:
      return OnChunkSize(line);
    case State::kTrailers:
      if (line.empty()) {
        state_ = State::kComplete;
        return;
      }
      return OnField(line);
    case State::kBody:
    case State::kChunkData:
    case State::kChunkEnd:
    case State::kComplete:
    case State::kRefused:
      break;
  }
  VF_CHECK(false, "not in a line");
}

void RequestFramer::OnRequestLine(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return Refuse(400, "request line is not METHOD TARGET VERSION");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!IsToken(method) || !IsTargetText(target)) {
    return Refuse(400, "request line is not METHOD TARGET VERSION");
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    return Refuse(400, "request line does not end with an HTTP version");
  }
  if (version[5] != '1') return Refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (version[7] > '1') return Refuse(400, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  const auto known = ParseMethod(method);
  if (!known) return Refuse(501, "unknown method " + QuoteForText(method));
  request_.method = *known;
  method_known_ = true;
  request_.target.assign(target);
  request_.minor_version = version[7] - '0';
  state_ = State::kFields;
}

void RequestFramer::OnField(std::string_view line) {
  if (++fields_ > limits_.max_fields) return RefuseFields();
  if (line.front() == ' ' || line.front() == '\t') {
    return Refuse(400, "folded header field");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Refuse(400, "header field is not NAME: VALUE");
  }
  if (!IsFieldContent(line.substr(colon + 1))) {
    return Refuse(400, "control byte in a header field");
  }
  if (state_ == State::kTrailers) return;  // RFC 9110 section 6.5.1: dropped unless understood

  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (EqualsIgnoringCase(name, "host")) {
    if (host_seen_) return Refuse(400, "more than one Host");
    host_seen_ = true;
    if (!IsHost(value)) return Refuse(400, "bad Host");
  } else if (EqualsIgnoringCase(name, "content-length")) {
    OnContentLength(value);
  } else if (EqualsIgnoringCase(name, "transfer-encoding")) {
    OnTransferEncoding(value);
  } else if (EqualsIgnoringCase(name, "connection")) {
    OnConnection(value);
  } else if (EqualsIgnoringCase(name, "expect")) {
    if (EqualsIgnoringCase(value, "100-continue")) {
      expects_continue_ = true;
    } else {
      expectation_unknown_ = true;
    }
  } else if (EqualsIgnoringCase(name, "if-none-match")) {
    request_.conditional = true;
    if (!request_.if_none_match.empty()) request_.if_none_match += ", ";
    request_.if_none_match += value;
  } else if (EqualsIgnoringCase(name, "if-match") ||
             EqualsIgnoringCase(name, "if-unmodified-since")) {
    request_.conditional = true;
  } else if (EqualsIgnoringCase(name, "content-range")) {
    request_.content_range = true;
  }
}

void RequestFramer::OnContentLength(std::string_view value) {
  if (has_length_) return Refuse(400, "more than one Content-Length");
  has_length_ = true;
  if (value.empty()) return Refuse(400, "Content-Length is not a number");
  for (const char c : value) {
    if (c < '0' || c > '9') return Refuse(400, "Content-Length is not a number");
    const auto digit = static_cast<std::uint64_t>(c - '0');
    // Saturates: whatever is this large is over the limit.
    length_ = length_ > (UINT64_MAX - digit) / 10 ? UINT64_MAX : length_ * 10 + digit;
  }
}

void RequestFramer::OnTransferEncoding(std::string_view value) {
  if (coding_seen_ || value.empty()) {
    coding_ = Coding::kFaulty;
  } else {
    coding_ = EqualsIgnoringCase(value, "chunked") ? Coding::kChunked : Coding::kUnknown;
  }
  coding_seen_ = true;
}

void RequestFramer::OnConnection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view option = Trim(value.substr(0, comma));
    if (EqualsIgnoringCase(option, "close")) connection_close_ = true;
    if (EqualsIgnoringCase(option, "keep-alive")) connection_keep_alive_ = true;
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

bool RequestFramer::KeepsBody() const {
  return request_.method == Method::kPost || request_.method == Method::kPut;
}

void RequestFramer::OnHeadComplete() {
  line_.clear();
  const bool old = request_.minor_version == 0;
  if (!host_seen_ && !old) return Refuse(400, "no Host");
  if (coding_seen_) {
    if (has_length_) return Refuse(400, "both Content-Length and Transfer-Encoding");
    // RFC 9112 section 6.1: with HTTP/1.0 the framing must be taken as faulty.
    if (coding_ == Coding::kFaulty || old) return Refuse(400, "bad Transfer-Encoding");
    if (coding_ == Coding::kUnknown) return Refuse(501, "the only transfer coding here is chunked");
  } else if (!has_length_ && KeepsBody()) {
    return Refuse(411, "a value needs a Content-Length, or Transfer-Encoding: chunked");
  }
  if (length_ > limits_.max_body_bytes) return RefuseTooLarge();
  if (expectation_unknown_) return Refuse(417, "the only expectation here is 100-continue");
  if (KeepsBody() && length_ > kUnchargedBodyBytes && limits_.body_budget != nullptr &&
      !limits_.body_budget->Fits(length_)) {
    return Refuse(503, "too many bytes of values on their way in; try again");
  }
  request_.keep_alive = !connection_close_ && (!old || connection_keep_alive_);
  // RFC 9110 section 10.1.1: the expectation of an HTTP/1.0 client is ignored.
  if (old) expects_continue_ = false;
  if (coding_ == Coding::kChunked) {
    state_ = State::kChunkSize;
    awaiting_body_ = true;
  } else if (length_ != 0) {
    state_ = State::kBody;
    remaining_ = length_;
    awaiting_body_ = true;
  } else {
    state_ = State::kComplete;
  }
}

void RequestFramer::OnChunkSize(std::string_view line) {
  awaiting_body_ = false;
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && HexDigit(line[digits]) >= 0) {
    if (digits == 16) return Refuse(400, "bad chunk size");
    size = size * 16 + static_cast<std::uint64_t>(HexDigit(line[digits]));
    ++digits;
  }
  const std::string_view extension = line.substr(digits);
  const std::string_view trimmed = Trim(extension);
  if (digits == 0 || (!extension.empty() && (trimmed.empty() || trimmed.front() != ';'))) {
    return Refuse(400, "bad chunk size");
  }
  if (!IsFieldContent(extension)) return Refuse(400, "control byte in a chunk extension");
  extension_bytes_ += extension.size();
  if (extension_bytes_ > limits_.max_chunk_extension_bytes) {
    return Refuse(400, "chunk extension too long");
  }
  if (size > limits_.max_body_bytes - body_bytes_) return RefuseTooLarge();
  remaining_ = size;
  state_ = size == 0 ? State::kTrailers : State::kChunkData;
  if (size == 0) {
    section_bytes_ = 0;
    fields_ = 0;
  }
}

std::size_t RequestFramer::FeedBody(std::string_view input) {
  if (state_ == State::kChunkEnd) {
    const char expected = line_.empty() ? '\r' : '\n';
    if (input.front() != expected) {
      Refuse(400, "chunk does not end with CR LF");
    } else if (expected == '\r') {
      line_.push_back('\r');
    } else {
      line_.clear();
      state_ = State::kChunkSize;
    }
    return 1;
  }
  const std::size_t taken =
      remaining_ < input.size() ? static_cast<std::size_t>(remaining_) : input.size();
  if (KeepsBody() && !AppendBody(input.substr(0, taken))) return taken;
  body_bytes_ += taken;
  remaining_ -= taken;
  if (remaining_ == 0) state_ = state_ == State::kBody ? State::kComplete : State::kChunkEnd;
  return taken;
}

// Room grows with what has come, so that a claimed length costs nothing, and ends at exactly the
// declared length.
bool RequestFramer::AppendBody(std::string_view bytes) {
  std::string& body = request_.body;
  const std::size_t needed = body.size() + bytes.size();
  if (needed > body.capacity()) {
    const std::uint64_t most = has_length_ ? length_ : limits_.max_body_bytes;
    const std::uint64_t wanted = std::max<std::uint64_t>(
        needed, std::min<std::uint64_t>(most, std::uint64_t{body.capacity()} * 4));
    if (wanted > kUnchargedBodyBytes && !request_.lease.GrowTo(wanted)) {
      Refuse(503, "too many bytes of values on their way in; try again");
      return false;
    }
    body.reserve(static_cast<std::size_t>(wanted));
  }
  body.append(bytes);
  return true;
}

void RequestFramer::Refuse(int status, std::string_view text) {
  state_ = State::kRefused;
  refusal_ = Refusal{status, std::string(text), {}};
  request_.body = std::string();
  request_.lease.Release();
  line_ = std::string();
}

void RequestFramer::RefuseFields() {
  Refuse(431, "header fields too large: at most " + std::to_string(limits_.max_fields) +
                  " of them, " + std::to_string(limits_.max_line_bytes) + " bytes each, " +
                  std::to_string(limits_.max_head_bytes) + " bytes in all");
}

void RequestFramer::RefuseTooLarge() {
  Refuse(413, "value larger than " + std::to_string(limits_.max_body_bytes) + " bytes");
}

}  // namespace vf
