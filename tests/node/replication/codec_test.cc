// Frames of the data protocol: their recorded bytes, and what goes there and back.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "tests/node/replication/frame_samples.h"

namespace vf {
namespace {

std::string GoldenText(const std::string& name) {
  const std::string file = std::string(VF_TESTDATA) + "/" + name + ".hex";
  std::ifstream in(file);
  std::string text, line;
  while (std::getline(in, line)) text += line;
  return text;
}

TEST(CodecGoldenTest, EveryTypeEncodesToItsRecordedBytes) {
  for (const SampleFrame& golden : SampleFrames()) {
    EXPECT_EQ(ToHex(AsBytes(Wire(golden.message))), GoldenText(golden.name)) << golden.name;
  }
}

TEST(CodecGoldenTest, RecordedBytesDecodeAndEncodeToThemselves) {
  std::size_t types = 0;
  for (const SampleFrame& golden : SampleFrames()) {
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

void ExpectEqual(const RecordRef& a, const RecordRef& b) {
  ASSERT_EQ(static_cast<bool>(a), static_cast<bool>(b));
  if (a) {
    EXPECT_EQ(a.view(), b.view());
  }
}

TEST(CodecTest, KeepsEveryFieldOfAStore) {
  const auto decoded = Decode(Body(StoreRequest{9, 8, StoredValue(), 7}));
  ASSERT_TRUE(decoded);
  const auto& store = std::get<StoreRequest>(*decoded);
  EXPECT_EQ(store.request, 9u);
  EXPECT_EQ(store.list_hash, 8u);
  EXPECT_EQ(store.frontend, 7u);
  ExpectEqual(store.record, StoredValue());
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
  for (const std::size_t size : {0u, 1u, 255u, 256u, 4095u, 4096u, 4097u, 65'535u, 65'536u}) {
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

}  // namespace
}  // namespace vf
