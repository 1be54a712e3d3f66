// The simulator's engine: one push and one pop with so many events pending; one datagram's fate.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/engine/event_queue.h"
#include "tools/cluster-sim/engine/trace_hash.h"
#include "tools/cluster-sim/network/network.h"

namespace vf::sim {
namespace {

// What a member's day looks like: seven of eight events arrive after a packet's delay or so, one is
// a timer within the next two seconds. With more pending events the timers get later.
void BM_PushPop(benchmark::State& state) {
  const auto pending = static_cast<std::uint64_t>(state.range(0));
  EventQueue queue{TimePoint()};
  Rng rng(1);
  // Drawn before: it is the queue that is measured.
  std::vector<Duration> delays(1 << 16);
  for (std::size_t i = 0; i < delays.size(); ++i) {
    delays[i] = i % 8 == 0 ? rng.Between({}, seconds(2)) : rng.Between({}, microseconds(600));
  }
  for (std::uint64_t i = 0; i < pending; ++i) {
    queue.Push(TimePoint(rng.Between({}, seconds(2))), 0, 0, i);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    Event event;
    queue.Pop(kNever, event);
    benchmark::DoNotOptimize(event);
    queue.Push(event.at + delays[next++ % delays.size()], 1, 2, 3);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PushPop)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

// The worst mixture: every delay is anywhere in `range` seconds, so each event goes through both
// wheels, or the heap, and nothing is near anything in memory.
void BM_PushPopTimers(benchmark::State& state) {
  const auto pending = static_cast<std::uint64_t>(state.range(0));
  const Duration range = seconds(state.range(1));
  EventQueue queue{TimePoint()};
  Rng rng(1);
  for (std::uint64_t i = 0; i < pending; ++i)
    queue.Push(TimePoint(rng.Between({}, range)), 0, 0, i);
  for (auto _ : state) {
    Event event;
    queue.Pop(kNever, event);
    benchmark::DoNotOptimize(event);
    queue.Push(event.at + rng.Between({}, range), 1, 2, 3);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PushPopTimers)
    ->Args({10'000, 10})
    ->Args({100'000, 10})
    ->Args({1'000'000, 10})
    ->Args({1'000'000, 100});

void BM_SendDatagram(benchmark::State& state) {
  NetworkSpec spec;
  spec.loss = static_cast<double>(state.range(0)) / 100;
  Network network(spec, 10'000, Rng(1));
  for (int i = 0; i < state.range(1); ++i) {
    network.Add({.kind = Disturbance::Kind::kBurstLoss, .strength = 0.01, .hosts = {1, 2, 3}});
  }
  Rng rng(2);
  std::vector<HostNumber> hosts(1 << 12);
  for (HostNumber& host : hosts) host = static_cast<HostNumber>(rng.Uniform(10'000));
  std::size_t next = 0;
  for (auto _ : state) {
    const HostNumber from = hosts[next % hosts.size()], to = hosts[(next + 1) % hosts.size()];
    ++next;
    benchmark::DoNotOptimize(network.SendDatagram(TimePoint(), from, to));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SendDatagram)
    ->ArgNames({"loss%", "disturbances"})
    ->Args({0, 0})
    ->Args({5, 0})
    ->Args({5, 4});

void BM_TraceHash(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)));
  TraceHash hash;
  for (auto _ : state) hash.Add(TimePoint(), 1, 2, bytes);
  benchmark::DoNotOptimize(hash.value());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TraceHash)->Arg(0)->Arg(200);

}  // namespace
}  // namespace vf::sim
