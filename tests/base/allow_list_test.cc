#include "base/allow_list.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

Endpoint At(const char* address) {
  const auto endpoint = Endpoint::ParseAddress(address, 1);
  EXPECT_TRUE(endpoint) << address;
  return endpoint.value_or(Endpoint());
}

TEST(AllowListTest, EmptyListAllowsNobody) { EXPECT_FALSE(AllowList().Allows(At("127.0.0.1"))); }

TEST(AllowListTest, PrivateNetworksEndWhereTheirRfcsSay) {
  const AllowList list = AllowList::PrivateNetworks();
  for (const char* address :
       {"127.0.0.1", "127.255.255.255", "10.0.0.0", "10.255.255.255", "172.16.0.0",
        "172.31.255.255", "192.168.0.0", "192.168.255.255", "169.254.0.0", "169.254.255.255", "::1",
        "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "febf:ffff::1",
        "::ffff:10.1.2.3"}) {
    EXPECT_TRUE(list.Allows(At(address))) << address;
  }
  for (const char* address :
       {"0.0.0.0", "126.255.255.255", "128.0.0.0", "9.255.255.255", "11.0.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "192.169.0.0", "169.253.255.255", "8.8.8.8", "::", "::2",
        "fbff::", "fe00::", "fe7f:ffff::", "fec0::", "2001:db8::1", "::ffff:8.8.8.8"}) {
    EXPECT_FALSE(list.Allows(At(address))) << address;
  }
}

TEST(AllowListTest, ThePortPlaysNoPart) {
  AllowList list;
  ASSERT_TRUE(list.Add("10.1.2.3"));
  EXPECT_TRUE(list.Allows(At("10.1.2.3").WithPort(0)));
  EXPECT_TRUE(list.Allows(At("10.1.2.3").WithPort(65'535)));
}

TEST(AllowListTest, EveryPrefixLengthEndsAtItsBit) {
  for (int bits = 0; bits <= 32; ++bits) {
    AllowList list;
    ASSERT_TRUE(list.Add("0.0.0.0/" + std::to_string(bits)));
    EXPECT_TRUE(list.Allows(At("0.0.0.0")));
    for (int bit = 0; bit < 32; ++bit) {
      std::array<std::uint8_t, 4> address{};
      address[static_cast<std::size_t>(bit / 8)] = static_cast<std::uint8_t>(0x80 >> (bit % 8));
      EXPECT_EQ(list.Allows(Endpoint::V4(address, 1)), bit >= bits) << bits << " " << bit;
    }
  }
}

TEST(AllowListTest, V4RangesSayNothingOfV6) {
  AllowList list;
  ASSERT_TRUE(list.Add("0.0.0.0/0"));
  EXPECT_TRUE(list.Allows(At("1.2.3.4")));
  EXPECT_FALSE(list.Allows(At("::1")));
  ASSERT_TRUE(list.Add("::/0"));
  EXPECT_TRUE(list.Allows(At("::1")));
}

TEST(AllowListTest, RefusesWhatIsNoRange) {
  AllowList list;
  for (const char* cidr : {"",
                           "/",
                           "/8",
                           "10",
                           "10.0.0",
                           "10.0.0.0/",
                           "10.0.0.0/33",
                           "10.0.0.0/-1",
                           "10.0.0.0/+8",
                           "10.0.0.0/8 ",
                           " 10.0.0.0/8",
                           "10.0.0.0/8x",
                           "10.0.0.0/99999999999",
                           "10.0.0.1/8",
                           "10.0.0.0/8/8",
                           "::1/127",
                           "::/129",
                           "[::1]/128",
                           "localhost",
                           "10.0.0.0:80",
                           "256.0.0.0/8",
                           "::ffff:10.0.0.0/104"}) {
    EXPECT_FALSE(list.Add(cidr)) << cidr;
  }
  EXPECT_FALSE(list.Add(std::string_view("10.0.0.0\0/8", 11)));
  EXPECT_FALSE(list.Add(std::string_view("10.0.0.0\0", 9)));
  EXPECT_FALSE(list.Allows(At("10.0.0.0")));
}

}  // namespace
}  // namespace vf
