#include "gossip/detector/suspicion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

#include "base/rng.h"
#include "gossip/config.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
const SwimConfig kLan = SwimConfig::Lan();

// membership.md 2.5: Min = alpha * max(1, log10 N) * T'.
TEST(SuspicionTest, MinIsThatOfTheTable) {
  EXPECT_EQ(SuspicionMin(kLan, 1), seconds(1));
  EXPECT_EQ(SuspicionMin(kLan, 10), seconds(1));
  EXPECT_EQ(SuspicionMin(kLan, 100), seconds(2));
  EXPECT_EQ(SuspicionMin(kLan, 1'000), seconds(3));
  EXPECT_EQ(SuspicionMin(kLan, 10'000), seconds(4));
  EXPECT_EQ(SuspicionMin(SwimConfig::Cloud(), 10), milliseconds(2500));
  EXPECT_EQ(SuspicionMin(SwimConfig::Cloud(), 1'000), milliseconds(7500));
  EXPECT_EQ(SuspicionMin(SwimConfig::Wan(), 10), seconds(6));
  EXPECT_EQ(SuspicionMin(SwimConfig::Wan(), 10'000), seconds(24));
}

// Lifeguard, section IV.B: from Max without confirmation to Min with K of them.
TEST(SuspicionTest, FallsFromMaxToMinWithConfirmations) {
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 0), seconds(12));
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 1), seconds(7));  // 12 - 10 * log 2 / log 4
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 3), seconds(2));
  EXPECT_EQ(SuspicionTimeout(kLan, 100, 9), seconds(2));
  for (int c = 0; c < 4; ++c) {
    EXPECT_GE(SuspicionTimeout(kLan, 50, c), SuspicionTimeout(kLan, 50, c + 1));
  }
}

TEST(SuspicionTest, LastsMinWhereNobodyCouldConfirm) {
  for (const auto members : std::initializer_list<std::size_t>{1, 2, 3, 4}) {
    EXPECT_EQ(SuspicionTimeout(kLan, members, 0), seconds(1)) << members;
  }
  EXPECT_EQ(SuspicionTimeout(kLan, 5, 0), seconds(6));
}

TEST(SuspicionTest, FloorHolds) {
  SwimConfig config;
  config.suspicion_floor = seconds(5);
  EXPECT_EQ(SuspicionMin(config, 10), seconds(5));
}

TEST(SuspicionsTest, OnlyDistinctAccusersShortenIt) {
  Suspicions suspicions(kLan);
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 100, false));
  EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, 100, false));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 101, false));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 102, false));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 103, false));
  EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, 104, false)) << "three confirmations are enough";
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(1));
  EXPECT_FALSE(suspicions.FirstExpired(kNow + milliseconds(999), 10));
  ASSERT_TRUE(suspicions.FirstExpired(kNow + seconds(1), 10));
  suspicions.End(7);
  EXPECT_EQ(suspicions.NextDeadline(10), kNever);
}

TEST(SuspicionsTest, ThreeRefusedWitnessesMakeItShort) {
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, true);
  EXPECT_EQ(suspicions.NextDeadline(4), kNow + seconds(1)) << "one witness among four";
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  suspicions.Accuse(kNow, 7, {1, 0}, 101, true);
  suspicions.Accuse(kNow, 7, {1, 0}, 102, true);
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(1));
  EXPECT_TRUE(suspicions.FirstExpired(kNow + seconds(1), 10)->refused);
}

