#include "http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vf {
namespace {

Target Parse(Method method, std::string_view target) { return ParseTarget(method, target, {}); }

std::string KeyOf(Method method, std::string_view target) {
  const Target parsed = Parse(method, target);
  EXPECT_NE(parsed.operation, Operation::kRefused) << target << ": " << parsed.refusal.text;
  return parsed.key;
}

int StatusOf(Method method, std::string_view target) {
  const Target parsed = Parse(method, target);
  return parsed.operation == Operation::kRefused ? parsed.refusal.status : 0;
}

std::string TextOf(Method method, std::string_view target) {
  return Parse(method, target).refusal.text;
}

TEST(TargetTest, MethodsBecomeOperations) {
  EXPECT_EQ(Parse(Method::kGet, "/get/?key=a").operation, Operation::kGet);
  EXPECT_EQ(Parse(Method::kHead, "/get/?key=a").operation, Operation::kGet);
  EXPECT_EQ(Parse(Method::kPost, "/a").operation, Operation::kPut);
  EXPECT_EQ(Parse(Method::kPut, "/a").operation, Operation::kPut);
  EXPECT_EQ(Parse(Method::kDelete, "/a").operation, Operation::kDelete);
  for (const Page page :
       {Page::kHealthz, Page::kReadyz, Page::kMembers, Page::kStatus, Page::kMetrics}) {
    EXPECT_EQ(Parse(Method::kGet, PagePath(page)).page, page);
    EXPECT_EQ(Parse(Method::kHead, PagePath(page)).operation, Operation::kPage);
  }
  EXPECT_EQ(Parse(Method::kGet, "/replicas?key=a%20b").key, "a b");
}

TEST(TargetTest, EveryPathIsFreeForKeys) {
  for (const std::string path : {"/members", "/status", "/get/", "/get", "/metrics", "/leave"}) {
    EXPECT_EQ(KeyOf(Method::kPost, path), path.substr(1));
    EXPECT_EQ(KeyOf(Method::kDelete, path), path.substr(1));
  }
}

TEST(TargetTest, H8_DecodesOnceAndRefusesBadCodes) {
  for (const std::string code : {"%zz", "%", "%4", "%u0041", "%-1", "%4z", "a%"}) {
    EXPECT_EQ(StatusOf(Method::kPost, "/" + code), 400) << code;
    EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=" + code), 400) << code;
  }
  EXPECT_EQ(KeyOf(Method::kPost, "/%00"), std::string(1, '\0'));
  EXPECT_EQ(KeyOf(Method::kPost, "/%2F"), "/");
  EXPECT_EQ(KeyOf(Method::kPost, "/%25"), "%");
  EXPECT_EQ(KeyOf(Method::kPost, "/%2541"), "%41");
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=%2541"), "%41");
  EXPECT_EQ(KeyOf(Method::kPost, "/%aB"), "\xab");
}

TEST(TargetTest, H9_KeysOfEveryByteRoundTrip) {
  std::string key, encoded;
  for (int c = 0; c < 256; ++c) {
    key.push_back(static_cast<char>(c));
    constexpr char kDigits[] = "0123456789ABCDEF";
    encoded += '%';
    encoded += kDigits[c >> 4];
    encoded += kDigits[c & 15];
  }
  EXPECT_EQ(KeyOf(Method::kPost, "/" + encoded), key);
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=" + encoded), key);
}

TEST(TargetTest, H9_PlusSlashEqualsAndQuestionMark) {
  EXPECT_EQ(KeyOf(Method::kPost, "/a+b"), "a+b");
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=a+b"), "a b");
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=a%2Bb"), "a+b");
  EXPECT_EQ(KeyOf(Method::kPost, "/a/b//c/"), "a/b//c/");
  EXPECT_EQ(KeyOf(Method::kPost, "//"), "/");
  EXPECT_EQ(KeyOf(Method::kPost, "/../a"), "../a");
  EXPECT_EQ(KeyOf(Method::kPost, "/a=b"), "a=b");
  EXPECT_EQ(KeyOf(Method::kPost, "/a&b;c"), "a&b;c");
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=a=b?c;d"), "a=b?c;d");
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=a%26b"), "a&b");
  EXPECT_EQ(KeyOf(Method::kPost, "/\xc3\xa5"), "\xc3\xa5");
  EXPECT_EQ(KeyOf(Method::kPost, "/a?"), "a");
}

TEST(TargetTest, H10_EmptyKeysAndStrangeQueries) {
  EXPECT_EQ(StatusOf(Method::kPost, "/"), 400);
  EXPECT_EQ(StatusOf(Method::kPost, "/?acks=1"), 400);
  EXPECT_EQ(StatusOf(Method::kDelete, "/"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key="), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?=a"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?&key=a"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=a&"), 400);
  EXPECT_EQ(TextOf(Method::kGet, "/get/?Key=x"), "unknown option \"Key\"");
  EXPECT_EQ(TextOf(Method::kGet, "/get/?a=b"), "unknown option \"a\"");
  EXPECT_EQ(StatusOf(Method::kGet, "/replicas"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/replicas?key="), 400);
}

TEST(TargetTest, H2_KeysUpTo2048DecodedBytes) {
  std::string encoded;
  for (int i = 0; i < 2048; ++i) encoded += "%41";
  EXPECT_EQ(KeyOf(Method::kGet, "/get/?key=" + encoded).size(), 2048u);
  EXPECT_EQ(KeyOf(Method::kPost, "/" + encoded).size(), 2048u);
  EXPECT_EQ(StatusOf(Method::kPost, "/" + encoded + "a"), 414);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=" + encoded + "a"), 414);
  EXPECT_EQ(StatusOf(Method::kGet, "/replicas?key=" + encoded + "a"), 414);
}

TEST(TargetTest, H3_PatternsAreOnlyBytes) {
  for (const std::string piece : {"a", "(", "/", ".*"}) {
    std::string key;
    while (key.size() < 2000) key += piece;
    EXPECT_EQ(KeyOf(Method::kPost, "/" + key), key);
  }
  EXPECT_EQ(StatusOf(Method::kGet, "/" + std::string(8000, 'x')), 404);
}

TEST(TargetTest, RepeatedOptionsAreNamed) {
  EXPECT_EQ(TextOf(Method::kGet, "/get/?key=a&key=a"), "repeated option \"key\"");
  EXPECT_EQ(TextOf(Method::kGet, "/get/?key=a&k%65y=b"), "repeated option \"key\"");
  EXPECT_EQ(TextOf(Method::kGet, "/get/?local=1&key=a&local=1"), "repeated option \"local\"");
  EXPECT_EQ(TextOf(Method::kPost, "/a?acks=1&acks=1"), "repeated option \"acks\"");
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=a&key=b"), 400);
}

TEST(TargetTest, AcksTakesANumberOrAll) {
  EXPECT_EQ(Parse(Method::kPost, "/a?acks=2").write_options.acks->count, 2);
  EXPECT_EQ(Parse(Method::kDelete, "/a?acks=all").write_options.acks->count, ReplicaCount::kAll);
  EXPECT_FALSE(Parse(Method::kPost, "/a").write_options.acks.has_value());
  for (const std::string value : {"0", "-1", "", "01", "1.0", "ALL", "+1", "99999999999", "1%00"}) {
    EXPECT_EQ(StatusOf(Method::kPost, "/a?acks=" + value), 400) << value;
    EXPECT_NE(TextOf(Method::kPost, "/a?acks=" + value).find("\"acks\""), std::string::npos);
  }
}

TEST(TargetTest, RTakesANumberFrom2OrAll) {
  EXPECT_EQ(Parse(Method::kGet, "/get/?key=a&r=2").get_options.r->count, 2);
  EXPECT_EQ(Parse(Method::kHead, "/get/?key=a&r=all").get_options.r->count, ReplicaCount::kAll);
  EXPECT_FALSE(Parse(Method::kGet, "/get/?key=a").get_options.r.has_value());
  for (const std::string value : {"0", "1", "-2", "", "02", "2.0", "ALL", "+2", "99999999999"}) {
    EXPECT_EQ(TextOf(Method::kGet, "/get/?key=a&r=" + value),
              "option \"r\" takes a number of owners from 2, or all")
        << value;
  }
  EXPECT_EQ(TextOf(Method::kGet, "/get/?key=a&r=2&r=2"), "repeated option \"r\"");
}

TEST(TargetTest, RAndLocalExcludeEachOther) {
  for (const std::string query : {"key=a&r=2&local=1", "local=1&key=a&r=all"}) {
    EXPECT_EQ(TextOf(Method::kGet, "/get/?" + query),
              "options \"local\" and \"r\" exclude each other");
    EXPECT_EQ(StatusOf(Method::kGet, "/get/?" + query), 400);
  }
}

TEST(TargetTest, TtlIsSecondsRoundedUpToMilliseconds) {
  const std::vector<std::pair<std::string, std::int64_t>> good = {
      {"1", 1'000},
      {"60", 60'000},
      {"0.5", 500},
      {"007", 7'000},
      {"1.000", 1'000},
      {"1.001", 1'001},
      {"1.0010", 1'001},
      {"1.0011", 1'002},
      {"0.0000000000000000000000000000000001", 1},
      {"0.9999", 1'000},
      {"320000000", 320'000'000'000},
      {"320000000.000", 320'000'000'000},
      {"319999999.9999", 320'000'000'000},
      {"%36%30", 60'000},
  };
  for (const auto& [text, ms] : good) {
    EXPECT_EQ(Parse(Method::kPost, "/a?ttl=" + text).write_options.ttl, milliseconds(ms)) << text;
  }
  EXPECT_EQ(Parse(Method::kPut, "/a?acks=1&ttl=2").write_options.ttl, seconds(2));
  EXPECT_FALSE(Parse(Method::kPost, "/a").write_options.ttl.has_value());
  for (const std::string text : {"",
                                 "0",
                                 "0.0",
                                 "0.000",
                                 "-1",
                                 "+1",
                                 "%2b1",
                                 "1e3",
                                 "1E3",
                                 "1.",
                                 ".5",
                                 ".",
                                 "1.5.5",
                                 "1,5",
                                 "0x10",
                                 "inf",
                                 "nan",
                                 "all",
                                 "1s",
                                 " 1",
                                 "1 ",
                                 "1%00",
                                 "320000000.0001",
                                 "320000001",
                                 "18446744073709551617",
                                 "99999999999999999999999999999999999999"}) {
    std::string sent;
    for (const char c : text) sent += c == ' ' ? std::string("%20") : std::string(1, c);
    EXPECT_EQ(StatusOf(Method::kPost, "/a?ttl=" + sent), 400) << text;
    EXPECT_EQ(TextOf(Method::kPut, "/a?ttl=" + sent),
              "option \"ttl\" takes seconds above 0 and up to 320000000, such as 60 or 0.5")
        << text;
  }
  EXPECT_EQ(TextOf(Method::kPost, "/a?ttl=1&ttl=1"), "repeated option \"ttl\"");
  EXPECT_EQ(TextOf(Method::kPost, "/a?ttl"), "option \"ttl\" has no value");
}

TEST(TargetTest, LocalTakesOnly1) {
  EXPECT_TRUE(Parse(Method::kGet, "/get/?key=a&local=1").get_options.local);
  EXPECT_FALSE(Parse(Method::kGet, "/get/?key=a").get_options.local);
  for (const std::string value : {"0", "2", "", "true", "11"}) {
    EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=a&local=" + value), 400) << value;
  }
}

TEST(TargetTest, OptionsBelongToTheirMethods) {
  EXPECT_EQ(TextOf(Method::kPost, "/a?local=1"), "unknown option \"local\"");
  EXPECT_EQ(TextOf(Method::kPost, "/a?key=b"), "unknown option \"key\"");
  EXPECT_EQ(TextOf(Method::kGet, "/get/?key=a&acks=1"), "unknown option \"acks\"");
  EXPECT_EQ(TextOf(Method::kDelete, "/a?ttl=1"), "unknown option \"ttl\"");
  EXPECT_EQ(TextOf(Method::kGet, "/members?key=a"), "unknown option \"key\"");
  EXPECT_EQ(TextOf(Method::kGet, "/metrics?x=1"), "unknown option \"x\"");
}

TEST(TargetTest, WhatLaterReleasesBringIsRefusedNow) {
  EXPECT_EQ(StatusOf(Method::kGet, "/"), 404);
  EXPECT_EQ(StatusOf(Method::kPatch, "/restore"), 404);
  EXPECT_NE(TextOf(Method::kPatch, "/restore").find("not available in this release"),
            std::string::npos);
  EXPECT_EQ(StatusOf(Method::kPatch, "/a"), 405);
}

TEST(TargetTest, LeaveTakesNoOption) {
  EXPECT_EQ(ParseTarget(Method::kPatch, "/leave", {}).operation, Operation::kLeave);
  EXPECT_EQ(StatusOf(Method::kPatch, "/leave?id=00112233445566778899aabbccddeeff"), 400);
  EXPECT_EQ(StatusOf(Method::kPatch, "/leave/"), 405);
  EXPECT_EQ(ParseTarget(Method::kOptions, "/leave", {}).refusal.allow, "POST, PUT, DELETE, PATCH");
}

TEST(TargetTest, ForgetTakesOneIdAndNothingElse) {
  const std::string id = "00112233445566778899aabbccddeeff";
  const Target target = ParseTarget(Method::kPatch, "/forget?id=" + id, {});
  EXPECT_EQ(target.operation, Operation::kForget);
  EXPECT_EQ(target.member_id, id);
  const std::vector<std::string> wrong = {"",
                                          "?",
                                          "?id",
                                          "?id=",
                                          "?id=1",
                                          "?id=" + id + "0",
                                          "?key=a",
                                          "?id=" + id.substr(1) + "F",
                                          "?id=" + id + "&",
                                          "?id=" + id + "&id=" + id,
                                          "?id=" + id + "&key=a"};
  for (const std::string& query : wrong) {
    EXPECT_EQ(StatusOf(Method::kPatch, "/forget" + query), 400) << query;
  }
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=a&id=" + id), 400) << "no option of anything else";
  EXPECT_EQ(StatusOf(Method::kPatch, "/forget/?id=" + id), 405);
  EXPECT_EQ(ParseTarget(Method::kOptions, "/forget", {}).refusal.allow, "POST, PUT, DELETE, PATCH");
  EXPECT_EQ(ParseTarget(Method::kPost, "/forget", {}).operation, Operation::kPut);
  const TargetRules controller{false, false, "ask a node"};
  EXPECT_EQ(ParseTarget(Method::kPatch, "/forget?id=" + id, controller).refusal.status, 404);
}

TEST(TargetTest, OtherPagesShowTheRightForm) {
  for (const std::string path :
       {"/get", "/get?key=a", "/a", "/get/a?key=b", "/Members", "/members/"}) {
    EXPECT_EQ(StatusOf(Method::kGet, path), 404) << path;
    EXPECT_NE(TextOf(Method::kGet, path).find("GET /get/?key=KEY"), std::string::npos);
  }
}

TEST(TargetTest, MethodsNotServedNameThoseThatAre) {
  for (const Method method : {Method::kOptions, Method::kTrace, Method::kConnect}) {
    EXPECT_EQ(StatusOf(method, "/a"), 405);
    EXPECT_EQ(Parse(method, "/a").refusal.allow, "POST, PUT, DELETE");
    EXPECT_EQ(Parse(method, "/get/?key=a").refusal.allow, "GET, HEAD, POST, PUT, DELETE");
    EXPECT_EQ(Parse(method, "/members").refusal.allow, "GET, HEAD, POST, PUT, DELETE");
    EXPECT_EQ(StatusOf(method, "*"), 405);
    EXPECT_EQ(StatusOf(method, "example.com:80"), 405);
  }
}

// RFC 9112 section 3.2.1: origin-form starts with "/".
TEST(TargetTest, Rfc9112_3_2_1_OriginForm) {
  for (const std::string target : {"a", "*", "get/?key=a", "?key=a", "example.com:80", "\\a"}) {
    EXPECT_EQ(StatusOf(Method::kGet, target), 400) << target;
    EXPECT_EQ(StatusOf(Method::kPost, target), 400) << target;
  }
}

// RFC 9112 section 3.2.2: "a server MUST accept the absolute-form in requests".
TEST(TargetTest, Rfc9112_3_2_2_AbsoluteForm) {
  EXPECT_EQ(KeyOf(Method::kPost, "http://h/a"), "a");
  EXPECT_EQ(KeyOf(Method::kPost, "HTTP://h:8000/a/b?acks=1"), "a/b");
  EXPECT_EQ(KeyOf(Method::kGet, "http://h/get/?key=a/b"), "a/b");
  EXPECT_EQ(StatusOf(Method::kPost, "http://h"), 400) << "empty key";
  EXPECT_EQ(StatusOf(Method::kPost, "http:///a"), 400);
  EXPECT_EQ(StatusOf(Method::kPost, "http://u@h/a"), 400);
  EXPECT_EQ(StatusOf(Method::kPost, "https://h/a"), 400);
  EXPECT_EQ(StatusOf(Method::kPost, "http:/a"), 400);
}

// RFC 9112 section 3.2: a request target has no fragment.
TEST(TargetTest, FragmentsAreRefused) {
  EXPECT_EQ(StatusOf(Method::kPost, "/a#b"), 400);
  EXPECT_EQ(StatusOf(Method::kGet, "/get/?key=a#b"), 400);
  EXPECT_EQ(KeyOf(Method::kPost, "/a%23b"), "a#b");
}

TEST(TargetTest, NamesInRefusalsAreEscapedAndShort) {
  const std::string text =
      TextOf(Method::kGet, "/get/?%0d%0aSet-Cookie:x" + std::string(4000, 'a'));
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("\\x0d\\x0aSet-Cookie"), std::string::npos);
  EXPECT_LT(text.size(), 250u);
}

TEST(TargetTest, TheControllerHasPagesOnly) {
  const TargetRules rules{false, false, "ask a node"};
  EXPECT_EQ(ParseTarget(Method::kGet, "/members", rules).operation, Operation::kPage);
  for (const std::string target : {"/get/?key=a", "/replicas?key=a", "/x", "/"}) {
    const Target parsed = ParseTarget(Method::kGet, target, rules);
    EXPECT_EQ(parsed.refusal.status, 404) << target;
    EXPECT_EQ(parsed.refusal.text, "ask a node");
  }
  EXPECT_EQ(ParseTarget(Method::kPost, "/a", rules).refusal.status, 404);
  EXPECT_EQ(ParseTarget(Method::kPatch, "/leave", rules).refusal.status, 404);
  const Target write = ParseTarget(Method::kPost, "/members", rules);
  EXPECT_EQ(write.refusal.status, 405);
  EXPECT_EQ(write.refusal.allow, "GET, HEAD");
}

}  // namespace
}  // namespace vf
