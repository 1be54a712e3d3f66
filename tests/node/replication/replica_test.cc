#include "node/replication/replica.h"

#include <gtest/gtest.h>

#include <functional>

#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

constexpr TimePoint kNow = TimePoint(hours(1));
constexpr WallTime kWall{1'700'000'000'000};

// Runs something between the store and the look at the view.
class MeddlingStore final : public Store {
 public:
  explicit MeddlingStore(MemoryEngine& engine) : engine_(engine) {}
  PutResult Put(Partition partition, RecordRef record) override {
    const PutResult result = engine_.Put(partition, std::move(record));
    if (after_put) after_put();
    return result;
  }
  RecordRef Get(Partition p, std::string_view key) const override { return engine_.Get(p, key); }
  ExpiryTurn Expire(WallTime wall, std::size_t max_records) override {
    return engine_.Expire(wall, max_records);
  }
  std::uint64_t Digest(Partition p) const override { return engine_.Digest(p); }
  std::uint64_t Digest(Partition p, WallTime wall) const override {
    return engine_.Digest(p, wall);
  }
  BucketDigests DigestsOfBuckets(Partition p, WallTime wall) const override {
    return engine_.DigestsOfBuckets(p, wall);
  }
  Duration tombstone_age() const override { return engine_.tombstone_age(); }
  void Forget(WallTime wall) override { engine_.Forget(wall); }
  WallTime wall() const override { return engine_.wall(); }
  Stamp NextStamp(Partition p) override { return engine_.NextStamp(p); }
  TombstoneState Tombstones(Partition p) const override { return engine_.Tombstones(p); }
  std::size_t Collect(Partition p, TombstoneSweep& sweep, std::size_t max_records) override {
    return engine_.Collect(p, sweep, max_records);
  }
  StorePage Scan(Partition p, std::uint64_t from, std::size_t max_bytes) const override {
    return engine_.Scan(p, from, max_bytes);
  }
  bool DropAll(Partition p, std::uint64_t digest) override { return engine_.DropAll(p, digest); }
  bool Close(Partition p) override { return engine_.Close(p); }
  std::uint64_t RecordCount(Partition p) const override { return engine_.RecordCount(p); }
  StoreStats Stats() const override { return engine_.Stats(); }
  Partition partition_count() const override { return engine_.partition_count(); }

  std::function<void()> after_put;

 private:
  MemoryEngine& engine_;
};

struct Fixture {
  Fixture()
      : views(1),
        engine({.partition_count = 256}),
        store(engine),
        states(256),
        copies{store, states, &writers},
        replica(&copies, views, clock) {
    views.Set({TestMember(1), TestMember(2), TestMember(3)});
  }
  StoreRequest Store(std::uint64_t version, std::string_view value = "v") const {
    return {1, views.view()->ListOf(partition).hash,
            RecordRef::Make({.key = "apple", .value = value, .version = {version}})};
  }

  void ComesInSync() {
    states.Begin(partition);
    EXPECT_TRUE(states.Complete(partition));
  }

  const Partition partition = PartitionOf(HashKey("apple"), 2);
  TestViews views;
  MemoryEngine engine;
  MeddlingStore store;
  CopyStates states;
  RecentWriters writers;
  LocalCopies copies;
  HybridClock clock;
  Replica replica;
};

TEST(ReplicaTest, StoresAndSaysWhetherItsCopyWasComplete) {
  Fixture f;
  StoreReply reply = f.replica.OnStore(kNow, kWall, f.Store(5));
  EXPECT_EQ(reply.outcome, StoreOutcome::kStored);
  EXPECT_FALSE(reply.in_sync);
  EXPECT_FALSE(reply.list.differs());
  f.ComesInSync();
  reply = f.replica.OnStore(kNow, kWall, f.Store(6));
  EXPECT_TRUE(reply.in_sync);
  EXPECT_EQ(f.engine.Get(f.partition, "apple").version(), Version{6});
}

