// The request methods of HTTP that are known here (RFC 9110 section 9.3, RFC 5789).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vf {

enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kPatch,
  kOptions,
  kTrace,
  kConnect,
};

// By exact name: methods are case-sensitive.
inline std::optional<Method> ParseMethod(std::string_view name) {
  if (name == "GET") return Method::kGet;
  if (name == "POST") return Method::kPost;
  if (name == "PUT") return Method::kPut;
  if (name == "DELETE") return Method::kDelete;
  if (name == "HEAD") return Method::kHead;
  if (name == "PATCH") return Method::kPatch;
  if (name == "OPTIONS") return Method::kOptions;
  if (name == "TRACE") return Method::kTrace;
  if (name == "CONNECT") return Method::kConnect;
  return std::nullopt;
}

}  // namespace vf
