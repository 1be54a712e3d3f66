// Whom to ask for a cluster: the contacts of the command line, for ever, and others for a while.
//
// A contact is asked (JOIN) until it has answered as a member of our foundation, and again
// whenever the member that answered is not alive: its address may belong to a new process, and
// that is how a cluster finds itself again after the longest cut. Controllers that were met are
// remembered in the same way, since they know everybody.
// Limits: kMaxContacts of the command line. kMaxRemembered controllers: a further one takes the
// place of the one that is not alive for longest, if there is any. kMaxPassing others: a further
// one is not asked. Those that went without are counted (TakeDropped).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

class Contacts {
 public:
  // All contacts are unresolved at first. `config` outlives it.
  explicit Contacts(const SwimConfig& config);

  // REQUIRES: index < config.contacts.
  void Set(TimePoint now, std::size_t index, const std::vector<Endpoint>& endpoints);
  // Somebody to be asked a few times: a process met before there was a foundation.
  void AddPassing(TimePoint now, const Endpoint& endpoint);
  // A controller of our cluster, which lives there now: to be asked whenever it does not.
  // `is_alive`: as with TakeDue().
  void Remember(TimePoint now, const Endpoint& endpoint, MemberKey key,
                const std::function<bool(MemberKey)>& is_alive);
  // It was told to go for good.
  void Forget(MemberKey key);
  // Somebody of another cluster answered there: a remembered one is asked less often.
  void OnForeign(const Endpoint& from);
  // This endpoint turned out to be the own one.
  void SetOwn(const Endpoint& endpoint);

  // Endpoints to ask now. `is_alive`: whether a member is believed alive.
  std::vector<Endpoint> TakeDue(TimePoint now, const std::function<bool(MemberKey)>& is_alive);
  // Endpoints of contacts that have answered as members of our foundation.
  std::vector<Endpoint> Answered() const;
  // Whether this endpoint is one to be asked, and has been asked before.
  bool IsAsked(const Endpoint& from) const;
  // Whether the command line names it.
  bool IsGiven(const Endpoint& endpoint) const;
  // The answer of `key` at `from`; `settled`: as a member of our foundation.
  void OnAnswer(TimePoint now, const Endpoint& from, MemberKey key, bool settled);
  // We have a foundation now, or another one: everybody is asked again at once.
  void AskAgain(TimePoint now);

  // Every contact of the command line has just answered without being settled. True without
  // contacts. (A contact that is the own process needs no answer.)
  bool AllJustAnswered(TimePoint now) const;
  TimePoint NextDeadline() const;
  // Endpoints that had no place here, or lost it to another one, since the last call.
  std::uint64_t TakeDropped() { return std::exchange(dropped_, 0); }

 private:
  static constexpr std::size_t kMaxRemembered = 16;
  static constexpr std::size_t kMaxPassing = 64;
  static constexpr int kPassingTries = 4;
  // So often it is asked at the shortest interval: what is lost costs little time.
  static constexpr int kQuickTries = 8;

  struct Contact {
    std::vector<Endpoint> endpoints;
    std::size_t turn = 0;
    Duration retry{};
    TimePoint next = kNever;
    int tries = 0;
    bool asked = false;
    bool own = false;
    bool settled = false;
    MemberKey key = kNoMember;  // who answered
    TimePoint alive_at;         // of a remembered one: when it was last found alive
    bool answered = false;
    TimePoint answered_at;
    Endpoint answered_from;
    bool IsAt(const Endpoint& endpoint) const;
  };
  void Restart(TimePoint now, Contact& contact) const;
  // Room for one more controller; null if there is none, and none that is not alive.
  Contact* NewRemembered(const std::function<bool(MemberKey)>& is_alive);
  // Whether it is to be asked now; sets when to look at it again.
  bool IsDue(TimePoint now, Contact& contact, const std::function<bool(MemberKey)>& is_alive) const;

  const SwimConfig& config_;
  std::vector<Contact> contacts_;
  std::vector<Contact> remembered_;
  std::vector<Contact> passing_;
  std::uint64_t dropped_ = 0;
};

}  // namespace vf
