#include "base/endpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vf {
namespace {

TEST(EndpointTest, FormatsAsItParses) {
  for (const char* text : {"1.2.3.4:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:0",
                           "[2001:db8::1:0:0:1]:7000", "[fe80::1]:1"}) {
    const auto endpoint = Endpoint::Parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->ToString(), text);
  }
}

TEST(EndpointTest, OneAddressHasOneForm) {
  EXPECT_EQ(Endpoint::Parse("[0:0:0:0:0:0:0:1]:80")->ToString(), "[::1]:80");
  EXPECT_EQ(Endpoint::Parse("[2001:DB8::1]:80")->ToString(), "[2001:db8::1]:80");
  EXPECT_EQ(Endpoint::Parse("[::ffff:1.2.3.4]:80"), Endpoint::Parse("1.2.3.4:80"));
  EXPECT_EQ(Endpoint::ParseAddress("::ffff:102:304", 80), Endpoint::Parse("1.2.3.4:80"));
}

TEST(EndpointTest, RefusesWhatIsNoEndpoint) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "1.2.3.4",
                           "1.2.3.4:",
                           "1.2.3.4:65536",
                           "1.2.3.4:-1",
                           "1.2.3.4:+1",
                           "1.2.3.4:99999999999999999999",
                           "1.2.3.4: 80",
                           "1.2.3.4:80 ",
                           " 1.2.3.4:80",
                           "1.2.3.4:8x",
                           "1.2.3:80",
                           "1.2.3.4.5:80",
                           "1.2.3.256:80",
                           "01.2.3.4.:80",
                           "localhost:80",
                           "::1:80",
                           "[::1]",
                           "[::1]80",
                           "[::1:80",
                           "::1]:80",
                           "[]:80",
                           "[[::1]]:80",
                           "[1.2.3.4]:80",
                           "[fe80::1%eth0]:80",
                           "[localhost]:80",
                           "http://1.2.3.4:80"}) {
    EXPECT_FALSE(Endpoint::Parse(text)) << text;
  }
  EXPECT_FALSE(Endpoint::Parse(std::string_view("1.2.3.4\0:80", 11)));
  EXPECT_FALSE(Endpoint::Parse(std::string_view("1.2.3.4:80\0", 11)));
  EXPECT_FALSE(Endpoint::Parse(std::string_view("[::1\0]:80", 9)));
}

TEST(EndpointTest, BytesAreInNetworkOrderAndMakeTheSameEndpoint) {
  const Endpoint v4 = *Endpoint::Parse("1.2.3.4:80");
  EXPECT_EQ(ToHex(v4.address_bytes()), "01020304");
  EXPECT_EQ(Endpoint::FromBytes(v4.address_bytes(), 80), v4);
  const Endpoint v6 = *Endpoint::Parse("[2001:db8::5]:80");
  EXPECT_EQ(ToHex(v6.address_bytes()), "20010db8000000000000000000000005");
  EXPECT_EQ(Endpoint::FromBytes(v6.address_bytes(), 80), v6);
  const std::string bytes(17, '\1');
  for (const std::size_t size : {0u, 1u, 3u, 5u, 8u, 15u, 17u}) {
    EXPECT_FALSE(Endpoint::FromBytes(AsBytes(bytes).first(size), 80)) << size;
  }
}

TEST(EndpointTest, TellsAddressesThatNobodyLivesAt) {
  for (const char* text :
       {"0.0.0.0:80", "0.1.2.3:80", "1.2.3.4:0", "224.0.0.1:80", "239.1.1.1:80", "240.0.0.1:80",
        "255.255.255.255:80", "[::]:80", "[ff02::1]:80", "[::1]:0"}) {
    EXPECT_FALSE(Endpoint::Parse(text)->IsUsableAsPeer()) << text;
  }
  for (const char* text :
       {"1.2.3.4:80", "127.0.0.1:1", "223.255.255.255:80", "[::1]:80", "[fe80::1]:80"}) {
    EXPECT_TRUE(Endpoint::Parse(text)->IsUsableAsPeer()) << text;
  }
}

TEST(EndpointTest, TellsLoopbackAndUnspecified) {
  EXPECT_TRUE(Endpoint::Loopback(1).IsLoopback());
  EXPECT_TRUE(Endpoint::Parse("127.9.9.9:1")->IsLoopback());
  EXPECT_TRUE(Endpoint::Parse("[::1]:1")->IsLoopback());
  EXPECT_FALSE(Endpoint::Parse("[1::1]:1")->IsLoopback());
  EXPECT_FALSE(Endpoint::Parse("[::2]:1")->IsLoopback());
  EXPECT_FALSE(Endpoint::Parse("126.0.0.1:1")->IsLoopback());
  EXPECT_TRUE(Endpoint().IsUnspecified());
  EXPECT_TRUE(Endpoint::Parse("[::]:1")->IsUnspecified());
  EXPECT_FALSE(Endpoint::Loopback(1).IsUnspecified());
}

TEST(EndpointTest, WithPortChangesThePortAlone) {
  EXPECT_EQ(Endpoint::Parse("1.2.3.4:80")->WithPort(81).ToString(), "1.2.3.4:81");
}

TEST(EndpointTest, OrderIsTotal) {
  std::vector<Endpoint> endpoints;
  for (const char* text :
       {"1.2.3.4:80", "1.2.3.4:81", "1.2.3.5:1", "2.0.0.0:1", "[::1]:1", "[::1]:2"}) {
    endpoints.push_back(*Endpoint::Parse(text));
  }
  EXPECT_TRUE(std::is_sorted(endpoints.begin(), endpoints.end()));
  EXPECT_EQ(std::adjacent_find(endpoints.begin(), endpoints.end()), endpoints.end());
}

TEST(HostPortTest, TakesNamesAndAddresses) {
  EXPECT_EQ(ParseHostPort("localhost:80"), (HostPort{"localhost", 80}));
  EXPECT_EQ(ParseHostPort("node-1.example_net.:65535"), (HostPort{"node-1.example_net.", 65'535}));
  EXPECT_EQ(ParseHostPort("1.2.3.4:1"), (HostPort{"1.2.3.4", 1}));
  EXPECT_EQ(ParseHostPort("[::1]:80"), (HostPort{"::1", 80}));
}

TEST(HostPortTest, TheTextOfANameAndOfAnAddressOfEitherFamilyReadsBack) {
  for (const HostPort& at :
       {HostPort{"node-1.example.net", 80}, HostPort{"1.2.3.4", 1}, HostPort{"::1", 65'535}}) {
    EXPECT_EQ(ParseHostPort(at.ToString()), at) << at.ToString();
  }
}

TEST(HostPortTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "localhost", "localhost:", "localhost:0", "localhost:65536", ":80", "::1:80", "[]:80",
        "[localhost]:80", "[1.2.3.4]:80", "[::1]", "a b:80", "a/b:80", "user@host:80",
        " localhost:80", "localhost:80 ", "http://localhost:80", "localhost\n:80", "*:80"}) {
    EXPECT_FALSE(ParseHostPort(text)) << text;
  }
  EXPECT_FALSE(ParseHostPort(std::string_view("local\0host:80", 13)));
  EXPECT_FALSE(ParseHostPort(std::string(254, 'a') + ":80"));
}

}  // namespace
}  // namespace vf
