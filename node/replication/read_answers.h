// What those that a read has asked have said so far.
#pragma once

#include <cstdint>
#include <vector>

#include "node/replication/list_agreement.h"
#include "node/replication/message.h"
#include "node/store/record.h"

namespace vf {

// One answer of each member counts, the first one. Thread: none of its own.
class ReadAnswers {
 public:
  enum class State : std::uint8_t { kWaiting, kInSync, kNotInSync, kFailed };
  struct Answer {
    MemberKey member = 0;
    State state = State::kWaiting;
    LearnTicket wait_for = 0;  // of an answer in sync: not believed before this is learned
    RecordRef record;

    bool Answered() const { return state == State::kInSync || state == State::kNotInSync; }
  };

  const Answer* Find(MemberKey member) const;

  // In the order in which they were asked.
  const std::vector<Answer>& all() const { return answers_; }

  // The newest record in any of them, if there is one.
  RecordRef Newest() const;

  // Requires that it was not asked before, or is forgotten.
  void Ask(MemberKey member) { answers_.push_back({member, State::kWaiting, 0, {}}); }

  // `wait_for`: the ticket under which the sender's other list is being learned, or 0.
  void OnReply(MemberKey from, const ReadReply& reply, LearnTicket wait_for);
  void OnFailed(MemberKey from);
  void OnLearned(LearnTicket ticket);

  // Whoever said that it is in sync, and owns nothing by the merged list, is not in sync.
  void BelieveOnly(const std::vector<MemberKey>& owners);

  // These may be asked anew.
  template <typename Predicate>
  void ForgetIf(Predicate forget) {
    std::erase_if(answers_, forget);
  }

 private:
  Answer* AwaitedOf(MemberKey member);

  std::vector<Answer> answers_;
};

}  // namespace vf
