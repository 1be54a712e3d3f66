#include "gossip/dissemination/contacts.h"

#include <algorithm>

#include "base/check.h"

namespace vf {

bool Contacts::Contact::IsAt(const Endpoint& endpoint) const {
  return std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
}

Contacts::Contacts(const SwimConfig& config) : config_(config), contacts_(config.contacts) {}

void Contacts::Restart(TimePoint now, Contact& contact) const {
  contact.settled = false;
  contact.retry = config_.join_retry_low;
  contact.tries = 0;
  contact.next = contact.own || contact.endpoints.empty() ? kNever : now;
}

void Contacts::Set(TimePoint now, std::size_t index, const std::vector<Endpoint>& endpoints) {
  VF_CHECK(index < contacts_.size(), "no such contact");
  Contact& contact = contacts_[index];
  if (contact.endpoints == endpoints) return;
  contact.endpoints.clear();
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.IsUsableAsPeer()) contact.endpoints.push_back(endpoint);
  }
  contact.own = false;
  contact.turn = 0;
  Restart(now, contact);
}

void Contacts::AddPassing(TimePoint now, const Endpoint& endpoint) {
  const auto is_there = [&](const Contact& c) { return c.IsAt(endpoint); };
  for (Contact& contact : contacts_) {
    if (is_there(contact) && !contact.settled && !contact.own) return Restart(now, contact);
  }
  if (std::any_of(passing_.begin(), passing_.end(), is_there)) return;
  if (passing_.size() >= kMaxPassing) {
    ++dropped_;
    return;
  }
  Contact contact;
  contact.endpoints = {endpoint};
  Restart(now, contact);
  passing_.push_back(contact);
}

Contacts::Contact* Contacts::NewRemembered(const std::function<bool(MemberKey)>& is_alive) {
  if (remembered_.size() < kMaxRemembered) return &remembered_.emplace_back();
  ++dropped_;
  Contact* longest = nullptr;
  for (Contact& contact : remembered_) {
    if (contact.settled && is_alive(contact.key)) continue;
    if (longest == nullptr || contact.alive_at < longest->alive_at) longest = &contact;
  }
  if (longest != nullptr) *longest = {};
  return longest;
}

void Contacts::Remember(TimePoint now, const Endpoint& endpoint, MemberKey key,
                        const std::function<bool(MemberKey)>& is_alive) {
  const auto is_there = [&](const Contact& c) { return c.IsAt(endpoint); };
  if (std::any_of(contacts_.begin(), contacts_.end(), is_there)) return;
  const auto known = std::find_if(remembered_.begin(), remembered_.end(), is_there);
  Contact* const contact = known != remembered_.end() ? &*known : NewRemembered(is_alive);
  if (contact == nullptr) return;
  contact->endpoints = {endpoint};
  contact->key = key;
  contact->settled = true;
  contact->alive_at = now;
  contact->next = now + config_.heal_interval;
}

void Contacts::Forget(MemberKey key) {
  std::erase_if(remembered_, [&](const Contact& c) { return c.key == key; });
}

void Contacts::OnForeign(const Endpoint& from) {
  for (Contact& contact : remembered_) {
    if (!contact.settled || !contact.IsAt(from)) continue;
    contact.settled = false;
    contact.retry = config_.join_retry_low;
    contact.tries = kQuickTries;
  }
}

void Contacts::SetOwn(const Endpoint& endpoint) {
  for (Contact& contact : contacts_) {
    if (!contact.IsAt(endpoint)) continue;
    contact.own = true;
    contact.next = kNever;
  }
}

bool Contacts::IsDue(TimePoint now, Contact& contact,
                     const std::function<bool(MemberKey)>& is_alive) const {
  if (contact.next > now) return false;
  if (contact.settled) {
    contact.next = now + config_.heal_interval;
    if (!is_alive(contact.key)) return true;
    contact.alive_at = now;
    return false;
  }
  contact.next = now + contact.retry;
  if (++contact.tries >= kQuickTries) {
    contact.retry = std::min(2 * contact.retry, config_.join_retry_high);
  }
  return true;
}

std::vector<Endpoint> Contacts::TakeDue(TimePoint now,
                                        const std::function<bool(MemberKey)>& is_alive) {
  std::vector<Endpoint> due;
  for (std::vector<Contact>* const list : {&contacts_, &remembered_}) {
    for (Contact& contact : *list) {
      if (!IsDue(now, contact, is_alive)) continue;
      contact.asked = true;
      due.push_back(contact.endpoints[contact.turn++ % contact.endpoints.size()]);
    }
  }
  std::erase_if(passing_, [&](const Contact& c) {
    return c.settled || (c.next <= now && c.tries >= kPassingTries);
  });
  for (Contact& contact : passing_) {
    if (contact.next > now) continue;
    ++contact.tries;
    contact.asked = true;
    contact.next = now + contact.retry;
    contact.retry = std::min(4 * contact.retry, config_.join_retry_high);
    due.push_back(contact.endpoints.front());
  }
  return due;
}

std::vector<Endpoint> Contacts::Answered() const {
  std::vector<Endpoint> answered;
  for (const std::vector<Contact>* const list : {&contacts_, &passing_}) {
    for (const Contact& contact : *list) {
      if (contact.answered && contact.settled) answered.push_back(contact.answered_from);
    }
  }
  return answered;
}

bool Contacts::IsAsked(const Endpoint& from) const {
  const auto asked = [&](const Contact& c) { return c.asked && c.IsAt(from); };
  return std::any_of(contacts_.begin(), contacts_.end(), asked) ||
         std::any_of(remembered_.begin(), remembered_.end(), asked) ||
         std::any_of(passing_.begin(), passing_.end(), asked);
}

bool Contacts::IsGiven(const Endpoint& endpoint) const {
  return std::any_of(contacts_.begin(), contacts_.end(),
                     [&](const Contact& c) { return c.IsAt(endpoint); });
}

void Contacts::OnAnswer(TimePoint now, const Endpoint& from, MemberKey key, bool settled) {
  const auto answer = [&](Contact& contact) {
    if (!contact.asked || !contact.IsAt(from)) return;
    contact.key = key;
    contact.settled = settled;
    contact.answered = true;
    contact.answered_at = now;
    contact.answered_from = from;
    // It lives but knows of no cluster: it is asked twice before a cluster may be founded on that.
    contact.retry = config_.join_retry_low;
    contact.tries = 0;
    contact.next = now + (settled ? config_.heal_interval : config_.founding_quiet / 2);
  };
  for (Contact& contact : contacts_) answer(contact);
  for (Contact& contact : remembered_) answer(contact);
  for (Contact& contact : passing_) answer(contact);
}

void Contacts::AskAgain(TimePoint now) {
  for (Contact& contact : contacts_) Restart(now, contact);
}

bool Contacts::AllJustAnswered(TimePoint now) const {
  return std::all_of(contacts_.begin(), contacts_.end(), [&](const Contact& c) {
    return c.own || (c.answered && !c.settled && c.answered_at + config_.founding_quiet > now);
  });
}

TimePoint Contacts::NextDeadline() const {
  TimePoint next = kNever;
  for (const Contact& contact : contacts_) next = std::min(next, contact.next);
  for (const Contact& contact : remembered_) next = std::min(next, contact.next);
  for (const Contact& contact : passing_) next = std::min(next, contact.next);
  return next;
}

}  // namespace vf