// Against a list in which each is computed anew.
TEST(SuspicionsTest, OfManyTheEarliestEndIsFirstWhateverTheyWentThrough) {
  using Worth = Suspicions::Worth;
  struct Plain {
    TimePoint began;
    Suspicions::Life life;
    bool founded = false;
    std::set<MemberKey> accusers, refused;
  };
  std::map<MemberKey, Plain> plain;
  Suspicions suspicions(kLan);
  Rng rng(3);
  TimePoint now = kNow;
  std::size_t members = 100;
  int factor = 1;
  for (int step = 0; step < 5'000; ++step) {
    now += microseconds(static_cast<std::int64_t>(rng.Uniform(20'000)));
    if (rng.Chance(1, 4)) members = 3 + rng.Uniform(rng.Chance(1, 2) ? 4 : 500);
    if (rng.Chance(1, 4)) factor = 1 + static_cast<int>(rng.Uniform(3));
    const MemberKey key = 1 + rng.Uniform(200);
    if (rng.Chance(1, 50)) {
      suspicions.Postpone(milliseconds(30));
      for (auto& item : plain) item.second.began += milliseconds(30);
    } else if (rng.Chance(1, 1'000)) {
      suspicions.Clear();
      plain.clear();
    } else if (rng.Chance(1, 10)) {
      suspicions.End(key);
      plain.erase(key);
    } else {
      const MemberKey from = 1'000 + rng.Uniform(6);
      const Suspicions::Life life{1, rng.Chance(1, 10) ? 1u : 0u};
      const bool refused = rng.Chance(1, 3);
      Worth worth = Worth::kFull;
      if (rng.Chance(1, 3)) worth = rng.Chance(1, 2) ? Worth::kNothing : Worth::kNoHaste;
      suspicions.Accuse(now, key, life, from, refused, worth);
      Plain& p = plain.try_emplace(key, Plain{now, life, false, {}, {}}).first->second;
      if (p.life != life) p = Plain{now, life, false, {}, {}};
      p.founded = p.founded || worth != Worth::kNothing;
      if (worth == Worth::kFull) {
        if (p.accusers.size() < 4) p.accusers.insert(from);
        if (refused && p.refused.size() < 3) p.refused.insert(from);
      }
    }
    std::pair<TimePoint, MemberKey> first{kNever, kNoMember};
    for (const auto& [k, p] : plain) {
      const bool proved = p.refused.size() >= 3 || (!p.refused.empty() && members <= 4);
      const int confirmations = std::max(static_cast<int>(p.accusers.size()) - 1, 0);
      const Duration timeout =
          proved ? SuspicionMin(kLan, members) : SuspicionTimeout(kLan, members, confirmations);
      first = std::min(first, {p.began + factor * timeout, k});
    }
    ASSERT_EQ(suspicions.NextDeadline(members, factor), first.first) << "step " << step;
    ASSERT_EQ(suspicions.size(), plain.size());
    ASSERT_EQ(suspicions.IsFounded(key), plain.contains(key) && plain.at(key).founded);
    if (first.first == kNever) continue;
    const auto expired = suspicions.FirstExpired(first.first, members, factor);
    ASSERT_EQ(expired->key, first.second);
    ASSERT_EQ(expired->life, plain.at(first.second).life);
    ASSERT_EQ(expired->refused, !plain.at(first.second).refused.empty());
    ASSERT_FALSE(suspicions.FirstExpired(first.first - nanoseconds(1), members, factor));
  }
}

TEST(SuspicionsTest, InBadHealthTheyLastLonger) {
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, false);
  EXPECT_EQ(suspicions.NextDeadline(10, 3), kNow + 3 * seconds(6));
  EXPECT_FALSE(suspicions.FirstExpired(kNow + seconds(17), 10, 3));
  EXPECT_TRUE(suspicions.FirstExpired(kNow + seconds(17), 10, 2)) << "it has recovered meanwhile";
}

TEST(SuspicionsTest, WhoIsNotCredibleConfirmsNothing) {
  using Worth = Suspicions::Worth;
  Suspicions suspicions(kLan);
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 100, true, Worth::kNothing)) << "it begins";
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  EXPECT_TRUE(suspicions.Accuse(kNow, 7, {1, 0}, 101, false));
  EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, 102, false, Worth::kNothing));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6)) << "one accuser, no confirmation";
  EXPECT_EQ(suspicions.NextDeadline(4), kNow + seconds(1)) << "few members: always the minimum";
}

// Of a member that flaps: it is avoided, so its death has no haste.
TEST(SuspicionsTest, ThoseWhoMayTakeTheirTimeTakeAllOfIt) {
  using Worth = Suspicions::Worth;
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, false, Worth::kNothing);
  EXPECT_FALSE(suspicions.IsFounded(7)) << "nobody believed has accused it";
  for (MemberKey accuser = 101; accuser < 106; ++accuser) {
    EXPECT_FALSE(suspicions.Accuse(kNow, 7, {1, 0}, accuser, true, Worth::kNoHaste));
  }
  EXPECT_TRUE(suspicions.IsFounded(7));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(6));
  suspicions.End(7);
  EXPECT_FALSE(suspicions.IsFounded(7));
}

TEST(SuspicionsTest, ANewLifeIsSuspectedAnew) {
  Suspicions suspicions(kLan);
  suspicions.Accuse(kNow, 7, {1, 0}, 100, false);
  EXPECT_TRUE(suspicions.Accuse(kNow + seconds(5), 7, {1, 1}, 100, false));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(11));
  suspicions.Postpone(seconds(2));
  EXPECT_EQ(suspicions.NextDeadline(10), kNow + seconds(13));
}

}  // namespace
}  // namespace vf
