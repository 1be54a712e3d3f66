#include "http/target.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.h"

namespace vf {
namespace {

constexpr std::array kPages = {Page::kHealthz, Page::kReadyz,    Page::kMembers,    Page::kReplicas,
                               Page::kStatus,  Page::kConflicts, Page::kSafeToStop, Page::kMetrics};

bool IsAboutData(Page page) {
  return page == Page::kReplicas || page == Page::kConflicts || page == Page::kSafeToStop;
}

// Kept free for later releases, so that nothing which a client sends now changes its meaning then.
constexpr std::string_view kLaterPatchPaths[] = {"/restore"};

constexpr std::string_view kForgetPath = "/forget";
constexpr std::string_view kLeavePath = "/leave";

constexpr std::string_view kGetPath = "/get/";
constexpr std::string_view kHowToRead = "no such page; a value is read with GET /get/?key=KEY";

constexpr std::string_view kAllowPage = "GET, HEAD";
constexpr std::string_view kAllowKey = "POST, PUT, DELETE";
constexpr std::string_view kAllowKeyAndPatch = "POST, PUT, DELETE, PATCH";
constexpr std::string_view kAllowBoth = "GET, HEAD, POST, PUT, DELETE";

Target Refused(int status, std::string text, std::string_view allow = {}) {
  Target target;
  target.refusal = Refusal{status, std::move(text), allow};
  return target;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// None, and `bad` set to the faulty code, if a `%` is not followed by two hex digits.
std::optional<std::string> Decode(std::string_view text, bool plus_is_space,
                                  std::string_view& bad) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        bad = text.substr(i, 3);
        return std::nullopt;
      }
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded.push_back(c == '+' && plus_is_space ? ' ' : c);
    }
  }
  return decoded;
}

Refusal BadPercentCode(std::string_view code) {
  return {400, "bad percent code " + QuoteForText(code), {}};
}

std::optional<Refusal> CheckKey(std::string_view key) {
  if (key.empty()) return Refusal{400, "empty key", {}};
  if (key.size() > kMaxKeyBytes) {
    return Refusal{414, "key longer than " + std::to_string(kMaxKeyBytes) + " bytes", {}};
  }
  return std::nullopt;
}

