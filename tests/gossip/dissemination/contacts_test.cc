#include "gossip/dissemination/contacts.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "gossip/config.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};

class ContactsTest : public ::testing::Test {
 protected:
  static SwimConfig Config(std::size_t contacts) {
    SwimConfig config;
    config.contacts = contacts;
    return config;
  }
  std::vector<Endpoint> Due(TimePoint at) {
    return contacts_.TakeDue(at, [&](MemberKey key) { return alive_.contains(key); });
  }
  const SwimConfig config_ = Config(2);
  Contacts contacts_{config_};
  std::set<MemberKey> alive_;
  const Endpoint a_ = Endpoint::Loopback(1);
  const Endpoint b_ = Endpoint::Loopback(2);
};

TEST_F(ContactsTest, AsksForEverWithGrowingPauses) {
  contacts_.Set(kNow, 0, {a_, b_});
  TimePoint at = kNow;
  std::vector<Endpoint> asked;
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 17; ++i) {
    asked.push_back(Due(at).at(0));
    pauses.push_back(ToMilliseconds(contacts_.NextDeadline() - at));
    at = contacts_.NextDeadline();
  }
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{25, 25, 25, 25, 25, 25, 25, 25, 50, 100, 200, 400,
                                               800, 1600, 3200, 5000, 5000}));
  EXPECT_EQ(asked[0], a_);
  EXPECT_EQ(asked[1], b_) << "its addresses in turn";
}

TEST_F(ContactsTest, AllMustHaveJustAnswered) {
  EXPECT_FALSE(contacts_.AllJustAnswered(kNow)) << "names that do not resolve have not answered";
  contacts_.Set(kNow, 0, {a_});
  contacts_.Set(kNow, 1, {b_});
  EXPECT_FALSE(contacts_.IsAsked(a_));
  Due(kNow);
  EXPECT_TRUE(contacts_.IsAsked(a_));
  contacts_.OnAnswer(kNow, a_, 1, false);
  EXPECT_FALSE(contacts_.AllJustAnswered(kNow));
  contacts_.OnAnswer(kNow, b_, 2, false);
  EXPECT_TRUE(contacts_.AllJustAnswered(kNow));
  EXPECT_FALSE(contacts_.AllJustAnswered(kNow + seconds(1)));
  const SwimConfig nobody = Config(0);
  EXPECT_TRUE(Contacts(nobody).AllJustAnswered(kNow));
}

TEST_F(ContactsTest, OwnAddressNeedsNoAnswer) {
  contacts_.Set(kNow, 0, {a_});
  contacts_.Set(kNow, 1, {b_});
  contacts_.SetOwn(b_);
  EXPECT_EQ(Due(kNow), std::vector<Endpoint>{a_});
  contacts_.OnAnswer(kNow, a_, 1, false);
  EXPECT_TRUE(contacts_.AllJustAnswered(kNow));
}

TEST_F(ContactsTest, SettledOneIsAskedAgainOnlyWhenNotAlive) {
  contacts_.Set(kNow, 0, {a_});
  Due(kNow);
  alive_.insert(1);
  contacts_.OnAnswer(kNow, a_, 1, true);
  EXPECT_TRUE(Due(kNow + seconds(1)).empty());
  alive_.clear();
  EXPECT_EQ(Due(kNow + seconds(2)).size(), 1u);
  EXPECT_EQ(Due(kNow + seconds(3)).size(), 1u) << "once a second";
}

TEST_F(ContactsTest, OneControllerMoreTakesThePlaceOfTheOneNotAliveForLongest) {
  Contacts contacts{config_};
  const auto is_alive = [&](MemberKey key) { return alive_.contains(key); };
  const auto at = [](MemberKey key) {
    return Endpoint::Loopback(static_cast<std::uint16_t>(100 + key));
  };
  constexpr MemberKey kLimit = 16;
  for (MemberKey key = 1; key <= kLimit; ++key) {
    alive_.insert(key);
    contacts.Remember(kNow, at(key), key, is_alive);
  }
  EXPECT_EQ(contacts.TakeDropped(), 0u);
  alive_.insert(50);
  contacts.Remember(kNow, at(50), 50, is_alive);
  EXPECT_EQ(contacts.TakeDropped(), 1u) << "all of them live";
  TimePoint now = kNow;
  const auto pass = [&](Duration duration) {
    for (const TimePoint end = now + duration; now < end;) {
      now += seconds(1);
      contacts.TakeDue(now, is_alive);
    }
  };
  pass(seconds(5));
  alive_.erase(9);
  pass(seconds(5));
  alive_.erase(3);
  pass(seconds(5));
  contacts.Remember(now, at(50), 50, is_alive);
  EXPECT_EQ(contacts.TakeDropped(), 1u);
  alive_.clear();
  now += seconds(1);
  const std::vector<Endpoint> due = contacts.TakeDue(now, is_alive);
  const std::set<Endpoint> asked(due.begin(), due.end());
  EXPECT_FALSE(asked.contains(at(9))) << "not alive for longest";
  EXPECT_TRUE(asked.contains(at(3)));
  EXPECT_TRUE(asked.contains(at(50)));
  EXPECT_EQ(asked.size(), kLimit);
}

TEST_F(ContactsTest, PassingOnesAreAskedAFewTimes) {
  contacts_.AddPassing(kNow, a_);
  int asked = 0;
  TimePoint at = kNow;
  for (int i = 0; i < 20; ++i) {
    asked += static_cast<int>(Due(at).size());
    at += seconds(1);
  }
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(contacts_.NextDeadline(), kNever);
}

}  // namespace
}  // namespace vf
