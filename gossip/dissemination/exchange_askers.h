// Who may be told the members by datagrams, and how often.
//
// A question (DIGEST) of some dozen bytes is answered by a whole table, and anybody can send it in
// another's name. So only those are answered whose address is known to be theirs: members at the
// address of their record, and others once they have answered a ping there (joiners: their record
// may be on its way). Nobody is asked and answered at the same address more often than a peer of
// this release asks.
//
// Thread: none of its own.
// Limits: kMaxAskers addresses at a time; questions of further ones are dropped.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"
#include "gossip/wire/codec.h"

namespace vf {

class ExchangeAskers {
 public:
  static constexpr std::size_t kMaxAskers = 1'024;
  // An address is proved for so long: an exchange with all its questions takes less.
  static constexpr Duration kProofLasts = seconds(10);
  static constexpr std::size_t kHalves = kViewBuckets / kDigestBuckets;
  // By half: questions for everything.
  using Halves = std::bitset<kHalves>;

  // `config` outlives it.
  explicit ExchangeAskers(const SwimConfig& config) : config_(config) {}

  enum class Answer : std::uint8_t {
    kNow,
    kAfterPing,  // ping that address, with this number; OnAck() says what to answer then
    kNot,        // too soon after the last one, or its ping is under way
    kTooMany,    // at the limit
  };
  // A question about a half that came from there. `member`: it is the address of its sender's
  // record. `seq`: the number of the ping, should one be needed.
  Answer OnQuestion(TimePoint now, const Endpoint& from, bool member, std::size_t half,
                    bool everything, std::uint32_t seq);
  // An ack came from there. The halves for which it had asked, all of them; none if no such ping
  // is under way.
  std::optional<Halves> OnAck(TimePoint now, const Endpoint& from, std::uint32_t seq);

 private:
  struct Asker {
    std::array<TimePoint, kHalves> answered = {TimePoint::min(), TimePoint::min()};
    TimePoint proved_until = TimePoint::min();
    std::optional<std::uint32_t> ping;  // under way
    TimePoint pinged;
    Halves asked;
    TimePoint forget_at;
  };
  Asker* Find(TimePoint now, const Endpoint& from);

  const SwimConfig& config_;
  std::map<Endpoint, Asker> askers_;
  TimePoint clean_at_ = TimePoint::min();
};

}  // namespace vf
