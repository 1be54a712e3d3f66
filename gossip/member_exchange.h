// One comparison of views with another member, and the datagrams that it costs.
//
// The asker sends its bucket hashes (DIGEST, two halves), the other answers with its records of
// the buckets that differ (EXCHANGE) and with its own hashes; the asker then sends what it has of
// the buckets that still differ. Records stand alone, any order will do, and what gets lost shows
// in the next view hash: nothing here is retransmitted, but for the questions.
//
// A joiner asks for everything, and goes on until each bucket has once been equal to the other's
// and holds at least as many records: then nothing that was known at its start is missing. Under
// churn the whole view is seldom equal, single buckets soon are.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/codec.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

class MemberExchange {
 public:
  // `config` outlives it.
  explicit MemberExchange(const SwimConfig& config) : config_(config) {}

  // `everything`: as a joiner. Ends what ran before.
  void Begin(TimePoint now, MemberKey peer, bool everything);
  void End() { peer_ = kNoMember; }
  bool running() const { return peer_ != kNoMember; }
  MemberKey peer() const { return peer_; }

  // DIGESTs to send to the peer now.
  struct Question {
    std::uint8_t first_bucket;
    bool everything;  // without hashes
  };
  std::vector<Question> TakeQuestions(TimePoint now);

  // The peer's answer for the buckets from `first_bucket` on: which of them agree with ours in
  // hash, and in the number of records. True if the exchange is complete with it, and over.
  bool OnAnswer(TimePoint now, std::size_t first_bucket, const std::vector<bool>& hash_agrees,
                const std::vector<bool>& count_agrees);

  // Nothing was heard of the peer for too long: try another.
  bool HasFailed(TimePoint now) const { return running() && now >= deadline_; }
  TimePoint NextDeadline() const;

 private:
  static constexpr std::size_t kHalves = kViewBuckets / kDigestBuckets;
  struct Half {
    bool done = false;
    bool everything = false;
    TimePoint ask_at;
  };

  const SwimConfig& config_;
  MemberKey peer_ = kNoMember;
  bool joiner_ = false;
  TimePoint deadline_;
  std::array<Half, kHalves> halves_{};
  std::bitset<kViewBuckets> agreed_;
};

// Datagrams that leave in bursts, so that a long answer does not fill the other's socket buffer.
// Limits: kMaxPaced; a further one is dropped: the view hash tells.
class PacedDatagrams {
 public:
  static constexpr std::size_t kMaxPaced = 8'192;
  struct Datagram {
    Endpoint to;
    std::vector<std::byte> bytes;
  };

  // `config` outlives it.
  explicit PacedDatagrams(const SwimConfig& config) : config_(config) {}
  // False at the limit.
  bool Put(TimePoint now, Datagram datagram);
  std::vector<Datagram> TakeDue(TimePoint now);
  TimePoint NextDeadline() const { return waiting_.empty() ? kNever : next_; }

 private:
  const SwimConfig& config_;
  std::vector<Datagram> waiting_;  // from first_ on
  std::size_t first_ = 0;
  TimePoint next_ = TimePoint::min();
};

}  // namespace vf
