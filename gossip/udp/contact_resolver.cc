#include "gossip/udp/contact_resolver.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/os/clocks.h"
#include "gossip/udp/own_address.h"

namespace vf {

struct ContactResolver::State {
  struct Name {
    std::size_t contact;
    HostPort name;
    TimePoint due;
    Duration retry = kRetryLow;
  };

  bool v6 = false;
  std::vector<Name> names;  // the thread's alone

  std::mutex mutex;
  std::condition_variable changed;
  OnAnswer on_answer;    // guarded by mutex
  bool stopped = false;  // guarded by mutex
};

ContactResolver::ContactResolver(const std::vector<HostPort>& contacts, bool v6, OnAnswer on_answer)
    : state_(std::make_shared<State>()) {
  state_->v6 = v6;
  state_->on_answer = std::move(on_answer);
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    if (Endpoint::ParseAddress(contacts[i].host, contacts[i].port)) continue;
    state_->names.push_back({i, contacts[i], TimePoint{}, kRetryLow});
  }
  if (state_->names.empty()) return;
  // Detached, since nothing can interrupt getaddrinfo(). It touches nothing but the shared state.
  std::thread([state = state_] { Run(state); }).detach();
}

ContactResolver::~ContactResolver() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->on_answer = nullptr;
  state_->changed.notify_all();
}

void ContactResolver::Run(const std::shared_ptr<State>& state) {
  for (;;) {
    State::Name& next =
        *std::min_element(state->names.begin(), state->names.end(),
                          [](const auto& a, const auto& b) { return a.due < b.due; });
    {
      std::unique_lock lock(state->mutex);
      while (!state->stopped) {
        const Duration wait = next.due - MonotonicNow();
        if (wait <= Duration::zero()) break;
        state->changed.wait_for(lock, wait);
      }
      if (state->stopped) return;
    }
    auto found = LookUp(next.name, state->v6);
    Answer answer{next.contact, {}, ""};
    if (found.ok()) {
      answer.endpoints = *std::move(found);
      next.retry = kRetryLow;
      next.due = MonotonicNow() + kRefresh;
    } else {
      answer.error = std::string(found.status().message());
      next.due = MonotonicNow() + next.retry;
      next.retry = std::min(2 * next.retry, kRefresh);
    }
    const std::lock_guard lock(state->mutex);
    if (state->stopped) return;
    state->on_answer(std::move(answer));
  }
}

}  // namespace vf
