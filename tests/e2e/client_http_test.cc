// What clients rely on: the requests and answers of the client side, through every frontend.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

void ExpectEtag(const HttpResponse& response) {
  EXPECT_TRUE(std::regex_match(response.Header("etag"), std::regex("\"[0-9a-f]{16}\"")))
      << response.Header("etag");
}

// Three nodes and a stateless frontend, shared by all tests here: keys are the tests' own.
class ClientHttpTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<Cluster>(ClusterOptions{.nodes = 3});
    cluster_->Add({cluster_->contact(), "--frontend-only"}).WaitUntilReady();
    cluster_->WaitUntilMembersAgree();
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  static constexpr std::size_t kFrontends = 4;
  static constexpr std::size_t kStateless = 3;

  static std::uint16_t Port(std::size_t frontend) { return cluster_->node(frontend).port(); }

  static HttpResponse Ask(std::size_t frontend, std::string_view method, std::string_view target,
                          std::string_view body = {}, std::string_view headers = {}) {
    return Request(Port(frontend), method, target, body, headers);
  }
  static HttpResponse Get(std::size_t frontend, std::string_view key,
                          std::string_view headers = {}) {
    return Ask(frontend, "GET", "/get/?key=" + PercentEncode(key), {}, headers);
  }
  static HttpResponse Set(std::size_t frontend, std::string_view key, std::string_view value) {
    return Ask(frontend, "POST", "/" + PercentEncode(key), value);
  }

  // Sets through one frontend, reads through all.
  static void ExpectRoundTrip(std::size_t frontend, std::string_view key, std::string_view value) {
    const auto set = Set(frontend, key, value);
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set.body, "");
    for (std::size_t reader = 0; reader < kFrontends; ++reader) {
      const auto got = Get(reader, key);
      ASSERT_EQ(got.status, 200) << "through frontend " << reader;
      ASSERT_TRUE(got.body == value) << got.body.size() << " bytes came back";
      ASSERT_EQ(got.Header("etag"), set.Header("etag"));
    }
  }

  static std::unique_ptr<Cluster> cluster_;
};

std::unique_ptr<Cluster> ClientHttpTest::cluster_;

TEST_F(ClientHttpTest, AnswersHaveTheContractsForm) {
  const auto set = Set(0, "form", "value");
  EXPECT_EQ(set.status, 200);
  EXPECT_EQ(set.Header("content-length"), "0");
  ExpectEtag(set);
  const auto got = Get(1, "form");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.Header("content-type"), "application/octet-stream");
  EXPECT_EQ(got.Header("content-length"), "5");
  EXPECT_EQ(got.Header("etag"), set.Header("etag"));
  const auto absent = Get(2, "form-absent");
  EXPECT_EQ(absent.status, 204);
  EXPECT_FALSE(absent.Has("content-length"));
  EXPECT_FALSE(absent.Has("content-type"));
  EXPECT_EQ(absent.body, "");
}

TEST_F(ClientHttpTest, ValuesComeBackExactly) {
  std::string all;
  for (int i = 0; i < 40; ++i) all += AllBytes();
  const std::vector<std::string> values = {
      "",
      std::string(1, '\0'),
      AllBytes(),
      all,
      "\r\n\r\n",
      std::string(8192, 'x'),
      std::string(8193, 'y'),
      "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
      "a=b&c=%41+d",
      "GET / HTTP/1.1\r\n\r\n"};
  for (std::size_t i = 0; i < values.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectRoundTrip(i % kFrontends, "value" + std::to_string(i), values[i]);
  }
  EXPECT_EQ(Get(0, "evil").status, 204);
}

