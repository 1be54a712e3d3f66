#include "gossip/udp/reply_sources.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

Endpoint Address(const char* text, std::uint16_t port) {
  return *Endpoint::ParseAddress(text, port);
}

TEST(ReplySourcesTest, NamesTheAddressAtWhichAPeerWasLastHeard) {
  ReplySources sources;
  const Endpoint peer = Address("10.0.0.9", 8000);
  EXPECT_FALSE(sources.For(peer));
  sources.Note(peer, Address("10.0.0.1", 7000));
  sources.Note(peer, Address("10.0.0.2", 7000));
  EXPECT_EQ(sources.For(peer), Address("10.0.0.2", 7000));
  EXPECT_FALSE(sources.For(peer.WithPort(8001)));
  sources.Forget(peer.WithPort(8001));
  EXPECT_TRUE(sources.For(peer));
  sources.Forget(peer);
  EXPECT_FALSE(sources.For(peer));
}

TEST(ReplySourcesTest, ManyPeersTakeNoMoreRoomAndNoneIsMistakenForAnother) {
  ReplySources sources;
  const auto peer = [](std::size_t i) {
    return Address("fd00::9", static_cast<std::uint16_t>(i + 1));
  };
  const auto own = [](std::size_t i) {
    return Address("fd00::1", static_cast<std::uint16_t>(i + 1));
  };
  constexpr std::size_t kCount = 5 * ReplySources::kPeers;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < kCount; ++i) sources.Note(peer(i), own(i));
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto source = sources.For(peer(i));
    if (!source) continue;
    EXPECT_EQ(*source, own(i));
    ++kept;
  }
  EXPECT_GT(kept, ReplySources::kPeers / 2);
  EXPECT_LE(kept, ReplySources::kPeers);
}

TEST(ReplySourcesTest, NobodyIsNotAPeer) {
  const ReplySources sources;
  EXPECT_FALSE(sources.For(Endpoint()));
}

}  // namespace
}  // namespace vf
