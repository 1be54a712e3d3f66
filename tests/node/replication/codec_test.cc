#include "node/replication/codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/rng.h"
#include "gossip/wire/member_record_codec.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

// --- Golden bytes ---

MemberRecord LiveMember() {
  MemberRecord record;
  for (std::size_t i = 0; i < 16; ++i) record.id.bytes[i] = static_cast<std::byte>(i + 1);
  record.boot = 27'000'000'000;
  record.incarnation = 3;
  record.state = MemberState::kSuspect;
  record.endpoint = Endpoint::V4({10, 0, 0, 7}, 8000);
  record.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  record.seat = 0xfedcba9876543210;
  record.zone = "rack-4";
  record.meta_version = 2;
  record.phase = Phase::kReady;
  record.replicas = 3;
  record.partition_digits = 2;
  return record;
}

// Its id is known by the key alone.
MemberRecord DeadMember() {
  MemberRecord record;
  StoreBigEndian(record.id.bytes.data(), MemberKey{0x1122334455667788});
  record.boot = 26'999'999'999;
  record.incarnation = 7;
  record.state = MemberState::kDead;
  record.death_reason = DeathReason::kRefused;
  record.endpoint = *Endpoint::Parse("[fd00::1]:8001");
  record.roles = kRoleStorage;
  record.seat = 5;
  record.owned_at_end = true;
  record.age_s = 61;
  return record;
}

MemberRecord LeftMember() {
  MemberRecord record = DeadMember();
  record.state = MemberState::kLeft;
  record.death_reason = DeathReason::kTimeout;
  record.leave_kind = LeaveKind::kEmptied;
  record.owned_at_end = false;
  record.age_s = 0;
  return record;
}

RecordRef Value() {
  return RecordRef::Make({.key = "apple",
                          .value = std::string_view("red\0\xff", 5),
                          .version = {0x0190f00d12340001},
                          .expiry_ms = 1'900'000'000'000});
}

RecordRef Tombstone() {
  return RecordRef::Make({.key = std::string_view("\0k/", 3), .version = {1}, .tombstone = true});
}

BucketDigests SomeBuckets() {
  BucketDigests buckets;
  for (std::size_t i = 0; i < kBuckets; ++i) buckets[i] = std::uint64_t{i} << 32;
  return buckets;
}

// Buckets 0, 9 and 255.
BucketSet SomeSet() { return BucketSet().set(0).set(9).set(255); }

// The first and the last of ten.
std::vector<bool> SomeInSync() {
  std::vector<bool> in_sync(10);
  in_sync.front() = in_sync.back() = true;
  return in_sync;
}

struct Golden {
  const char* name;
  PeerMessage message;
};

