// The memory engine alone: get, put and scan with keys of 16 and values of 100 bytes.
// `resident_B_per_record` is what the process really grew by, the heap's own overhead included.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "bench/store/bench_keys.h"
#include "node/store/memory_engine.h"

namespace vf {
namespace {

std::unique_ptr<MemoryEngine> FilledEngine(std::uint64_t records) {
  auto engine = std::make_unique<MemoryEngine>(MemoryEngineOptions{.partition_count = kPartitions});
  const std::string value(100, 'v');
  for (std::uint64_t i = 0; i < records; ++i) {
    engine->Put(PartitionOf(i), RecordRef::Make({.key = KeyOf(i), .value = value, .version = {1}}));
  }
  return engine;
}

void BM_Fill(benchmark::State& state) {
  const auto records = static_cast<std::uint64_t>(state.range(0));
  double estimated = 0, resident = 0;
  for (auto _ : state) {
    malloc_trim(0);
    const std::size_t before = ResidentBytes();
    const auto engine = FilledEngine(records);
    resident = static_cast<double>(ResidentBytes() - before);
    estimated = static_cast<double>(engine->Stats().memory_bytes);
  }
  const auto each = static_cast<double>(records);
  state.counters["estimated_B_per_record"] = estimated / each;
  state.counters["resident_B_per_record"] = resident / each;
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Fill)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_Get(benchmark::State& state) {
  const auto records = static_cast<std::uint64_t>(state.range(0));
  const auto engine = FilledEngine(records);
  Rng rng(1);
  std::vector<std::string> keys;
  std::vector<Partition> partitions;
  for (int i = 0; i < 4096; ++i) {
    const std::uint64_t number = rng.Uniform(records);
    keys.push_back(KeyOf(number));
    partitions.push_back(PartitionOf(number));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(engine->Get(partitions[i], keys[i]));
    i = (i + 1) % keys.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Get)->Arg(10'000)->Arg(1'000'000);

void BM_PutReplacing(benchmark::State& state) {
  const auto records = static_cast<std::uint64_t>(state.range(0));
  const auto engine = FilledEngine(records);
  const std::string value(100, 'w');
  Rng rng(1);
  std::uint64_t version = 1;
  for (auto _ : state) {
    const std::uint64_t number = rng.Uniform(records);
    engine->Put(PartitionOf(number),
                RecordRef::Make({.key = KeyOf(number), .value = value, .version = {++version}}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PutReplacing)->Arg(10'000)->Arg(1'000'000);

// As PutReplacing, with a ttl: each put moves the expiry of its record.
void BM_PutWithExpiry(benchmark::State& state) {
  const auto records = static_cast<std::uint64_t>(state.range(0));
  const auto engine = FilledEngine(records);
  const std::string value(100, 'w');
  Rng rng(1);
  std::uint64_t version = 1;
  for (auto _ : state) {
    const std::uint64_t number = rng.Uniform(records);
    ++version;
    engine->Put(PartitionOf(number), RecordRef::Make({.key = KeyOf(number),
                                                      .value = value,
                                                      .version = {version},
                                                      .expiry_ms = 1'000'000 + version / 1'000}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PutWithExpiry)->Arg(10'000)->Arg(1'000'000);

// One turn, with a mass of records that expire at the same moment.
void BM_ExpireTurn(benchmark::State& state) {
  constexpr std::uint64_t kRecords = 1'000'000;
  const auto turn = static_cast<std::size_t>(state.range(0));
  const std::string value(100, 'v');
  std::unique_ptr<MemoryEngine> engine;
  std::uint64_t left = 0;
  for (auto _ : state) {
    if (left < turn) {
      state.PauseTiming();
      engine = std::make_unique<MemoryEngine>(MemoryEngineOptions{.partition_count = kPartitions});
      for (std::uint64_t i = 0; i < kRecords; ++i) {
        engine->Put(
            PartitionOf(i),
            RecordRef::Make({.key = KeyOf(i), .value = value, .version = {1}, .expiry_ms = 1}));
      }
      left = kRecords;
      state.ResumeTiming();
    }
    left -= engine->Expire({1}, turn).expired;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ExpireTurn)->Arg(512)->Unit(benchmark::kMicrosecond);

// A deletion of a key that is there.
void BM_Delete(benchmark::State& state) {
  const auto records = static_cast<std::uint64_t>(state.range(0));
  std::unique_ptr<MemoryEngine> engine;
  std::uint64_t next = records;
  for (auto _ : state) {
    if (next == records) {
      state.PauseTiming();
      engine = FilledEngine(records);
      next = 0;
      state.ResumeTiming();
    }
    engine->Put(PartitionOf(next),
                RecordRef::Make({.key = KeyOf(next), .version = {next << 16}, .tombstone = true}));
    ++next;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Delete)->Arg(10'000)->Arg(1'000'000);

// What a million deleted keys take, and what is left of it when their tombstones are collected, in
// turns as the data thread has them.
void BM_CollectDeleted(benchmark::State& state) {
  constexpr std::uint64_t kRecords = 1'000'000;
  constexpr std::uint64_t kDeletedMs = 10'000'000;
  const auto turn = static_cast<std::size_t>(state.range(0));
  double live = 0, deleted = 0, left = 0, resident = 0, resident_left = 0;
  for (auto _ : state) {
    state.PauseTiming();
    malloc_trim(0);
    const std::size_t before = ResidentBytes();
    const auto engine = FilledEngine(kRecords);
    live = static_cast<double>(engine->Stats().memory_bytes);
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      engine->Put(
          PartitionOf(i),
          RecordRef::Make({.key = KeyOf(i), .version = {kDeletedMs << 16}, .tombstone = true}));
    }
    deleted = static_cast<double>(engine->Stats().memory_bytes);
    malloc_trim(0);
    resident = static_cast<double>(ResidentBytes() - before);
    for (Partition p = 0; p < kPartitions; ++p) engine->Forget({kDeletedMs + 3'600'000});
    state.ResumeTiming();
    for (Partition p = 0; p < kPartitions; ++p) {
      TombstoneSweep sweep;
      sweep.versions_below_ms = engine->Tombstones(p).forgotten_below_ms;
      sweep.stamps_below = engine->NextStamp(p);
      while (!sweep.done) engine->Collect(p, sweep, turn);
    }
    state.PauseTiming();
    left = static_cast<double>(engine->Stats().memory_bytes);
    malloc_trim(0);
    resident_left = static_cast<double>(ResidentBytes()) - static_cast<double>(before);
    state.ResumeTiming();
  }
  state.counters["live_B_per_record"] = live / kRecords;
  state.counters["deleted_B_per_record"] = deleted / kRecords;
  state.counters["collected_B_per_record"] = left / kRecords;
  state.counters["resident_deleted_B"] = resident / kRecords;
  state.counters["resident_collected_B"] = resident_left / kRecords;
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRecords));
}
BENCHMARK(BM_CollectDeleted)->Arg(512)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_ScanPage(benchmark::State& state) {
  const auto engine = FilledEngine(1'000'000);
  std::int64_t seen = 0;
  std::uint64_t from = 0;
  for (auto _ : state) {
    const StorePage page = engine->Scan(0, from, 65'536);
    from = page.last ? 0 : page.next;
    seen += static_cast<std::int64_t>(page.records.size());
  }
  state.SetItemsProcessed(seen);
}
BENCHMARK(BM_ScanPage);

}  // namespace
}  // namespace vf
