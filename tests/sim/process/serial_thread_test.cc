#include "tools/cluster-sim/process/serial_thread.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vf::sim {
namespace {

class TestThread : EventHandler, SerialThreadOwner {
 public:
  TestThread() {
    loop.SetHandler(EventKind::kThreadTimer, *this);
    loop.SetHandler(EventKind::kThreadTurn, *this);
  }
  void RunAt(Duration at, const std::string& name) {
    loop.Call(kRunStart + at, [this, name] { thread.Run([this, name] { Note(name); }); });
  }
  void At(Duration at, std::function<void()> call) { loop.Call(kRunStart + at, std::move(call)); }
  std::vector<std::string> RunAll() {
    loop.RunUntil(kRunStart + seconds(100));
    return notes;
  }

  Loop loop;
  SerialThread thread{loop, 0, ThreadName::kData, *this};
  std::vector<std::string> notes;

 private:
  void Note(const std::string& what) {
    notes.push_back(what + "@" + std::to_string(ToMilliseconds(Duration(loop.sim_now()))));
  }
  void OnEvent(const Event& event) override {
    if (event.kind == static_cast<std::uint32_t>(EventKind::kThreadTimer)) {
      thread.OnTimerEvent();
    } else {
      thread.OnTurnEvent();
    }
  }
  void OnThreadTimer() override { Note("timer"); }
  void AfterTurn() override {}
};

using Notes = std::vector<std::string>;

TEST(SerialThreadTest, RunsAtOnceWhenNothingIsInTheWay) {
  TestThread t;
  t.RunAt(milliseconds(1), "a");
  t.RunAt(milliseconds(1), "b");
  EXPECT_EQ(t.RunAll(), (Notes{"a@1", "b@1"}));
}

TEST(SerialThreadTest, ASlowTurnDelaysWhatComesMeanwhileWhichSharesTheNextOne) {
  TestThread t;
  t.thread.SetTurnCost(milliseconds(10));
  t.RunAt(milliseconds(1), "a");
  t.RunAt(milliseconds(2), "b");
  t.RunAt(milliseconds(3), "c");
  t.RunAt(milliseconds(20), "d");
  EXPECT_EQ(t.RunAll(), (Notes{"a@1", "b@11", "c@11", "d@21"}));
}

TEST(SerialThreadTest, PausedItKeepsTheOrderAndItsTimerFiresOnceAfterwards) {
  TestThread t;
  t.At(milliseconds(0), [&] { t.thread.ArmTimer(kRunStart + milliseconds(5)); });
  t.At(milliseconds(1), [&] { t.thread.Pause(); });
  t.RunAt(milliseconds(2), "a");
  t.RunAt(milliseconds(9), "b");
  t.At(milliseconds(30), [&] { t.thread.Resume(); });
  t.RunAt(milliseconds(31), "c");
  EXPECT_EQ(t.RunAll(), (Notes{"a@30", "b@30", "timer@30", "c@31"}));
}

TEST(SerialThreadTest, TheTimerFiresAtTheEarliestMomentThatWasAskedFor) {
  TestThread t;
  t.thread.ArmTimer(kRunStart + milliseconds(50));
  t.thread.ArmTimer(kRunStart + milliseconds(20));
  t.thread.ArmTimer(kRunStart + milliseconds(30));
  EXPECT_EQ(t.RunAll(), (Notes{"timer@20"}));
}

TEST(SerialThreadTest, WhatATurnAsksForRunsInTheNextOne) {
  TestThread t;
  t.At(milliseconds(1), [&] {
    t.thread.Run([&] {
      t.thread.Run([&] { t.notes.push_back("inner"); });
      t.notes.push_back("outer");
    });
  });
  EXPECT_EQ(t.RunAll(), (Notes{"outer", "inner"}));
}

}  // namespace
}  // namespace vf::sim
