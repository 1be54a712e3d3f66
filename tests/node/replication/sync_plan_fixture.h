// One SyncPlan whose peers the test plays.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/hash64.h"
#include "node/replication/sync_plan.h"
#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {

struct SyncPlanFixture {
  explicit SyncPlanFixture(const std::vector<MemberRecord>& members, SyncConfig config = {},
                           std::uint64_t max_memory_bytes = UINT64_MAX,
                           std::vector<KeptHolders> remembered = {})
      : views(1, 3, 1),
        store({.partition_count = 16, .max_memory_bytes = max_memory_bytes}),
        states(16),
        copies{store, states, nullptr, &clients},
        plan(config, copies, views, Rng(1)) {
    plan.Remember(std::move(remembered));
    Show(members);
  }
  void Show(const std::vector<MemberRecord>& members) {
    views.Set(members, now);
    plan.OnViewChanged(now);
    Drain();
  }
  void Drain() {
    SyncOutputs out;
    plan.TakeOutputs(out);
    for (PeerSend& send : out.sends) {
      if (!std::holds_alternative<ListNotice>(send.request)) open.push_back(std::move(send));
    }
    for (LearnWish& wish : out.learn) learn.push_back(std::move(wish));
    if (out.ready) ready = std::move(out.ready);
    in_sync.insert(in_sync.end(), out.in_sync.begin(), out.in_sync.end());
    for (KeptHolders& holders : out.kept) kept[holders.partition] = std::move(holders.holders);
  }
  const CompareRequest& RequestOf(std::size_t i) const {
    return std::get<CompareRequest>(open[i].request);
  }
  void Reply(MemberKey from, const SyncReply& reply) {
    plan.OnReply(now, from, reply);
    Drain();
  }
  static CompareReply Equal(RequestId request) {
    CompareReply reply;
    reply.request = request;
    reply.equal = true;
    return reply;
  }
  // Answers what was asked first: the copies are equal.
  void AnswerFirst(bool in_sync_there = false) {
    const PeerSend send = open.front();
    open.erase(open.begin());
    CompareReply reply = Equal(std::get<CompareRequest>(send.request).request);
    reply.in_sync = in_sync_there;
    Reply(send.to, reply);
  }
  // The same, but the peer has these records, and nothing is here yet.
  void AnswerFirstWith(const std::vector<RecordRef>& records) {
    const PeerSend compared = open.front();
    open.erase(open.begin());
    CompareReply reply;
    reply.request = std::get<CompareRequest>(compared.request).request;
    for (const RecordRef& record : records) {
      reply.buckets[BucketOf(Hash64(AsBytes(record.key())))] ^= record.hash();
    }
    Reply(compared.to, reply);
    AnswerPull(records, /*last=*/true);
  }
  // Answers what was asked last, with a page.
  void AnswerPull(const std::vector<RecordRef>& records, bool last) {
    const PeerSend pulled = open.back();
    open.pop_back();
    PullReply page;
    page.request = std::get<PullRequest>(pulled.request).request;
    page.records = records;
    page.last = last;
    page.next = std::get<PullRequest>(pulled.request).from + 1;
    Reply(pulled.to, page);
  }
  void AnswerAll(bool in_sync_there = false) {
    for (int i = 0; i < 10'000 && !open.empty(); ++i) AnswerFirst(in_sync_there);
  }
  void Advance(Duration duration) {
    const TimePoint until = now + duration;
    while (plan.NextDeadline() <= until) {
      now = plan.NextDeadline();
      plan.OnTimer(now);
      Drain();
    }
    now = until;
  }
  int InSync() const {
    int count = 0;
    for (Partition p = 0; p < 16; ++p) count += states.IsInSync(p) ? 1 : 0;
    return count;
  }

  TimePoint now = TimePoint(hours(1));
  TestViews views;
  MemoryEngine store;
  CopyStates states;
  ClientWatch clients;
  LocalCopies copies;
  SyncPlan plan;
  std::vector<PeerSend> open;
  std::vector<LearnWish> learn;
  std::vector<CopyInSync> in_sync;
  std::map<Partition, std::vector<MemberKey>> kept;
  std::optional<std::vector<MemberKey>> ready;
};

inline std::string KeyOf(Partition partition, std::string begin) {
  for (int i = 0;; ++i) {
    std::string key = begin + std::to_string(i);
    if (PartitionOf(HashKey(key), 1) == partition) return key;
  }
}

inline SyncConfig Passes(std::size_t most) {
  SyncConfig config;
  config.max_passes = most;
  return config;
}

inline MemberRecord Joiner() { return TestMemberInPhase(1, Phase::kSyncing); }

}  // namespace vf
