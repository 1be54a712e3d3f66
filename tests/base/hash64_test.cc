// Golden values: part of wire and file formats. Those of the strings are xxHash's published ones.
#include "base/hash64.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

TEST(Hash64Test, HashesToTheGoldenValues) {
  EXPECT_EQ(Hash64(AsBytes("")), 0xef46db3751d8e999ULL);
  EXPECT_EQ(Hash64(AsBytes("a")), 0xd24ec4f1a98c6e5bULL);
  EXPECT_EQ(Hash64(AsBytes("abc")), 0x44bc2cf5ad770999ULL);
  EXPECT_EQ(Hash64(AsBytes("Nobody inspects the spammish repetition")), 0xfbcea83c8a378bf1ULL);
}

TEST(Hash64Test, SeedGivesAnotherHash) {
  EXPECT_EQ(Hash64(AsBytes("abc"), 0), Hash64(AsBytes("abc")));
  EXPECT_NE(Hash64(AsBytes("abc"), 1), Hash64(AsBytes("abc")));
}

TEST(Hash64Test, DoesNotDependOnTheAlignment) {
  const std::string bytes(100, 'x');
  std::string shifted(107, '?');
  for (std::size_t shift = 0; shift < 8; ++shift) {
    shifted.replace(shift, bytes.size(), bytes);
    EXPECT_EQ(Hash64(AsBytes(std::string_view(shifted).substr(shift, 100))),
              Hash64(AsBytes(bytes)));
    shifted.assign(107, '?');
  }
}

TEST(Checksum32Test, HashesToTheGoldenValues) {
  EXPECT_EQ(Checksum32(AsBytes("")), 0x02cc5d05u);
  EXPECT_EQ(Checksum32(AsBytes("Nobody inspects the spammish repetition")), 0xe2293b2fu);
}

}  // namespace
}  // namespace vf
