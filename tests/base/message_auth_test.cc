#include "base/message_auth.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

std::string Counting(int bytes) {
  std::string text;
  for (int i = 1; i <= bytes; ++i) text += static_cast<char>(i);
  return text;
}

// RFC 4231, section 4: test cases 1 to 7. Case 5 is cut to 128 bits there.
TEST(MessageAuthTest, SignsTheVectorsOfRfc4231) {
  const struct {
    std::string secret;
    std::string message;
    std::string tag;
  } cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {Counting(25), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(20, '\x0c'), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
  for (const auto& [secret, message, tag] : cases) {
    MessageAuth auth(AsBytes(secret));
    const std::string first = ToHex(auth.Sign(AsBytes(message)));
    EXPECT_EQ(first.substr(0, tag.size()), tag);
    EXPECT_EQ(ToHex(auth.Sign(AsBytes(message))), first) << "a signature depends on the one before";
  }
}

TEST(MessageAuthTest, TellsTagsApart) {
  MessageAuth auth(AsBytes("0123456789abcdef"));
  MessageAuth other(AsBytes("0123456789abcdeg"));
  const MessageAuth::Tag tag = auth.Sign(AsBytes("a"));
  EXPECT_TRUE(SameTag(tag, auth.Sign(AsBytes("a"))));
  EXPECT_FALSE(SameTag(tag, auth.Sign(AsBytes("b"))));
  EXPECT_FALSE(SameTag(tag, other.Sign(AsBytes("a"))));
  EXPECT_FALSE(SameTag(tag, auth.Sign({})));
}

}  // namespace
}  // namespace vf
