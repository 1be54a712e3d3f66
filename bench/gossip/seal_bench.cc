// What a cluster key costs: the seal of a datagram, and AUTH of a connection.
#include <benchmark/benchmark.h>

#include <variant>

#include "base/check.h"
#include "gossip/seal/datagram_seal.h"
#include "gossip/stream/auth.h"

namespace vf {
namespace {

ClusterKeys Keys() { return *ClusterKeys::Parse("0123456789abcdef0123456789abcdef\n"); }

// Of about so many bytes: 70 is a ping, kMaxUnsealedBytes the largest.
std::vector<std::byte> Datagram(std::size_t bytes) {
  DatagramBuilder builder({1, 0x1122334455667788, 3, 4, 5, 6, 0}, false, bytes);
  builder.Add(Ping{1, 0x1122334455667788, 3, MemberState::kAlive, 4});
  while (builder.AddUpdate(EncodeUpdate(Suspect{0x1122334455667788, 1, 2, 3, 1}))) {
  }
  return builder.Take();
}

void BM_Seal(benchmark::State& state) {
  DatagramSeal seal(Keys());
  const std::vector<std::byte> plain = Datagram(static_cast<std::size_t>(state.range(0)));
  std::vector<std::byte> bytes;
  for (auto _ : state) {
    bytes = plain;
    seal.Seal(bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(BM_Seal)->Arg(70)->Arg(300)->Arg(kMaxUnsealedBytes);

// Of datagrams that were not seen yet: each takes a seal, too, whose time is not counted.
void BM_Open(benchmark::State& state) {
  constexpr std::size_t kBatch = 512;
  DatagramSeal sender(Keys());
  DatagramSeal receiver(Keys());
  const std::vector<std::byte> plain = Datagram(static_cast<std::size_t>(state.range(0)));
  std::vector<std::vector<std::byte>> sealed(kBatch);
  std::size_t next = kBatch;
  for (auto _ : state) {
    if (next == kBatch) {
      state.PauseTiming();
      for (auto& bytes : sealed) {
        bytes = plain;
        sender.Seal(bytes);
      }
      next = 0;
      state.ResumeTiming();
    }
    const auto opened = receiver.Open(sealed[next++]);
    VF_CHECK(std::holds_alternative<ByteSpan>(opened), "it was not opened");
    benchmark::DoNotOptimize(opened);
  }
}
BENCHMARK(BM_Open)->Arg(70)->Arg(300)->Arg(kMaxUnsealedBytes);

// What a stranger costs: the tag is wrong.
void BM_OpenForged(benchmark::State& state) {
  DatagramSeal receiver(Keys());
  DatagramSeal sender(Keys());
  std::vector<std::byte> bytes = Datagram(70);
  sender.Seal(bytes);
  bytes.back() ^= std::byte{1};
  for (auto _ : state) benchmark::DoNotOptimize(receiver.Open(bytes));
}
BENCHMARK(BM_OpenForged);

void BM_OpenWithoutKeys(benchmark::State& state) {
  DatagramSeal receiver{ClusterKeys()};
  const std::vector<std::byte> bytes = Datagram(70);
  for (auto _ : state) benchmark::DoNotOptimize(receiver.Open(bytes));
}
BENCHMARK(BM_OpenWithoutKeys);

void BM_Auth(benchmark::State& state) {
  const ClusterKeys keys = Keys();
  const std::string hello(77, 'h');
  for (auto _ : state) {
    benchmark::DoNotOptimize(EncodeAuth(keys, AuthDirection::kFromConnecting, {hello, hello}));
  }
}
BENCHMARK(BM_Auth);

}  // namespace
}  // namespace vf
