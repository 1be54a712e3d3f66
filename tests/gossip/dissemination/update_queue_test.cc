#include "gossip/dissemination/update_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace vf {
namespace {

std::vector<MemberKey> OfferAll(UpdateQueue& queue, int max_sends, std::size_t fits = 100) {
  std::vector<MemberKey> taken;
  queue.Offer(max_sends, [&](const QueuedUpdate& update) {
    if (taken.size() == fits) return UpdateQueue::Answer::kStop;
    taken.push_back(update.subject);
    return UpdateQueue::Answer::kTaken;
  });
  return taken;
}

TEST(UpdateQueueTest, OneUpdateASubjectFewestSendsFirst) {
  UpdateQueue queue;
  queue.Put({1, 0, Urgency::kSuspicion, false, false, {}});
  queue.Put({2, 0, Urgency::kLife, false, false, {}});
  queue.Put({3, 0, Urgency::kDescription, false, false, {}});
  queue.Put({1, 0, Urgency::kPhase, false, false, {}});
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(OfferAll(queue, 3, 2), (std::vector<MemberKey>{2, 1}));
  EXPECT_EQ(OfferAll(queue, 3), (std::vector<MemberKey>{3, 2, 1}));
  queue.Put({4, 0, Urgency::kDescription, false, false, {}});
  EXPECT_EQ(OfferAll(queue, 3, 2), (std::vector<MemberKey>{4, 3}));
}

TEST(UpdateQueueTest, EachLeavesAtMostSoOften) {
  UpdateQueue queue;
  queue.Put({1, 0, Urgency::kLife, false, false, {}});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(OfferAll(queue, 4).size(), 1u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.Find(1), nullptr);
}

TEST(UpdateQueueTest, WhatIsNotForOneStaysForOthers) {
  UpdateQueue queue;
  queue.Put({1, 9, Urgency::kLife, false, false, {}});
  queue.Offer(1, [](const QueuedUpdate&) { return UpdateQueue::Answer::kNotForMe; });
  EXPECT_EQ(queue.size(), 1u);
}

TEST(UpdateQueueTest, WhatIsIdleIsNotWorthAPacket) {
  UpdateQueue queue;
  queue.Put({1, 0, Urgency::kSuspicion, false, true, {}});
  EXPECT_FALSE(queue.presses());
  queue.Put({2, 0, Urgency::kSuspicion, false, false, {}});
  EXPECT_TRUE(queue.presses());
  EXPECT_EQ(OfferAll(queue, 1).size(), 2u) << "it goes with what leaves anyway";
  EXPECT_FALSE(queue.presses());
  queue.Put({1, 0, Urgency::kSuspicion, false, true, {}});
  queue.Put({1, 0, Urgency::kLife, false, false, {}});
  EXPECT_TRUE(queue.presses());
  queue.Put({1, 0, Urgency::kLife, false, true, {}});
  EXPECT_FALSE(queue.presses());
  queue.Clear();
  queue.Put({3, 0, Urgency::kLife, false, false, {}});
  EXPECT_TRUE(queue.presses());
}

}  // namespace
}  // namespace vf
