#include "http/answer.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

constexpr Version kVersion{0xabcdef};

TEST(AnswerTest, EveryStatusOfTheStoreHasItsAnswer) {
  const auto status = [](KvStatus kv) {
    return MakeAnswer(Operation::kGet, KvResult{kv, kVersion, "v", "text"}, {}).status;
  };
  EXPECT_EQ(status(KvStatus::kOk), 200);
  EXPECT_EQ(status(KvStatus::kAbsent), 204);
  EXPECT_EQ(status(KvStatus::kBadRequest), 400);
  EXPECT_EQ(status(KvStatus::kUnavailable), 503);
  EXPECT_EQ(status(KvStatus::kOverloaded), 503);
  EXPECT_EQ(status(KvStatus::kNoSpace), 507);
}

TEST(AnswerTest, TextsAreOneLine) {
  const KvResult result{KvStatus::kUnavailable, {}, {}, "one\r\nX: two"};
  EXPECT_EQ(MakeAnswer(Operation::kPut, result, {}).text, "one");
  const KvResult silent{KvStatus::kUnavailable, {}, {}, {}};
  EXPECT_FALSE(MakeAnswer(Operation::kPut, silent, {}).text.empty());
}

TEST(AnswerTest, OnlyAGetHasAValue) {
  const KvResult result{KvStatus::kOk, kVersion, "", {}};
  EXPECT_TRUE(MakeAnswer(Operation::kGet, result, {}).value.has_value());
  EXPECT_FALSE(MakeAnswer(Operation::kPut, result, {}).value.has_value());
  EXPECT_FALSE(MakeAnswer(Operation::kDelete, result, {}).value.has_value());
}

TEST(AnswerTest, NotModifiedHasTheVersionAndNoValue) {
  const KvResult result{KvStatus::kOk, kVersion, "v", {}};
  const Answer answer = MakeAnswer(Operation::kGet, result, "\"0000000000abcdef\"");
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(answer.version, kVersion);
  EXPECT_FALSE(answer.value.has_value());
}

// RFC 9110 sections 8.8.3.2 (weak comparison) and 13.1.2 (lists, "*").
TEST(AnswerTest, Rfc9110_13_1_2_IfNoneMatch) {
  for (const char* field : {"\"0000000000abcdef\"", "W/\"0000000000abcdef\"", "*",
                            "\"x\", \"0000000000abcdef\"", "\"0000000000abcdef\",\"x\"",
                            ", ,\"0000000000abcdef\"", "\"a,b\" , \"0000000000abcdef\" ,"}) {
    EXPECT_TRUE(NamesVersion(field, kVersion)) << field;
  }
  for (const char* field :
       {"", "\"\"", "\"0000000000ABCDEF\"", "0000000000abcdef", "\"0000000000abcdef", "\"x\"", "**",
        "\"0000000000abcdef\" x", "x\"0000000000abcdef\"", "w/\"0000000000abcdef\"", ","}) {
    EXPECT_FALSE(NamesVersion(field, kVersion)) << field;
  }
}

}  // namespace
}  // namespace vf
