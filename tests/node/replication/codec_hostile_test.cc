// Bytes that are no frame of the data protocol, or not quite.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/rng.h"
#include "tests/node/replication/frame_samples.h"

namespace vf {
namespace {

TEST(CodecHostileTest, TruncatedAnywhereIsRefused) {
  for (const SampleFrame& golden : SampleFrames()) {
    const std::string body = Body(golden.message);
    for (std::size_t size = 0; size < body.size(); ++size) {
      EXPECT_FALSE(Decode(std::string_view(body).substr(0, size))) << golden.name << " " << size;
    }
  }
}

TEST(CodecHostileTest, BytesBehindTheMessageAreRefused) {
  for (const SampleFrame& golden : SampleFrames()) {
    EXPECT_FALSE(Decode(Body(golden.message) + '\x00')) << golden.name;
  }
}

TEST(CodecHostileTest, AnyByteChangedCrashesNothing) {
  Rng rng(1);
  for (const SampleFrame& golden : SampleFrames()) {
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
  for (const std::size_t depth : {3u, 4u, 100u, 100'000u}) {
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
  for (const std::size_t size : {0u, 2049u}) {
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
  const std::size_t page = body.size() - 2;
  ASSERT_EQ(body[page], '\x90');
  body[page] = '\x91';
  EXPECT_FALSE(Decode(body.insert(page + 1, 1, '\x01')));
}

}  // namespace
}  // namespace vf
