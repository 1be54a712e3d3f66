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
  queue.Put({1, Urgency::kSuspicion, 0, false, {}});
  queue.Put({2, Urgency::kLife, 0, false, {}});
  queue.Put({3, Urgency::kDescription, 0, false, {}});
  queue.Put({1, Urgency::kPhase, 0, false, {}});
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(OfferAll(queue, 3, 2), (std::vector<MemberKey>{2, 1}));
  EXPECT_EQ(OfferAll(queue, 3), (std::vector<MemberKey>{3, 2, 1}));
  queue.Put({4, Urgency::kDescription, 0, false, {}});
  EXPECT_EQ(OfferAll(queue, 3, 2), (std::vector<MemberKey>{4, 3}));
}

TEST(UpdateQueueTest, EachLeavesAtMostSoOften) {
  UpdateQueue queue;
  queue.Put({1, Urgency::kLife, 0, false, {}});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(OfferAll(queue, 4).size(), 1u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.Find(1), nullptr);
}

TEST(UpdateQueueTest, WhatIsNotForOneStaysForOthers) {
  UpdateQueue queue;
  queue.Put({1, Urgency::kLife, 9, false, {}});
  queue.Offer(1, [](const QueuedUpdate&) { return UpdateQueue::Answer::kNotForMe; });
  EXPECT_EQ(queue.size(), 1u);
}

}  // namespace
}  // namespace vf
