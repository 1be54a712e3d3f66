#include "node/store/rocksdb/log_syncer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <semaphore>
#include <thread>
#include <vector>

namespace vf::disk {
namespace {

// A disk that syncs when it is told to.
struct Gate {
  SyncResult Sync() {
    ++begun;
    const std::uint64_t target = written.load();
    go.acquire();
    durable = target;
    return works.load() ? SyncResult::kDone : SyncResult::kFailed;
  }
  std::atomic<int> begun{0};
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> durable{0};
  std::atomic<bool> works{true};
  std::counting_semaphore<> go{0};
};

TEST(LogSyncerTest, WithNothingWrittenEverythingIsDurable) {
  LogSyncer syncer([] { return SyncResult::kDone; });
  EXPECT_TRUE(syncer.IsDurable());
  bool told = false;
  syncer.WhenDurable([&](bool durable) { told = durable; });
  EXPECT_TRUE(told) << "at once";
}

TEST(LogSyncerTest, OneSyncIsForAllWhoWroteBeforeIt) {
  Gate gate;
  LogSyncer syncer([&] { return gate.Sync(); });
  std::vector<std::promise<bool>> told(3);
  const auto write = [&](std::size_t i) {
    ++gate.written;
    syncer.NoteWrite();
    syncer.WhenDurable([&, i](bool durable) { told[i].set_value(durable); });
  };
  write(0);
  while (gate.begun.load() < 1) std::this_thread::yield();
  // These come while the first sync is under way, which need not cover them.
  write(1);
  write(2);
  EXPECT_FALSE(syncer.IsDurable());
  gate.go.release();
  EXPECT_TRUE(told[0].get_future().get());
  gate.go.release();
  EXPECT_TRUE(told[1].get_future().get());
  EXPECT_TRUE(told[2].get_future().get());
  EXPECT_EQ(gate.begun.load(), 2);
  EXPECT_TRUE(syncer.IsDurable());
}

TEST(LogSyncerTest, AfterAFailedSyncNobodyIsToldThatAnythingIsDurable) {
  Gate gate;
  gate.works = false;
  LogSyncer syncer([&] { return gate.Sync(); });
  syncer.NoteWrite();
  std::promise<bool> first, meanwhile;
  syncer.WhenDurable([&](bool durable) { first.set_value(durable); });
  while (gate.begun.load() < 1) std::this_thread::yield();
  syncer.NoteWrite();
  syncer.WhenDurable([&](bool durable) { meanwhile.set_value(durable); });
  gate.go.release();
  EXPECT_FALSE(first.get_future().get());
  EXPECT_FALSE(meanwhile.get_future().get());
  bool later = true;
  syncer.WhenDurable([&](bool durable) { later = durable; });
  EXPECT_FALSE(later);
  EXPECT_FALSE(syncer.IsDurable());
  EXPECT_EQ(gate.begun.load(), 1);
}

TEST(LogSyncerTest, WhoWaitsWhileItCannotBeTriedIsToldSoAndOthersLaterAreNot) {
  std::atomic<bool> full{true};
  LogSyncer syncer([&] { return full ? SyncResult::kNotNow : SyncResult::kDone; });
  const auto ask = [&] {
    std::promise<bool> told;
    syncer.WhenDurable([&](bool durable) { told.set_value(durable); });
    return told.get_future().get();
  };
  syncer.NoteWrite();
  EXPECT_FALSE(ask());
  EXPECT_FALSE(syncer.IsDurable());
  full = false;
  EXPECT_TRUE(ask());
  EXPECT_TRUE(syncer.IsDurable());
}

TEST(LogSyncerTest, WhoeverWaitsAtTheEndIsTold) {
  int told = 0;
  {
    LogSyncer syncer([] { return SyncResult::kDone; });
    for (int i = 0; i < 100; ++i) {
      syncer.NoteWrite();
      syncer.WhenDurable([&](bool durable) { told += durable ? 1 : 0; });
    }
  }
  EXPECT_EQ(told, 100);
}

// What a waiter is told is true, whatever the threads do.
TEST(LogSyncerTest, ManyThreadsAreToldOnlyOfWhatWasSynced) {
  std::atomic<std::uint64_t> written{0}, synced{0};
  std::atomic<int> wrong{0}, told{0};
  {
    LogSyncer syncer([&] {
      const std::uint64_t now = written.load();
      std::this_thread::yield();
      synced = now;
      return SyncResult::kDone;
    });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2'000; ++i) {
          const std::uint64_t mine = ++written;
          syncer.NoteWrite();
          syncer.WhenDurable([&, mine](bool durable) {
            if (!durable || synced.load() < mine) ++wrong;
            ++told;
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(told.load(), 8'000);
}

}  // namespace
}  // namespace vf::disk
