// One comparison of views with another member: over TCP where there is much to tell, else by
// datagrams, which are also what is left when TCP fails.
//
// Over TCP the owner wishes for it (BeginStream), and is told how it went; meanwhile there are no
// questions. By datagrams, the asker sends its bucket hashes (DIGEST, two halves), the other
// answers with its records of the buckets that differ (EXCHANGE) and with its own hashes; the asker
// then sends what it has of the buckets that still differ. Records stand alone, any order will do,
// and what gets lost shows in the next view hash: nothing here is retransmitted, but for the
// questions.
//
// A joiner asks for everything, and goes on until it holds all that the other had of each bucket
// when it answered: because the bucket is equal and holds at least as many records, or because all
// of it was brought (brought_members.h), the joiner's own record too; under churn no bucket may
// ever be equal. Then nothing that was known at its start is missing. A peer that does not begin to
// answer is left for another.
//
// Thread: none of its own.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/dissemination/brought_members.h"
#include "gossip/types.h"
#include "gossip/wire/codec.h"

namespace vf {

class MemberExchange {
 public:
  // `config` outlives it.
  explicit MemberExchange(const SwimConfig& config) : config_(config) {}

  // By datagrams. `joiner`: the own key of one that joins, else none. Ends what ran before.
  void Begin(TimePoint now, MemberKey peer, MemberKey joiner);
  void End();
  bool running() const { return peer_ != kNoMember; }
  MemberKey peer() const { return peer_; }

  // From now on over TCP, under this number (not 0). REQUIRES: running().
  void BeginStream(TimePoint now, std::uint32_t number);
  // The number of the one over TCP; 0: by datagrams.
  std::uint32_t stream() const { return running() ? stream_ : 0; }
  // The peer knows the joiner: it has brought the joiner's own record.
  bool KnowsJoiner() const { return lesson_ != nullptr && lesson_->brought.IsLive(joiner_); }
  // Something came over TCP.
  void OnProgress(TimePoint now) { deadline_ = now + config_.exchange_deadline; }
  // TCP does not work for this one: the same again by datagrams, all of it.
  void FallBack(TimePoint now);
  // The peer is busy: the same with another one. How often that was so since Begin().
  void MoveTo(TimePoint now, MemberKey peer);
  int moves() const { return moves_; }
  // Its questions are brief: TCP was not tried yet, and all is not missing.
  bool asks_briefly() const { return config_.streams && joiner_ == kNoMember && !fell_back_; }

  // DIGESTs to send to the peer now.
  struct Question {
    std::uint8_t first_bucket;
    bool everything;  // without hashes
    bool brief;       // if much differs, hashes will do for an answer: TCP brings the rest
  };
  std::vector<Question> TakeQuestions(TimePoint now);

  // The peer's answer, and which of its buckets agree with ours in hash, and in the number of
  // records. True if the exchange is complete with it, and over.
  bool OnAnswer(TimePoint now, const Digest& answer, const std::vector<bool>& hash_agrees,
                const std::vector<bool>& count_agrees);
  // Records that the peer sent, before its answer or, overtaken on the way, after it; or over TCP.
  // As above.
  bool OnPart(TimePoint now, const Exchange& part);

  // Answers of this peer that were not the last; 0 before the first.
  int answers() const { return answers_; }
  // Nothing was heard of the peer for too long: try another.
  bool HasFailed(TimePoint now) const { return running() && now >= deadline_; }
  TimePoint NextDeadline() const;

 private:
  // What a joiner knows of its peer.
  struct Lesson {
    BroughtMembers brought;
    std::array<std::optional<Digest>, kViewBuckets / kDigestBuckets> answers;  // the last, by half
  };

  void Restart(TimePoint now);
  // True if it is complete, and over.
  bool IsOver();

  static constexpr std::size_t kHalves = kViewBuckets / kDigestBuckets;
  struct Half {
    bool done = false;
    bool everything = false;
    int answers = 0;
    TimePoint ask_at;
    Duration retry{};  // after the next question; doubles with each that nobody answers
  };

  const SwimConfig& config_;
  MemberKey peer_ = kNoMember;
  MemberKey joiner_ = kNoMember;
  std::uint32_t stream_ = 0;
  bool fell_back_ = false;
  int moves_ = 0;
  int answers_ = 0;
  TimePoint deadline_;
  std::array<Half, kHalves> halves_{};
  std::bitset<kViewBuckets> agreed_;
  std::unique_ptr<Lesson> lesson_;  // null: not a joiner's
};

// Datagrams that leave in bursts, so that a long answer does not fill the other's socket buffer.
// Limits: kMaxPaced; a further one is dropped: the view hash tells.
class PacedDatagrams {
 public:
  static constexpr std::size_t kMaxPaced = 8'192;
  struct Datagram {
    Endpoint to;
    std::vector<std::byte> bytes;
    // The last one of the answer to a question about the buckets from this one on; else none.
    std::optional<std::uint8_t> answers = std::nullopt;
  };

  // `config` outlives it.
  explicit PacedDatagrams(const SwimConfig& config) : config_(config) {}
  // False at the limit.
  bool Put(TimePoint now, Datagram datagram);
  std::vector<Datagram> TakeDue(TimePoint now);
  // What waits takes longer than a peer has patience: a further answer would come too late.
  bool IsLong() const;
  // Room for one more who asks for everything: those who have begun finish first, so that there
  // are soon more who can give.
  bool IsShort() const;
  // Answers to any of their questions wait to leave.
  bool Answers(const Endpoint& to) const {
    const auto next = answers_.lower_bound({to, 0});
    return next != answers_.end() && next->first == to;
  }
  // An answer to this question of theirs waits to leave: a second one would only make it longer.
  bool Answers(const Endpoint& to, std::uint8_t first_bucket) const {
    return answers_.contains({to, first_bucket});
  }
  TimePoint NextDeadline() const { return waiting_.empty() ? kNever : next_; }

 private:
  std::size_t SentWithin(Duration time) const;

  const SwimConfig& config_;
  std::vector<Datagram> waiting_;  // from first_ on
  std::set<std::pair<Endpoint, std::uint8_t>> answers_;
  std::size_t first_ = 0;
  TimePoint next_ = TimePoint::min();
};

}  // namespace vf
