// One write of a client: from the stamped record to the answer.
#pragma once

#include <optional>
#include <vector>

#include "node/replication/list_agreement.h"
#include "node/replication/message.h"
#include "node/replication/operation.h"
#include "node/replication/passed_over.h"

namespace vf {

struct WriteConfig {
  std::optional<int> min_acks;  // none: the cluster's default
  // When min_acks are enough, and when it is over: plus the time that the bytes take. Between the
  // two, further fallbacks are asked once a timeout.
  Duration timeout = milliseconds(250);
  Duration deadline = seconds(1);
  Duration retry = milliseconds(50);  // while there is nobody left to ask: somebody may be back
  std::uint64_t bytes_per_second = 20'000'000;
  PassedOverConfig passed_over{};
};

// What the client asked for, in place of min_acks.
struct AcksWanted {
  enum class Kind : std::uint8_t { kDefault, kCount, kAll } kind = Kind::kDefault;
  int count = 0;  // with kCount, 1..K
};

// Sends the record to the owners, to the joining owners, and to one fallback for each owner that
// cannot be reached. Done when all of these that are believed alive have stored it, or when the
// timeout has passed and enough have; until the deadline, further fallbacks are asked.
//
// A replica that holds a greater record says so. If every replica believed alive has answered and
// none that is in sync stored the record, somebody wrote before with a clock ahead of ours: the
// record is stamped again, once, above all of them. Otherwise the greater record is concurrent and
// ours counts as stored, and the result names the rival: neither writer waited for the other, since
// that one was on a replica before our client had its answer, and was not acknowledged before ours
// began.
//
// An answer that is given without an owner which is not dead waits for what PassedOver says.
//
// Thread: none of its own. Invariant: after Step() has said done, the version is final.
class WriteOperation {
 public:
  // `record` is stamped. `start`: when the request was complete.
  WriteOperation(const WriteConfig& config, Partition partition, RecordRef record, AcksWanted acks,
                 TimePoint start);

  const RecordRef& record() const { return record_; }
  // Whom the replicas that StepOutputs::passed_over names are to note.
  const std::vector<MemberKey>& behind() const { return passed_over_.behind(); }
  // Whom those that it tells are to compare themselves with.
  MemberKey holder() const { return passed_over_.holder(); }
  Partition partition() const { return partition_; }

  // `wait_for`: the ticket under which the sender's other list is being learned, or 0.
  void OnReply(MemberKey from, const StoreReply& reply, LearnTicket wait_for);
  void OnReply(MemberKey from, const NoteReply& reply, LearnTicket wait_for);
  void OnReply(MemberKey from, const BehindReply& reply, LearnTicket none);
  // Refused, gone or unsendable.
  void OnFailed(MemberKey from);
  void OnLearned(LearnTicket ticket);

  void Step(const StepInputs& in, StepOutputs& out);

 private:
  enum class Part : std::uint8_t { kOwner, kJoining, kFallback };
  // kNotYet: it does not store yet: it has not joined by its own view. It is asked again, since it
  // may own the partition before this write is over. kLost: the request, or its answer. It is asked
  // again as well, but nobody waits for it meanwhile. kFull: it has no room, and is not.
  enum class State : std::uint8_t { kSent, kNotYet, kLost, kStored, kSuperseded, kFull };
  struct Target {
    MemberKey member;
    State state;
    bool in_sync = false;         // with kStored
    bool silent = false;          // it was when it was asked: as a suspect, unless it answers
    TimePoint again_at = kNever;  // with kNotYet and kLost, once it was looked at
    bool required = false;        // believed alive and meant to have it, by the current view
    bool counts = false;          // an owner or a fallback, whose acks count: a joining copy is not
                                  // among those that a later owner has to compare with
  };
  struct Tally {
    int acks = 0;
    bool all_answered = true;
    bool stored = false;  // by anybody, counted or not
    bool superseded = false;
    bool stored_in_sync = false;
    bool waiting = false;  // somebody has not answered yet, required or not
  };
  static bool IsToAskAgain(const Target& target) {
    return target.state == State::kNotYet || target.state == State::kLost;
  }

  Target* Find(MemberKey member);
  bool Want(const StepInputs& in, MemberKey member, Part part, StepOutputs& out);
  // False if fewer can be asked than should be.
  bool ChooseTargets(const StepInputs& in, int needed, StepOutputs& out);
  Tally Count() const;
  int Needed(const ClusterView& view) const;
  bool MayAnswer(const StepInputs& in, StepOutputs& out);
  bool StampAgain(const StepInputs& in, StepOutputs& out);
  void Fail(const Tally& tally, int needed, bool noting, StepOutputs& out) const;
  TimePoint NextDeadline(TimePoint now, bool enough_targets) const;

  const WriteConfig config_;
  const Partition partition_;
  RecordRef record_;
  const AcksWanted acks_;
  const TimePoint timeout_at_;
  const TimePoint deadline_at_;
  std::vector<Target> targets_;
  std::vector<LearnTicket> waiting_for_;
  PassedOver passed_over_;
  Version greatest_;            // of the records that superseded ours, or tied with it
  std::optional<Rival> rival_;  // the greatest that the record of now lost to
  bool stamped_again_ = false;
  bool no_space_ = false;
  bool lost_ = false;  // a request got no answer: it may have been stored
};

}  // namespace vf
