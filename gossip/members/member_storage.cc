#include "gossip/members/member_storage.h"

#include <algorithm>

namespace vf {

std::uint32_t OwnMembers::AddSlot() {
  slots_.emplace_back();
  live_position_.push_back(0);
  return static_cast<std::uint32_t>(slots_.size() - 1);
}

OwnMembers::Order::const_iterator OwnMembers::FirstFrom(MemberKey key) const {
  return std::lower_bound(order_.begin(), order_.end(), std::pair(key, std::uint32_t{0}));
}

void OwnMembers::AddKey(MemberKey key, std::uint32_t number) {
  order_.insert(FirstFrom(key), {key, number});
  by_key_[key] = number;
}

void OwnMembers::RemoveKey(MemberKey key) {
  order_.erase(FirstFrom(key));
  by_key_.Erase(key);
}

std::span<const MemberKey> OwnMembers::KeysAt(const Endpoint& endpoint) const {
  const auto it = by_endpoint_.find(endpoint);
  if (it == by_endpoint_.end()) return {};
  return it->second;
}

void OwnMembers::AddKeyAt(const Endpoint& endpoint, MemberKey key) {
  by_endpoint_[endpoint].push_back(key);
}

void OwnMembers::RemoveKeyAt(const Endpoint& endpoint, MemberKey key) {
  const auto it = by_endpoint_.find(endpoint);
  std::erase(it->second, key);
  if (it->second.empty()) by_endpoint_.erase(it);
}

void OwnMembers::AddLive(std::uint32_t number) {
  live_position_[number] = static_cast<std::uint32_t>(live_.size());
  live_.push_back(number);
}

void OwnMembers::RemoveLive(std::uint32_t number) {
  const std::uint32_t last = live_.back();
  live_[live_position_[number]] = last;
  live_position_[last] = live_position_[number];
  live_.pop_back();
}

}  // namespace vf
