#include "gossip/seal/datagram_seal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "base/hash64.h"
#include "base/rng.h"
#include "tests/gossip/wire/datagram_samples.h"

namespace vf {
namespace {

using Bytes = std::vector<std::byte>;

constexpr char kSecret[] = "correct horse battery staple";
constexpr char kOther[] = "another secret that is long";
// The same first byte of SHA-256.
constexpr char kTwinA[] = "velour-fog-secret-0002";
constexpr char kTwinB[] = "velour-fog-secret-0010";

ClusterKeys Keys(std::initializer_list<std::string_view> secrets) {
  std::string text;
  for (const std::string_view secret : secrets) text += std::string(secret) + "\n";
  auto keys = ClusterKeys::Parse(text);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return *std::move(keys);
}

Bytes Plain(std::uint32_t boot32 = 0x12345678) {
  PacketHeader header = SamplePackets()[0].second.header;
  header.boot32 = boot32;
  DatagramBuilder builder(header, true, kMaxUnsealedBytes);
  builder.Add(Ping{1, 2, 3, MemberState::kAlive, 4});
  return builder.Take();
}

Bytes Sealed(DatagramSeal& seal, Bytes plain = Plain()) {
  seal.Seal(plain);
  return plain;
}

std::optional<DropReason> Reason(DatagramSeal& seal, ByteSpan datagram) {
  const auto opened = seal.Open(datagram);
  const DropReason* reason = std::get_if<DropReason>(&opened);
  return reason == nullptr ? std::nullopt : std::optional(*reason);
}

TEST(DatagramSealTest, OpensToWhatWasSealed) {
  DatagramSeal ours(Keys({kSecret}));
  DatagramSeal theirs(Keys({kSecret}));
  for (const auto& [name, packet] : SamplePackets()) {
    const Bytes plain = EncodePacket(packet);
    if (plain.size() > kMaxUnsealedBytes) continue;
    const Bytes sealed = Sealed(ours, plain);
    EXPECT_EQ(sealed.size(), plain.size() + kSealBytes);
    const auto opened = theirs.Open(sealed);
    ASSERT_TRUE(std::holds_alternative<ByteSpan>(opened)) << name;
    const ByteSpan bytes = std::get<ByteSpan>(opened);
    EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), plain) << name;
    EXPECT_EQ(ReadUnverified(sealed), packet) << name;
    EXPECT_EQ(ReadUnverified(plain), packet) << name;
  }
}

TEST(DatagramSealTest, EveryMessageFitsBesideASeal) {
  const PacketHeader longest = {0xffffffff, ~0ULL, 0xffffffff, 0xffffffff, ~0ULL, 0xffffffff, 255};
  Digest digest;
  digest.first_bucket = 128;
  digest.hashes.assign(kDigestBuckets, ~0ULL);
  digest.counts.assign(kDigestBuckets, 0xffff);
  DatagramBuilder builder(longest, false, kMinDatagramBytes);
  EXPECT_TRUE(builder.Add(digest));
  static_assert(kMaxUnsealedBytes >= kMinDatagramBytes);
  SwimConfig config;
  config.max_datagram_bytes = kMaxUnsealedBytes;
  EXPECT_TRUE(config.Validate().ok());
  config.max_datagram_bytes = kMinDatagramBytes - 1;
  EXPECT_FALSE(config.Validate().ok());
}

TEST(DatagramSealTest, AFullDatagramIsNoLongerThanAnyOther) {
  DatagramSeal seal(Keys({kSecret}));
  DatagramBuilder builder({1, 2, 3, 4, 5, 6, 0}, false, kMaxUnsealedBytes);
  while (builder.AddUpdate(EncodeUpdate(Suspect{~0ULL, 1, 2, ~0ULL, 1}))) {
  }
  const Bytes sealed = Sealed(seal, builder.Take());
  EXPECT_LE(sealed.size(), kMaxDatagramBytes);
  EXPECT_GT(sealed.size(), kMaxDatagramBytes - 40);
}

