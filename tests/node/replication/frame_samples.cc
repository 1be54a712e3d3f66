#include "tests/node/replication/frame_samples.h"

#include "base/bytes.h"

namespace vf {
namespace {

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

}  // namespace

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

RecordRef StoredValue() {
  return RecordRef::Make({.key = "apple",
                          .value = std::string_view("red\0\xff", 5),
                          .version = {0x0190f00d12340001},
                          .expiry_ms = 1'900'000'000'000});
}

RecordRef StoredTombstone() {
  return RecordRef::Make({.key = std::string_view("\0k/", 3), .version = {1}, .tombstone = true});
}

std::vector<SampleFrame> SampleFrames() {
  const OtherList list{0xabcdef0123456789, {LiveMember(), DeadMember(), LeftMember()}};
  return {
      {"store", StoreRequest{1, 0x1111111111111111, StoredValue(), 0x0102030405060708}},
      {"store_reply",
       StoreReply{2, StoreOutcome::kSuperseded, {0x0190f00d12340002}, true, list, 7}},
      {"read", ReadRequest{300, 0x2222222222222222, "apple"}},
      {"read_reply", ReadReply{70'000, ReadOutcome::kNotInSync, StoredValue(), {}}},
      {"list_notice", ListNotice{{LiveMember(), DeadMember(), LeftMember()}}},
      {"note", NoteRequest{8, 0x5555555555555555, 4095, {0x0102030405060708, 9}}},
      {"note_reply", NoteReply{9, NoteOutcome::kNotStoring, list}},
      {"behind", BehindRequest{0x8000000000000001, 0x0102030405060708, {0, 127, 65'535}}},
      {"behind_reply", BehindReply{0x8000000000000001}},
      {"compare",
       CompareRequest{10, 0x3333333333333333, 4095, 0x4444444444444444, {1'800'000'000'000}}},
      {"compare_reply",
       CompareReply{
           11, SyncOutcome::kDone, false, SomeBuckets(), {}, {1'800'000'000'001}, true, false}},
      {"versions",
       VersionsRequest{
           12, 0x3333333333333333, 7, SomeSet(), 0x0500000000000000, {1'800'000'000'002}}},
      {"versions_reply", VersionsReply{13,
                                       SyncOutcome::kDone,
                                       {{"apple", {0x0190f00d12340001}, 0x1234567890abcdef},
                                        {std::string("\0k/", 3), {1}, 2}},
                                       0x0512345678abcdef,
                                       false,
                                       {},
                                       false}},
      {"fetch", FetchRequest{14, 0x3333333333333333, 7, {"apple", std::string("\0k/", 3)}}},
      {"fetch_reply",
       FetchReply{15, SyncOutcome::kDone, 2, {StoredValue(), StoredTombstone()}, {}, true}},
      {"give", GiveRequest{16, 0x3333333333333333, 7, {StoredValue(), StoredTombstone()}}},
      {"give_reply", GiveReply{17, SyncOutcome::kNoSpace, list, {StoredTombstone()}, false}},
      {"pull", PullRequest{18, 0x3333333333333333, 7, SomeSet(), 6, {1'800'000'000'003}}},
      {"pull_reply",
       PullReply{7, SyncOutcome::kDone, {StoredValue(), StoredTombstone()}, 99, true, {}, true}},
      {"in_sync", InSyncRequest{19, {{0, 0x6666666666666666}, {65'535, 1}}}},
      {"in_sync_reply", InSyncReply{20, SomeInSync(), 65'535, list}},
  };
}

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

}  // namespace vf
