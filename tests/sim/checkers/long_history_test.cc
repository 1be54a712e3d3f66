// What a store that makes no mistakes leaves behind, in numbers; and one mistake in the middle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::IsEmpty;

constexpr int kOperations = 60'000;
constexpr int kHotKeys = 2;  // with tens of thousands of operations each
constexpr double kStep = 0.001;

// One operation after another, each seen by the next; three processes hold what was written last.
MadeHistory LongHistory() {
  MadeHistory made;
  made.Start(3);
  std::optional<SeenRecord> now[kHotKeys];
  for (int i = 0; i < kOperations; ++i) {
    const double began = 2 + i * kStep;
    const double ended = began + kStep / 2;
    const int hot = i % kHotKeys;
    const std::uint64_t version = WallMs(began) << 16;
    const std::string value = "value" + std::to_string(i);
    Operation* operation = nullptr;
    if (i % 7 < 2) {
      now[hot] = Value(value, version);
      operation = &made.Write(value, version, began, ended);
    } else if (i % 7 == 2) {
      now[hot] = Tombstone(version);
      operation = &made.Delete(version, began, ended);
    } else if (now[hot] && !now[hot]->tombstone) {
      operation = &made.Read(now[hot]->value, now[hot]->version, began, ended);
    } else {
      operation = &made.ReadNothing(began, ended);
    }
    operation->key = "k" + std::to_string(hot);
    if (i % 100 == 0) {
      for (ProcessNumber process = 0; process < 3; ++process) {
        made.Sample(ended, process, now[hot]).key = "k" + std::to_string(hot);
      }
    }
  }
  for (int hot = 0; hot < kHotKeys; ++hot) {
    for (ProcessNumber process = 0; process < 3; ++process) {
      made.history.final_copies.push_back(
          {process, "k" + std::to_string(hot), true, true, now[hot]});
    }
  }
  made.Divergence(100, 0);
  for (const ProcessNumber process : {0U, 1U, 2U}) made.View(process, {0, 1, 2});
  return made;
}

// With scans of a key for each of its operations this would take minutes.
TEST(LongHistoryTest, NoCheckerFindsAnything) {
  EXPECT_THAT(Texts(Judge(LongHistory().history)), IsEmpty());
}

TEST(LongHistoryTest, OneStaleReadIsFoundByItsCheckerAlone) {
  MadeHistory made = LongHistory();
  Operation* read = nullptr;
  for (Operation& operation : made.history.operations) {
    if (operation.began < At(30) || !operation.found || operation.key != "k0") continue;
    read = &operation;
    break;
  }
  ASSERT_NE(read, nullptr);
  read->value = "value0";
  read->version = WallMs(2) << 16;
  const Verdict verdict = Judge(made.history);
  ASSERT_EQ(verdict.violations.size(), 1U);
  EXPECT_EQ(verdict.violations[0].checker, "true_reads");
  EXPECT_EQ(verdict.violations[0].trace.size(), JudgeSpec().most_trace_lines);
}

}  // namespace
}  // namespace vf::sim
