// The engine on disk beside the one in memory: puts, gets, commits that wait for the disk, and how
// long a start takes. Keys of 16 and values of 100 bytes; folders under the system's temporary one.
//
// BM_Start with 10,000,000 records writes 2 GB first:
//   vf_bench_disk --benchmark_filter='BM_Start/10000000'
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/rng.h"
#include "bench/store/bench_keys.h"
#include "node/store/memory_engine.h"
#include "node/store/rocksdb/open_store.h"
#include "tests/support/temporary_folder.h"

namespace vf {
namespace {

constexpr std::uint64_t kRecords = 1'000'000;
constexpr std::uint64_t kMemoryBytes = std::uint64_t{512} << 20;

enum Kind : std::int64_t { kMemory = 0, kDisk = 1, kDiskSync = 2 };

// A store of a kind, in a folder that goes with it.
struct Tested {
  explicit Tested(std::int64_t kind) : kind_(kind) { Open(); }

  void Open() {
    if (kind_ == kMemory) {
      store = std::make_unique<MemoryEngine>(MemoryEngineOptions{.partition_count = kPartitions});
      return;
    }
    auto opened = OpenDiskStore({.folder = folder_ / "store",
                                 .partition_count = kPartitions,
                                 .sync = kind_ == kDiskSync,
                                 .memory_bytes = kMemoryBytes});
    VF_CHECK(opened.ok(), "a store on disk");
    store = std::move(opened->store);
  }
  void Fill(std::uint64_t records, std::size_t value_bytes) {
    const std::string value(value_bytes, 'v');
    for (std::uint64_t i = 0; i < records; ++i) {
      store->Put(PartitionOf(i),
                 RecordRef::Make({.key = KeyOf(i), .value = value, .version = {1}}));
    }
  }
  // What is on disk is read from the disk the next time.
  void Cool() const {
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "store")) {
      const int opened = open(file.path().c_str(), O_RDONLY);
      fdatasync(opened);
      posix_fadvise(opened, 0, 0, POSIX_FADV_DONTNEED);
      close(opened);
    }
  }

  std::unique_ptr<Store> store;

 private:
  const TemporaryFolder folder_;
  const std::int64_t kind_;
};

std::unique_ptr<Tested> shared;  // by the threads of one benchmark

void Begin(const benchmark::State& state, std::uint64_t records) {
  if (state.thread_index() != 0) return;
  shared = std::make_unique<Tested>(state.range(0));
  shared->Fill(records, 100);
}
void End(const benchmark::State& state) {
  if (state.thread_index() == 0) shared.reset();
}

void BM_PutNew(benchmark::State& state) {
  Begin(state, 0);
  const std::string value(100, 'w');
  std::uint64_t number = std::uint64_t(state.thread_index()) << 40;
  for (auto _ : state) {
    ++number;
    const std::string key = KeyOf(number * 0x9E3779B97F4A7C15);
    shared->store->Put(PartitionOf(number),
                       RecordRef::Make({.key = key, .value = value, .version = {1}}));
  }
  state.SetItemsProcessed(state.iterations());
  End(state);
}
BENCHMARK(BM_PutNew)->Arg(kMemory)->Arg(kDisk)->ThreadRange(1, 2)->UseRealTime();

void BM_PutReplacing(benchmark::State& state) {
  Begin(state, kRecords);
  const std::string value(100, 'w');
  Rng rng(static_cast<std::uint64_t>(state.thread_index()));
  std::uint64_t version = 1;
  for (auto _ : state) {
    const std::uint64_t number = rng.Uniform(kRecords);
    shared->store->Put(
        PartitionOf(number),
        RecordRef::Make({.key = KeyOf(number), .value = value, .version = {++version}}));
  }
  state.SetItemsProcessed(state.iterations());
  End(state);
}
BENCHMARK(BM_PutReplacing)->Arg(kMemory)->Arg(kDisk)->ThreadRange(1, 2)->UseRealTime();

void BM_Get(benchmark::State& state) {
  Begin(state, kRecords);
  Rng rng(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const std::uint64_t number = rng.Uniform(kRecords);
    benchmark::DoNotOptimize(shared->store->Get(PartitionOf(number), KeyOf(number)));
  }
  state.SetItemsProcessed(state.iterations());
  End(state);
}
BENCHMARK(BM_Get)->Arg(kMemory)->Arg(kDisk)->ThreadRange(1, 2)->UseRealTime();

// Answers in flight that wait for the disk, as many as the second argument says.
void BM_Commit(benchmark::State& state) {
  Tested tested(kDiskSync);
  const auto most = static_cast<int>(state.range(0));
  const std::string value(100, 'w');
  std::mutex mutex;
  std::condition_variable wake;
  int in_flight = 0;
  std::uint64_t number = 0;
  const auto wait_below = [&](int limit) {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return in_flight < limit; });
  };
  for (auto _ : state) {
    wait_below(most);
    ++number;
    tested.store->Put(PartitionOf(number),
                      RecordRef::Make({.key = KeyOf(number), .value = value, .version = {1}}));
    {
      const std::lock_guard lock(mutex);
      ++in_flight;
    }
    tested.store->WhenDurable([&](bool) {
      const std::lock_guard lock(mutex);
      --in_flight;
      wake.notify_one();
    });
  }
  wait_below(1);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Commit)->Arg(1)->Arg(64)->Arg(1'024)->UseRealTime();

// What the device can do: one fdatasync for each append of 130 bytes.
void BM_Fdatasync(benchmark::State& state) {
  const TemporaryFolder folder;
  const std::string bytes(130, 'w');
  const int file = open((folder / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  for (auto _ : state) {
    benchmark::DoNotOptimize(write(file, bytes.data(), bytes.size()));
    fdatasync(file);
  }
  close(file);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Fdatasync)->UseRealTime();

void BM_PutLarge(benchmark::State& state) {
  Tested tested(kDisk);
  const std::string value(static_cast<std::size_t>(state.range(0)), 'w');
  Rng rng(1);
  std::uint64_t version = 1;
  for (auto _ : state) {
    const std::uint64_t number = rng.Uniform(1'000);
    tested.store->Put(
        PartitionOf(number),
        RecordRef::Make({.key = KeyOf(number), .value = value, .version = {++version}}));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_PutLarge)->Arg(1'000)->Arg(16'000)->Arg(256'000)->UseRealTime();

// Closed in order, read from the disk.
void BM_Start(benchmark::State& state) {
  Tested tested(kDisk);
  tested.Fill(static_cast<std::uint64_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  double resident = 0;
  for (auto _ : state) {
    state.PauseTiming();
    tested.store.reset();
    tested.Cool();
    const std::size_t before = ResidentBytes();
    state.ResumeTiming();
    tested.Open();
    resident = static_cast<double>(ResidentBytes()) - static_cast<double>(before);
  }
  VF_CHECK(tested.store->Stats().live_records == static_cast<std::uint64_t>(state.range(0)),
           "all records are there");
  state.counters["resident_MB"] = resident / 1e6;
  state.counters["estimated_MB"] = static_cast<double>(tested.store->Stats().memory_bytes) / 1e6;
}
BENCHMARK(BM_Start)
    ->Args({1'000'000, 100})
    ->Args({10'000'000, 100})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace vf
