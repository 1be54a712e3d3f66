#include "node/placement/preference_order.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"

namespace vf {
namespace {

struct Weighted {
  std::uint64_t weight;
  MemberKey member;
};

// Greater weight first; members of equal weight in the order of their keys.
bool Before(const Weighted& a, const Weighted& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.member < b.member;
}

bool Everybody(MemberKey) { return true; }

bool ByMember(const Seat& a, const Seat& b) { return a.member < b.member; }

}  // namespace

std::uint64_t RendezvousWeight(Partition partition, std::uint64_t seat) {
  std::byte bytes[12];
  StoreLittleEndian(bytes, partition);
  StoreLittleEndian(bytes + 4, seat);
  return Hash64(bytes);
}

PreferenceOrder::PreferenceOrder(Partition partition_count, std::vector<Seat> seats)
    : seats_(std::move(seats)), lists_(partition_count) {
  std::sort(seats_.begin(), seats_.end(), ByMember);
  for (Partition p = 0; p < partition_count; ++p) lists_[p] = FirstOf(p, kMaxListed, Everybody);
}

std::vector<MemberKey> PreferenceOrder::FirstOf(
    Partition partition, std::size_t count, const std::function<bool(MemberKey)>& counts) const {
  std::vector<Weighted> weighted;
  weighted.reserve(seats_.size());
  for (const Seat& s : seats_) {
    if (counts(s.member)) weighted.push_back({RendezvousWeight(partition, s.seat), s.member});
  }
  const std::size_t listed = std::min(count, weighted.size());
  std::partial_sort(weighted.begin(), weighted.begin() + static_cast<std::ptrdiff_t>(listed),
                    weighted.end(), Before);
  std::vector<MemberKey> members;
  members.reserve(listed);
  for (std::size_t i = 0; i < listed; ++i) members.push_back(weighted[i].member);
  return members;
}

std::uint64_t PreferenceOrder::SeatOf(MemberKey member) const {
  const auto it = std::lower_bound(seats_.begin(), seats_.end(), Seat{member, 0}, ByMember);
  VF_CHECK(it != seats_.end() && it->member == member, "a listed member has no seat");
  return it->seat;
}

std::shared_ptr<const PreferenceOrder> PreferenceOrder::Changed(std::vector<Seat> seats) const {
  std::sort(seats.begin(), seats.end(), ByMember);
  const auto before = [](const Seat& a, const Seat& b) {
    return std::pair(a.member, a.seat) < std::pair(b.member, b.seat);
  };
  std::vector<Seat> gone;
  std::vector<Seat> came;
  std::set_difference(seats_.begin(), seats_.end(), seats.begin(), seats.end(),
                      std::back_inserter(gone), before);
  std::set_difference(seats.begin(), seats.end(), seats_.begin(), seats_.end(),
                      std::back_inserter(came), before);
  auto changed = std::make_shared<PreferenceOrder>(*this);
  changed->Remove(gone);
  for (const Seat& seat : came) changed->Insert(seat);
  return changed;
}

void PreferenceOrder::Remove(const std::vector<Seat>& gone) {
  if (gone.empty()) return;
  const auto is_gone = [&](MemberKey member) {
    return std::binary_search(gone.begin(), gone.end(), Seat{member, 0}, ByMember);
  };
  std::erase_if(seats_, [&](const Seat& seat) { return is_gone(seat.member); });
  for (Partition p = 0; p < partition_count(); ++p) {
    const std::size_t removed = std::erase_if(lists_[p], is_gone);
    if (removed > 0 && lists_[p].size() < std::min(kMaxListed, seats_.size())) {
      lists_[p] = FirstOf(p, kMaxListed, Everybody);
    }
  }
}

void PreferenceOrder::Insert(const Seat& seat) {
  seats_.insert(std::upper_bound(seats_.begin(), seats_.end(), seat, ByMember), seat);
  for (Partition p = 0; p < partition_count(); ++p) {
    const Weighted newcomer{RendezvousWeight(p, seat.seat), seat.member};
    std::vector<MemberKey>& list = lists_[p];
    const auto place = std::partition_point(list.begin(), list.end(), [&](MemberKey member) {
      return Before({RendezvousWeight(p, SeatOf(member)), member}, newcomer);
    });
    if (place == list.end() && list.size() == kMaxListed) continue;
    list.insert(place, newcomer.member);
    if (list.size() > kMaxListed) list.pop_back();
  }
}

}  // namespace vf
