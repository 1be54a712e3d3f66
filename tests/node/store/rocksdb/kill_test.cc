// A process that is killed while it writes: all that it called stored is there, whole.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "tests/node/store/rocksdb/disk_folder.h"
#include "tests/node/store/rocksdb/numbered_record.h"

namespace vf {
namespace {

// Lets a writer run for a while, kills it, and returns the number after the last that it told of.
std::uint64_t RunAndKill(const std::string& folder, bool sync, std::uint64_t first,
                         std::uint64_t least, Duration then) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string arguments[] = {VF_DISK_WRITER, folder, sync ? "1" : "0", std::to_string(first)};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                  arguments[3].data(), nullptr};
  pid_t writer = 0;
  EXPECT_EQ(posix_spawn(&writer, VF_DISK_WRITER, &actions, nullptr, argv, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);

  std::uint64_t next = first, number = 0;
  const auto read_one = [&] {
    if (read(ends[0], &number, sizeof(number)) != sizeof(number)) return false;
    next = std::max(next, number + 1);
    return true;
  };
  while (next < first + least && read_one()) {
  }
  std::thread killer([&] {
    std::this_thread::sleep_for(then);
    kill(writer, SIGKILL);
  });
  while (read_one()) {
  }
  killer.join();
  int status = 0;
  waitpid(writer, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
  close(ends[0]);
  return next;
}

void KillAgainAndAgain(bool sync, int rounds) {
  DiskFolder folder;
  Rng rng(sync ? 1 : 2);
  std::uint64_t first = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::uint64_t told = RunAndKill(folder.path(), sync, first, 1 + rng.Uniform(100),
                                          microseconds(rng.Uniform(60'000)));
    const StartReport report = folder.Open();
    EXPECT_FALSE(report.clean);
    for (std::uint64_t i = first; i < told; ++i) {
      const RecordRef put = NumberedRecord(i);
      const RecordRef found = folder.store->Get(PartitionOfNumber(i), put.key());
      ASSERT_TRUE(found) << i << " of " << told;
      ASSERT_EQ(found.view(), put.view());
    }
    for (Partition p = 0; p < 16; ++p) {
      std::uint64_t digest = 0;
      for (const RecordRef& record : folder.store->Scan(p, 0, SIZE_MAX).records) {
        digest ^= record.hash();
      }
      ASSERT_EQ(folder.store->Digest(p), digest);
    }
    // What it wrote, and did not come to tell of, is there as well: the next writes after it.
    first = told;
    while (folder.store->Get(PartitionOfNumber(first), NumberedRecord(first).key())) ++first;
    EXPECT_EQ(report.records, first) << "and nothing after a gap";
    folder.store.reset();
  }
}

TEST(DiskKillTest, NothingThatWasCalledStoredIsLost) { KillAgainAndAgain(/*sync=*/false, 15); }

TEST(DiskKillTest, NorWhatWasSynced) { KillAgainAndAgain(/*sync=*/true, 10); }

}  // namespace
}  // namespace vf
