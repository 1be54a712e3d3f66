#include "node/replication/read_answers.h"

#include <algorithm>

namespace vf {

const ReadAnswers::Answer* ReadAnswers::Find(MemberKey member) const {
  const auto it = std::find_if(answers_.begin(), answers_.end(),
                               [&](const Answer& answer) { return answer.member == member; });
  return it == answers_.end() ? nullptr : &*it;
}

ReadAnswers::Answer* ReadAnswers::AwaitedOf(MemberKey member) {
  for (Answer& answer : answers_) {
    if (answer.member == member && answer.state == State::kWaiting) return &answer;
  }
  return nullptr;
}

RecordRef ReadAnswers::Newest() const {
  RecordRef newest;
  for (const Answer& answer : answers_) {
    if (!answer.record) continue;
    if (!newest || CompareRecords(answer.record.view(), newest.view()) > 0) newest = answer.record;
  }
  return newest;
}

void ReadAnswers::OnReply(MemberKey from, const ReadReply& reply, LearnTicket wait_for) {
  Answer* answer = AwaitedOf(from);
  if (answer == nullptr) return;
  answer->record = reply.record;
  answer->wait_for = wait_for;
  switch (reply.outcome) {
    case ReadOutcome::kInSync:
      answer->state = State::kInSync;
      break;
    case ReadOutcome::kNotInSync:
      answer->state = State::kNotInSync;
      break;
    case ReadOutcome::kNotStoring:
      answer->state = State::kFailed;
      break;
  }
}

void ReadAnswers::OnFailed(MemberKey from) {
  Answer* answer = AwaitedOf(from);
  if (answer != nullptr) answer->state = State::kFailed;
}

void ReadAnswers::OnLearned(LearnTicket ticket) {
  for (Answer& answer : answers_) {
    if (answer.wait_for == ticket) answer.wait_for = 0;
  }
}

void ReadAnswers::BelieveOnly(const std::vector<MemberKey>& owners) {
  for (Answer& answer : answers_) {
    if (answer.state != State::kInSync || answer.wait_for != 0) continue;
    if (std::find(owners.begin(), owners.end(), answer.member) != owners.end()) continue;
    answer.state = State::kNotInSync;
  }
}

}  // namespace vf
