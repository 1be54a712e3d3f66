#include "base/key_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace vf {
namespace {

// FIPS 180-4's examples (NIST, "SHA1.pdf"), and the hash of nothing.
TEST(KeyHashTest, IsSha1) {
  EXPECT_EQ(HashKey("").Hex(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(HashKey("abc").Hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HashKey("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").Hex(),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(HashKey(std::string(1'000'000, 'a')).Hex(), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(KeyHashTest, TakesAllBytesOfTheKey) {
  EXPECT_NE(HashKey(std::string_view("a\0b", 3)), HashKey(std::string_view("a\0c", 3)));
  EXPECT_NE(HashKey(std::string_view("\0", 1)), HashKey(""));
}

TEST(KeyHashTest, ThreadsHashAlike) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 1'000; ++i) {
        EXPECT_EQ(HashKey("abc").Hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        EXPECT_NE(HashKey(std::to_string(i)), HashKey("abc"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// As `printf velour-fog | sha256sum` prints it.
TEST(KeyHashTest, ClusterNameIsTheFirstFourBytesOfSha256) {
  EXPECT_EQ(HashClusterName("abc"), 0xba7816bfu);
  EXPECT_EQ(HashClusterName(""), 0xe3b0c442u);
  EXPECT_EQ(HashClusterName("velour-fog"), 0xd456ec4du);
}

}  // namespace
}  // namespace vf
