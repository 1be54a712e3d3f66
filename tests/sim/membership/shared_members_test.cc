// A table over shared members is a member table: whatever happens, both say the same.
#include "tools/cluster-sim/membership/shared_members.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

#include "base/rng.h"
#include "gossip/members/member_order.h"

namespace vf::sim {
namespace {

constexpr TimePoint kStart{seconds(1000)};
constexpr std::uint64_t kBoot = 28'125'000'000;

Endpoint EndpointOf(std::uint64_t number) {
  return Endpoint::V4(
      {10, 0, static_cast<std::uint8_t>(number / 200), static_cast<std::uint8_t>(1 + number % 200)},
      8000);
}

MemberRecord RecordOf(MemberKey key, std::uint64_t place) {
  MemberRecord r;
  StoreBigEndian(r.id.bytes.data(), key);
  r.id.bytes[15] = std::byte{1};
  r.boot = kBoot;
  r.endpoint = EndpointOf(place);
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = key;
  r.meta_version = 1;
  r.phase = Phase::kReady;
  return r;
}

auto Facts(const Member* e) {
  return e == nullptr ? std::tuple(MemberRecord(), TimePoint(), false, false)
                      : std::tuple(e->record, e->since, e->verified, e->degraded);
}

// The same members in both kinds of table.
class Pair {
 public:
  Pair(const std::vector<MemberRecord>& members, MemberKey self)
      : own_(self),
        shared_(self, SharedMembers(std::make_shared<const MemberBase>(kStart, members))) {
    for (const MemberRecord& r : members) {  // In the order of keys.
      if (r.key() == self) {
        own_.SetSelf(kStart, r);
      } else {
        own_.Merge(kStart, r);
        own_.SetVerified(r.key());
      }
    }
  }

  template <typename Do>
  auto Both(const Do& action) {
    auto own = action(own_);
    auto shared = action(shared_);
    EXPECT_EQ(own, shared);
    return own;
  }
  template <typename Do>
  void Change(const Do& action) {
    action(own_);
    action(shared_);
  }

  void ExpectSame(TimePoint now, Rng& rng, const std::vector<MemberKey>& keys) {
    Both([](auto& t) { return t.live(); });
    Both([](auto& t) { return t.size(); });
    Both([](auto& t) { return t.healable(); });
    Both([](auto& t) { return t.slots(); });
    Both([](auto& t) { return t.view_hash(); });
    Both([](auto& t) { return t.NextEviction(seconds(20), seconds(100)); });
    for (std::size_t b = 0; b < 256; b += 1 + rng.Uniform(40)) {
      Both([&](auto& t) { return t.bucket_hash(b); });
      Both([&](auto& t) { return t.CountInBucket(b); });
      Both([&](auto& t) {
        std::vector<MemberRecord> records;
        t.ForEachInBucket(now, b, [&](const MemberRecord& r) { records.push_back(r); });
        return records;
      });
    }
    Both([](auto& t) {
      std::vector<MemberRecord> records;
      t.ForEach([&](const Member& e) { records.push_back(e.record); });
      return records;
    });
    for (std::size_t s = 0; s < own_.slots(); s += 1 + rng.Uniform(7)) {
      Both([&](auto& t) {
        const Member* member = t.ProbeTargetAt(s);
        return member == nullptr ? kNoMember : member->record.key();
      });
    }
    for (std::size_t i = 0; i < 5; ++i) {
      const MemberKey key = keys[rng.Uniform(keys.size())];
      Both([&](auto& t) { return Facts(t.Find(key)); });
      Both([&](auto& t) {
        const MemberRecord* record = t.FindRecord(key);
        return record == nullptr ? MemberRecord() : *record;
      });
      Both([&](auto& t) { return Facts(t.FindAt(EndpointOf(rng.Fork("at").Uniform(40)))); });
      const Rng draws = rng.Fork(rng.Next());
      Both([&](auto& t) {
        Rng same = draws;
        return t.SampleLive(same, 1 + i, [&](const Member& e) {
          return i % 2 == 0 || e.record.state == MemberState::kSuspect;
        });
      });
      Both([&](auto& t) {
        Rng same = draws;
        return t.healable() == 0 ? kNoMember : t.RandomHealable(same);
      });
    }
  }

 private:
  MemberTable own_;
  SharedMemberTable shared_;
};

TEST(SharedMembersTest, AnyHistoryLooksTheSameAsInATableOfItsOwn) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    const std::uint64_t members = 1 + rng.Uniform(40);
    std::vector<MemberRecord> base;
    std::vector<MemberKey> keys;
    for (std::uint64_t i = 0; i < members + 10; ++i) {
      keys.push_back((i + 1) << 58 | rng.Uniform(1 << 20));
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    rng.Shuffle(keys);
    for (std::uint64_t i = 0; i < members; ++i) base.push_back(RecordOf(keys[i], i));
    std::sort(base.begin(), base.end(),
              [](const MemberRecord& a, const MemberRecord& b) { return a.key() < b.key(); });
    const MemberKey self = keys[0];
    Pair tables(base, self);
    TimePoint now = kStart;
    for (int step = 0; step < 200; ++step) {
      now += rng.Between(Duration::zero(), seconds(1));
      const MemberKey key = keys[rng.Uniform(keys.size())];
      MemberRecord r = RecordOf(key, rng.Uniform(40));
      r.boot += rng.Uniform(3);
      r.incarnation = static_cast<std::uint32_t>(rng.Uniform(3));
      r.meta_version = 1 + static_cast<std::uint32_t>(rng.Uniform(2));
      r.state = static_cast<MemberState>(rng.Uniform(4));
      if (!r.IsLive()) r.age_s = static_cast<std::uint32_t>(rng.Uniform(5));
      switch (rng.Uniform(20)) {
        case 0:
          tables.Both([&](auto& t) { return t.Evict(now, seconds(20), seconds(100)); });
          break;
        case 1:
          tables.Change([&](auto& t) { t.SetVerified(key); });
          break;
        case 2:
          tables.Change([&](auto& t) { t.SetDegraded(key, true); });
          break;
        case 3:
          r = RecordOf(self, 0);
          r.incarnation = static_cast<std::uint32_t>(step);
          tables.Change([&](auto& t) { t.SetSelf(now, r); });
          break;
        case 4:
          if (rng.Chance(1, 20)) tables.Change([](auto& t) { t.Clear(); });
          break;
        default:
          if (key != self) tables.Both([&](auto& t) { return t.Merge(now, r); });
      }
      tables.ExpectSame(now, rng, keys);
      if (HasFailure()) return;
    }
  }
}

// What 10,000 processes at rest cost.
TEST(SharedMembersTest, OverlayOfAProcessAtRestIsEmpty) {
  std::vector<MemberRecord> base;
  for (MemberKey key = 1; key <= 100; ++key) base.push_back(RecordOf(key, key));
  SharedMembers members(std::make_shared<const MemberBase>(kStart, base));
  EXPECT_EQ(members.heap_bytes(), 0u);
  EXPECT_LE(sizeof(SharedMembers), 256u);
}

}  // namespace
}  // namespace vf::sim
