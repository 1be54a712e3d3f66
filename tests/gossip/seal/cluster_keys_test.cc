#include "gossip/seal/cluster_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/key_hash.h"

namespace vf {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kFirst[] = "a first secret of some length";
constexpr char kSecond[] = "c3f1d07a55a94e6d8f2b";

std::vector<std::string> SecretsIn(std::string_view text) {
  const auto keys = ClusterKeys::Parse(text);
  if (!keys.ok()) {
    ADD_FAILURE() << keys.status();
    return {};
  }
  std::vector<std::string> secrets;
  for (const ClusterKey& key : keys->keys()) secrets.push_back(key.secret);
  return secrets;
}

std::string Refusal(std::string_view text) {
  const auto keys = ClusterKeys::Parse(text);
  EXPECT_FALSE(keys.ok());
  return std::string(keys.status().message());
}

TEST(ClusterKeysTest, ReadsOneKeyALineInTheirOrder) {
  using Secrets = std::vector<std::string>;
  EXPECT_EQ(SecretsIn("0123456789abcdef"), Secrets{"0123456789abcdef"});
  EXPECT_EQ(SecretsIn(std::string(kFirst) + "\n" + kSecond + "\n"), (Secrets{kFirst, kSecond}));
  EXPECT_EQ(SecretsIn(std::string("# new\r\n\r\n \t") + kSecond + " \r\n\n#" + kFirst),
            Secrets{kSecond});
}

TEST(ClusterKeysTest, TheIdIsTheFirstByteOfSha256) {
  const auto keys = ClusterKeys::Parse(kFirst);
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->keys().front().id, std::to_integer<std::uint8_t>(Sha256(kFirst)[0]));
  EXPECT_EQ(ToHex(Sha256("abc")),  // FIPS 180-4
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ClusterKeysTest, RefusesWhatIsNoKeyAndSaysWhy) {
  EXPECT_THAT(Refusal(""), HasSubstr("no key"));
  EXPECT_THAT(Refusal("\n# only a comment\n \n"), HasSubstr("no key"));
  EXPECT_THAT(Refusal("\n0123456789abcde\n"), AllOf(HasSubstr("line 2"), HasSubstr("16 to")));
  EXPECT_THAT(Refusal(std::string(1025, 'x')), HasSubstr("to 1024"));
  EXPECT_THAT(Refusal(std::string("0123456789abcdef\x01\x02", 18)), HasSubstr("printable"));
  EXPECT_THAT(Refusal("0123456789abcdef\xc3\xa9"), HasSubstr("printable"));
  EXPECT_THAT(Refusal(std::string(40, '\0')), HasSubstr("printable"));
  EXPECT_THAT(Refusal(std::string(kFirst) + "\n" + kSecond + "\n" + kFirst),
              AllOf(HasSubstr("line 3"), HasSubstr("above")));
  std::string many;
  for (int i = 0; i < 9; ++i) many += "0123456789abcdef" + std::to_string(i) + "\n";
  EXPECT_THAT(Refusal(many), HasSubstr("line 9: more than 8"));
}

TEST(ClusterKeysTest, NoRefusalShowsASecret) {
  for (const std::string& text :
       {std::string("geheim"), std::string(kFirst) + "\n" + kFirst, std::string(kFirst) + "\x01"}) {
    EXPECT_THAT(Refusal(text), AllOf(Not(HasSubstr("geheim")), Not(HasSubstr("first secret"))));
  }
}

}  // namespace
}  // namespace vf
