#include "node/replication/behind_notes.h"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"
#include "node/replication/codec.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

struct Fixture {
  explicit Fixture(BehindConfig config = {}) : notes(config, views) {
    views.Set({TestMember(1), TestMember(2), TestMember(3)});
  }
  void Note(Partition partition, std::vector<MemberKey> members) {
    notes.Note(now, partition, members);
    Drain();
  }
  void Drain() {
    std::vector<PeerSend> sends;
    notes.TakeOutputs(sends);
    for (PeerSend& send : sends) {
      open.emplace_back(send.to, std::get<BehindRequest>(send.request));
    }
  }
  void AnswerFirst() {
    const auto [to, request] = open.front();
    open.erase(open.begin());
    notes.OnReply(now, to, {request.request});
    Drain();
  }
  void Advance(Duration duration) {
    const TimePoint until = now + duration;
    while (notes.NextDeadline() <= until) {
      now = notes.NextDeadline();
      notes.OnTimer(now);
      Drain();
    }
    now = until;
  }

  TimePoint now{hours(1)};
  TestViews views{1};
  BehindNotes notes;
  std::vector<std::pair<MemberKey, BehindRequest>> open;
};

TEST(BehindNotesTest, TellsAtOnceWhoHoldsTheWrite) {
  Fixture f;
  f.Note(7, {2});
  ASSERT_EQ(f.open.size(), 1u);
  EXPECT_EQ(f.open[0].first, 2u);
  EXPECT_EQ(f.open[0].second.partitions, std::vector<Partition>{7});
  EXPECT_EQ(f.open[0].second.holder, 1u);
  EXPECT_EQ(f.notes.size(), 1u);
  f.AnswerFirst();
  EXPECT_EQ(f.notes.size(), 0u);
  EXPECT_EQ(f.notes.NextDeadline(), kNever);
}

// What is noted while a message is under way may be about a write that came after the member had
// taken note of that message and compared its copy.
TEST(BehindNotesTest, WhatIsNotedAgainIsToldAgain) {
  Fixture f;
  f.Note(7, {2});
  f.Note(7, {2});
  EXPECT_EQ(f.open.size(), 2u);
}

TEST(BehindNotesTest, NeitherItselfNorTheDeadNorStrangersAreTold) {
  Fixture f;
  f.views.Set({TestMember(1), TestMember(2), TestDeadMember(3, DeathReason::kTimeout)});
  f.Note(7, {1, 3, 99});
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.notes.size(), 0u);
}

TEST(BehindNotesTest, GoesOnTellingUntilItIsKnown) {
  Fixture f;
  f.Note(7, {2});
  f.open.clear();
  f.notes.OnPeerFailure(f.now, 2);
  f.Drain();
  EXPECT_TRUE(f.open.empty()) << "after a while";
  f.Advance(milliseconds(20));
  ASSERT_EQ(f.open.size(), 1u);
  f.open.clear();  // No answer.
  f.Advance(milliseconds(249));
  EXPECT_TRUE(f.open.empty());
  f.Advance(milliseconds(100));
  ASSERT_EQ(f.open.size(), 1u);
  f.AnswerFirst();
  EXPECT_EQ(f.notes.size(), 0u);
}

TEST(BehindNotesTest, FailuresMakeItWaitLongerUpToALimit) {
  Fixture f;
  f.Note(7, {2});
  Duration waited{};
  for (int i = 0; i < 10; ++i) {
    f.open.clear();
    f.notes.OnPeerFailure(f.now, 2);
    const TimePoint failed = f.now;
    f.now = f.notes.NextDeadline();
    f.notes.OnTimer(f.now);
    f.Drain();
    ASSERT_EQ(f.open.size(), 1u);
    EXPECT_GE(f.now - failed, waited);
    waited = f.now - failed;
  }
  EXPECT_EQ(waited, milliseconds(500));
}

TEST(BehindNotesTest, MoreThanMayBeUnderWayGoesTogetherLater) {
  BehindConfig config;
  config.max_in_flight = 2;
  Fixture f(config);
  for (Partition p = 0; p < 10; ++p) f.Note(p, {2});
  EXPECT_EQ(f.open.size(), 2u);
  EXPECT_EQ(f.notes.size(), 10u);
  f.AnswerFirst();
  ASSERT_EQ(f.open.size(), 2u);
  EXPECT_EQ(f.open[1].second.partitions.size(), 8u);
}

TEST(BehindNotesTest, OneMessageNamesNoMoreThanItMay) {
  BehindConfig config;
  config.max_in_flight = 1;
  Fixture f(config);
  for (Partition p = 0; p < kMaxBehindPartitions + 2; ++p) f.Note(p, {2});
  f.AnswerFirst();
  ASSERT_EQ(f.open.size(), 1u);
  EXPECT_EQ(f.open[0].second.partitions.size(), kMaxBehindPartitions);
  f.AnswerFirst();
  EXPECT_EQ(f.open[0].second.partitions.size(), 1u);
  f.AnswerFirst();
  EXPECT_EQ(f.notes.size(), 0u);
}

// Who was dead to others doubts all its copies.
TEST(BehindNotesTest, TheDeadAndTheGoneAreForgotten) {
  Fixture f;
  f.Note(7, {2, 3});
  f.views.Set({TestMember(1), TestDeadMember(2, DeathReason::kTimeout)});
  f.notes.OnViewChanged();
  EXPECT_EQ(f.notes.size(), 0u);
  EXPECT_EQ(f.notes.NextDeadline(), kNever);
}

// Whatever is lost and whenever answers come: in the end each member was told of each partition
// after it was noted last, and nothing is left.
TEST(BehindNotesTest, RandomRunsTellEverything) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    BehindConfig config;
    config.max_in_flight = 1 + rng.Uniform(4);
    Fixture f(config);
    std::map<std::pair<MemberKey, Partition>, int> noted, told;
    int step = 0;
    const auto deliver = [&](std::size_t i) {
      const auto [to, request] = f.open[i];
      f.open.erase(f.open.begin() + static_cast<std::ptrdiff_t>(i));
      for (const Partition p : request.partitions) told[{to, p}] = ++step;
      if (rng.Chance(2, 3)) f.notes.OnReply(f.now, to, {request.request});
      f.Drain();
    };
    for (int i = 0; i < 200; ++i) {
      switch (rng.Uniform(5)) {
        case 0:
        case 1: {
          const auto partition = static_cast<Partition>(rng.Uniform(6));
          const MemberKey member = 2 + rng.Uniform(2);
          noted[{member, partition}] = ++step;
          f.Note(partition, {member});
          break;
        }
        case 2:
          if (!f.open.empty()) deliver(rng.Uniform(f.open.size()));
          break;
        case 3: {
          const MemberKey member = 2 + rng.Uniform(2);
          std::erase_if(f.open, [&](const auto& send) { return send.first == member; });
          f.notes.OnPeerFailure(f.now, member);
          f.Drain();
          break;
        }
        case 4:
          f.Advance(rng.Between(milliseconds(0), milliseconds(300)));
          break;
      }
    }
    for (int i = 0; i < 10'000 && f.notes.size() > 0; ++i) {
      if (f.open.empty()) {
        f.Advance(milliseconds(600));
      } else {
        deliver(0);
      }
    }
    EXPECT_EQ(f.notes.size(), 0u) << seed;
    for (const auto& [what, when] : noted) {
      const int last = told[what];
      EXPECT_GT(last, when) << seed;
    }
  }
}

}  // namespace
}  // namespace vf
