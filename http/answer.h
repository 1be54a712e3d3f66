// What one response says, before anybody has made bytes of it.
#pragma once

#include <optional>
#include <string_view>

#include "base/hybrid_clock.h"
#include "http/kv_service.h"
#include "http/operator_service.h"
#include "http/refusal.h"
#include "http/target.h"

namespace vf {

// Views live as long as what they were made from.
struct Answer {
  int status = 200;
  std::optional<Version> version;         // the ETag
  std::optional<std::string_view> value;  // the exact body, as application/octet-stream
  std::string_view text = {};             // one line for people, as text/plain
  std::string_view allow = {};            // with 405
};

// What becomes of the connection behind the answer.
enum class Persistence : std::uint8_t {
  kKeep,     // HTTP/1.1: nothing is said
  kKeepOld,  // HTTP/1.0 with keep-alive: said, or the client would close
  kClose,    // said
};

struct AnswerForm {
  bool head = false;  // the answer to a HEAD: fields of the whole answer, no body
  Persistence persistence = Persistence::kKeep;
};

// `operation`: kGet, kPut or kDelete. `if_none_match`: the field of a GET, empty if there is none.
// The answer views into `result`.
Answer MakeAnswer(Operation operation, const KvResult& result, std::string_view if_none_match);

// Views into `result`.
Answer MakeAnswer(const CommandResult& result);

// Views into `refusal`.
Answer MakeAnswer(const Refusal& refusal);

// Whether an If-None-Match field names `version`, so that a GET is answered with 304: "*", or a
// list of entity tags, compared weakly. What is not well-formed names nothing.
// Source: RFC 9110 sections 8.8.3.2 and 13.1.2.
bool NamesVersion(std::string_view if_none_match, Version version);

}  // namespace vf