TEST(DatagramSealTest, WithoutAKeyNothingIsSignedAndSignedIsDropped) {
  DatagramSeal keyed(Keys({kSecret}));
  DatagramSeal plain{ClusterKeys()};
  EXPECT_FALSE(plain.signs());
  EXPECT_EQ(Sealed(plain), Plain());
  EXPECT_EQ(Reason(plain, Plain()), std::nullopt);
  EXPECT_EQ(Reason(plain, Sealed(keyed)), DropReason::kSigned);
  EXPECT_EQ(Reason(plain, AsBytes("GET / HTTP/1.1")), std::nullopt);  // for the codec to judge
  EXPECT_EQ(Reason(plain, {}), std::nullopt);
}

TEST(DatagramSealTest, UnsignedAndWronglySignedAreDropped) {
  DatagramSeal ours(Keys({kSecret}));
  DatagramSeal theirs(Keys({kOther}));
  EXPECT_EQ(Reason(ours, Plain()), DropReason::kUnsigned);
  EXPECT_EQ(Reason(ours, Sealed(theirs)), DropReason::kBadTag);
  EXPECT_EQ(Reason(ours, AsBytes("GET / HTTP/1.1\r\n\r\n")), DropReason::kMagic);
  EXPECT_EQ(Reason(ours, {}), DropReason::kSize);
  EXPECT_EQ(Reason(ours, Bytes(1401, std::byte{'V'})), DropReason::kSize);
  const SealCounters& counters = ours.counters();
  EXPECT_EQ(counters.dropped, 5u);
  EXPECT_EQ(counters.drops[static_cast<std::size_t>(DropReason::kUnsigned)], 1u);
  EXPECT_EQ(counters.drops[static_cast<std::size_t>(DropReason::kBadTag)], 1u);
  EXPECT_EQ(counters.seal_bytes_in, 0u);
}

TEST(DatagramSealTest, AnyChangedBitIsNoticed) {
  DatagramSeal sender(Keys({kSecret}));
  DatagramSeal receiver(Keys({kSecret}));
  Bytes sealed = Sealed(sender);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    ASSERT_TRUE(Reason(receiver, sealed).has_value()) << bit;
    // Also by somebody who corrects the checksum.
    const std::size_t end = sealed.size() - kSealTagBytes;
    const Bytes stored = sealed;
    StoreBigEndian(sealed.data() + 4, Checksum32(ByteSpan(sealed).subspan(8, end - 8)));
    if (bit / 8 < 4 || bit / 8 > 7) {
      ASSERT_TRUE(Reason(receiver, sealed).has_value()) << bit;
    }
    sealed = stored;
    sealed[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
  }
  EXPECT_EQ(Reason(receiver, sealed), std::nullopt);
}

TEST(DatagramSealTest, EveryTruncationIsDropped) {
  DatagramSeal sender(Keys({kSecret}));
  DatagramSeal receiver(Keys({kSecret}));
  const Bytes sealed = Sealed(sender);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    ASSERT_TRUE(Reason(receiver, ByteSpan(sealed).first(size)).has_value()) << size;
  }
}

TEST(DatagramSealTest, AReplayIsDropped) {
  DatagramSeal sender(Keys({kSecret}));
  DatagramSeal receiver(Keys({kSecret}));
  const Bytes first = Sealed(sender);
  const Bytes second = Sealed(sender);
  EXPECT_NE(first, second) << "the counter makes each its own";
  EXPECT_EQ(Reason(receiver, second), std::nullopt);
  EXPECT_EQ(Reason(receiver, first), std::nullopt) << "overtaken, not replayed";
  EXPECT_EQ(Reason(receiver, first), DropReason::kReplay);
  EXPECT_EQ(Reason(receiver, second), DropReason::kReplay);
  DatagramSeal restarted(Keys({kSecret}));
  EXPECT_EQ(Reason(receiver, Sealed(restarted, Plain(0x12345679))), std::nullopt)
      << "a restart counts from 1 again, under a new boot number";
  EXPECT_EQ(receiver.counters().seal_bytes_in, 3 * kSealBytes);
  EXPECT_EQ(sender.counters().seal_bytes_out, 2 * kSealBytes);
}

