#include "node/replication/passed_over.h"

#include <algorithm>

#include "base/check.h"

namespace vf {

PassedOver::Noter* PassedOver::Find(MemberKey member) {
  const auto it = std::find_if(noters_.begin(), noters_.end(),
                               [&](const Noter& noter) { return noter.member == member; });
  return it == noters_.end() ? nullptr : &*it;
}

bool PassedOver::MayAnswer(TimePoint now, const std::vector<MemberKey>& behind,
                           const std::vector<MemberKey>& stored, Sends& sends) {
  if (behind.empty()) return true;
  VF_CHECK(!stored.empty(), "an answer without anybody who stored the write");
  holder_ = stored.front();
  bool all_told = true;
  for (const MemberKey member : behind) {
    const auto told =
        std::find_if(told_.begin(), told_.end(), [&](const Told& t) { return t.member == member; });
    if (told != told_.end()) {
      all_told = all_told && told->over;
      continue;
    }
    told_.push_back({member});
    sends.tell.push_back(member);
    patience_ends_ = now + config_.patience;
    all_told = false;
  }

  // Notes about more than these are as good.
  const bool more = std::any_of(behind.begin(), behind.end(), [&](MemberKey member) {
    return std::find(behind_.begin(), behind_.end(), member) == behind_.end();
  });
  const bool retry = retry_at_ <= now;
  for (Noter& noter : noters_) {
    if (more || (retry && noter.note == Note::kFailed)) noter.note = Note::kToAsk;
  }
  if (more) behind_ = behind;
  if (more || retry) retry_at_ = kNever;
  bool noted = false;
  bool waiting = false;
  for (const MemberKey member : stored) {
    Noter* noter = Find(member);
    if (noter == nullptr) noter = &noters_.emplace_back(Noter{member});
    if (noter->note == Note::kToAsk) {
      noter->note = Note::kAsked;
      ++noter->unanswered;
      sends.note_to.push_back(member);
    }
    noted = noted || noter->note == Note::kNoted;
    waiting = waiting || noter->note == Note::kAsked;
  }
  if (noted) return all_told || now >= patience_ends_;
  if (!waiting && retry_at_ == kNever) retry_at_ = now + config_.retry;
  return false;
}

void PassedOver::OnNoted(MemberKey from) {
  Noter* noter = Find(from);
  if (noter == nullptr || noter->note != Note::kAsked) return;
  if (--noter->unanswered == 0) noter->note = Note::kNoted;
}

void PassedOver::OnTold(MemberKey from) {
  for (Told& told : told_) told.over = told.over || told.member == from;
}

void PassedOver::OnFailed(MemberKey from) {
  OnTold(from);
  Noter* noter = Find(from);
  if (noter == nullptr || noter->note != Note::kAsked) return;
  noter->note = Note::kFailed;
  noter->unanswered = 0;
}

TimePoint PassedOver::NextDeadline(TimePoint now) const {
  TimePoint next = kNever;
  if (patience_ends_ > now) next = std::min(next, patience_ends_);
  if (retry_at_ > now) next = std::min(next, retry_at_);
  return next;
}

}  // namespace vf