TEST_F(ClientHttpTest, LargeValuesComeBackExactly) {
  std::string value;
  std::uint64_t state = 1;
  while (value.size() < 16u << 20) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value.append(reinterpret_cast<const char*>(&state), sizeof state);
  }
  ExpectRoundTrip(0, "16MiB", value);
  ExpectRoundTrip(kStateless, "16MiB", value);
  ExpectRoundTrip(1, "1MiB", value.substr(0, 1 << 20));
  const auto refused = Set(2, "more", value + "x");
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(Get(0, "more").status, 204);
}

TEST_F(ClientHttpTest, KeysOfEveryByteValueComeBackThroughEveryFrontend) {
  for (std::size_t i = 0; i < 256; ++i) {
    SCOPED_TRACE(i);
    const std::string key(1, static_cast<char>(i));
    ExpectRoundTrip(i % kFrontends, key, "one " + std::to_string(i));
    ExpectRoundTrip((i + 1) % kFrontends, "k" + key + "k", "three " + std::to_string(i));
  }
}

TEST_F(ClientHttpTest, UnusualKeysComeBackThroughEveryFrontend) {
  const std::vector<std::string> keys = {"/",
                                         "//",
                                         "a/b/c",
                                         "?",
                                         "a?b",
                                         "=",
                                         "a=b=c",
                                         "+",
                                         "a+b",
                                         "%",
                                         "%41",
                                         "%2F",
                                         "&",
                                         "a&acks=1",
                                         "#",
                                         ";",
                                         " ",
                                         "a b",
                                         "..",
                                         "../x",
                                         "get/",
                                         "get",
                                         "get/?key=x",
                                         "local=1",
                                         "\xc3\xa9\xe2\x82\xac",
                                         "\xff\xfe",
                                         std::string("\0", 1),
                                         "\r\n",
                                         std::string(2048, 'a'),
                                         std::string(2000, '('),
                                         std::string(2048, '\xff'),
                                         AllBytes()};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    SCOPED_TRACE(PercentEncode(keys[i]).substr(0, 60));
    ExpectRoundTrip(i % kFrontends, keys[i], "value " + std::to_string(i));
  }
  // No two of them were taken for the same key.
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(Get(0, keys[i]).body, "value " + std::to_string(i))
        << PercentEncode(keys[i]).substr(0, 60);
  }
}

TEST_F(ClientHttpTest, KeysNeedNoEncodingWhereHttpNeedsNone) {
  EXPECT_EQ(Ask(0, "POST", "/dir/a+b=c,d;e:f@g&h", "plain").status, 200);
  EXPECT_EQ(Get(1, "dir/a+b=c,d;e:f@g&h").body, "plain");
  EXPECT_EQ(Ask(1, "GET", "/get/?key=dir/a%2Bb=c,d;e:f@g%26h").body, "plain");
  // `=` and `?` in the value of `key` belong to it, a plus is a space there.
  EXPECT_EQ(Set(0, "p=q?r s", "query").status, 200);
  EXPECT_EQ(Ask(2, "GET", "/get/?key=p=q?r+s").body, "query");
  EXPECT_EQ(Ask(0, "POST", "/x+y", "plus").status, 200);
  EXPECT_EQ(Ask(1, "GET", "/get/?key=x+y").status, 204);
  EXPECT_EQ(Ask(1, "GET", "/get/?key=x%2By").body, "plus");
  // Decoded once only.
  EXPECT_EQ(Ask(0, "POST", "/%2541", "once").status, 200);
  EXPECT_EQ(Get(1, "%41").body, "once");
}

TEST_F(ClientHttpTest, PutDoesWhatPostDoes) {
  const auto put = Ask(0, "PUT", "/put", "by put");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.body, "");
  ExpectEtag(put);
  EXPECT_EQ(Get(1, "put").body, "by put");
}

TEST_F(ClientHttpTest, HeadIsGetWithoutBody) {
  Set(0, "head", "12345");
  for (std::size_t i = 0; i < kFrontends; ++i) {
    const auto head = Ask(i, "HEAD", "/get/?key=head");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.Header("content-length"), "5");
    EXPECT_EQ(head.Header("content-type"), "application/octet-stream");
    ExpectEtag(head);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(Ask(i, "HEAD", "/get/?key=head-absent").status, 204);
  }
}

