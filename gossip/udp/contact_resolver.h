// Looks the names of contacts up, again and again, on a thread of its own: a name server that does
// not answer must hold up neither gossip nor the end of the process.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"

namespace vf {

// Threads: made and destroyed by one owner. The names are looked up one after the other: after a
// success again in kRefresh, after a failure in kRetryLow, doubling to kRefresh.
class ContactResolver {
 public:
  static constexpr Duration kRefresh = seconds(30);
  static constexpr Duration kRetryLow = seconds(1);

  struct Answer {
    std::size_t contact = 0;
    std::vector<Endpoint> endpoints;  // empty: not found, and `error` says why
    std::string error;
  };
  // Called on the resolver's thread for each lookup; not after the destructor has begun. Must not
  // block, nor destroy the resolver.
  using OnAnswer = std::function<void(Answer)>;

  // `contacts`: all of the command line; those that are addresses are none of this object's
  // business. Without a name among them there is no thread. `v6`: IPv6 can be spoken.
  ContactResolver(const std::vector<HostPort>& contacts, bool v6, OnAnswer on_answer);
  // Returns at once; a lookup that hangs ends later, by itself, and tells nobody.
  ~ContactResolver();
  ContactResolver(const ContactResolver&) = delete;
  ContactResolver& operator=(const ContactResolver&) = delete;

 private:
  struct State;
  static void Run(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this object
};

}  // namespace vf
