#include "node/replication/handoff.h"

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "node/replication/pass_messages.h"

namespace vf {
namespace {

// Where nobody else can own, it has to stay.
bool IsToBeEmptied(const ClusterView& view) {
  const ViewMember* self = view.Find(view.self());
  return self != nullptr && self->draining && !self->owns;
}

}  // namespace

void HandoffOutputs::Clear() {
  sends.clear();
  learn.clear();
  drops.clear();
  emptied = false;
}

void Handoff::OnViewChanged(TimePoint now) {
  const ClusterView& view = views_.Current();
  if (!view.joined()) return;
  if (course_ && (view.ListOf(course_->partition).hash != course_->list_hash ||
                  !view.IsReachable(course_->to_ask.back()))) {
    course_.reset();
  }
  next_look_ = std::min(next_look_, now + config_.look_after_change);
  Advance(now, view);
}

void Handoff::Look(TimePoint now, const ClusterView& view) {
  next_look_ = now + config_.look;
  queue_.clear();
  undelivered_ = 0;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    if (view.ListOf(p).HasPlace(view.self())) continue;
    const std::uint64_t records = copies_.store.RecordCount(p);
    if (records == 0) continue;
    undelivered_ += records;
    if (VF_PLANTED(kLeftUnemptied) && IsToBeEmptied(view)) continue;
    if (!course_ || course_->partition != p) queue_.push_back(p);
  }
}

void Handoff::CloseEmptied(const ClusterView& view) {
  if (emptied_ || course_ || !IsToBeEmptied(view)) return;
  bool all = true;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    if (!copies_.store.Close(p)) all = false;
  }
  emptied_ = outputs_.emptied = all || VF_PLANTED(kLeftUnemptied);
}

void Handoff::Advance(TimePoint now, const ClusterView& view) {
  while (!course_ && !queue_.empty()) {
    const Partition partition = queue_.front();
    queue_.pop_front();
    if (Begin(view, partition)) AskNextOwner(now, view);
  }
}

// Whether it could begin: everybody who has to confirm can be asked.
bool Handoff::Begin(const ClusterView& view, Partition partition) {
  const PartitionList& list = view.ListOf(partition);
  if (list.HasPlace(view.self()) || list.owners.empty()) return false;
  std::vector<MemberKey> to_ask = list.owners;
  to_ask.insert(to_ask.end(), list.joining.begin(), list.joining.end());
  if (VF_PLANTED(kDroppedAfterOneOwner)) {
    std::erase_if(to_ask, [&](MemberKey member) { return !view.IsReachable(member); });
    if (to_ask.empty()) return false;
    to_ask.erase(to_ask.begin() + 1, to_ask.end());
  }
  const bool all = std::all_of(to_ask.begin(), to_ask.end(),
                               [&](MemberKey member) { return view.IsReachable(member); });
  if (!all) return false;
  Course& course = course_.emplace();
  course.partition = partition;
  course.list_hash = list.hash;
  course.digest = copies_.store.Digest(partition);
  course.to_ask = std::move(to_ask);
  return true;
}

void Handoff::AskNextOwner(TimePoint now, const ClusterView& view) {
  course_->pass =
      std::make_unique<PartitionSync>(SyncLimits(), view.partition_digits(), copies_.store,
                                      course_->partition, PartitionSync::Direction::kGiveOnly);
  Ask(now, view);
}

void Handoff::Ask(TimePoint now, const ClusterView& view) {
  Course& course = *course_;
  course.request = 0;
  course.give_up = now + config_.answer_timeout;
  SendRequest(now, view);
}

// If its time has come.
void Handoff::SendRequest(TimePoint now, const ClusterView& view) {
  if (!course_ || course_->request != 0 || !pace_.MayGo(now)) return;
  Course& course = *course_;
  if (view.ListOf(course.partition).hash != course.list_hash) {
    course_.reset();
    return;
  }
  course.request = kRequestBit | ++requests_;
  pace_.OnSent(now, course.pass->compares());
  AddPassRequest(outputs_.sends, course.to_ask.back(), course.request, course.list_hash,
                 *course.pass);
}

void Handoff::Finish(TimePoint now) {
  const Course& course = *course_;
  // What came meanwhile has to be given first.
  if (copies_.store.Digest(course.partition) == course.digest) {
    undelivered_ -= std::min(undelivered_, copies_.store.RecordCount(course.partition));
    outputs_.drops.push_back({course.partition, course.digest});
  }
  course_.reset();
  // Nobody waits a whole look for a process that has nothing left.
  if (queue_.empty() && IsToBeEmptied(views_.Current())) {
    next_look_ = std::min(next_look_, now + config_.look_after_change);
  }
}

void Handoff::OnReply(TimePoint now, MemberKey from, const SyncReply& reply) {
  const RequestId request = RequestOf(reply);
  if (!course_ || course_->request != request || course_->to_ask.back() != from) return;
  Course& course = *course_;
  pace_.OnReply(now, reply);
  course.pass->OnReply(reply);
  const ClusterView& view = views_.Current();
  switch (course.pass->state()) {
    case PartitionSync::State::kAsking:
      Ask(now, view);
      break;
    case PartitionSync::State::kComplete:
      course.to_ask.pop_back();
      if (course.pass->peer_is_full() || view.ListOf(course.partition).hash != course.list_hash) {
        course_.reset();  // It is tried again at the next look.
      } else if (course.to_ask.empty()) {
        Finish(now);
      } else {
        AskNextOwner(now, view);
      }
      break;
    case PartitionSync::State::kFailed: {
      const OtherList& list = OtherListOf(reply);
      if (list.differs()) agreement_.OnOtherList(now, view, from, course.partition, list);
      course_.reset();
      break;
    }
  }
  Advance(now, view);
}

void Handoff::OnPeerFailure(TimePoint now, MemberKey member) {
  if (!course_ || course_->to_ask.back() != member) return;
  course_.reset();
  Advance(now, views_.Current());
}

void Handoff::OnLearned(TimePoint now, LearnTicket ticket) {
  agreement_.OnLearned(now, views_.Current(), ticket);
}

void Handoff::OnTimer(TimePoint now) {
  const ClusterView& view = views_.Current();
  if (course_ && course_->give_up <= now) course_.reset();
  SendRequest(now, view);
  if (next_look_ <= now) {
    Look(now, view);
    CloseEmptied(view);
  }
  Advance(now, view);
}

TimePoint Handoff::NextDeadline() const {
  if (!course_) return next_look_;
  const TimePoint step = course_->request == 0 ? pace_.next() : course_->give_up;
  return std::min(next_look_, step);
}

void Handoff::TakeOutputs(HandoffOutputs& out) {
  agreement_.TakeOutputs(outputs_.learn, outputs_.sends);
  std::swap(out, outputs_);
  outputs_.Clear();
}

}  // namespace vf
