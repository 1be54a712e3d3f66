// Who accuses members that then refute.
//
// One member with a bad link or a starved process accuses hundreds of healthy ones. Of each accuser
// the accusations of the last 60 s are remembered, and which of them were refuted. Are these more
// than half of at least kLeast, its accusations count as no confirmations of a suspicion: they
// still are told to the accused, which can refute, but hasten no death.
//
// Thread: none of its own.
// Limits: kMaxAccusers accusers with kMaxEach accusations each; of more, the newest are not scored.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

class AccuserScores {
 public:
  static constexpr Duration kWindow = seconds(60);
  static constexpr std::size_t kLeast = 3;
  static constexpr std::size_t kMaxAccusers = 1'024;
  static constexpr std::size_t kMaxEach = 64;

  // Again about one whom it accuses already: nothing new.
  void OnAccusation(TimePoint now, MemberKey accuser, MemberKey subject);
  // The accused lives and has said so.
  void OnRefuted(MemberKey subject) { Settle(subject, Outcome::kRefuted); }
  // The accused has answered those who looked on this one's word. What others say stays open.
  void OnRefuted(MemberKey subject, MemberKey accuser) {
    SettleOne(subject, accuser, Outcome::kRefuted);
  }
  // Nothing came of it, either way.
  void OnUnclear(MemberKey subject, MemberKey accuser) {
    SettleOne(subject, accuser, Outcome::kEnded);
  }
  // It has died, left or restarted: the accusers may have been right.
  void OnEnded(MemberKey subject) { Settle(subject, Outcome::kEnded); }

  bool IsDiscredited(TimePoint now, MemberKey accuser) const;

 private:
  enum class Outcome : unsigned char { kOpen, kRefuted, kEnded };
  struct Accusation {
    TimePoint at;
    MemberKey subject;
    Outcome outcome;
  };
  void Settle(MemberKey subject, Outcome outcome);
  void SettleOne(MemberKey subject, MemberKey accuser, Outcome outcome);
  void Close(MemberKey subject, MemberKey accuser, Outcome outcome);
  // Forgets accusers that have been silent for the whole window.
  void Prune(TimePoint now);

  std::map<MemberKey, std::vector<Accusation>> accusations_;  // by accuser; oldest first
  std::map<MemberKey, std::vector<MemberKey>> open_;          // accusers by subject
};

}  // namespace vf