TEST_F(ClientHttpTest, DeleteRemovesThroughEveryFrontend) {
  for (std::size_t i = 0; i < kFrontends; ++i) {
    const std::string key = "delete" + std::to_string(i);
    const auto set = Set(i, key, "value");
    const auto gone = Ask((i + 1) % kFrontends, "DELETE", "/" + key);
    EXPECT_EQ(gone.status, 200);
    EXPECT_EQ(gone.body, "");
    ExpectEtag(gone);
    EXPECT_GT(gone.Header("etag"), set.Header("etag"));
    for (std::size_t reader = 0; reader < kFrontends; ++reader)
      EXPECT_EQ(Get(reader, key).status, 204);
    const auto again = Set(i, key, "again");
    EXPECT_GT(again.Header("etag"), gone.Header("etag"));
    for (std::size_t reader = 0; reader < kFrontends; ++reader)
      EXPECT_EQ(Get(reader, key).body, "again");
  }
}

TEST_F(ClientHttpTest, DeletingNothingIsFine) {
  const auto gone = Ask(0, "DELETE", "/delete-nothing");
  EXPECT_EQ(gone.status, 200);
  ExpectEtag(gone);
  EXPECT_EQ(Get(1, "delete-nothing").status, 204);
}

TEST_F(ClientHttpTest, ReadsSeeTheLastWriteWhicheverFrontendsAreUsed) {
  std::string last_etag;
  for (std::size_t i = 0; i < 400; ++i) {
    const auto set = Set(i % kFrontends, "fresh", std::to_string(i));
    ASSERT_EQ(set.status, 200) << set.body;
    ASSERT_GT(set.Header("etag"), last_etag) << "versions must grow";
    last_etag = set.Header("etag");
    const auto got = Get((i * 7 + 3) % kFrontends, "fresh");
    ASSERT_EQ(got.body, std::to_string(i));
  }
}

TEST_F(ClientHttpTest, AcksTakesOneToAll) {
  for (const std::string acks : {"1", "2", "3", "all"}) {
    EXPECT_EQ(Ask(0, "POST", "/acks?acks=" + acks, acks).status, 200) << acks;
    EXPECT_EQ(Get(1, "acks").body, acks);
    EXPECT_EQ(Ask(kStateless, "DELETE", "/acks?acks=" + acks).status, 200) << acks;
  }
  for (const std::string acks : {"0", "4", "-1", "1.5", "x", "", "99999999999999999999", "ALL"}) {
    const auto refused = Ask(0, "POST", "/acks?acks=" + acks, "refused");
    EXPECT_EQ(refused.status, 400) << acks;
    EXPECT_NE(refused.body.find("acks"), std::string::npos) << refused.body;
    EXPECT_EQ(Ask(0, "DELETE", "/acks?acks=" + acks).status, 400) << acks;
  }
  EXPECT_EQ(Get(0, "acks").status, 204);
}

TEST_F(ClientHttpTest, LocalReadsThisProcessesOwnCopy) {
  Set(0, "local", "mine");
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(Ask(i, "GET", "/get/?key=local&local=1").body, "mine");
  EXPECT_EQ(Ask(kStateless, "GET", "/get/?key=local&local=1").status, 204);
}

TEST_F(ClientHttpTest, AKnownValueIsNotSentAgain) {
  const auto etag = Set(0, "known", "value").Header("etag");
  for (std::size_t i = 0; i < kFrontends; ++i) {
    HttpConnection connection(Port(i));
    const auto same =
        connection.Request("GET", "/get/?key=known", {}, "If-None-Match: " + etag + "\r\n");
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.Header("etag"), etag);
    const auto other =
        connection.Request("GET", "/get/?key=known", {}, "If-None-Match: \"0000000000000000\"\r\n");
    EXPECT_EQ(other.status, 200);
    EXPECT_EQ(other.body, "value");
  }
}