// Nobody without a secret may fill the table of senders or move a window.
TEST(DatagramSealTest, StrangersDoNotTouchTheWindows) {
  DatagramSeal sender(Keys({kSecret}));
  DatagramSeal stranger(Keys({kOther}));
  DatagramSeal receiver(Keys({kSecret}));
  const Bytes early = Sealed(sender);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(Reason(receiver, Sealed(stranger)), DropReason::kBadTag);
  }
  EXPECT_EQ(Reason(receiver, early), std::nullopt);
}

TEST(DatagramSealTest, KeysAreChangedInThreeSteps) {
  const std::vector<ClusterKeys> steps = {Keys({kSecret}), Keys({kSecret, kOther}),
                                          Keys({kOther, kSecret}), Keys({kOther})};
  for (std::size_t a = 0; a < steps.size(); ++a) {
    for (std::size_t b = 0; b < steps.size(); ++b) {
      DatagramSeal sender(steps[a]);
      DatagramSeal receiver(steps[b]);
      const bool neighbours = a <= b + 1 && b <= a + 1;
      if (neighbours) {
        EXPECT_EQ(Reason(receiver, Sealed(sender)), std::nullopt) << a << b;
      }
    }
  }
  DatagramSeal oldest(steps[0]);
  DatagramSeal newest(steps[3]);
  EXPECT_EQ(Reason(newest, Sealed(oldest)), DropReason::kBadTag);
}

TEST(DatagramSealTest, KeysWithOneIdAreBothTried) {
  const ClusterKeys both = Keys({kTwinA, kTwinB});
  ASSERT_EQ(both.keys()[0].id, both.keys()[1].id);
  DatagramSeal a(Keys({kTwinA}));
  DatagramSeal b(Keys({kTwinB}));
  DatagramSeal receiver(both);
  EXPECT_EQ(Reason(receiver, Sealed(a)), std::nullopt);
  EXPECT_EQ(Reason(receiver, Sealed(b, Plain(7))), std::nullopt);
  EXPECT_EQ(Reason(a, Sealed(b)), DropReason::kBadTag);
}

TEST(DatagramSealTest, SignedNonsenseIsDropped) {
  DatagramSeal sender(Keys({kSecret}));
  DatagramSeal receiver(Keys({kSecret}));
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes(kDatagramPrefixBytes + 1 + rng.Uniform(60));
    for (std::byte& b : bytes) b = static_cast<std::byte>(rng.Uniform(256));
    bytes[0] = std::byte{'V'};
    bytes[1] = std::byte{'F'};
    bytes[2] = std::byte{kFormatVersion};
    const auto opened = receiver.Open(Sealed(sender, bytes));
    const ByteSpan* plain = std::get_if<ByteSpan>(&opened);
    if (plain == nullptr) continue;
    EXPECT_EQ(plain->size(), bytes.size());
    static_cast<void>(DecodePacket(*plain));
  }
}

// tests/gossip/wire/decode_datagrams.py checks the same bytes with another implementation.
TEST(DatagramSealTest, GoldenBytesAreSealedAndOpened) {
  std::map<std::string, std::string> golden;
  std::ifstream file(VF_TESTDATA "/sealed_datagrams.txt");
  for (std::string name, hex; file >> name >> hex;) golden[name] = hex;
  DatagramSeal sender(Keys({kSecret, kOther}));
  DatagramSeal receiver(Keys({kOther, kSecret}));
  std::size_t found = 0;
  for (const auto& [name, packet] : SamplePackets()) {
    if (name != "ping" && name != "batch" && name != "exchange") continue;
    const Bytes sealed = Sealed(sender, EncodePacket(packet));
    EXPECT_EQ(ToHex(sealed), golden[name]) << "the line should be:\n"
                                           << name << " " << ToHex(sealed);
    EXPECT_EQ(Reason(receiver, sealed), std::nullopt);
    ++found;
  }
  EXPECT_EQ(found, golden.size());
}

}  // namespace
}  // namespace vf
