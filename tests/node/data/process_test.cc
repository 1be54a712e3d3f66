// Whole processes in virtual time: what clients of several see of each other, while others die,
// restart, and write the same keys.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/node/data/process_world.h"

namespace vf {
namespace {

constexpr std::uint8_t kNode = kRoleStorage | kRoleMemoryOnly;

class ProcessTest : public testing::Test {
 protected:
  // Nodes at the ports from 1 on, and a frontend without storage behind them.
  void StartAll(std::uint16_t nodes) {
    for (std::uint16_t port = 1; port <= nodes; ++port) {
      processes_.push_back(&world_.Start(port, kNode));
    }
    processes_.push_back(&world_.Start(nodes + 1, kRoleFrontend));
    ASSERT_TRUE(world_.RunUntil(
        [&] {
          return std::all_of(processes_.begin(), processes_.end(),
                             [](const Process* p) { return p->IsReady(); });
        },
        seconds(30)));
  }
  Process::Answer Put(Process& at, std::string_view key, std::string_view value,
                      const WriteOptions& options = {}) {
    return AnswerTo(at, at.Put(key, value, options));
  }
  Process::Answer Get(Process& at, std::string_view key, const GetOptions& options = {}) {
    return AnswerTo(at, at.Get(key, options));
  }

  ProcessWorld world_;
  std::vector<Process*> processes_;

 private:
  Process::Answer AnswerTo(Process& at, std::size_t question) {
    EXPECT_TRUE(world_.RunUntil([&] { return at.answer(question).ended; }, seconds(5)));
    return at.answer(question);
  }
};

TEST_F(ProcessTest, WhatOneTakesEachOfThemGives) {
  StartAll(4);
  EXPECT_EQ(Get(*processes_[0], "key").status, KvStatus::kAbsent);
  EXPECT_EQ(Put(*processes_[4], "key", "value").status, KvStatus::kOk);
  for (Process* const process : processes_) {
    const Process::Answer answer = Get(*process, "key");
    EXPECT_EQ(answer.status, KvStatus::kOk);
    EXPECT_EQ(answer.value, "value");
  }
  EXPECT_GT(processes_[4]->driver().counters().remote_reads.value(), 0u);
}

TEST_F(ProcessTest, ServesOnWhileAnOwnerIsDead) {
  StartAll(4);
  world_.Crash(2);
  Process& frontend = *processes_[4];
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i);
    EXPECT_EQ(Put(frontend, key, "value").status, KvStatus::kOk);
    EXPECT_EQ(Get(frontend, key).value, "value");
  }
}

TEST_F(ProcessTest, WhatExpiresIsAbsentAtOnceAndSoonATombstoneOnEveryOwner) {
  StartAll(4);
  WriteOptions options;
  options.ttl = milliseconds(700);
  const TimePoint began = world_.now();
  EXPECT_EQ(Put(*processes_[4], "key", "value", options).status, KvStatus::kOk);
  world_.RunUntil([] { return false; }, began + milliseconds(690) - world_.now());
  for (Process* const process : processes_) EXPECT_EQ(Get(*process, "key").value, "value");
  world_.RunUntil([] { return false; }, began + milliseconds(702) - world_.now());
  for (Process* const process : processes_) {
    EXPECT_EQ(Get(*process, "key").status, KvStatus::kAbsent);
    EXPECT_EQ(Get(*process, "key", {.local = true, .r = {}}).status, KvStatus::kAbsent);
    EXPECT_EQ(Get(*process, "key", {.local = false, .r = ReplicaCount{2}}).status,
              KvStatus::kAbsent);
  }
  std::uint64_t tombstones = 0;
  for (const Process* const process : processes_) {
    const std::optional<StoreStats> stored = process->Stored();
    if (!stored) continue;
    EXPECT_EQ(stored->live_records, 0u);
    tombstones += stored->tombstones;
  }
  EXPECT_GE(tombstones, 3u) << "all owners, and whoever stood in for one";
}

TEST_F(ProcessTest, ReadsOfSeveralOwnersAnswer) {
  StartAll(4);
  EXPECT_EQ(Put(*processes_[4], "key", "value").status, KvStatus::kOk);
  for (Process* const process : processes_) {
    for (const int r : {2, 3, ReplicaCount::kAll}) {
      EXPECT_EQ(Get(*process, "key", {.local = false, .r = ReplicaCount{r}}).value, "value");
    }
    EXPECT_EQ(Get(*process, "key", {.local = false, .r = ReplicaCount{4}}).status,
              KvStatus::kBadRequest);
  }
}

