// The member records that lists in frames of the data protocol carry.
#include "gossip/wire/member_record_codec.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "base/rng.h"
#include "tests/node/replication/frame_samples.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

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
