#include "gossip/seal/replay_windows.h"

namespace vf {

bool ReplayWindows::Accept(MemberKey sender, std::uint32_t boot32, std::uint64_t counter) {
  bool fresh = false;
  Window& window = WindowOf({sender, boot32}, fresh);
  if (fresh) {
    window.greatest = counter;
  } else if (counter > window.greatest) {
    const std::uint64_t ahead = counter - window.greatest;
    if (ahead >= kWindow) {
      window.seen.reset();
    } else {
      for (std::uint64_t c = window.greatest + 1; c < counter; ++c) window.seen.reset(c % kWindow);
    }
    window.greatest = counter;
  } else if (window.greatest - counter >= kWindow || window.seen.test(counter % kWindow)) {
    return false;
  }
  window.seen.set(counter % kWindow);
  return true;
}

ReplayWindows::Window& ReplayWindows::WindowOf(const Sender& sender, bool& fresh) {
  if (const Index* known = by_sender_.Find(sender)) {
    const Index index = *known;
    if (index != newest_) {
      Unlink(index);
      LinkAsNewest(index);
    }
    return windows_[index];
  }
  fresh = true;
  Index index = oldest_;
  if (windows_.size() < max_senders_) {
    index = static_cast<Index>(windows_.size());
    windows_.emplace_back();
  } else {
    by_sender_.Erase(windows_[index].sender);
    Unlink(index);
    windows_[index] = Window();
  }
  windows_[index].sender = sender;
  by_sender_.Insert(sender, index);
  LinkAsNewest(index);
  return windows_[index];
}

void ReplayWindows::Unlink(Index index) {
  const Window& window = windows_[index];
  (window.newer == kNone ? newest_ : windows_[window.newer].older) = window.older;
  (window.older == kNone ? oldest_ : windows_[window.older].newer) = window.newer;
}

void ReplayWindows::LinkAsNewest(Index index) {
  windows_[index].newer = kNone;
  windows_[index].older = newest_;
  (newest_ == kNone ? oldest_ : windows_[newest_].newer) = index;
  newest_ = index;
}

}  // namespace vf