// A node that was restarted is not in sync for a while, and the others learn of each step of that
// only later: they must not find themselves safe to stop meanwhile.
TEST_F(ProcessTest, WhileARestartedNodeIsNotInSyncNoOtherIsSafeToStop) {
  StartAll(3);
  for (int i = 0; i < 100; ++i) Put(*processes_[3], "key" + std::to_string(i), "value");
  Process* restarted = processes_[1];
  int refused = 0;
  int crashes = 0;
  // No answer can know of a crash that comes after it.
  const auto judge = [&](int crashes_before, const std::vector<std::string>& reasons) {
    if (!reasons.empty()) {
      ++refused;
    } else if (crashes_before == crashes) {
      EXPECT_TRUE(restarted != nullptr && restarted->IsReady() && restarted->IsInSync());
    }
  };
  const auto ask_for = [&](Duration duration) {
    for (const TimePoint end = world_.now() + duration; world_.now() < end;) {
      for (Process* const other : {processes_[0], processes_[2]}) {
        other->AskSafeToStop(
            [&, before = crashes](const auto& reasons) { judge(before, reasons); });
      }
      world_.RunUntil([] { return false; }, microseconds(100));
    }
  };
  ask_for(milliseconds(50));
  EXPECT_EQ(refused, 0) << "before";
  for (const Duration down : {milliseconds(0), milliseconds(5), milliseconds(700)}) {
    refused = 0;
    world_.Crash(2);
    ++crashes;
    restarted = nullptr;
    ask_for(down);
    restarted = &world_.Start(2, kNode);
    ask_for(seconds(2));
    EXPECT_TRUE(restarted->IsReady());
    EXPECT_GT(refused, 0);
    refused = 0;
    ask_for(milliseconds(50));
    EXPECT_EQ(refused, 0) << "and safe again";
  }
}

TEST_F(ProcessTest, OfWritesThatMeetOneIsAConflict) {
  StartAll(3);
  constexpr std::uint64_t kPairs = 50;
  for (std::uint64_t i = 1; i <= kPairs; ++i) {
    const std::size_t first = processes_[0]->Put("key", "one" + std::to_string(i), {});
    const std::size_t second = processes_[1]->Put("key", "two" + std::to_string(i), {});
    ASSERT_TRUE(world_.RunUntil(
        [&] { return processes_[0]->answer(first).ended && processes_[1]->answer(second).ended; },
        seconds(5)));
    EXPECT_EQ(processes_[0]->answer(first).status, KvStatus::kOk);
    EXPECT_EQ(processes_[1]->answer(second).status, KvStatus::kOk);
    EXPECT_EQ(processes_[0]->conflicts().count() + processes_[1]->conflicts().count(), i);
  }
  for (const int self : {0, 1}) {
    const MemberKey other = processes_[static_cast<std::size_t>(1 - self)]->key();
    for (const auto& conflict : processes_[static_cast<std::size_t>(self)]->conflicts().Last()) {
      EXPECT_EQ(conflict->key, "key");
      EXPECT_EQ(conflict->kept.frontend, other);
      EXPECT_EQ(conflict->lost.frontend, processes_[static_cast<std::size_t>(self)]->key());
      EXPECT_GE(conflict->kept.version, conflict->lost.version);
    }
  }
  EXPECT_EQ(processes_[2]->conflicts().count() + processes_[3]->conflicts().count(), 0u);
}

TEST_F(ProcessTest, WritesOneAfterAnotherAreNoConflictsWhoeverTakesThem) {
  StartAll(4);
  Rng rng(5);
  for (int i = 0; i < 400; ++i) {
    Process& frontend = *processes_[rng.Uniform(processes_.size())];
    const std::string key = "key" + std::to_string(rng.Uniform(3));
    EXPECT_EQ(Put(frontend, key, "value" + std::to_string(i)).status, KvStatus::kOk);
  }
  for (const Process* const process : processes_) EXPECT_EQ(process->conflicts().count(), 0u);
}

TEST_F(ProcessTest, WritesThatMeetInOneFrontendAreNoConflicts) {
  StartAll(3);
  for (int i = 0; i < 20; ++i) {
    for (const std::size_t at : {0u, 3u}) {
      const std::size_t first = processes_[at]->Put("key", "one", {});
      const std::size_t second = processes_[at]->Put("key", "two", {});
      ASSERT_TRUE(world_.RunUntil(
          [&] {
            return processes_[at]->answer(first).ended && processes_[at]->answer(second).ended;
          },
          seconds(5)));
    }
  }
  for (const Process* const process : processes_) EXPECT_EQ(process->conflicts().count(), 0u);
}

TEST_F(ProcessTest, AMinAcksAboveKIsRefused) {
  StartAll(3);
  Process& refused = world_.Start(9, kNode, {.min_acks = 4});
  EXPECT_TRUE(world_.RunUntil([&] { return !refused.refusal().empty(); }, seconds(10)));
  EXPECT_FALSE(refused.IsReady());
}

TEST_F(ProcessTest, TheSameNumberGivesTheSameRun) {
  std::vector<std::uint64_t> hashes;
  for (int run = 0; run < 2; ++run) {
    world_ = ProcessWorld();
    processes_.clear();
    StartAll(4);
    Put(*processes_[4], "key", "value");
    hashes.push_back(world_.trace_hash());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_NE(hashes[0], 0u);
}

}  // namespace
}  // namespace vf