TEST_F(ClientHttpTest, WrongOptionsAreNamed) {
  struct Case {
    std::string method, target, named;
  };
  const std::vector<Case> cases = {
      {"GET", "/get/?key=wrong&local=2", "local"},
      {"GET", "/get/?key=wrong&local=0", "local"},
      {"GET", "/get/?key=wrong&local", "local"},
      {"GET", "/get/?key=wrong&local=1&local=1", "local"},
      {"GET", "/get/?key=wrong&key=b", "key"},
      {"GET", "/get/?key=wrong&colour=red", "colour"},
      {"GET", "/get/?key=wrong&acks=1", "acks"},
      {"GET", "/get/?Key=wrong", "Key"},
      {"GET", "/get/?a=b", "a"},
      {"GET", "/get/?key", "key"},
      {"GET", "/get/?key=", "key"},
      {"GET", "/get/", "key"},
      {"GET", "/get/?key=wrong&r=1", "r"},
      {"POST", "/wrong?acks=1&acks=1", "acks"},
      {"POST", "/wrong?ttl=0", "ttl"},
      {"POST", "/wrong?ttl=1e3", "ttl"},
      {"POST", "/wrong?ttl=320000001", "ttl"},
      {"DELETE", "/wrong?ttl=1", "ttl"},
      {"POST", "/wrong?local=1", "local"},
      {"POST", "/wrong?key=b", "key"},
      {"POST", "/wrong?colour=red", "colour"},
      {"DELETE", "/wrong?colour=red", "colour"},
      {"DELETE", "/wrong?local=1", "local"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.method + " " + one.target);
    const auto refused = Ask(0, one.method, one.target, one.method == "POST" ? "x" : "");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find(one.named), std::string::npos) << refused.body;
    EXPECT_TRUE(refused.Header("content-type").starts_with("text/plain"));
    EXPECT_EQ(std::count(refused.body.begin(), refused.body.end(), '\n'),
              refused.body.ends_with('\n') ? 1 : 0);
  }
  EXPECT_EQ(Get(0, "wrong").status, 204) << "a refused write was stored";
}

// --- ttl=, r= ---