// Digits, perhaps followed by a point and digits, rounded up to milliseconds. None for all else,
// for 0 and for what is above kMaxTtl.
std::optional<Duration> ParseTtl(std::string_view text) {
  constexpr std::int64_t kMostMs = kMaxTtl / milliseconds(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = point == text.size() ? "0" : text.substr(point + 1);
  if (whole.empty() || part.empty() || !std::all_of(whole.begin(), whole.end(), is_digit) ||
      !std::all_of(part.begin(), part.end(), is_digit)) {
    return std::nullopt;
  }
  std::int64_t ms = 0;
  const auto append = [&ms](char digit) { ms = ms * 10 + (digit - '0'); };
  for (const char digit : whole) {
    append(digit);
    if (ms > kMostMs) return std::nullopt;
  }
  constexpr std::size_t kPlaces = 3;
  for (std::size_t i = 0; i < kPlaces; ++i) append(i < part.size() ? part[i] : '0');
  const bool rest = part.find_first_not_of('0', std::min(kPlaces, part.size())) != part.npos;
  if (rest) ++ms;
  if (ms == 0 || ms > kMostMs) return std::nullopt;
  return milliseconds(ms);
}

// The options of one operation, read from the query in order. Stops at the first that is wrong.
class QueryReader {
 public:
  QueryReader(Operation operation, Page page, Target& target)
      : operation_(operation), page_(page), target_(target) {}

  std::optional<Refusal> Read(std::string_view query) {
    if (query.empty()) return std::nullopt;
    while (true) {
      const std::size_t end = query.find('&');
      if (auto refusal = ReadOption(query.substr(0, end))) return refusal;
      if (end == std::string_view::npos) return std::nullopt;
      query.remove_prefix(end + 1);
    }
  }

  bool has_key() const { return (seen_ & kKey) != 0; }
  bool has_id() const { return (seen_ & kId) != 0; }

 private:
  enum Bit : unsigned { kKey = 1, kLocal = 2, kAcks = 4, kId = 8, kTtl = 16, kR = 32 };

  static unsigned BitOf(std::string_view name) {
    if (name == "key") return kKey;
    if (name == "local") return kLocal;
    if (name == "id") return kId;
    if (name == "ttl") return kTtl;
    return name == "r" ? kR : kAcks;
  }

  bool TakesKey() const {
    return operation_ == Operation::kGet ||
           (operation_ == Operation::kPage && page_ == Page::kReplicas);
  }

  std::optional<Refusal> ReadOption(std::string_view option) {
    if (option.empty()) return Refusal{400, "empty option", {}};
    const std::size_t equals = option.find('=');
    std::string_view bad;
    const auto name = Decode(option.substr(0, equals), true, bad);
    if (!name) return BadPercentCode(bad);
    if (auto refusal = CheckName(*name)) return refusal;
    if (equals == std::string_view::npos) {
      return Refusal{400, "option " + QuoteForText(*name) + " has no value", {}};
    }
    auto value = Decode(option.substr(equals + 1), true, bad);
    if (!value) return BadPercentCode(bad);
    seen_ |= BitOf(*name);
    return ReadValue(*name, *value);
  }

  // Unknown and repeated ones.
  std::optional<Refusal> CheckName(std::string_view name) const {
    const bool writes = operation_ == Operation::kPut || operation_ == Operation::kDelete;
    const bool known = (name == "key" && TakesKey()) ||
                       ((name == "local" || name == "r") && operation_ == Operation::kGet) ||
                       (name == "acks" && writes) ||
                       (name == "ttl" && operation_ == Operation::kPut) ||
                       (name == "id" && operation_ == Operation::kForget);
    if (known) {
      if ((seen_ & BitOf(name)) == 0) return std::nullopt;
      return Refusal{400, "repeated option " + QuoteForText(name), {}};
    }
    return Refusal{400, "unknown option " + QuoteForText(name), {}};
  }

  std::optional<Refusal> ReadValue(std::string_view name, std::string& value) {
    if (name == "key") {
      target_.key = std::move(value);
      return std::nullopt;
    }
    if (name == "local") {
      if (value != "1") return Refusal{400, "option \"local\" takes only 1", {}};
      target_.get_options.local = true;
      return std::nullopt;
    }
    if (name == "id") return ReadId(value);
    if (name == "ttl") return ReadTtl(value);
    if (name == "r") {
      return ReadCount(value, 2, "option \"r\" takes a number of owners from 2, or all",
                       target_.get_options.r);
    }
    return ReadCount(value, 1, "option \"acks\" takes a number of replicas from 1, or all",
                     target_.write_options.acks);
  }

  std::optional<Refusal> ReadId(std::string& value) {
    const bool id = value.size() == kMemberIdDigits &&
                    value.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!id) {
      return Refusal{
          400, "option \"id\" takes 32 lower-case hex digits, as /members shows them", {}};
    }
    target_.member_id = std::move(value);
    return std::nullopt;
  }

  // How many there can be is known to the store alone; here only what can never be right.
  static std::optional<Refusal> ReadCount(std::string_view value, int least, std::string_view takes,
                                          std::optional<ReplicaCount>& result) {
    constexpr std::size_t kMaxDigits = 6;
    if (value == "all") {
      result = ReplicaCount{ReplicaCount::kAll};
      return std::nullopt;
    }
    const bool number =
        !value.empty() && value.size() <= kMaxDigits && value.front() != '0' &&
        std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    int count = 0;
    if (number) {
      for (const char c : value) count = count * 10 + (c - '0');
    }
    if (count < least) return Refusal{400, std::string(takes), {}};
    result = ReplicaCount{count};
    return std::nullopt;
  }

  std::optional<Refusal> ReadTtl(std::string_view value) {
    const std::optional<Duration> ttl = ParseTtl(value);
    if (!ttl) {
      return Refusal{400,
                     "option \"ttl\" takes seconds above 0 and up to " +
                         std::to_string(kMaxTtl / seconds(1)) + ", such as 60 or 0.5",
                     {}};
    }
    target_.write_options.ttl = ttl;
    return std::nullopt;
  }

  const Operation operation_;
  const Page page_;
  Target& target_;
  unsigned seen_ = 0;  // bits of the options that came
};

// Path and query of a target that is in origin-form or absolute-form.
struct OriginForm {
  std::string_view path;
  std::string_view query;
  bool has_path = false;
};

OriginForm ToOriginForm(std::string_view target) {
  OriginForm form;
  constexpr std::string_view kScheme = "http://";
  if (target.front() != '/') {
    const bool absolute =
        target.size() > kScheme.size() &&
        std::equal(kScheme.begin(), kScheme.end(), target.begin(), [](char lower, char c) {
          return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        });
    if (!absolute) return form;
    target.remove_prefix(kScheme.size());
    const std::size_t authority_end = std::min(target.find_first_of("/?"), target.size());
    const std::string_view authority = target.substr(0, authority_end);
    // RFC 9110 section 4.2.4: an authority with a user is to be treated as an error.
    if (authority.empty() || authority.find('@') != std::string_view::npos) return form;
    target.remove_prefix(authority_end);
  }
  const std::size_t question = target.find('?');
  form.path = target.substr(0, question);
  if (form.path.empty()) form.path = "/";
  if (question != std::string_view::npos) form.query = target.substr(question + 1);
  form.has_path = true;
  return form;
}

std::optional<Page> FindPage(std::string_view path, const TargetRules& rules) {
  for (const Page page : kPages) {
    if (path == PagePath(page) && (rules.has_data || !IsAboutData(page))) return page;
  }
  return std::nullopt;
}

std::string_view AllowedMethods(std::string_view path, const TargetRules& rules) {
  const bool reads = path == kGetPath || FindPage(path, rules).has_value();
  if (!rules.has_keys) return kAllowPage;
  if (path == kForgetPath || path == kLeavePath) return kAllowKeyAndPatch;
  if (reads || path.size() <= 1) return kAllowBoth;
  return kAllowKey;
}