std::vector<Golden> Goldens() {
  const OtherList list{0xabcdef0123456789, {LiveMember(), DeadMember(), LeftMember()}};
  return {
      {"store", StoreRequest{1, 0x1111111111111111, Value(), 0x0102030405060708}},
      {"store_reply",
       StoreReply{2, StoreOutcome::kSuperseded, {0x0190f00d12340002}, true, list, 7}},
      {"read", ReadRequest{300, 0x2222222222222222, "apple"}},
      {"read_reply", ReadReply{70'000, ReadOutcome::kNotInSync, Value(), {}}},
      {"list_notice", ListNotice{{LiveMember(), DeadMember(), LeftMember()}}},
      {"note", NoteRequest{8, 0x5555555555555555, 4095, {0x0102030405060708, 9}}},
      {"note_reply", NoteReply{9, NoteOutcome::kNotStoring, list}},
      {"behind", BehindRequest{0x8000000000000001, 0x0102030405060708, {0, 127, 65'535}}},
      {"behind_reply", BehindReply{0x8000000000000001}},
      {"compare",
       CompareRequest{10, 0x3333333333333333, 4095, 0x4444444444444444, {1'800'000'000'000}}},
      {"compare_reply",
       CompareReply{11, SyncOutcome::kDone, false, SomeBuckets(), {}, {1'800'000'000'001}}},
      {"versions",
       VersionsRequest{
           12, 0x3333333333333333, 7, SomeSet(), 0x0500000000000000, {1'800'000'000'002}}},
      {"versions_reply", VersionsReply{13,
                                       SyncOutcome::kDone,
                                       {{"apple", {0x0190f00d12340001}, 0x1234567890abcdef},
                                        {std::string("\0k/", 3), {1}, 2}},
                                       0x0512345678abcdef,
                                       false,
                                       {}}},
      {"fetch", FetchRequest{14, 0x3333333333333333, 7, {"apple", std::string("\0k/", 3)}}},
      {"fetch_reply", FetchReply{15, SyncOutcome::kDone, 2, {Value(), Tombstone()}, {}}},
      {"give", GiveRequest{16, 0x3333333333333333, 7, {Value(), Tombstone()}}},
      {"give_reply", GiveReply{17, SyncOutcome::kNoSpace, list, {Tombstone()}}},
      {"pull", PullRequest{18, 0x3333333333333333, 7, SomeSet(), 6, {1'800'000'000'003}}},
      {"pull_reply", PullReply{7, SyncOutcome::kDone, {Value(), Tombstone()}, 99, true, {}}},
      {"in_sync", InSyncRequest{19, {{0, 0x6666666666666666}, {65'535, 1}}}},
      {"in_sync_reply", InSyncReply{20, SomeInSync(), 65'535, list}},
  };
}

std::string GoldenText(const std::string& name) {
  const std::string file = std::string(VF_TESTDATA) + "/" + name + ".hex";
  std::ifstream in(file);
  std::string text, line;
  while (std::getline(in, line)) text += line;
  return text;
}

// All bytes of a frame as they go out.
std::string Wire(const PeerMessage& message) {
  const OutgoingFrame frame = EncodeFrame(message);
  return frame.head + (frame.tail ? std::string(frame.tail.view().value) : "");
}

std::string Body(const PeerMessage& message) { return Wire(message).substr(4); }

std::optional<PeerMessage> Decode(std::string_view body) { return DecodeFrame(AsBytes(body)); }

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(CodecGoldenTest, EveryTypeEncodesToItsRecordedBytes) {
  for (const Golden& golden : Goldens()) {
    EXPECT_EQ(ToHex(AsBytes(Wire(golden.message))), GoldenText(golden.name)) << golden.name;
  }
}

TEST(CodecGoldenTest, RecordedBytesDecodeAndEncodeToThemselves) {
  std::size_t types = 0;
  for (const Golden& golden : Goldens()) {
    const std::string wire = FromHex(GoldenText(golden.name));
    ASSERT_GT(wire.size(), 4u) << golden.name;
    EXPECT_EQ(LoadBigEndian<std::uint32_t>(AsBytes(wire).data()), wire.size() - 4);
    const std::optional<PeerMessage> message = Decode(std::string_view(wire).substr(4));
    ASSERT_TRUE(message.has_value()) << golden.name;
    EXPECT_EQ(message->index(), types++) << "one of each, in the order of their types";
    EXPECT_EQ(ToHex(AsBytes(Wire(*message))), ToHex(AsBytes(wire))) << golden.name;
  }
  EXPECT_EQ(types, std::variant_size_v<PeerMessage>);
}

// --- Round trips ---

void ExpectEqual(const RecordRef& a, const RecordRef& b) {
  ASSERT_EQ(static_cast<bool>(a), static_cast<bool>(b));
  if (a) {
    EXPECT_EQ(a.view(), b.view());
  }
}

TEST(CodecTest, KeepsEveryFieldOfAStore) {
  const auto decoded = Decode(Body(StoreRequest{9, 8, Value(), 7}));
  ASSERT_TRUE(decoded);
  const auto& store = std::get<StoreRequest>(*decoded);
  EXPECT_EQ(store.request, 9u);
  EXPECT_EQ(store.list_hash, 8u);
  EXPECT_EQ(store.frontend, 7u);
  ExpectEqual(store.record, Value());
}

TEST(CodecTest, KeepsEveryFieldOfAnAnswer) {
  const OtherList list{5, {LiveMember(), DeadMember(), LeftMember()}};
  const auto decoded = Decode(Body(StoreReply{1, StoreOutcome::kTied, {4}, true, list, 9}));
  ASSERT_TRUE(decoded);
  const auto& reply = std::get<StoreReply>(*decoded);
  EXPECT_EQ(reply.outcome, StoreOutcome::kTied);
  EXPECT_EQ(reply.rival, 9u);
  EXPECT_EQ(reply.winner, Version{4});
  EXPECT_TRUE(reply.in_sync);
  EXPECT_EQ(reply.list, list);
}

TEST(CodecTest, AReadOfWhatWasNeverSeenHasNoRecord) {
  const auto decoded = Decode(Body(ReadReply{1, ReadOutcome::kInSync, {}, {}}));
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(std::get<ReadReply>(*decoded).record);
}

TEST(CodecTest, LargeValuesStayWhereTheyAre) {
  const std::string value(100'000, 'v');
  const RecordRef record = RecordRef::Make({.key = "k", .value = value, .version = {1}});
  for (const PeerMessage& message :
       {PeerMessage(StoreRequest{1, 2, record}), PeerMessage(ReadReply{1, {}, record, {}})}) {
    const OutgoingFrame frame = EncodeFrame(message);
    EXPECT_LT(frame.head.size(), 100u);
    EXPECT_EQ(frame.tail.view().value.data(), record.view().value.data());
    EXPECT_EQ(frame.size(), Wire(message).size());
    const auto decoded = Decode(Body(message));
    ASSERT_TRUE(decoded);
    const auto* store = std::get_if<StoreRequest>(&*decoded);
    ExpectEqual(store ? store->record : std::get<ReadReply>(*decoded).record, record);
  }
}

TEST(CodecTest, ValuesOfEverySizeAroundTheInlineLimitSurvive) {
  for (const std::size_t size : {0, 1, 255, 256, 4095, 4096, 4097, 65'535, 65'536}) {
    const RecordRef record =
        RecordRef::Make({.key = "k", .value = std::string(size, 'x'), .version = {1}});
    const auto decoded = Decode(Body(StoreRequest{1, 2, record}));
    ASSERT_TRUE(decoded) << size;
    ExpectEqual(std::get<StoreRequest>(*decoded).record, record);
  }
}

TEST(CodecTest, APageKeepsItsRecordsInOrder) {
  PullReply reply{7, SyncOutcome::kDone, {}, 99, false, {}};
  for (int i = 0; i < 500; ++i) {
    reply.records.push_back(RecordRef::Make(
        {.key = "key" + std::to_string(i), .value = std::string(50, 'v'), .version = {9}}));
  }
  const auto decoded = Decode(Body(reply));
  ASSERT_TRUE(decoded);
  const auto& page = std::get<PullReply>(*decoded);
  EXPECT_EQ(page.next, 99u);
  EXPECT_FALSE(page.last);
  ASSERT_EQ(page.records.size(), reply.records.size());
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    ExpectEqual(page.records[i], reply.records[i]);
  }
}

TEST(CodecTest, AsManyRecordsAndMembersAsTheLimitsAllow) {
  const RecordRef record = RecordRef::Make({.key = "k", .version = {1}});
  PullReply reply;
  reply.records.assign(kMaxRecords, record);
  reply.list = {1, std::vector<MemberRecord>(kMaxListMembers, LiveMember())};
  EXPECT_TRUE(Decode(Body(reply)));
  reply.records.push_back(record);
  EXPECT_FALSE(Decode(Body(reply)));
  reply.records.clear();
  reply.list.members.push_back(LiveMember());
  EXPECT_FALSE(Decode(Body(reply)));
}

TEST(CodecTest, AsManyMembersAndPartitionsBehindAsTheLimitsAllow) {
  NoteRequest note{1, 2, 3, std::vector<MemberKey>(kMaxBehindMembers, MemberKey{7})};
  const auto noted = Decode(Body(note));
  ASSERT_TRUE(noted);
  EXPECT_EQ(std::get<NoteRequest>(*noted), note);
  note.behind.push_back(7);
  EXPECT_FALSE(Decode(Body(note)));
  BehindRequest behind{1, 2, std::vector<Partition>(kMaxBehindPartitions, Partition{65'535})};
  const auto told = Decode(Body(behind));
  ASSERT_TRUE(told);
  EXPECT_EQ(std::get<BehindRequest>(*told), behind);
  behind.partitions.push_back(0);
  EXPECT_FALSE(Decode(Body(behind)));
  EXPECT_FALSE(Decode(Body(BehindRequest{1, 2, {65'536}})));
}

TEST(CodecTest, AsManyPartitionsToBeInSyncAsThereCanBe) {
  InSyncRequest asked{1, std::vector<ListedPartition>(65'536, ListedPartition{65'535, 1})};
  const auto request = Decode(Body(asked));
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<InSyncRequest>(*request), asked);
  asked.partitions.push_back({});
  EXPECT_FALSE(Decode(Body(asked)));
  EXPECT_FALSE(Decode(Body(InSyncRequest{1, {{65'536, 1}}})));

  InSyncReply answer{1, std::vector<bool>(65'536, true), 3, {}};
  answer.in_sync[77] = false;
  const auto reply = Decode(Body(answer));
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<InSyncReply>(*reply).in_sync, answer.in_sync);
  EXPECT_EQ(std::get<InSyncReply>(*reply).partition, 3u);
  answer.in_sync.push_back(true);
  EXPECT_FALSE(Decode(Body(answer)));
}

TEST(CodecTest, FieldsOfANewerReleaseAreIgnored) {
  // READ with one element more: 9x instead of 9(x-1), and a number at the end.
  std::string body = Body(ReadRequest{1, 2, "k"});
  body[0] = static_cast<char>(body[0] + 1);
  body += '\x05';
  const auto decoded = Decode(body);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<ReadRequest>(*decoded).key, "k");
}

// --- Hostile bytes ---

TEST(CodecHostileTest, TruncatedAnywhereIsRefused) {
  for (const Golden& golden : Goldens()) {
    const std::string body = Body(golden.message);
    for (std::size_t size = 0; size < body.size(); ++size) {
      EXPECT_FALSE(Decode(std::string_view(body).substr(0, size))) << golden.name << " " << size;
    }
  }
}

TEST(CodecHostileTest, BytesBehindTheMessageAreRefused) {
  for (const Golden& golden : Goldens()) {
    EXPECT_FALSE(Decode(Body(golden.message) + '\x00')) << golden.name;
  }
}

TEST(CodecHostileTest, AnyByteChangedCrashesNothing) {
  Rng rng(1);
  for (const Golden& golden : Goldens()) {
    const std::string body = Body(golden.message);
    for (std::size_t i = 0; i < body.size(); ++i) {
      for (int trial = 0; trial < 16; ++trial) {
        std::string bad = body;
        bad[i] = static_cast<char>(rng.Uniform(256));
        if (const auto message = Decode(bad)) Wire(*message);
      }
    }
  }
}

TEST(CodecHostileTest, RandomBytesCrashNothing) {
  Rng rng(2);
  for (int trial = 0; trial < 50'000; ++trial) {
    std::string bytes(rng.Uniform(40), '\0');
    for (char& c : bytes) c = static_cast<char>(rng.Next());
    if (!bytes.empty() && rng.Chance(1, 2)) bytes[0] = static_cast<char>(0x90 + rng.Uniform(16));
    if (const auto message = Decode(bytes)) Wire(*message);
  }
}

TEST(CodecHostileTest, HugeSizesAreRefusedBeforeAnythingIsAllocated) {
  for (const char* hex : {
           "ddffffffff",  // an array of 4 billion
           "93"
           "10"
           "01"
           "ddffffffff",  // the same inside
           "dfffffffff",  // a map
           "c6ffffffff",  // bytes
           "9712"
           "01"
           "02"
           "c6ffffffff"
           "00",  // a key of 4 GiB
           "98"
           "24"
           "01"
           "00"
           "00"
           "01"
           "00"
           "90"
           "ddfffffffb",  // records
           "96"
           "23"
           "01"
           "02"
           "03"
           "c6ffffffff",  // a set of buckets
       }) {
    EXPECT_FALSE(Decode(FromHex(hex))) << hex;
  }
}

TEST(CodecHostileTest, NestingIsRefused) {
  for (const std::size_t depth : {3, 4, 100, 100'000}) {
    EXPECT_FALSE(Decode(std::string(depth, '\x91'))) << depth;
    EXPECT_FALSE(Decode(std::string(depth, '\x91') + '\x01')) << depth;
  }
}

// Arrays within an array multiply: each of these elements costs one byte here and many there.
TEST(CodecHostileTest, ManySmallElementsInManyArraysAreRefused) {
  std::string body = FromHex("dd00050000");  // 327,680 elements
  for (int i = 0; i < 327'680; ++i) {
    body += FromHex("dc0010");  // each 16 zeros
    body.append(16, '\0');
  }
  EXPECT_FALSE(Decode(body));
}

TEST(CodecHostileTest, OtherTypesOfValuesAreRefused) {
  // READ: [18, 1, 2, "k" as bytes] = 94 12 01 02 c4016b, with one element of another type.
  EXPECT_TRUE(Decode(FromHex("94120102c4016b")));
  for (const char* hex : {
           "9412"
           "01"
           "02"
           "a16b",  // a key as text
           "9412"
           "01"
           "02"
           "01",  // a key as a number
           "9412"
           "01"
           "02"
           "c0",  // nil
           "9412"
           "01"
           "02"
           "91c4016b",  // an array
           "9412"
           "01"
           "ff"
           "c4016b",  // a negative number
           "9412"
           "01"
           "cb4000000000000000"
           "c4016b",  // a float
           "9412"
           "c3"
           "02"
           "c4016b",  // a boolean
           "9412"
           "d40100"
           "02"
           "c4016b",  // an extension
           "94a1"
           "12"
           "0102"
           "c4016b",  // the type as text
           "84"
           "1201"
           "0102"
           "02c4016b"
           "0101",  // a map
           "12",    // no array
           "90",
           "9112",
           "921201",
           "93120102",  // too few elements
           "94"
           "17"
           "01"
           "02"
           "c4016b",  // an unknown type
           "94"
           "00"
           "01"
           "02"
           "c4016b",
       }) {
    EXPECT_FALSE(Decode(FromHex(hex))) << hex;
  }
}

TEST(CodecHostileTest, TypesBeyondAByteAreUnknown) {
  EXPECT_FALSE(
      Decode(FromHex("94cd0112"
                     "0102c4016b")))
      << "256 + READ is not READ";
}

TEST(CodecHostileTest, PartitionsBeyondTheLimitAreRefused) {
  EXPECT_TRUE(Decode(Body(CompareRequest{1, 2, 65'535, 4, {}})));
  EXPECT_FALSE(Decode(Body(CompareRequest{1, 2, 65'536, 4, {}})));
  // [27, 1, 2, 2^32, 4, 5]: not partition 0.
  EXPECT_FALSE(
      Decode(FromHex("961b01"
                     "02"
                     "cf0000000100000000"
                     "0405")));
}

TEST(CodecHostileTest, ASetOfBucketsHasABitForEach) {
  // [35, 1, 2, 3, set, 4, 5]
  EXPECT_TRUE(Decode(FromHex("9723010203c420" + std::string(64, 'f') + "0405")));
  EXPECT_FALSE(Decode(FromHex("9723010203c41f" + std::string(62, 'f') + "0405")));
  EXPECT_FALSE(Decode(FromHex("9723010203c421" + std::string(66, 'f') + "0405")));
}

TEST(CodecHostileTest, KeysHaveOneTo2048Bytes) {
  EXPECT_FALSE(Decode(Body(ReadRequest{1, 2, ""})));
  EXPECT_TRUE(Decode(Body(ReadRequest{1, 2, "k"})));
  EXPECT_TRUE(Decode(Body(ReadRequest{1, 2, std::string(2048, 'k')})));
  EXPECT_FALSE(Decode(Body(ReadRequest{1, 2, std::string(2049, 'k')})));
  for (const std::size_t size : {0, 2049}) {
    const RecordRef record = RecordRef::Make({.key = std::string(size, 'k'), .version = {1}});
    EXPECT_FALSE(Decode(Body(StoreRequest{1, 2, record}))) << size;
    EXPECT_FALSE(Decode(Body(ReadReply{1, {}, record, {}}))) << size;
    EXPECT_FALSE(Decode(Body(PullReply{1, {}, {record}, 0, true, {}}))) << size;
  }
}

TEST(CodecHostileTest, ATombstoneHasNoValue) {
  // [16, 1, 2, 0, "k", version 3, flags, expiry 0, value "v"]
  EXPECT_TRUE(Decode(FromHex("9910010200c4016b030000c40176")));
  EXPECT_TRUE(Decode(FromHex("9910010200c4016b030100c400")));
  EXPECT_FALSE(Decode(FromHex("9910010200c4016b030100c40176")));
  EXPECT_FALSE(Decode(FromHex("9910010200c4016b030200c40176"))) << "an unknown flag";
}

TEST(CodecHostileTest, OutcomesBeyondTheKnownAreRefused) {
  EXPECT_TRUE(
      Decode(FromHex("98110104000000"
                     "9000")));
  EXPECT_FALSE(
      Decode(FromHex("98110105000000"
                     "9000")));
  EXPECT_FALSE(
      Decode(FromHex("9811"
                     "01"
                     "cd0100"
                     "000000"
                     "9000")))
      << "256 is not 0";
}

TEST(CodecHostileTest, APageOfAFractionOfARecordIsRefused) {
  std::string body = Body(PullReply{1, SyncOutcome::kDone, {}, 0, true, {}});
  ASSERT_EQ(body.back(), '\x90');
  body.back() = '\x91';
  EXPECT_FALSE(Decode(body + '\x01'));
}

// --- Member records ---

TEST(MemberRecordCodecTest, KeepsEveryField) {
  for (const MemberRecord& record : {LiveMember(), DeadMember(), LeftMember(), TestMember(7)}) {
    EXPECT_EQ(DecodeMemberRecord(EncodeMemberRecord(record)), record);
  }
}

TEST(MemberRecordCodecTest, HostileBytesAreRefused) {
  for (const MemberRecord& record : {LiveMember(), DeadMember()}) {
    const std::vector<std::byte> bytes = EncodeMemberRecord(record);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(DecodeMemberRecord(ByteSpan(bytes).first(size)));
    }
    std::vector<std::byte> longer = bytes;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(DecodeMemberRecord(longer));
  }
  for (const char* hex : {"", "00", "90", "ddffffffff", "9191919191", "c0", "a0", "80"}) {
    EXPECT_FALSE(DecodeMemberRecord(AsBytes(FromHex(hex)))) << hex;
  }
  MemberRecord nobody = LiveMember();
  nobody.id = {};
  EXPECT_FALSE(DecodeMemberRecord(EncodeMemberRecord(nobody))) << "key 0 is nobody's";
}

TEST(MemberRecordCodecTest, AnyByteChangedCrashesNothing) {
  Rng rng(3);
  for (const MemberRecord& record : {LiveMember(), DeadMember()}) {
    const std::vector<std::byte> bytes = EncodeMemberRecord(record);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        std::vector<std::byte> bad = bytes;
        bad[i] = static_cast<std::byte>(value);
        if (const auto decoded = DecodeMemberRecord(bad)) EncodeMemberRecord(*decoded);
      }
    }
  }
}

}  // namespace
}  // namespace vf
