// Which signed datagrams were received already: each counter of a sender counts once.
//
// For each sender, which is a member in one boot, the greatest counter and which of the kWindow
// counters below it were seen. Datagrams overtake each other, but not by much: what is further
// behind is not taken.
//
// Thread: one owner. Only counters whose tag was right may come here, so nobody without a secret of
// the cluster can fill it or move a window.
// Limits: kMaxSenders; beyond it the sender that was heard longest ago is forgotten, and what was
// recorded of it could be replayed once more.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/lookup_map.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

class ReplayWindows {
 public:
  static constexpr std::size_t kWindow = 1'024;
  // Each member, and room for those that have restarted. About 200 bytes each.
  static constexpr std::size_t kMaxSenders = kMaxMembers + kMaxMembers / 4;

  explicit ReplayWindows(std::size_t max_senders = kMaxSenders) : max_senders_(max_senders) {}

  // True the first time, false if it was seen or is kWindow or more behind the greatest.
  bool Accept(MemberKey sender, std::uint32_t boot32, std::uint64_t counter);

  std::size_t senders() const { return windows_.size(); }

 private:
  using Sender = std::pair<MemberKey, std::uint32_t>;
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  struct Window {
    Sender sender;
    std::uint64_t greatest = 0;
    std::bitset<kWindow> seen;  // of counter c the bit c % kWindow
    // Neighbours in the order in which senders were heard last.
    Index newer = kNone;
    Index older = kNone;
  };

  // The window of the sender, the newest from now on. `fresh`: it was made for this call.
  Window& WindowOf(const Sender& sender, bool& fresh);
  void Unlink(Index index);
  void LinkAsNewest(Index index);

  std::size_t max_senders_;
  std::vector<Window> windows_;
  LookupMap<Sender, Index> by_sender_;
  Index newest_ = kNone;
  Index oldest_ = kNone;
};

}  // namespace vf