Target NoSuchPage(const TargetRules& rules) {
  return Refused(404, std::string(rules.no_such_page.empty() ? kHowToRead : rules.no_such_page));
}

Target Read(const OriginForm& form, const TargetRules& rules) {
  Target target;
  const auto page = FindPage(form.path, rules);
  if (page) {
    target.operation = Operation::kPage;
    target.page = *page;
  } else if (rules.has_keys && form.path == kGetPath) {
    target.operation = Operation::kGet;
  } else {
    return NoSuchPage(rules);
  }
  QueryReader reader(target.operation, target.page, target);
  auto refusal = reader.Read(form.query);
  if (!refusal && target.get_options.local && target.get_options.r) {
    refusal = Refusal{400, "options \"local\" and \"r\" exclude each other", {}};
  }
  const bool needs_key = !page || *page == Page::kReplicas;
  if (!refusal && needs_key) {
    if (reader.has_key()) {
      refusal = CheckKey(target.key);
    } else {
      refusal = Refusal{400, "option \"key\" is missing", {}};
    }
  }
  if (refusal) return Refused(refusal->status, refusal->text);
  return target;
}

Target Forget(const OriginForm& form) {
  Target target;
  target.operation = Operation::kForget;
  QueryReader reader(target.operation, target.page, target);
  auto refusal = reader.Read(form.query);
  if (!refusal && !reader.has_id()) refusal = Refusal{400, "option \"id\" is missing", {}};
  if (refusal) return Refused(refusal->status, refusal->text);
  return target;
}

Target Leave(const OriginForm& form) {
  Target target;
  target.operation = Operation::kLeave;
  const auto refusal = QueryReader(target.operation, target.page, target).Read(form.query);
  if (refusal) return Refused(refusal->status, refusal->text);
  return target;
}

Target Write(Operation operation, const OriginForm& form) {
  Target target;
  target.operation = operation;
  std::string_view bad;
  auto key = Decode(form.path.substr(1), false, bad);
  std::optional<Refusal> refusal;
  if (!key) {
    refusal = BadPercentCode(bad);
  } else {
    target.key = std::move(*key);
    refusal = CheckKey(target.key);
  }
  if (!refusal) refusal = QueryReader(operation, target.page, target).Read(form.query);
  if (refusal) return Refused(refusal->status, refusal->text);
  return target;
}

}  // namespace

std::string_view PagePath(Page page) {
  switch (page) {
    case Page::kHealthz:
      return "/healthz";
    case Page::kReadyz:
      return "/readyz";
    case Page::kMembers:
      return "/members";
    case Page::kReplicas:
      return "/replicas";
    case Page::kStatus:
      return "/status";
    case Page::kConflicts:
      return "/conflicts";
    case Page::kSafeToStop:
      return "/safe-to-stop";
    case Page::kMetrics:
      return "/metrics";
  }
  return {};
}

Target ParseTarget(Method method, std::string_view target, const TargetRules& rules) {
  VF_CHECK(!target.empty(), "the framer gives no empty target");
  const OriginForm form = ToOriginForm(target);
  if (method == Method::kOptions || method == Method::kTrace || method == Method::kConnect) {
    // These may have targets without a path: `*`, or host and port.
    const auto allow = form.has_path ? AllowedMethods(form.path, rules)
                                     : (rules.has_keys ? kAllowBoth : kAllowPage);
    return Refused(405, "OPTIONS, TRACE and CONNECT are not served", allow);
  }
  if (!form.has_path) return Refused(400, "request target is not a path that starts with /");
  if (target.find('#') != std::string_view::npos) {
    return Refused(400, "fragment in the request target; # in a key is %23");
  }
  switch (method) {
    case Method::kGet:
    case Method::kHead:
      return Read(form, rules);
    case Method::kPost:
    case Method::kPut:
    case Method::kDelete:
      if (!rules.has_keys) {
        if (!FindPage(form.path, rules)) return NoSuchPage(rules);
        return Refused(405, "this page is only read", kAllowPage);
      }
      return Write(method == Method::kDelete ? Operation::kDelete : Operation::kPut, form);
    case Method::kPatch:
      if (form.path == kForgetPath && rules.has_keys) return Forget(form);
      if (form.path == kLeavePath && rules.has_keys) return Leave(form);
      for (const std::string_view later : kLaterPatchPaths) {
        if (form.path == later && rules.has_keys) {
          return Refused(404, "PATCH " + std::string(later) + " is not available in this release");
        }
      }
      if (!rules.has_keys && !FindPage(form.path, rules)) return NoSuchPage(rules);
      return Refused(405, "PATCH is not served here", AllowedMethods(form.path, rules));
    case Method::kOptions:
    case Method::kTrace:
    case Method::kConnect:
      break;
  }
  VF_CHECK(false, "every method is handled above");
  return {};
}

}  // namespace vf