TEST(ReplicaTest, NamesTheGreaterRecord) {
  Fixture f;
  f.replica.OnStore(kNow, kWall, f.Store(9));
  const StoreReply reply = f.replica.OnStore(kNow, kWall, f.Store(5));
  EXPECT_EQ(reply.outcome, StoreOutcome::kSuperseded);
  EXPECT_EQ(reply.winner, Version{9});
}

TEST(ReplicaTest, WhatExpiredOnItsWayIsStoredAsATombstone) {
  Fixture f;
  StoreRequest late = f.Store(5);
  late.record =
      RecordRef::Make({.key = "apple", .value = "red", .version = {5}, .expiry_ms = kWall.ms});
  EXPECT_EQ(f.replica.OnStore(kNow, kWall, late).outcome, StoreOutcome::kStored);
  EXPECT_TRUE(f.engine.Get(f.partition, "apple").view().tombstone);
  late.record =
      RecordRef::Make({.key = "apple", .value = "red", .version = {6}, .expiry_ms = kWall.ms + 1});
  EXPECT_EQ(f.replica.OnStore(kNow, kWall, late).outcome, StoreOutcome::kStored);
  EXPECT_FALSE(f.engine.Get(f.partition, "apple").view().tombstone);
}

// Found by cluster-sim: two frontends took one version, for a deletion and for a value with a ttl
// of a millisecond. It was acknowledged as equal to the tombstone, and not stamped again.
TEST(ReplicaTest, WhatExpiredOnItsWayIsNotTakenForATombstoneOfItsVersion) {
  Fixture f;
  f.engine.Put(f.partition, RecordRef::Make({.key = "apple", .version = {5}, .tombstone = true}));
  StoreRequest late = f.Store(5);
  late.record =
      RecordRef::Make({.key = "apple", .value = "red", .version = {5}, .expiry_ms = kWall.ms});
  const StoreReply reply = f.replica.OnStore(kNow, kWall, late);
  EXPECT_EQ(reply.outcome, StoreOutcome::kSuperseded);
  EXPECT_EQ(reply.winner, Version{5});
}

TEST(ReplicaTest, NamesTheFrontendOfTheGreaterRecordWhileItRemembers) {
  Fixture f;
  StoreRequest first = f.Store(9);
  first.frontend = 77;
  f.replica.OnStore(kNow, kWall, first);
  StoreRequest second = f.Store(5);
  second.frontend = 78;
  EXPECT_EQ(f.replica.OnStore(kNow, kWall, second).rival, 77u);
  first.frontend = kNoMember;  // a repair
  f.replica.OnStore(kNow, kWall, first);
  EXPECT_EQ(f.replica.OnStore(kNow, kWall, second).rival, 77u);
  f.engine.Put(f.partition, RecordRef::Make({.key = "apple", .value = "v", .version = {20}}));
  EXPECT_EQ(f.replica.OnStore(kNow, kWall, second).rival, kNoMember) << "it came with a pass";
}

TEST(ReplicaTest, OfOneVersionTheLesserValueIsSupersededAndTheGreaterOneTied) {
  Fixture f;
  const auto store = [&](std::string_view value, MemberKey frontend) {
    StoreRequest request = f.Store(9, value);
    request.frontend = frontend;
    return f.replica.OnStore(kNow, kWall, request);
  };
  EXPECT_EQ(store("b", 77).outcome, StoreOutcome::kStored);
  const StoreReply lesser = store("a", 78);
  EXPECT_EQ(lesser.outcome, StoreOutcome::kSuperseded);
  EXPECT_EQ(lesser.rival, 77u);
  const StoreReply greater = store("c", 79);
  EXPECT_EQ(greater.outcome, StoreOutcome::kTied);
  EXPECT_EQ(greater.winner, Version{9}) << "a write has to be above it";
  EXPECT_EQ(store("b", 77).rival, 79u);
}

TEST(ReplicaTest, AClosedPartitionStoresNothing) {
  Fixture f;
  EXPECT_TRUE(f.engine.Close(f.partition));
  EXPECT_EQ(f.replica.OnStore(kNow, kWall, f.Store(5)).outcome, StoreOutcome::kNotStoring);
  GiveRequest give;
  give.partition = f.partition;
  give.list_hash = f.views.view()->ListOf(f.partition).hash;
  give.records = {f.Store(5).record};
  EXPECT_EQ(f.replica.OnSync(kNow, give).outcome, SyncOutcome::kNotStoring);
}

