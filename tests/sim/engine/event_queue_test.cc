#include "tools/cluster-sim/engine/event_queue.h"

#include <gtest/gtest.h>

#include <queue>
#include <tuple>
#include <vector>

#include "base/rng.h"

namespace vf::sim {
namespace {

TimePoint At(Duration since) { return TimePoint(since); }

std::vector<std::uint64_t> PayloadsUntil(EventQueue& queue, TimePoint until) {
  std::vector<std::uint64_t> payloads;
  for (Event event; queue.Pop(until, event);) payloads.push_back(event.payload);
  return payloads;
}

TEST(EventQueueTest, GivesBackWhatWasPushed) {
  EventQueue queue(At(seconds(5)));
  EXPECT_EQ(queue.Push(At(seconds(7)), 1, 2, 3), 0u);
  EXPECT_EQ(queue.Push(At(seconds(6)), 4, 5, 6), 1u);
  EXPECT_EQ(queue.size(), 2u);
  Event event;
  ASSERT_TRUE(queue.Pop(kNever, event));
  EXPECT_EQ(event.at, At(seconds(6)));
  EXPECT_EQ(event.number, 1u);
  EXPECT_EQ(event.kind, 4u);
  EXPECT_EQ(event.target, 5u);
  EXPECT_EQ(event.payload, 6u);
  EXPECT_EQ(queue.now(), At(seconds(6)));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.pushed(), 2u);
}

TEST(EventQueueTest, TiesComeOutInTheOrderOfPushing) {
  EventQueue queue(At({}));
  for (std::uint64_t i = 0; i < 100; ++i) queue.Push(At(milliseconds(3)), 0, 0, i);
  const auto payloads = PayloadsUntil(queue, At(seconds(1)));
  ASSERT_EQ(payloads.size(), 100u);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(payloads[i], i);
}

TEST(EventQueueTest, TakesEventsForTheTickThatIsBeingDrained) {
  EventQueue queue(At({}));
  queue.Push(At(Duration(10'000)), 0, 0, 1);
  queue.Push(At(Duration(10'100)), 0, 0, 3);
  Event event;
  ASSERT_TRUE(queue.Pop(kNever, event));
  EXPECT_EQ(event.payload, 1u);
  queue.Push(At(Duration(10'050)), 0, 0, 2);
  queue.Push(At(Duration(10'100)), 0, 0, 4);
  queue.Push(At(Duration(10'000)), 0, 0, 5);  // now
  EXPECT_EQ(PayloadsUntil(queue, At(seconds(1))), (std::vector<std::uint64_t>{5, 2, 3, 4}));
}

TEST(EventQueueTest, StopsAtUntilAndTakesEarlierEventsThen) {
  EventQueue queue(At({}));
  queue.Push(At(seconds(40)), 0, 0, 4);
  queue.Push(At(milliseconds(2)), 0, 0, 2);
  Event event;
  EXPECT_FALSE(queue.Pop(At(milliseconds(1)), event));
  EXPECT_EQ(queue.now(), At(milliseconds(1)));
  queue.Push(At(milliseconds(1)), 0, 0, 1);  // until itself is due
  EXPECT_EQ(PayloadsUntil(queue, At(milliseconds(1))), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(PayloadsUntil(queue, At(seconds(39))), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(queue.now(), At(seconds(39)));
  queue.Push(At(milliseconds(39'500)), 0, 0, 3);
  EXPECT_EQ(PayloadsUntil(queue, At(seconds(40))), (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(EventQueueTest, EventsOfOneSpanComeFromBothTheHeapAndTheWheel) {
  EventQueue queue(At({}));
  queue.Push(At(seconds(60) + microseconds(20)), 0, 0, 3);  // far when pushed
  Event event;
  EXPECT_FALSE(queue.Pop(At(seconds(50)), event));
  queue.Push(At(seconds(60) + microseconds(10)), 0, 0, 2);
  queue.Push(At(seconds(60) + microseconds(20)), 0, 0, 4);
  queue.Push(At(seconds(51)), 0, 0, 1);
  EXPECT_EQ(PayloadsUntil(queue, At(seconds(70))), (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST(EventQueueTest, EndsOfTimeAreTimes) {
  for (const TimePoint start : {At({}), At(-hours(24 * 365)), TimePoint::min()}) {
    EventQueue queue(start);
    queue.Push(kNever, 0, 0, 2);
    queue.Push(start, 0, 0, 1);
    EXPECT_EQ(PayloadsUntil(queue, kNever - Duration(1)), (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(PayloadsUntil(queue, kNever), (std::vector<std::uint64_t>{2}));
  }
}

TEST(EventQueueTest, RefusesThePast) {
  EventQueue queue(At(seconds(1)));
  EXPECT_DEATH(queue.Push(At(milliseconds(999)), 0, 0, 0), "in the past");
  Event event;
  EXPECT_DEATH(queue.Pop(At(milliseconds(999)), event), "does not go back");
}

// Against a plain heap, with delays of every size and pauses in between.

struct Expected {
  TimePoint at;
  std::uint64_t number;
  bool operator<(const Expected& other) const {  // std::priority_queue: the greatest is on top
    return std::tie(other.at, other.number) < std::tie(at, number);
  }
};

// Mostly short, at times beyond the coarse wheel; often on a boundary of a slot, often a tie.
Duration SomeDelay(Rng& rng) {
  constexpr int kBitsOf[] = {0, 4, 10, 14, 20, 22, 26, 32, 34, 36};
  const int bits = kBitsOf[rng.Uniform(std::size(kBitsOf))];
  auto delay = static_cast<std::int64_t>(rng.Uniform(std::uint64_t{1} << bits));
  if (rng.Chance(1, 4)) delay &= ~std::int64_t{1023};
  if (rng.Chance(1, 8)) delay &= ~((std::int64_t{1} << 22) - 1);
  return Duration(delay);
}

void MatchAHeap(std::uint64_t seed) {
  SCOPED_TRACE(seed);
  Rng rng(seed);
  const TimePoint start = At(Duration(static_cast<std::int64_t>(rng.Uniform(1ULL << 40))));
  EventQueue queue(start);
  std::priority_queue<Expected> heap;
  TimePoint now = start;
  const std::uint64_t grows = 1 + rng.Uniform(4);
  for (int turn = 0; turn < 1000; ++turn) {
    const std::uint64_t pushes = rng.Uniform(2 * grows);
    for (std::uint64_t i = 0; i < pushes; ++i) {
      const TimePoint at = now + SomeDelay(rng);
      heap.push({at, queue.Push(at, 0, 0, heap.size())});
    }
    const TimePoint until = now + SomeDelay(rng);
    const std::uint64_t pops = rng.Uniform(6);
    for (std::uint64_t i = 0; i < pops; ++i) {
      Event event;
      const bool popped = queue.Pop(until, event);
      ASSERT_EQ(popped, !heap.empty() && heap.top().at <= until);
      if (!popped) {
        now = until;
        break;
      }
      ASSERT_EQ(event.at, heap.top().at);
      ASSERT_EQ(event.number, heap.top().number);
      now = event.at;
      heap.pop();
    }
    ASSERT_EQ(queue.now(), now);
    ASSERT_EQ(queue.size(), heap.size());
  }
  for (Event event; queue.Pop(kNever, event); heap.pop()) {
    ASSERT_FALSE(heap.empty());
    ASSERT_EQ(event.number, heap.top().number);
  }
  EXPECT_TRUE(heap.empty());
}

TEST(EventQueuePropertyTest, ComesOutAsFromAHeap) {
  for (std::uint64_t seed = 0; seed < 500 && !testing::Test::HasFailure(); ++seed) {
    MatchAHeap(seed);
  }
}

// Looking ahead changes nothing, and shows what comes next, each once.
TEST(EventQueueTest, LookAheadShowsWhatIsNearAndNothingTwice) {
  Rng rng(7);
  EventQueue queue(At({}));
  std::vector<int> shown;
  std::vector<int> popped;
  Event event;
  std::size_t shown_first = 0;
  for (int round = 0; round < 2'000; ++round) {
    for (std::uint64_t i = rng.Uniform(4); i > 0; --i) {
      queue.Push(queue.now() + rng.Between(Duration::zero(), milliseconds(20)), 0, 0, shown.size());
      shown.push_back(0);
      popped.push_back(0);
    }
    for (std::uint64_t i = rng.Uniform(3); i > 0; --i) {
      const Event* next = queue.LookAhead();
      if (next == nullptr) break;
      EXPECT_GE(next->at + microseconds(2), queue.now());
      EXPECT_EQ(popped[next->payload], 0);
      ++shown[next->payload];
    }
    const TimePoint before = queue.now();
    if (!queue.Pop(queue.now() + milliseconds(1), event)) continue;
    EXPECT_GE(event.at, before);
    ++popped[event.payload];
    if (shown[event.payload] > 0) ++shown_first;
  }
  PayloadsUntil(queue, kNever);
  for (const int times : shown) EXPECT_LE(times, 1);
  EXPECT_GT(shown_first, 500u);
}

}  // namespace
}  // namespace vf::sim
