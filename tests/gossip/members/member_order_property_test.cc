// The laws that make gossip converge, over random records.
#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"
#include "gossip/members/member_order.h"
#include "gossip/members/member_table.h"
#include "tests/gossip/wire/datagram_samples.h"

namespace vf {
namespace {

// Few values a field, so that ties and near ties are common. Like honest members: what is alike in
// (boot, meta_version) is mostly alike in content; forged differences must not break the laws.
MemberRecord RandomRecord(Rng& rng, std::uint8_t number = 1) {
  MemberRecord r = SampleRecord(number);
  r.boot = 1'000 + rng.Uniform(3);
  r.incarnation = static_cast<std::uint32_t>(rng.Uniform(3));
  r.state = static_cast<MemberState>(rng.Uniform(4));
  r.meta_version = static_cast<std::uint32_t>(rng.Uniform(3));
  r.phase = static_cast<Phase>(rng.Uniform(4));
  r.seat = rng.Uniform(2);
  if (r.state == MemberState::kDead) {
    r.death_reason = static_cast<DeathReason>(rng.Uniform(4));
    if (r.death_reason >= DeathReason::kSuperseded) r.incarnation = kFinalIncarnation;
  }
  if (r.state == MemberState::kLeft) r.leave_kind = static_cast<LeaveKind>(rng.Uniform(2));
  if (!r.IsLive()) {
    r.owned_at_end = rng.Chance(1, 2);
    r.age_s = static_cast<std::uint32_t>(rng.Uniform(3));
  }
  return r;
}

class MemberOrderTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSeed = 4711;
  MemberOrderTest() { RecordProperty("seed", std::to_string(kSeed)); }
  Rng rng_{kSeed};
};

TEST_F(MemberOrderTest, MergeIsCommutativeAssociativeAndIdempotent) {
  for (int i = 0; i < 50'000; ++i) {
    const MemberRecord a = RandomRecord(rng_);
    const MemberRecord b = RandomRecord(rng_);
    const MemberRecord c = RandomRecord(rng_);
    ASSERT_EQ(MergeRecords(a, a), a);
    ASSERT_EQ(MergeRecords(a, b), MergeRecords(b, a));
    ASSERT_EQ(MergeRecords(MergeRecords(a, b), c), MergeRecords(a, MergeRecords(b, c)));
  }
}

TEST_F(MemberOrderTest, MergeNeverGoesDown) {
  for (int i = 0; i < 20'000; ++i) {
    const MemberRecord a = RandomRecord(rng_);
    const MemberRecord merged = MergeRecords(a, RandomRecord(rng_));
    ASSERT_TRUE(CompareStatus(merged, a) >= 0);
    ASSERT_TRUE(CompareDescription(merged, a) >= 0);
  }
}

// Failure catalogue 6: a stale alive raises a killed node.
TEST_F(MemberOrderTest, WithinABootOnlyAHigherIncarnationLeadsBackToAlive) {
  for (int i = 0; i < 20'000; ++i) {
    const MemberRecord a = RandomRecord(rng_);
    const MemberRecord b = RandomRecord(rng_);
    const MemberRecord merged = MergeRecords(a, b);
    if (a.IsLive() || !merged.IsLive()) continue;
    ASSERT_TRUE(b.boot > a.boot || (b.boot == a.boot && b.incarnation > a.incarnation));
  }
}

TEST_F(MemberOrderTest, FinalDeathYieldsOnlyToANewBoot) {
  for (int i = 0; i < 20'000; ++i) {
    MemberRecord dead = RandomRecord(rng_);
    dead.state = MemberState::kDead;
    dead.death_reason = DeathReason::kOperator;
    dead.incarnation = kFinalIncarnation;
    const MemberRecord b = RandomRecord(rng_);
    if (b.boot > dead.boot) continue;
    ASSERT_EQ(MergeRecords(dead, b).state, MemberState::kDead);
  }
}

// Tables that hear the same statements in any order, and some twice, hold the same.
TEST_F(MemberOrderTest, TablesConvergeWhateverTheOrder) {
  const TimePoint now{seconds(10'000)};
  for (int round = 0; round < 300; ++round) {
    std::vector<MemberRecord> heard;
    for (int i = 0; i < 12; ++i) {
      MemberRecord r = RandomRecord(rng_, static_cast<std::uint8_t>(2 + rng_.Uniform(3)));
      // Two of the members have one address: the later one supersedes the earlier.
      r.endpoint = Endpoint::V4(
          {10, 0, 0, r.id.bytes[0] == std::byte{4} ? std::uint8_t{2} : std::uint8_t{3}}, 80);
      r.seat = 1;
      r.phase = Phase::kReady;
      heard.push_back(r);
    }
    std::vector<std::vector<std::string>> views;
    for (int order = 0; order < 4; ++order) {
      MemberTable table(99);
      rng_.Shuffle(heard);
      for (const MemberRecord& r : heard) table.Merge(now, r);
      table.Merge(now, heard.front());
      std::vector<std::string> view = {ToHex64(table.view_hash())};
      table.ForEach([&](const Member& e) {
        view.push_back(ToHex64(e.record.key()) + " " + std::to_string(e.record.boot) + " " +
                       std::to_string(e.record.incarnation) + " " +
                       std::to_string(static_cast<int>(e.record.state)));
      });
      views.push_back(view);
    }
    for (const auto& view : views) ASSERT_EQ(view, views.front()) << "round " << round;
  }
}

TEST(MemberOrder, BootNumbersExpandToTheNearest) {
  const std::uint64_t near = (5ULL << 32) | 0x10;
  EXPECT_EQ(ExpandBoot(0x10, near), near);
  EXPECT_EQ(ExpandBoot(0x11, near), near + 1);
  EXPECT_EQ(ExpandBoot(0xfffffff0, near), near - 0x20);
  EXPECT_EQ(ExpandBoot(0x10, (5ULL << 32) | 0xfffffff0), (6ULL << 32) | 0x10);
}

TEST(MemberOrder, ImplausibleRecordsAreSeen) {
  const WallTime wall{1'800'000'000'000};
  MemberRecord good = SampleRecord();
  good.boot = BootAt(wall);
  EXPECT_TRUE(IsPlausible(good, wall));
  const auto with = [&](auto change) {
    MemberRecord r = good;
    change(r);
    return IsPlausible(r, wall);
  };
  EXPECT_FALSE(with([](MemberRecord& r) { r.id = {}; }));
  EXPECT_FALSE(with([](MemberRecord& r) { r.boot = 0; }));
  EXPECT_TRUE(with([](MemberRecord& r) { r.boot += kMaxBootLead; }));
  EXPECT_FALSE(with([](MemberRecord& r) { r.boot += kMaxBootLead + 1; }));
  EXPECT_FALSE(with([](MemberRecord& r) { r.boot *= 2; }));
  for (const char* address : {"0.0.0.0:80", "[::]:80", "224.0.0.1:80", "255.255.255.255:80",
                              "[ff02::1]:80", "10.0.0.1:0"}) {
    EXPECT_FALSE(with([&](MemberRecord& r) { r.endpoint = *Endpoint::Parse(address); })) << address;
  }
  EXPECT_FALSE(with([](MemberRecord& r) { r.incarnation = kFinalIncarnation; }));
  EXPECT_FALSE(with([](MemberRecord& r) { r.proto_min = 3; }));
  EXPECT_FALSE(with([](MemberRecord& r) {
    r.state = MemberState::kDead;
    r.death_reason = DeathReason::kSuperseded;
  }));
  EXPECT_TRUE(with([](MemberRecord& r) {
    r.state = MemberState::kDead;
    r.death_reason = DeathReason::kSuperseded;
    r.incarnation = kFinalIncarnation;
  }));
}

}  // namespace
}  // namespace vf
