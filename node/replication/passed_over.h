// What precedes the answer to a client that is given without an owner which is not dead: that owner
// lacks the write, may be in sync by its own view, and would answer reads without it.
//
// The replicas that stored the write note these owners and go on telling them until they know
// (BehindNotes); the answer waits until one of them has. They are told from here as well, and the
// answer waits a moment for that, so that a read which begins behind it finds them warned. That
// several tell them is for networks that lose packets: a stream which lost one stands still.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

struct PassedOverConfig {
  // How long an answer waits until an owner that lacks the write has said that it knows: some round
  // trips of a network that works. One that cannot be reached costs every write past it this much.
  Duration patience = milliseconds(25);
  Duration retry = milliseconds(50);  // when no replica could note it: all of them are asked anew
};

// Thread: none of its own; one write.
// Invariant: MayAnswer() says yes only when each of `behind` is noted by a replica that stored the
// write, and was told, could not be, or had its time.
class PassedOver {
 public:
  explicit PassedOver(const PassedOverConfig& config) : config_(config) {}

  // What is to be sent now.
  struct Sends {
    std::vector<MemberKey> note_to;  // that behind() are behind
    std::vector<MemberKey> tell;     // that they are behind
  };

  // `behind`: the owners, joining ones included, that are not dead and have not stored the write.
  // `stored`: those that have; never empty.
  bool MayAnswer(TimePoint now, const std::vector<MemberKey>& behind,
                 const std::vector<MemberKey>& stored, Sends& sends);
  // Whom the replicas are to note.
  const std::vector<MemberKey>& behind() const { return behind_; }
  // Somebody who stored the write. REQUIRES: MayAnswer() was asked.
  MemberKey holder() const { return holder_; }

  void OnNoted(MemberKey from);
  void OnTold(MemberKey from);
  // It refused, or what was sent to it is lost.
  void OnFailed(MemberKey from);

  // When MayAnswer() says something else without any news. kNever: it does not.
  TimePoint NextDeadline(TimePoint now) const;

 private:
  // kToAsk: not about all of behind_ yet.
  enum class Note : std::uint8_t { kToAsk, kAsked, kNoted, kFailed };
  struct Noter {
    MemberKey member;
    Note note = Note::kToAsk;
    int unanswered = 0;  // only the answer to the last one counts
  };
  struct Told {
    MemberKey member;
    bool over = false;  // it knows, or cannot be told from here
  };
  Noter* Find(MemberKey member);

  PassedOverConfig config_;
  MemberKey holder_ = kNoMember;
  std::vector<MemberKey> behind_;
  std::vector<Noter> noters_;
  std::vector<Told> told_;
  TimePoint patience_ends_ = kNever;
  TimePoint retry_at_ = kNever;
};

}  // namespace vf
