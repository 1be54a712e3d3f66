// Members of whom nothing is known but what a file said at the start.
//
// They are no members yet: they are pinged in rounds, at a bounded rate, until they answer or a
// member speaks of them. Those that never do, and the dead of the file, are taken for dead here;
// as long as only the file says so, they are named to nobody as away.
// Thread: none of its own. Limits: as many as Begin() gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

class RememberedMembers {
 public:
  // Pings a second, in bursts, one every kPace; and the pause between two rounds.
  static constexpr int kPingsASecond = 1'000;
  static constexpr Duration kPace = milliseconds(10);
  static constexpr Duration kRoundPause = milliseconds(500);
  // How long it is waited for anybody who tells the present state, beside the time of a round.
  static constexpr Duration kPatience = seconds(3);
  // Of those who answer, one in so long is asked for the cluster.
  static constexpr Duration kAskPause = milliseconds(50);

  struct Item {
    MemberRecord record;  // alive
    TimePoint last_seen;
    int pings = 0;          // since the last CountAnew()
    std::uint32_t seq = 0;  // of the last one
  };
  // Those seen last come first. `wait`: whether anybody may be there to tell the present state.
  void Begin(TimePoint now, std::vector<Item> items, bool wait);

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  const Item* Find(MemberKey key) const;
  void Remove(MemberKey key) { items_.erase(key); }
  void CountAnew();

  // This one is held for dead, and only the file says that it is, or was, a member.
  void NoteDead(MemberKey key) { dead_.insert(key); }
  bool IsOnlyInFile(MemberKey key) const { return dead_.contains(key); }
  // A member speaks of it, or it has come back.
  void NoteKnown(MemberKey key) { dead_.erase(key); }

  // Whose turn it is now; each is pinged, with SetPinged(), or removed.
  std::vector<MemberKey> TakeDue(TimePoint now);
  void SetPinged(MemberKey key, std::uint32_t seq);
  // An ack of the last ping to `from`: it is removed.
  std::optional<Item> TakeAnswer(std::uint32_t seq, MemberKey from);
  // Whether one that answers now should be asked for the cluster.
  bool MayAsk(TimePoint now);

  // From then on nobody is waited for any more. kNever before Begin() and after EndPatience().
  TimePoint patience_until() const { return patience_until_; }
  void EndPatience() { patience_until_ = kNever; }
  TimePoint NextDeadline() const;

 private:
  std::map<MemberKey, Item> items_;
  std::set<MemberKey> dead_;
  std::vector<MemberKey> round_;  // from next_ on
  std::size_t next_ = 0;
  TimePoint due_ = kNever;
  TimePoint ask_at_ = TimePoint::min();
  TimePoint patience_until_ = kNever;
};

}  // namespace vf