TEST(ReplicaTest, AStoreMovesTheClock) {
  Fixture f;
  const Version version = VersionAt({kWall.ms + 1000});
  f.replica.OnStore(kNow, kWall, f.Store(version.value));
  EXPECT_EQ(f.clock.last(), version);
}

// The record that it stored may not be the newest: what it lacked arrived only then.
TEST(ReplicaTest, ACopyThatComesInSyncAfterTheStoreWasNotWhenItStored) {
  Fixture f;
  f.store.after_put = [&] { f.ComesInSync(); };
  EXPECT_FALSE(f.replica.OnStore(kNow, kWall, f.Store(5)).in_sync);
}

// Whoever was asked for a copy under the new list either has this write, or the writer hears of it.
TEST(ReplicaTest, LooksAtTheViewAfterTheStore) {
  Fixture f;
  const StoreRequest request = f.Store(5);
  f.store.after_put = [&] {
    f.views.Set({TestMember(1), TestMember(2), TestMember(3), TestMember(4, 1), TestMember(5, 2),
                 TestMember(6, 3), TestMember(7, 9), TestMember(8, 12)});
  };
  const StoreReply reply = f.replica.OnStore(kNow, kWall, request);
  EXPECT_EQ(reply.outcome, StoreOutcome::kStored);
  EXPECT_EQ(reply.list.hash, f.views.view()->ListOf(f.partition).hash);
  EXPECT_NE(reply.list.hash, request.list_hash);
  EXPECT_EQ(reply.list.members, f.views.view()->RecordsOf(kNow, f.partition));
}

TEST(ReplicaTest, DoesTheWorkUnderAnotherListToo) {
  Fixture f;
  StoreRequest request = f.Store(5);
  request.list_hash ^= 1;
  const StoreReply reply = f.replica.OnStore(kNow, kWall, request);
  EXPECT_EQ(reply.outcome, StoreOutcome::kStored);
  EXPECT_TRUE(reply.list.differs());
  EXPECT_TRUE(f.engine.Get(f.partition, "apple"));
}

TEST(ReplicaTest, ReadsOfAnIncompleteCopySaySo) {
  Fixture f;
  f.replica.OnStore(kNow, kWall, f.Store(5));
  const ReadRequest request{2, f.views.view()->ListOf(f.partition).hash, "apple"};
  ReadReply reply = f.replica.OnRead(kNow, request);
  EXPECT_EQ(reply.outcome, ReadOutcome::kNotInSync);
  EXPECT_EQ(reply.record.version(), Version{5});
  f.ComesInSync();
  reply = f.replica.OnRead(kNow, request);
  EXPECT_EQ(reply.outcome, ReadOutcome::kInSync);
}

TEST(ReplicaTest, AJoiningOneIsNeverInSyncToOthers) {
  Fixture f;
  f.views.Set({TestMemberInPhase(1, Phase::kSyncing), TestMember(2)});
  f.ComesInSync();
  EXPECT_EQ(f.replica.OnRead(kNow, {2, 0, "apple"}).outcome, ReadOutcome::kNotInSync);
  EXPECT_FALSE(f.replica.OnStore(kNow, kWall, f.Store(5)).in_sync);
}

TEST(ReplicaTest, SaysOfWhichPartitionsItsCopiesAreInSync) {
  Fixture f;
  const SharedClusterView view = f.views.view();
  f.ComesInSync();
  const Partition other = f.partition == 0 ? 1 : 0;
  const InSyncRequest request{
      7, {{f.partition, view->ListOf(f.partition).hash}, {other, view->ListOf(other).hash}}};
  const InSyncReply reply = f.replica.OnInSync(kNow, request);
  EXPECT_EQ(reply.request, 7u);
  EXPECT_EQ(reply.in_sync, (std::vector<bool>{true, false}));
  EXPECT_FALSE(reply.list.differs());
  f.states.DoubtAll();
  EXPECT_EQ(f.replica.OnInSync(kNow, request).in_sync, (std::vector<bool>{false, false}));
}

