// How fast the simulator runs members at rest, and what one of them weighs. An iteration is one
// virtual second of all of them; items are events (timers and deliveries).
//   build/release/bin/membership_bench --benchmark_filter=/10000
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstddef>
#include <memory>

#include "tools/cluster-sim/membership/member_cluster.h"

namespace vf::sim {
namespace {

void BM_MembersAtRest(benchmark::State& state) {
  MemberClusterOptions options;
  options.nodes = static_cast<std::size_t>(state.range(0));
  const std::size_t heap_before = mallinfo2().uordblks;
  MemberCluster cluster(options);
  cluster.RunUntil(cluster.now() + seconds(2));
  const std::size_t heap = mallinfo2().uordblks - heap_before;
  const std::uint64_t events_before = cluster.events();
  for (auto _ : state) cluster.RunUntil(cluster.now() + seconds(1));
  state.SetItemsProcessed(static_cast<std::int64_t>(cluster.events() - events_before));
  state.counters["sizeof_core"] = sizeof(SwimCore<MemberCluster::Table>);
  state.counters["heap_a_member"] = static_cast<double>(heap) / static_cast<double>(options.nodes);
}
BENCHMARK(BM_MembersAtRest)->Arg(100)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vf::sim
