#include "gossip/wire/msgpack_reader.h"

#include <algorithm>
#include <array>
#include <msgpack.hpp>

#include "base/check.h"

namespace vf {
namespace {

static_assert(sizeof(MsgpackToken) == 24, "what MsgpackLimits::tokens says");

// msgpack calls it for each element in turn; false ends the parse.
class TokenVisitor : public msgpack::null_visitor {
 public:
  TokenVisitor(const MsgpackLimits& limits, MsgpackTokens& tokens)
      : limits_(limits), tokens_(tokens) {
    VF_CHECK(limits.depth >= 1 && limits.depth <= kMaxMsgpackDepth, "a depth out of bounds");
  }

  // NOLINTBEGIN(readability-identifier-naming): msgpack's names.
  bool visit_nil() { return Add(Kind::kNil, 0, nullptr); }
  bool visit_boolean(bool) { return Add(Kind::kOther, 0, nullptr); }
  bool visit_positive_integer(std::uint64_t value) { return Add(Kind::kNumber, value, nullptr); }
  bool visit_negative_integer(std::int64_t) { return Add(Kind::kOther, 0, nullptr); }
  bool visit_float32(float) { return Add(Kind::kOther, 0, nullptr); }
  bool visit_float64(double) { return Add(Kind::kOther, 0, nullptr); }
  bool visit_str(const char* text, std::uint32_t size) {
    return size <= limits_.text_bytes && limits_.text_bytes > 0 && Add(Kind::kText, size, text);
  }
  bool visit_bin(const char* bytes, std::uint32_t size) { return Add(Kind::kBin, size, bytes); }
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_map(std::uint32_t size) { return size == 0 && Add(Kind::kOther, 0, nullptr); }
  bool start_array(std::uint32_t size) {
    if (size > limits_.elements || depth_ == limits_.depth) return false;
    open_[depth_++] = tokens_.size();
    return Add(Kind::kArray, size, nullptr);
  }
  bool end_array() {
    const std::size_t head = open_[--depth_];
    tokens_[head].length = static_cast<std::uint32_t>(tokens_.size() - head);
    return true;
  }
  void parse_error(std::size_t, std::size_t) { failed_ = true; }
  void insufficient_bytes(std::size_t, std::size_t) { failed_ = true; }
  // NOLINTEND(readability-identifier-naming)

  bool failed() const { return failed_; }

 private:
  using Kind = MsgpackToken::Kind;

  bool Add(Kind kind, std::uint64_t number, const char* data) {
    if (tokens_.size() == limits_.tokens) return false;
    tokens_.push_back({kind, 1, number, data});
    return true;
  }

  const MsgpackLimits limits_;
  MsgpackTokens& tokens_;
  std::array<std::size_t, kMaxMsgpackDepth> open_{};  // where the arrays that are open begin
  std::size_t depth_ = 0;
  bool failed_ = false;
};

}  // namespace

MsgpackTokens ParseMsgpack(ByteSpan bytes, const MsgpackLimits& limits) {
  MsgpackTokens tokens;
  if (bytes.empty()) return tokens;
  TokenVisitor visitor(limits, tokens);
  std::size_t offset = 0;
  const std::string_view text = AsText(bytes);
  if (!msgpack::parse(text.data(), text.size(), offset, visitor) || visitor.failed() ||
      offset != text.size()) {
    tokens.clear();
  }
  return tokens;
}

MsgpackReader::MsgpackReader(std::span<const MsgpackToken> tokens) {
  if (tokens.empty() || tokens.front().kind != MsgpackToken::Kind::kArray) return;
  ok_ = true;
  left_ = static_cast<std::size_t>(tokens.front().number);
  next_ = tokens.data() + 1;
}

const MsgpackToken* MsgpackReader::Next(MsgpackToken::Kind kind) {
  ok_ = ok_ && left_ > 0 && next_->kind == kind;
  if (!ok_) return nullptr;
  const MsgpackToken* token = next_;
  next_ += token->length;
  --left_;
  return token;
}

std::uint64_t MsgpackReader::Bounded(std::uint64_t most) {
  const MsgpackToken* token = Next(MsgpackToken::Kind::kNumber);
  ok_ = ok_ && token->number <= most;
  return ok_ ? token->number : 0;
}

ByteSpan MsgpackReader::Bin() {
  const MsgpackToken* token = Next(MsgpackToken::Kind::kBin);
  return ok_ ? AsBytes(token->text()) : ByteSpan();
}

std::string_view MsgpackReader::Text(std::size_t most_bytes) {
  const MsgpackToken* token = Next(MsgpackToken::Kind::kText);
  ok_ = ok_ && token->number <= most_bytes;
  return ok_ ? token->text() : std::string_view();
}

bool MsgpackReader::TakeNil() {
  return left() > 0 && next_->kind == MsgpackToken::Kind::kNil &&
         Next(MsgpackToken::Kind::kNil) != nullptr;
}

MsgpackReader MsgpackReader::Array() {
  const MsgpackToken* token = Next(MsgpackToken::Kind::kArray);
  return MsgpackReader(token != nullptr ? std::span(token, token->length)
                                        : std::span<const MsgpackToken>());
}

}  // namespace vf
