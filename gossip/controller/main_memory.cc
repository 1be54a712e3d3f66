#include "gossip/controller/main_memory.h"

#include <malloc.h>

#include "base/os/clocks.h"

namespace vf {

void KeepLittleMemory() {
  // Set at all, it does not grow any more with the largest block that was ever freed.
  constexpr int kLargeBlock = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
}

void BurstMemory::OnChange(TimePoint now) {
  changed_ = now;
  LookAt(now + kCalm);
}

void BurstMemory::LookAt(TimePoint when) {
  if (next_look_ <= when) return;
  next_look_ = when;
  gossip_.PostAt(when, [this] { Look(MonotonicNow()); });
}

void BurstMemory::Look(TimePoint now) {
  if (now < next_look_) return;
  next_look_ = kNever;
  if (now < changed_ + kCalm) return LookAt(changed_ + kCalm);
  malloc_trim(0);
  const Duration calm = now - changed_;
  if (calm < kNewsIsOld) LookAt(changed_ + 2 * calm);
}

}  // namespace vf
