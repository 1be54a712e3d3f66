// What the core of membership costs, without sockets: the codec, records, digests, snapshots, and
// the memory of a member (docs/membership.md, G23 to G25).
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "gossip/dissemination/update_queue.h"
#include "gossip/members/member_table.h"
#include "gossip/swim.h"
#include "gossip/wire/codec.h"

namespace vf {
namespace {

constexpr TimePoint kNow{seconds(100'000)};
constexpr WallTime kWall{1'790'000'000'000};
constexpr std::uint64_t kBoot = 27'968'750'000;

// As real ones are: random keys, ready storage nodes.
std::vector<MemberRecord> Records(std::size_t count) {
  Rng rng(1);
  std::vector<MemberRecord> records;
  for (std::size_t i = 0; i < count; ++i) {
    MemberRecord& r = records.emplace_back();
    StoreBigEndian(r.id.bytes.data(), rng.Next());
    StoreBigEndian(r.id.bytes.data() + 8, rng.Next());
    r.boot = kBoot + rng.Uniform(1'000);
    r.endpoint = Endpoint::V4({10, static_cast<std::uint8_t>(i >> 16),
                               static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)},
                              8'000);
    r.roles = kRoleStorage | kRoleFrontend;
    r.seat = rng.Next();
    r.meta_version = 3;
    r.phase = Phase::kReady;
    r.replicas = 3;
    r.partition_digits = 2;
  }
  return records;
}

MemberTable TableOf(const std::vector<MemberRecord>& records) {
  MemberTable table(records.front().key());
  table.SetSelf(kNow, records.front());
  for (std::size_t i = 1; i < records.size(); ++i) table.Merge(kNow, records[i]);
  return table;
}

// A member of a cluster of all `records`: the first of them.
Swim SwimOf(const std::vector<MemberRecord>& records) {
  KnownCluster cluster;
  cluster.foundation = {1, 2};
  cluster.settings = {3, 2, 86'400};
  cluster.members = records;
  return Swim::Warm(SwimConfig::Lan(), records.front(), cluster, kNow, kWall, Rng(2));
}

PacketHeader HeaderOf(const MemberRecord& sender) {
  PacketHeader header;
  header.key = sender.key();
  header.boot32 = Boot32(sender.boot);
  header.incarnation = sender.incarnation;
  header.view_hash = 0x1122334455667788;
  header.view_members = 10'000;
  return header;
}

// 24 records that fill a datagram: as many full ones as fit beside the short ones.
constexpr std::size_t kRecords = 24;
std::vector<Update> UpdatesOf(const std::vector<MemberRecord>& records) {
  constexpr std::size_t kFull = 16;
  std::vector<Update> updates;
  for (std::size_t i = 0; i < kRecords; ++i) {
    const MemberRecord& r = records[i];
    if (i < kFull) {
      updates.push_back(Alive{r});
    } else {
      updates.push_back(Suspect{r.key(), Boot32(r.boot), r.incarnation, records[0].key(), 1});
    }
  }
  return updates;
}

std::vector<std::byte> Encode(const PacketHeader& header, const std::vector<Update>& updates) {
  DatagramBuilder builder(header);
  for (const Update& update : updates) {
    VF_CHECK(builder.AddUpdate(EncodeUpdate(update)), "it fits");
  }
  return builder.Take();
}

std::vector<std::byte> EncodeOne(const PacketHeader& header, const Message& message) {
  DatagramBuilder builder(header);
  VF_CHECK(builder.Add(message), "it fits");
  return builder.Take();
}

void BM_Encode24Records(benchmark::State& state) {
  const auto records = Records(kRecords);
  const auto updates = UpdatesOf(records);
  for (auto _ : state) benchmark::DoNotOptimize(Encode(HeaderOf(records[0]), updates));
  state.counters["bytes"] = static_cast<double>(Encode(HeaderOf(records[0]), updates).size());
}
BENCHMARK(BM_Encode24Records);

void BM_Decode24Records(benchmark::State& state) {
  const auto records = Records(kRecords);
  const auto bytes = Encode(HeaderOf(records[0]), UpdatesOf(records));
  for (auto _ : state) {
    const auto decoded = DecodePacket(bytes);
    VF_CHECK(std::holds_alternative<Packet>(decoded), "it decodes");
    benchmark::DoNotOptimize(decoded);
  }
}
BENCHMARK(BM_Decode24Records);

// Goal: 4 us.
void BM_EncodeAndDecode24Records(benchmark::State& state) {
  const auto records = Records(kRecords);
  const auto updates = UpdatesOf(records);
  for (auto _ : state) {
    benchmark::DoNotOptimize(DecodePacket(Encode(HeaderOf(records[0]), updates)));
  }
}
BENCHMARK(BM_EncodeAndDecode24Records);

// Records into a table. 0: all are known; 1: each is news of a known member; 2: of unknown ones.
// Goal: 1 M/s.
void BM_ApplyRecords(benchmark::State& state) {
  constexpr std::size_t kMembers = 10'000;
  auto records = Records(kMembers);
  std::optional<MemberTable> table = TableOf(records);
  for (auto _ : state) {
    if (state.range(0) != 0) {
      state.PauseTiming();
      for (MemberRecord& r : records) ++r.incarnation;
      if (state.range(0) == 2) {
        table.emplace(records.front().key());
        table->SetSelf(kNow, records.front());
      }
      state.ResumeTiming();
    }
    for (std::size_t i = 1; i < kMembers; ++i) {
      benchmark::DoNotOptimize(table->Merge(kNow, records[i]));
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * (kMembers - 1)));
}
BENCHMARK(BM_ApplyRecords)->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMicrosecond);

// The same through datagrams of 16 records, with all that the protocol does about them: decoding,
// the queue of news, pushes. 0: all known; 1: each is news.
void BM_ReceiveRecords(benchmark::State& state) {
  constexpr std::size_t kMembers = 10'000;
  constexpr std::size_t kAPacket = 16;
  auto records = Records(kMembers);
  Swim swim = SwimOf(records);
  SwimOutputs outputs;
  TimePoint now = kNow;
  std::int64_t applied = 0;
  std::vector<std::vector<std::byte>> packets;
  const auto make_packets = [&] {
    packets.clear();
    for (std::size_t at = 2; at + kAPacket <= kMembers; at += kAPacket) {
      std::vector<Update> updates;
      for (std::size_t i = at; i < at + kAPacket; ++i) updates.push_back(Alive{records[i]});
      packets.push_back(Encode(HeaderOf(records[1]), updates));
    }
  };
  make_packets();
  for (auto _ : state) {
    if (state.range(0) != 0) {
      state.PauseTiming();
      for (std::size_t i = 2; i < kMembers; ++i) ++records[i].incarnation;
      make_packets();
      state.ResumeTiming();
    }
    for (const auto& packet : packets) {
      now += microseconds(100);
      swim.OnDatagram(now, kWall, records[1].endpoint, packet);
      if (swim.NextDeadline() <= now) swim.OnTimer(now, kWall);
      swim.TakeOutputs(outputs);
    }
    applied += static_cast<std::int64_t>(packets.size() * kAPacket);
  }
  state.SetItemsProcessed(applied);
}
BENCHMARK(BM_ReceiveRecords)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

// A peer's digest of 10,000 members of which one differs, compared and answered. Goal: 200 us.
void BM_DigestOf10000(benchmark::State& state) {
  const auto records = Records(10'000);
  Swim swim = SwimOf(records);
  MemberTable theirs = TableOf(records);
  MemberRecord other = records[77];
  ++other.incarnation;
  theirs.Merge(kNow, other);
  std::vector<std::vector<std::byte>> packets;
  for (const std::size_t first : {std::size_t{0}, kDigestBuckets}) {
    Digest digest;
    digest.first_bucket = static_cast<std::uint8_t>(first);
    for (std::size_t i = 0; i < kDigestBuckets; ++i) {
      digest.hashes.push_back(theirs.bucket_hash(first + i));
      digest.counts.push_back(static_cast<std::uint16_t>(theirs.CountInBucket(first + i)));
    }
    packets.push_back(EncodeOne(HeaderOf(records[1]), digest));
  }
  SwimOutputs outputs;
  TimePoint now = kNow;
  std::size_t answers = 0;
  for (auto _ : state) {
    now += milliseconds(10);  // paced answers leave in such steps
    for (const auto& packet : packets) {
      swim.OnDatagram(now, kWall, records[1].endpoint, packet);
    }
    swim.OnTimer(now, kWall);
    swim.TakeOutputs(outputs);
    answers += outputs.datagrams.size();
  }
  VF_CHECK(answers > 0, "digests are answered");
}
BENCHMARK(BM_DigestOf10000)->Unit(benchmark::kMicrosecond);

// A ping and its ack, without the socket.
void BM_Ping(benchmark::State& state) {
  const auto records = Records(static_cast<std::size_t>(state.range(0)));
  Swim swim = SwimOf(records);
  PacketHeader header = HeaderOf(records[1]);
  header.view_hash = swim.view_hash();
  header.view_members = static_cast<std::uint32_t>(swim.view_members());
  const MemberRecord& self = records[0];
  const auto ping =
      EncodeOne(header, Ping{7, self.key(), Boot32(self.boot), MemberState::kAlive, 0});
  SwimOutputs outputs;
  for (auto _ : state) {
    swim.OnDatagram(kNow, kWall, records[1].endpoint, ping);
    swim.TakeOutputs(outputs);
  }
  VF_CHECK(outputs.datagrams.size() == 1, "an ack");
}
BENCHMARK(BM_Ping)->Arg(1'000)->Arg(10'000);

// One member changes and everybody else in the process gets the new view of all.
void BM_Publish(benchmark::State& state) {
  const auto records = Records(static_cast<std::size_t>(state.range(0)));
  MemberTable table = TableOf(records);
  MemberList seen = table.Members();
  std::size_t changes = 0;
  bool bad = false;
  for (auto _ : state) {
    bad = !bad;
    table.SetUdpBad(records[records.size() / 2].key(), bad);
    MemberList next = table.Members();
    next.ForEachChange(seen, [&](const Member*, const Member*) { ++changes; });
    seen = std::move(next);
  }
  VF_CHECK(changes == static_cast<std::size_t>(state.iterations()), "one change each");
}
BENCHMARK(BM_Publish)->Arg(1'000)->Arg(10'000);

// The queue of news as a mass start leaves it: what is sent, in datagrams of 20.
void BM_OfferNews(benchmark::State& state) {
  const auto records = Records(10'000);
  UpdateQueue queue;
  for (const MemberRecord& r : records) {
    queue.Put({r.key(), kNoMember, Urgency::kLife, false, false, EncodeUpdate(Alive{r})});
  }
  constexpr int kForEver = 1 << 30;
  for (auto _ : state) {
    int room = 20;
    queue.Offer(kForEver, [&](const QueuedUpdate& update) {
      benchmark::DoNotOptimize(update.bytes.data());
      return room-- > 0 ? UpdateQueue::Answer::kTaken : UpdateQueue::Answer::kStop;
    });
  }
}
BENCHMARK(BM_OfferNews);

// Bytes of the heap for each member: in the table and a published snapshot, and for each queued
// piece of news. Time says nothing here.
void BM_MemoryOfAMember(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto records = Records(count);
  const auto used = [] { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); };
  for (auto _ : state) {
    const double before = used();
    const MemberTable table = TableOf(records);
    const MemberList seen = table.Members();
    const double with_table = used();
    UpdateQueue queue;
    for (const MemberRecord& r : records) {
      queue.Put({r.key(), kNoMember, Urgency::kLife, false, false, EncodeUpdate(Alive{r})});
    }
    const double with_queue = used();
    state.counters["member"] = (with_table - before) / static_cast<double>(count);
    state.counters["news"] = (with_queue - with_table) / static_cast<double>(count);
  }
}
BENCHMARK(BM_MemoryOfAMember)->Arg(1'000)->Arg(10'000)->Iterations(1);

}  // namespace
}  // namespace vf
