// Assertions that stay on in every build.
//
// VF_CHECK holds invariants of our own code: a failure is a bug, is printed with its place and
// aborts. Never use it on anything that came from outside the process.
#pragma once

namespace vf::internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const char* text);
}  // namespace vf::internal

#define VF_CHECK(condition, text)                                        \
  do {                                                                   \
    if (!(condition)) [[unlikely]] {                                     \
      ::vf::internal::CheckFailed(__FILE__, __LINE__, #condition, text); \
    }                                                                    \
  } while (false)