TEST(ReplicaTest, ByAnotherListNothingIsInSync) {
  Fixture f;
  f.ComesInSync();
  const std::uint64_t hash = f.views.view()->ListOf(f.partition).hash;
  const InSyncReply reply =
      f.replica.OnInSync(kNow, {7, {{f.partition, hash ^ 1}, {f.partition, hash}, {256, hash}}});
  EXPECT_EQ(reply.in_sync, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(reply.partition, f.partition);
  EXPECT_EQ(reply.list.hash, hash);
  EXPECT_EQ(reply.list.members.size(), 3u);
}

TEST(ReplicaTest, WithoutStorageOrBeforeTheJoinNothingIsStored) {
  Fixture f;
  Replica frontend(nullptr, f.views, f.clock);
  EXPECT_EQ(frontend.OnStore(kNow, kWall, f.Store(5)).outcome, StoreOutcome::kNotStoring);
  EXPECT_EQ(frontend.OnRead(kNow, {2, 0, "apple"}).outcome, ReadOutcome::kNotStoring);
  EXPECT_EQ(frontend.OnSync(kNow, CompareRequest{2, 0, 1, 0}).outcome, SyncOutcome::kNotStoring);
  EXPECT_EQ(frontend.OnInSync(kNow, {2, {{0, 1}}}).in_sync, std::vector<bool>{false});
  TestViews unjoined(1);
  Replica early(&f.copies, unjoined, f.clock);
  EXPECT_EQ(early.OnStore(kNow, kWall, f.Store(5)).outcome, StoreOutcome::kNotStoring);
  EXPECT_EQ(early.OnSync(kNow, CompareRequest{2, 0, 1, 0}).outcome, SyncOutcome::kNotStoring);
}

TEST(ReplicaTest, PassesMoveNothingUnderAnotherList) {
  Fixture f;
  f.replica.OnStore(kNow, kWall, f.Store(5));
  PullRequest pull{2, 1, f.partition, {}, 0};
  pull.buckets.set();
  const PullReply pulled = f.replica.OnSync(kNow, pull);
  EXPECT_EQ(pulled.outcome, SyncOutcome::kOtherList);
  EXPECT_TRUE(pulled.list.differs());
  EXPECT_TRUE(pulled.records.empty());
  const RecordRef record = RecordRef::Make({.key = "apple", .value = "v", .version = {9}});
  const GiveReply given = f.replica.OnSync(kNow, GiveRequest{2, 1, f.partition, {record}});
  EXPECT_EQ(given.outcome, SyncOutcome::kOtherList);
  EXPECT_EQ(f.engine.Get(f.partition, "apple").version(), Version{5});
}

TEST(ReplicaTest, EqualDigestsCostOneMessage) {
  Fixture f;
  f.replica.OnStore(kNow, kWall, f.Store(5));
  const std::uint64_t hash = f.views.view()->ListOf(f.partition).hash;
  const std::uint64_t digest = f.engine.Digest(f.partition);
  const CompareReply equal = f.replica.OnSync(kNow, CompareRequest{2, hash, f.partition, digest});
  EXPECT_EQ(equal.outcome, SyncOutcome::kDone);
  EXPECT_TRUE(equal.equal);
  const CompareReply other =
      f.replica.OnSync(kNow, CompareRequest{2, hash, f.partition, digest ^ 1});
  EXPECT_FALSE(other.equal);
  EXPECT_EQ(other.buckets, f.engine.DigestsOfBuckets(f.partition, {}));
}

TEST(ReplicaTest, PartitionsThatDoNotExistAreRefused) {
  Fixture f;
  EXPECT_EQ(f.replica.OnSync(kNow, CompareRequest{2, 0, 256, 0}).outcome, SyncOutcome::kNotStoring);
}

}  // namespace
}  // namespace vf
