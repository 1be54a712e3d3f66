// SwimCore: spreading what is new about members. See swim_core.h.
#pragma once

#include <algorithm>
#include <utility>

#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
void SwimCore<Table>::Spread(TimePoint now, const Update& update, Urgency urgency, MemberKey source,
                             bool free_of_charge) {
  if (IsSilent()) return;
  // Everybody is done with a member that flaps; what it does next may take its time.
  const bool idle = flaps_.IsDegraded(SubjectOf(update));
  Queue(now, update, urgency, source, free_of_charge, idle);
  if (!idle) PushSoon(SubjectOf(update), now + config_.push_window);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SpreadNewcomer(TimePoint now, const MemberRecord& newcomer,
                                     MemberKey source) {
  if (IsSilent()) return;
  Queue(now, Alive{newcomer}, Urgency::kLife, source, false, false);
  newcomers_.Add(now, newcomer.key());
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Queue(TimePoint now, const Update& update, Urgency urgency, MemberKey source,
                            bool free_of_charge, bool idle) {
  queue_.Put({SubjectOf(update), source, urgency, free_of_charge, idle, EncodeUpdate(update)});
  counters_.queue_peak = std::max<std::uint64_t>(counters_.queue_peak, queue_.size());
  if (repair_at_ == kNever && queue_.presses()) repair_at_ = now + config_.repair_interval;
}

template <MemberTablePolicy Table>
void SwimCore<Table>::PushSoon(MemberKey subject, TimePoint when) {
  if (std::find(fresh_.begin(), fresh_.end(), subject) == fresh_.end()) fresh_.push_back(subject);
  push_at_ = std::min(push_at_, when);
}

// News at first sight: to a few random members, not back to who told it. What is most urgent goes
// first, and takes what is left of the bucket.
template <MemberTablePolicy Table>
void SwimCore<Table>::PushFresh(TimePoint now) {
  push_at_ = kNever;
  std::vector<const QueuedUpdate*> updates;
  for (const MemberKey subject : fresh_) {
    if (const QueuedUpdate* update = queue_.Find(subject)) updates.push_back(update);
  }
  fresh_.clear();
  std::stable_sort(
      updates.begin(), updates.end(),
      [](const QueuedUpdate* a, const QueuedUpdate* b) { return a->urgency < b->urgency; });
  std::erase_if(updates,
                [&](const QueuedUpdate* u) { return !u->free_of_charge && !TakeTokens(now, 1); });
  if (updates.empty()) return;
  const MemberKey source = updates.front()->source;
  const bool one_source = std::all_of(updates.begin(), updates.end(),
                                      [&](const QueuedUpdate* u) { return u->source == source; });
  const auto wanted = [&](const Member& member) {
    return !one_source || member.record.key() != source;
  };
  for (const MemberKey key :
       table_.SampleLive(rng_, static_cast<std::size_t>(config_.push_fanout), wanted)) {
    const MemberRecord& target = table_.Find(key)->record;
    const Endpoint to = target.endpoint;
    DatagramBuilder builder = NewDatagram();
    for (const QueuedUpdate* update : updates) {
      if (update->source == key) continue;
      if (builder.empty()) TellAccused(builder, target);
      if (builder.AddUpdate(update->bytes)) continue;
      Emit(to, builder);
      ++counters_.pushes;
      builder = NewDatagram();
      builder.AddUpdate(update->bytes);
    }
    if (builder.empty()) continue;
    Emit(to, builder);
    ++counters_.pushes;
  }
}

// What the pushes missed.
template <MemberTablePolicy Table>
void SwimCore<Table>::Repair(TimePoint now) {
  repair_at_ = now + config_.repair_interval;
  const std::vector<MemberKey> targets =
      table_.SampleLive(rng_, static_cast<std::size_t>(config_.repair_fanout), kAnybody);
  bool sent = false;
  for (const MemberKey key : targets) {
    DatagramBuilder builder = NewDatagram();
    queue_.Offer(MaxSends(), [&](const QueuedUpdate& update) {
      if (update.source == key) return UpdateQueue::Answer::kNotForMe;
      if (builder.empty()) TellAccused(builder, table_.Find(key)->record);
      return builder.AddUpdate(update.bytes) ? UpdateQueue::Answer::kTaken
                                             : UpdateQueue::Answer::kStop;
    });
    if (builder.empty()) continue;
    Emit(table_.Find(key)->record.endpoint, builder);
    sent = true;
  }
  // Nobody is left but those who told us.
  if (!sent) queue_.Clear();
  if (!queue_.presses()) repair_at_ = kNever;
}

// Newcomers and ready nodes go to the frontends directly, beside the epidemic, on pings whose acks
// confirm them: those that do nothing else first, then storage nodes, which serve clients too. A
// ready node also tells the controllers, which pass it on in the same way. Half of the bucket stays
// for the epidemic, which reaches everybody.
template <MemberTablePolicy Table>
void SwimCore<Table>::PushToFrontends(TimePoint now, MemberKey subject) {
  enum class Kind { kController, kFrontendOnly, kStorage };
  std::vector<MemberKey> targets;
  const auto add = [&](Kind kind, std::size_t at_most) {
    const auto wanted = [subject, kind](const Member& member) {
      const MemberRecord& r = member.record;
      if (r.key() == subject || r.state != MemberState::kAlive) return false;
      if (r.IsStorage()) return kind == Kind::kStorage;
      if ((r.roles & kRoleFrontend) != 0) return kind == Kind::kFrontendOnly;
      return kind == Kind::kController && (r.roles & kRoleController) != 0;
    };
    for (const MemberKey key : table_.SampleLive(rng_, at_most, wanted)) targets.push_back(key);
  };
  add(Kind::kFrontendOnly, kMaxDirectFrontends);
  add(Kind::kStorage, kMaxDirectFrontends - targets.size());
  if (subject == self_.key()) add(Kind::kController, kMaxControllers);
  for (const MemberKey key : targets) {
    if (!TakeTokens(now, 1, config_.push_burst / 2)) return;
    direct_.Add(now, key, subject, false, next_seq_++);
  }
}

template <MemberTablePolicy Table>
void SwimCore<Table>::Introduce(TimePoint now, MemberKey newcomer) {
  const Member* member = table_.Find(newcomer);
  if (member == nullptr || !member->record.IsLive()) return;
  if (member->verified) return PushToFrontends(now, newcomer);
  BeginProbe(now, newcomer);
  if (std::find(introduced_.begin(), introduced_.end(), newcomer) != introduced_.end()) return;
  if (introduced_.size() >= kMaxIntroduced) introduced_.erase(introduced_.begin());
  introduced_.push_back(newcomer);
}

// A member that was dead here is alive again, or one that flapped is used again. It need not know:
// it refuted the suspicion before, and nobody heard that in time. Until now requests have gone past
// it, so it must not trust what it compared with others meanwhile.
template <MemberTablePolicy Table>
void SwimCore<Table>::TellReturned(TimePoint now, MemberKey member) {
  direct_.Add(now, member, member, /*stubborn=*/true, next_seq_++);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::SendDirectPushes(TimePoint now) {
  for (const DirectPush& push : direct_.TakeDue(now, Rto())) {
    const Member* target = table_.Find(push.target);
    const MemberRecord* subject = table_.FindRecord(push.subject);
    if (target == nullptr || subject == nullptr || !target->record.IsLive()) {
      direct_.DropTarget(push.target);
      continue;
    }
    if (subject->state != MemberState::kAlive) continue;  // Other news, which spreads by itself.
    const Endpoint to = target->record.endpoint;
    DatagramBuilder builder = NewDatagram();
    builder.Add(MakePing(push.seq, target->record));
    if (push.subject == push.target) {
      // The death that it has just outlived: of any incarnation below the present one.
      builder.AddUpdate(EncodeUpdate(Dead{subject->key(), Boot32(subject->boot),
                                          std::max(subject->incarnation, 1U) - 1, self_.key(),
                                          DeathReason::kTimeout, 0}));
    } else {
      const bool own = push.subject == self_.key() && pending_phase_.has_value();
      builder.AddUpdate(EncodeUpdate(Statement(own ? *pending_phase_ : *subject)));
    }
    Emit(to, builder);
    // It does not answer: is it there at all? Then nobody has to wait for it.
    if (push.stubborn && push.sends > config_.direct_retries) BeginProbe(now, push.target);
  }
}

// Accusations about members that we do not know (yet) are not ours to judge, but others may know.
// Each forwards each of them once, so what is remembered of it must outlast a mass restart, when
// all speak of former lives that nobody new knows; storm control stops what it does not.
template <MemberTablePolicy Table>
void SwimCore<Table>::ForwardOnce(const Update& update, std::uint32_t boot32,
                                  std::uint32_t incarnation) {
  if (!joined_ || IsSilent()) return;
  if (!forwarded_.Add(
          {SubjectOf(update), (std::uint64_t{boot32} << 32) | incarnation, update.index()})) {
    return;
  }
  if (!TakeTokens(now_, 1, config_.push_burst / 2)) return Count(DropReason::kOverload);
  for (const MemberKey key :
       table_.SampleLive(rng_, static_cast<std::size_t>(config_.push_fanout), kAnybody)) {
    SendUpdate(table_.Find(key)->record.endpoint, update);
  }
}

}  // namespace vf
