#include "node/replication/list_agreement.h"

#include <gtest/gtest.h>

#include <set>
#include <variant>

#include "tests/support/test_views.h"

namespace vf {
namespace {

constexpr TimePoint kNow = TimePoint(hours(1));

std::vector<MemberRecord> Members(int count) {
  std::vector<MemberRecord> members;
  for (int i = 1; i <= count; ++i) members.push_back(TestMember(static_cast<MemberKey>(i)));
  return members;
}

struct Fixture {
  Fixture() : views(1) { views.Set(Members(3)); }
  LearnTicket OnOther(MemberKey from, Partition p, const SharedClusterView& other) {
    return agreement.OnOtherList(kNow, *views.view(), from, p,
                                 {other->ListOf(p).hash, other->RecordsOf(kNow, p)});
  }
  void Take() {
    learn.clear();
    notices.clear();
    agreement.TakeOutputs(learn, notices);
  }
  TestViews views;
  ListAgreement agreement;
  std::vector<LearnWish> learn;
  std::vector<PeerSend> notices;
};

TEST(ListAgreementTest, OneBatchForOneListHoweverManyAnswersCarryIt) {
  Fixture f;
  const auto other = f.views.Other(Members(4));
  const LearnTicket ticket = f.OnOther(2, 7, other);
  EXPECT_NE(ticket, 0u);
  EXPECT_EQ(f.OnOther(2, 7, other), ticket);
  f.Take();
  ASSERT_EQ(f.learn.size(), 1u);
  EXPECT_EQ(f.learn[0].ticket, ticket);
  EXPECT_EQ(f.OnOther(2, 7, other), ticket) << "still under way";
  f.Take();
  EXPECT_TRUE(f.learn.empty());
}

TEST(ListAgreementTest, AListThatIsTheSameByNowNeedsNothing) {
  Fixture f;
  EXPECT_EQ(f.OnOther(2, 7, f.views.Other(Members(3))), 0u);
  f.Take();
  EXPECT_TRUE(f.learn.empty());
  EXPECT_TRUE(f.notices.empty());
}

// A newcomer changes the lists of all partitions at once: no answer may be taken as it is because
// there are many of them.
TEST(ListAgreementTest, AsManyListsAsThereAreAreLearned) {
  Fixture f;
  const auto other = f.views.Other(Members(4));
  std::set<LearnTicket> tickets;
  std::size_t lists = 0;
  for (const MemberKey from : {2, 3}) {
    for (Partition p = 0; p < 256; ++p) {
      if (other->ListOf(p).hash == f.views.view()->ListOf(p).hash) continue;
      const LearnTicket ticket = f.OnOther(from, p, other);
      ASSERT_NE(ticket, 0u) << from << " " << p;
      tickets.insert(ticket);
      ++lists;
      if (p % 10 == 0) f.Take();
    }
  }
  EXPECT_GT(lists, 200u);
  EXPECT_LE(tickets.size(), 2u) << "one under way, and the next";
}

TEST(ListAgreementTest, TheNextBatchFollowsTheOneUnderWay) {
  Fixture f;
  const auto other = f.views.Other(Members(6));
  const LearnTicket first = f.OnOther(2, 0, other);
  f.Take();
  const LearnTicket second = f.OnOther(3, 0, other);
  EXPECT_NE(first, second);
  f.Take();
  EXPECT_TRUE(f.learn.empty());
  f.agreement.OnLearned(kNow, *f.views.view(), first);
  f.Take();
  ASSERT_EQ(f.learn.size(), 1u);
  EXPECT_EQ(f.learn[0].ticket, second);
  f.agreement.OnLearned(kNow, *f.views.view(), second);
  f.Take();
  EXPECT_TRUE(f.learn.empty());
}

TEST(ListAgreementTest, WhoLacksSomethingIsTold) {
  Fixture f;
  const auto old = f.views.Other(Members(2));
  const LearnTicket ticket = f.OnOther(2, 0, old);
  f.Take();
  EXPECT_TRUE(f.notices.empty());
  f.agreement.OnLearned(kNow, *f.views.view(), ticket);
  f.Take();
  ASSERT_EQ(f.notices.size(), 1u);
  EXPECT_EQ(f.notices[0].to, 2u);
  EXPECT_EQ(std::get<ListNotice>(f.notices[0].request).members, f.views.view()->RecordsOf(kNow, 0));

  EXPECT_EQ(f.OnOther(2, 0, old), 0u) << "known: nothing to wait for";
  f.Take();
  EXPECT_TRUE(f.learn.empty());
  EXPECT_EQ(f.notices.size(), 1u);

  f.views.Set(Members(5));
  EXPECT_NE(f.OnOther(2, 0, old), 0u) << "another view: it may tell something after all";
}

TEST(ListAgreementTest, NobodyIsToldWhenTheListsAreTheSameAfterwards) {
  Fixture f;
  const LearnTicket ticket = f.OnOther(2, 0, f.views.Other(Members(1)));
  f.Take();
  f.views.Set(Members(1));
  f.agreement.OnLearned(kNow, *f.views.view(), ticket);
  f.Take();
  EXPECT_TRUE(f.notices.empty());
}

TEST(ListAgreementTest, UnknownTicketsAreIgnored) {
  Fixture f;
  f.agreement.OnLearned(kNow, *f.views.view(), 0);
  f.agreement.OnLearned(kNow, *f.views.view(), 5);
  f.Take();
  EXPECT_TRUE(f.notices.empty());
}

}  // namespace
}  // namespace vf
