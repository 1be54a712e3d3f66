#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace vf::internal {

void CheckFailed(const char* file, int line, const char* condition, const char* text) {
  std::fprintf(stderr, "bug: %s:%d: check failed: %s: %s\n", file, line, condition, text);
  std::abort();
}

}  // namespace vf::internal
