// What a request asks for: method and raw request target -> operation, key and options. Pure.
//
// The key is percent-decoded exactly once, here, and the options are read from the query only.
// In a path `+` is itself, in a query it is a space (as in every form). Nothing is guessed: an
// unknown, repeated or malformed option is refused with its name.
// Sources: RFC 9112 section 3.2 (forms of the target: origin-form; absolute-form of `http` must be
// accepted, its authority plays no part), RFC 3986 section 2.1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/kv_service.h"
#include "http/method.h"
#include "http/refusal.h"

namespace vf {

enum class Operation : std::uint8_t { kGet, kPut, kDelete, kPage, kForget, kLeave, kRefused };

// The operator pages.
enum class Page : std::uint8_t {
  kHealthz,
  kReadyz,
  kMembers,
  kReplicas,
  kStatus,
  kConflicts,
  kSafeToStop,  // the answer takes its time: others are asked
  kMetrics,
};

std::string_view PagePath(Page page);

inline constexpr std::size_t kMemberIdDigits = 32;

struct Target {
  Operation operation = Operation::kRefused;
  std::string key;             // kGet, kPut, kDelete, and the page kReplicas
  GetOptions get_options;      // kGet
  WriteOptions write_options;  // kPut, kDelete
  Page page = Page::kHealthz;  // kPage
  std::string member_id;       // kForget: kMemberIdDigits of lower-case hex
  Refusal refusal;             // kRefused
};

// What the process behind the endpoint has.
struct TargetRules {
  bool has_keys = true;                // false on the controller: pages only
  bool has_data = true;                // pages about partitions and copies
  std::string_view no_such_page = {};  // the 404 line; empty: one that shows how to read a value
};

// `target`: not empty, without space, control byte or DEL, as RequestFramer gives it.
// HEAD is GET here; the caller leaves out the body of the answer.
Target ParseTarget(Method method, std::string_view target, const TargetRules& rules);

}  // namespace vf
