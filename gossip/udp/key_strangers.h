// Processes that speak for this cluster and are not understood, since one side has no cluster key
// or they have none in common: who they are, and when to say so.
//
// Nothing that they say is believed; all of this is for whoever reads the logs. A stranger that
// asks to join gets an answer without content, so that it, too, can tell its operator. What is no
// gossip of this cluster at all, and does not get past the seal either, is named as Swim names it.
//
// Thread: one owner.
// Limits: kLooksASecond datagrams are looked at and answered; one line a stranger and hour; those
// of AddressLog.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/os/log.h"
#include "base/time.h"
#include "gossip/address_log.h"
#include "gossip/counters.h"
#include "gossip/types.h"
#include "gossip/wire/codec.h"

namespace vf {

class KeyStrangers {
 public:
  static constexpr int kLooksASecond = 20;
  // For so long after it was heard, a stranger is named as the reason why this process waits.
  static constexpr Duration kIsACause = minutes(2);

  explicit KeyStrangers(std::uint32_t cluster_hash) : cluster_hash_(cluster_hash) {}

  struct Noticed {
    std::string log;               // a line, or nothing new
    bool wants_an_answer = false;  // it asks to join, and may be told that it is not understood
  };
  // `reason`: why DatagramSeal dropped the datagram.
  Noticed OnDropped(TimePoint now, const Endpoint& from, ByteSpan datagram, DropReason reason);

  // What the newest one is about, or nothing: see kIsACause.
  std::string Cause(TimePoint now) const;

 private:
  bool MayLook(TimePoint now);
  // The line, or nothing if it was told before.
  std::string TellOnce(const Endpoint& from, DropReason reason, std::string_view what);

  const std::uint32_t cluster_hash_;
  LogLimiter told_{hours(1)};
  AddressLog foreign_;
  TimePoint second_ = TimePoint::min();
  int looks_ = 0;  // in this second
  TimePoint heard_ = TimePoint::min();
  std::string cause_;
};

// What such a stranger is answered: a datagram without messages, of the process `self`.
std::vector<std::byte> AnswerWithoutContent(std::uint32_t cluster_hash, const MemberRecord& self);

}  // namespace vf
