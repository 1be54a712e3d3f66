// A Replicator without storage whose peers are played by the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "node/replication/replicator.h"
#include "tests/support/test_views.h"

namespace vf {

inline constexpr MemberKey kTestFrontend = 9999;

class TestFrontend {
 public:
  explicit TestFrontend(const std::vector<MemberRecord>& members, ReplicatorConfig config = {},
                        int replicas = 3)
      : views(kTestFrontend, replicas), replicator(config, nullptr, views, clock, Rng(1)) {
    views.Set(members, now);
  }

  Partition partition() const {
    return PartitionOf(HashKey(key), views.view()->partition_digits());
  }
  std::vector<MemberKey> owners() const { return views.view()->ListOf(partition()).owners; }
  // The fallbacks in order.
  std::vector<MemberKey> fallbacks() const {
    std::vector<MemberKey> members;
    const PartitionList& list = views.view()->ListOf(partition());
    for (const MemberKey m : views.view()->PreferenceOf(partition())) {
      if (!list.IsOwner(m) && !list.IsJoining(m)) members.push_back(m);
    }
    return members;
  }

  void Write(AcksWanted acks = {}) {
    replicator.StartWrite(now, wall, ++operations, {.key = key, .value = "value"}, acks);
    Drain();
  }
  void Read() {
    replicator.StartRead(now, wall, ++operations, key);
    Drain();
  }

  // Members with a request that they have not answered, in the order of sending.
  std::vector<MemberKey> asked() const {
    std::vector<MemberKey> members;
    for (const PeerSend& send : open) members.push_back(send.to);
    return members;
  }
  bool IsAsked(MemberKey member) const {
    const std::vector<MemberKey> members = asked();
    return std::find(members.begin(), members.end(), member) != members.end();
  }
  PeerSend Take(MemberKey member) {
    const auto it = std::find_if(open.begin(), open.end(),
                                 [&](const PeerSend& send) { return send.to == member; });
    if (it == open.end()) {
      ADD_FAILURE() << "nothing was sent to " << member;
      return {};
    }
    PeerSend send = std::move(*it);
    open.erase(it);
    return send;
  }

  StoreReply AnswerTo(const StoreRequest& request, StoreOutcome outcome, bool in_sync) const {
    StoreReply reply;
    reply.request = request.request;
    reply.outcome = outcome;
    reply.in_sync = in_sync;
    if (outcome == StoreOutcome::kSuperseded || outcome == StoreOutcome::kTied) {
      reply.winner = {request.record.version().value + 1000};
    }
    return reply;
  }
  void Stored(MemberKey member, bool in_sync = true, OtherList list = {}) {
    const PeerSend send = Take(member);
    StoreReply reply =
        AnswerTo(std::get<StoreRequest>(send.request), StoreOutcome::kStored, in_sync);
    reply.list = std::move(list);
    Reply(member, reply);
  }
  void Outcome(MemberKey member, StoreOutcome outcome) {
    const PeerSend send = Take(member);
    Reply(member, AnswerTo(std::get<StoreRequest>(send.request), outcome, true));
  }
  // A replica takes note of the owners that lack the write.
  void Noted(NoteOutcome outcome = NoteOutcome::kNoted) {
    const auto it = std::find_if(open.begin(), open.end(), [](const PeerSend& send) {
      return std::holds_alternative<NoteRequest>(send.request);
    });
    ASSERT_NE(it, open.end()) << "nobody is to note anything";
    const MemberKey member = it->to;
    note = std::get<NoteRequest>(it->request);
    open.erase(it);
    Reply(member, NoteReply{note.request, outcome, {}});
  }
  // `member` says that it knows that it is behind.
  void Knows(MemberKey member) {
    const auto it = std::find_if(open.begin(), open.end(), [&](const PeerSend& send) {
      return send.to == member && std::holds_alternative<BehindRequest>(send.request);
    });
    ASSERT_NE(it, open.end()) << member << " was not told";
    behind = std::get<BehindRequest>(it->request);
    open.erase(it);
    Reply(member, BehindReply{behind.request});
  }
  void Answer(MemberKey member, ReadOutcome outcome, RecordRef record = {}, OtherList list = {}) {
    const PeerSend send = Take(member);
    Reply(member, ReadReply{std::get<ReadRequest>(send.request).request, outcome, std::move(record),
                            std::move(list)});
  }
  void Reply(MemberKey from, const PeerReply& reply) {
    replicator.OnReply(now, wall, from, reply);
    Drain();
  }
  void Fail(MemberKey member, PeerFailure failure = PeerFailure::kRefused) {
    std::erase_if(open, [&](const PeerSend& send) { return send.to == member; });
    replicator.OnPeerFailure(now, wall, member, failure);
    Drain();
  }
  void SetMembers(const std::vector<MemberRecord>& members) {
    views.Set(members, now, now);
    replicator.OnViewChanged(now, wall);
    Drain();
  }
  // What a member with these records answers as its list.
  OtherList ListFrom(const std::vector<MemberRecord>& members) const {
    const SharedClusterView other = views.Other(members, now);
    return {other->ListOf(partition()).hash, other->RecordsOf(now, partition())};
  }
  void Learned(const std::vector<MemberRecord>& members) {
    ASSERT_FALSE(learn.empty());
    const LearnTicket ticket = learn.front().ticket;
    learn.erase(learn.begin());
    views.Set(members, now, now);
    replicator.OnLearned(now, wall, ticket);
    Drain();
  }

  void Advance(Duration duration) {
    const TimePoint until = now + duration;
    while (replicator.NextDeadline() <= until) {
      ASSERT_GT(replicator.NextDeadline(), now) << "a deadline has passed";
      now = replicator.NextDeadline();
      replicator.OnTimer(now, wall);
      Drain();
    }
    now = until;
  }

  void Drain() {
    ReplicatorOutputs out;
    replicator.TakeOutputs(out);
    for (PeerSend& send : out.sends) {
      if (std::holds_alternative<ListNotice>(send.request)) {
        notices.push_back(send.to);
      } else {
        open.push_back(std::move(send));
      }
    }
    for (ReplicatorOutputs::Done& done : out.done) results.push_back(std::move(done.result));
    for (LearnWish& wish : out.learn) learn.push_back(std::move(wish));
    for (const ReplicaLoad::Report& report : out.reports) {
      reports.push_back(report.member);
      complaints.push_back(report.complaint);
    }
  }
  bool IsDone() const { return !results.empty(); }
  OperationStatus status() const { return results.at(0).status; }

  const std::string key = "apple";
  TimePoint now = TimePoint(hours(1));
  WallTime wall{1'700'000'000'000};
  TestViews views;
  HybridClock clock;
  Replicator replicator;
  OperationId operations = 0;
  std::vector<PeerSend> open;
  std::vector<OperationResult> results;
  std::vector<LearnWish> learn;
  std::vector<MemberKey> notices;
  std::vector<MemberKey> reports;
  std::vector<Complaint> complaints;  // of each of these
  NoteRequest note;                   // the last that was answered
  BehindRequest behind;               // the same
};

}  // namespace vf