TEST_F(ClientHttpTest, WhatExpiresIsGoneEverywhereAtItsMomentAndNotBefore) {
  ASSERT_EQ(Ask(1, "PUT", "/lasting?ttl=3600", "value").status, 200);
  // A machine that stands still may need longer for its reads than the value lives: then another
  // one lives longer.
  std::chrono::milliseconds ttl(1'500);
  std::chrono::steady_clock::time_point gone_at;
  std::string etag;
  for (bool seen_live = false; !seen_live; ttl *= 2) {
    ASSERT_LE(ttl, std::chrono::seconds(30)) << "no value was seen live everywhere";
    const auto began = std::chrono::steady_clock::now();
    const std::string seconds = std::to_string(static_cast<double>(ttl.count()) / 1000);
    const auto set = Ask(1, "POST", "/fleeting?ttl=" + seconds, "value");
    ASSERT_EQ(set.status, 200) << set.body;
    const auto stored = std::chrono::steady_clock::now();
    etag = set.Header("etag");
    std::vector<int> statuses, expected;
    for (std::size_t reader = 0; reader < kFrontends; ++reader) {
      statuses.push_back(Get(reader, "fleeting").status);
      statuses.push_back(Get(reader, "fleeting", "If-None-Match: " + etag + "\r\n").status);
      expected.insert(expected.end(), {200, 304});
    }
    seen_live = std::chrono::steady_clock::now() - began < ttl - std::chrono::milliseconds(100);
    if (!seen_live) continue;
    EXPECT_EQ(statuses, expected);
    gone_at = stored + ttl;
  }
  std::this_thread::sleep_until(gone_at + std::chrono::milliseconds(10));
  for (std::size_t reader = 0; reader < kFrontends; ++reader) {
    SCOPED_TRACE(reader);
    EXPECT_EQ(Get(reader, "fleeting").status, 204);
    EXPECT_EQ(Ask(reader, "HEAD", "/get/?key=fleeting").status, 204);
    EXPECT_EQ(Ask(reader, "GET", "/get/?key=fleeting&local=1").status, 204);
    EXPECT_EQ(Ask(reader, "GET", "/get/?key=fleeting&r=all").status, 204);
    EXPECT_EQ(Get(reader, "fleeting", "If-None-Match: " + etag + "\r\n").status, 204);
    EXPECT_EQ(Get(reader, "lasting").body, "value");
  }
  ExpectRoundTrip(0, "fleeting", "a new value, without a ttl");
}

TEST_F(ClientHttpTest, AnOverwriteEndsTheTtlOfTheValueBefore) {
  ASSERT_EQ(Ask(0, "POST", "/kept?ttl=0.3", "old").status, 200);
  ASSERT_EQ(Ask(1, "POST", "/kept", "new").status, 200);
  // What was written after it with the same ttl is gone: its moment has passed everywhere.
  ASSERT_EQ(Ask(0, "POST", "/witness?ttl=0.3", "old").status, 200);
  for (std::size_t reader = 0; reader < kFrontends; ++reader) {
    EXPECT_TRUE(WaitUntil(seconds(20), [&] { return Get(reader, "witness").status == 204; }));
    EXPECT_EQ(Get(reader, "kept").body, "new");
  }
}

TEST_F(ClientHttpTest, ReadsOfSeveralOwnersAnswerLikeOthers) {
  const auto set = Ask(2, "POST", "/several?acks=all", "value");
  ASSERT_EQ(set.status, 200) << set.body;
  for (std::size_t reader = 0; reader < kFrontends; ++reader) {
    for (const std::string r : {"2", "3", "all"}) {
      const auto got = Ask(reader, "GET", "/get/?key=several&r=" + r);
      EXPECT_EQ(got.status, 200) << got.body;
      EXPECT_EQ(got.body, "value");
      EXPECT_EQ(got.Header("etag"), set.Header("etag"));
      EXPECT_EQ(Ask(reader, "GET", "/get/?key=nothing&r=" + r).status, 204);
    }
    const auto more = Ask(reader, "GET", "/get/?key=several&r=4");
    EXPECT_EQ(more.status, 400);
    EXPECT_NE(more.body.find("r must be at most 3"), std::string::npos) << more.body;
    EXPECT_EQ(Ask(reader, "GET", "/get/?key=several&r=2&local=1").status, 400);
    EXPECT_EQ(Ask(reader, "POST", "/several?acks=4", "x").status, 400);
  }
}

TEST_F(ClientHttpTest, OtherPathsShowTheRightForm) {
  for (const std::string target :
       {"/get", "/get?key=a", "/getx", "/KEY", "/get/x?key=a", "/index.html"}) {
    const auto answer = Ask(0, "GET", target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_NE(answer.body.find("/get/?key="), std::string::npos) << answer.body;
  }
  EXPECT_EQ(Ask(0, "GET", "/" + std::string(8000, 'x')).status, 404);
}

TEST_F(ClientHttpTest, RangeAndEncodingHeadersChangeNothing) {
  Set(0, "range", "0123456789");
  std::string ranges = "Range: bytes=0-0";
  for (int i = 0; i < 1200; ++i) ranges += ",0-0";
  for (const std::string& header :
       {std::string("Range: bytes=2-3"), std::string("Range: bytes=-"),
        std::string("Range: bytes=9-1"), ranges, std::string("Range: bytes=99999999999999999999-"),
        std::string("Accept-Encoding: gzip, br")}) {
    const auto got = Get(1, "range", header + "\r\n");
    EXPECT_EQ(got.status, 200) << header.substr(0, 40);
    EXPECT_EQ(got.body, "0123456789");
    EXPECT_FALSE(got.Has("content-encoding"));
  }
}

TEST_F(ClientHttpTest, BodiesAreNeverInterpreted) {
  const std::vector<std::string> headers = {
      "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Encoding: gzip\r\n",
      "Content-Type: multipart/form-data; boundary=x\r\n", "Content-Encoding: br\r\n"};
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string key = "opaque" + std::to_string(i);
    EXPECT_EQ(Ask(0, "POST", "/" + key, "a=b&c\x1f\x8b", headers[i]).status, 200) << headers[i];
    const auto got = Get(1, key);
    EXPECT_EQ(got.body, "a=b&c\x1f\x8b");
    EXPECT_FALSE(got.Has("content-encoding"));
    EXPECT_EQ(got.Header("content-type"), "application/octet-stream");
  }
}

TEST_F(ClientHttpTest, ChunkedBodiesAreStoredWhole) {
  HttpConnection connection(Port(0));
  connection.Send(
      "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nWiki\r\n6;ext=1\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(connection.Read()->status, 200);
  EXPECT_EQ(connection.Request("GET", "/get/?key=chunked").body, "Wikipedia in \r\n\r\nchunks.");
}

TEST_F(ClientHttpTest, ExpectContinueIsAnsweredBeforeTheBody) {
  HttpConnection connection(Port(0));
  connection.Send(
      "POST /expect HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n");
  const auto go_on = connection.Read();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  connection.Send("ok");
  EXPECT_EQ(connection.Read()->status, 200);
  EXPECT_EQ(Get(1, "expect").body, "ok");
}

TEST_F(ClientHttpTest, ManyRequestsUseOneConnection) {
  HttpConnection connection(Port(1));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(connection.Request("POST", "/alive", std::to_string(i)).status, 200) << i;
    ASSERT_EQ(connection.Request("GET", "/get/?key=alive").body, std::to_string(i));
    ASSERT_EQ(connection.Request("GET", "/get/?key=alive-absent").status, 204);
  }
}

TEST_F(ClientHttpTest, OldClientsGetTheirAnswer) {
  Set(0, "old", "value");
  HttpConnection connection(Port(0));
  connection.Send("GET /get/?key=old HTTP/1.0\r\n\r\n");
  const auto end = connection.WaitForClose(seconds(5));
  EXPECT_TRUE(end.closed);
  EXPECT_NE(end.rest.find(" 200 "), std::string::npos) << end.rest;
  EXPECT_TRUE(end.rest.ends_with("\r\n\r\nvalue"));
}

TEST_F(ClientHttpTest, ConnectionCloseIsHonoured) {
  HttpConnection connection(Port(0));
  EXPECT_EQ(connection.Request("POST", "/close", "x", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(connection.WaitForClose(seconds(5)).closed);
}

TEST_F(ClientHttpTest, PipelinedRequestsAreAnsweredInOrder) {
  HttpConnection connection(Port(kStateless));
  std::string requests;
  constexpr int kPairs = 5000;
  for (int i = 0; i < kPairs; ++i) {
    requests += RequestBytes("POST", "/pipeline", std::to_string(i));
    requests += RequestBytes("GET", "/get/?key=pipeline");
  }
  ASSERT_TRUE(connection.Send(requests, seconds(30) * kSlowdown));
  for (int i = 0; i < kPairs; ++i) {
    const auto set = connection.Read();
    ASSERT_TRUE(set) << i;
    ASSERT_EQ(set->status, 200) << i << " " << set->body;
    const auto got = connection.Read();
    ASSERT_TRUE(got) << i;
    ASSERT_EQ(got->body, std::to_string(i));
  }
}

}  // namespace
}  // namespace vf::e2e
