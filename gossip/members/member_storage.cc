#include "gossip/members/member_storage.h"

#include <absl/hash/hash.h>

#include <algorithm>

#include "base/check.h"

namespace vf {
namespace {

std::size_t HashOf(MemberKey key) { return absl::Hash<MemberKey>()(key); }
std::size_t HashOf(const Endpoint& endpoint) { return absl::Hash<Endpoint>()(endpoint); }

}  // namespace

OwnMembers::OwnMembers() : order_(std::make_shared<Order>()) {}

std::uint32_t OwnMembers::AddSlot() {
  pages_.AddSlot();
  live_position_.push_back(0);
  next_there_.push_back(kNoSlot);
  return static_cast<std::uint32_t>(slots() - 1);
}

OwnMembers::Order::const_iterator OwnMembers::FirstFrom(MemberKey key) const {
  return std::lower_bound(
      order_->cbegin(), order_->cend(), key,
      [this](std::uint32_t number, MemberKey wanted) { return KeyOf(number) < wanted; });
}

OwnMembers::Order& OwnMembers::OwnOrder() {
  if (order_shared_) order_ = std::make_shared<Order>(*order_);
  order_shared_ = false;
  return *order_;
}

std::uint32_t OwnMembers::Find(MemberKey key) const {
  return by_key_.Find(HashOf(key), [&](std::uint32_t number) { return KeyOf(number) == key; });
}

void OwnMembers::AddKey(MemberKey key, std::uint32_t number) {
  VF_CHECK(KeyOf(number) == key, "the row comes first");
  Order& order = OwnOrder();
  order.insert(FirstFrom(key), number);
  by_key_.Insert(HashOf(key), number, [this](std::uint32_t n) { return HashOf(KeyOf(n)); });
}

void OwnMembers::RemoveKey(MemberKey key) {
  const std::uint32_t number = Find(key);
  Order& order = OwnOrder();
  order.erase(FirstFrom(key));
  by_key_.Erase(HashOf(key), number, [this](std::uint32_t n) { return HashOf(KeyOf(n)); });
}

std::uint32_t OwnMembers::FirstAt(const Endpoint& endpoint) const {
  return by_endpoint_.Find(HashOf(endpoint), [&](std::uint32_t number) {
    return slot(number).member.record.endpoint == endpoint;
  });
}

void OwnMembers::AddKeyAt(const Endpoint& endpoint, MemberKey key) {
  const std::uint32_t number = Find(key);
  next_there_[number] = kNoSlot;
  std::uint32_t at = FirstAt(endpoint);
  if (at == kNoSlot) {
    by_endpoint_.Insert(HashOf(endpoint), number,
                        [this](std::uint32_t n) { return HashOf(slot(n).member.record.endpoint); });
    return;
  }
  while (next_there_[at] != kNoSlot) at = next_there_[at];
  next_there_[at] = number;
}

void OwnMembers::RemoveKeyAt(const Endpoint& endpoint, MemberKey key) {
  const auto hash_of = [this](std::uint32_t n) { return HashOf(slot(n).member.record.endpoint); };
  const std::uint32_t number = Find(key);
  const std::uint32_t first = FirstAt(endpoint);
  if (first == number) {
    by_endpoint_.Erase(HashOf(endpoint), number, hash_of);
    const std::uint32_t next = next_there_[number];
    if (next != kNoSlot) by_endpoint_.Insert(HashOf(endpoint), next, hash_of);
    return;
  }
  std::uint32_t before = first;
  while (next_there_[before] != number) before = next_there_[before];
  next_there_[before] = next_there_[number];
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

MemberList OwnMembers::Share() const {
  order_shared_ = true;
  return {pages_.SharePages(), order_};
}

}  // namespace vf
