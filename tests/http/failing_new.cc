#include "tests/http/failing_new.h"

#include <cstdlib>
#include <new>

namespace {

thread_local int until_failure = 0;
thread_local int failures_left = 0;
thread_local int failed = 0;

bool FailsNow() {
  if (failures_left == 0) return false;
  if (until_failure > 0) {
    --until_failure;
    return false;
  }
  --failures_left;
  ++failed;
  return true;
}

}  // namespace

void* operator new(std::size_t size) {
  if (FailsNow()) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace vf {

void FailAllocations(int succeeding, int failing) {
  until_failure = succeeding;
  failures_left = failing;
  failed = 0;
}

int StopFailingAllocations() {
  failures_left = 0;
  return failed;
}

}  // namespace vf
