#include "gossip/members/member_list.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "gossip/members/member_table.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

constexpr TimePoint kNow{seconds(1'000)};

std::vector<MemberKey> KeysOf(const MemberList& list) {
  std::vector<MemberKey> keys;
  for (const Member& member : list) keys.push_back(member.record.key());
  return keys;
}

MemberTable TableOf(MemberKey members) {
  MemberTable table(1);
  table.SetSelf(kNow, TestMember(1));
  for (MemberKey key = 2; key <= members; ++key) table.Merge(kNow, TestMember(key));
  return table;
}

TEST(MemberListTest, AnEmptyOneHasNobody) {
  const MemberList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.begin(), list.end());
  EXPECT_EQ(list.Find(1), nullptr);
}

TEST(MemberListTest, IsInTheOrderOfKeysAndFindsEach) {
  std::vector<Member> members;
  for (const MemberKey key : {70, 3, 41, 40, 2}) members.push_back({TestMember(key), kNow});
  const MemberList list = MemberList::Of(members);
  EXPECT_EQ(KeysOf(list), (std::vector<MemberKey>{2, 3, 40, 41, 70}));
  EXPECT_EQ(list[1].record, TestMember(3));
  EXPECT_EQ(list.Find(41)->record, TestMember(41));
  EXPECT_EQ(list.Find(42), nullptr);
  EXPECT_EQ(list.Find(71), nullptr);
}

TEST(MemberListTest, OfATableItStaysAsItWasWhenTheTableChanges) {
  MemberTable table = TableOf(100);
  const MemberList before = table.Members();
  MemberRecord dead = TestMember(50);
  dead.state = MemberState::kDead;
  table.Merge(kNow, dead);
  table.Merge(kNow, TestMember(200));
  table.SetVerified(60);
  EXPECT_EQ(before.size(), 100u);
  EXPECT_EQ(before.Find(50)->record.state, MemberState::kAlive);
  EXPECT_FALSE(before.Find(60)->verified);
  const MemberList after = table.Members();
  EXPECT_EQ(after.size(), 101u);
  EXPECT_EQ(after.Find(50)->record.state, MemberState::kDead);
  EXPECT_TRUE(after.Find(60)->verified);
}

TEST(MemberListTest, ListsOfOneTableShareWhatHasNotChanged) {
  MemberTable table = TableOf(1'000);
  const MemberList before = table.Members();
  table.SetVerified(500);
  const MemberList after = table.Members();
  EXPECT_NE(before.Find(500), after.Find(500));
  EXPECT_EQ(before.Find(10), after.Find(10));
  EXPECT_EQ(before.Find(1'000), after.Find(1'000));
}

using Change = std::pair<bool, bool>;  // it was there, it is there
std::map<MemberKey, Change> ChangesOf(const MemberList& before, const MemberList& after) {
  std::map<MemberKey, Change> changes;
  after.ForEachChange(before, [&](const Member* was, const Member* is) {
    const MemberKey key = (is != nullptr ? is : was)->record.key();
    EXPECT_FALSE(changes.contains(key)) << "told twice";
    changes[key] = {was != nullptr, is != nullptr};
    EXPECT_EQ(was, before.Find(key));
    EXPECT_EQ(is, after.Find(key));
  });
  return changes;
}

TEST(MemberListTest, TellsWhoCameChangedAndWent) {
  const MemberList before =
      MemberList::Of({{TestMember(1), kNow}, {TestMember(2), kNow}, {TestMember(4), kNow}});
  Member changed{TestMember(2), kNow};
  changed.degraded = true;
  const MemberList after = MemberList::Of({{TestMember(1), kNow}, changed, {TestMember(3), kNow}});
  EXPECT_EQ(
      ChangesOf(before, after),
      (std::map<MemberKey, Change>{{2, {true, true}}, {3, {false, true}}, {4, {true, false}}}));
  EXPECT_EQ(ChangesOf({}, before).size(), 3u);
  EXPECT_EQ(ChangesOf(before, {}).size(), 3u);
  EXPECT_TRUE(ChangesOf(before, before).empty());
}

// Slots are used again, pages are copied and shared: a list must not notice.
TEST(MemberListTest, AnyHistoryOfATableLooksLikeAListMadeAnew) {
  Rng rng(7);
  MemberTable table(1);
  table.SetSelf(kNow, TestMember(1));
  TimePoint now = kNow;
  MemberList last;
  std::vector<Member> last_members;
  for (int step = 0; step < 3'000; ++step) {
    now += milliseconds(rng.Uniform(500));
    const MemberKey key = 2 + rng.Uniform(150);
    MemberRecord record = TestMember(key);
    record.boot += rng.Uniform(4);
    record.state = static_cast<MemberState>(rng.Uniform(4));
    if (rng.Chance(1, 10)) {
      record.endpoint = Endpoint::Loopback(static_cast<std::uint16_t>(2'000 + rng.Uniform(20)));
      record.meta_version = 1 + static_cast<std::uint32_t>(rng.Uniform(5));
    }
    table.Merge(now, record);
    if (rng.Chance(1, 5)) table.SetVerified(2 + rng.Uniform(150));
    if (rng.Chance(1, 5)) table.SetDegraded(2 + rng.Uniform(150), true);
    if (rng.Chance(1, 20)) table.Evict(now, seconds(10), seconds(40));
    if (!rng.Chance(1, 4)) continue;
    std::vector<Member> members;
    table.ForEach([&](const Member& member) { members.push_back(member); });
    const MemberList list = table.Members();
    ASSERT_EQ(std::vector<Member>(list.begin(), list.end()), members);
    ASSERT_EQ(std::vector<Member>(last.begin(), last.end()), last_members);
    ASSERT_EQ(ChangesOf(last, list),
              ChangesOf(MemberList::Of(last_members), MemberList::Of(members)));
    for (const Member& member : members) {
      ASSERT_EQ(table.Find(member.record.key())->record, member.record);
      const Member* there = table.FindAt(member.record.endpoint);
      ASSERT_NE(there, nullptr);
      ASSERT_EQ(there->record.endpoint, member.record.endpoint);
    }
    last = list;
    last_members = members;
  }
}

}  // namespace
}  // namespace vf
