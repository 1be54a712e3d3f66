// The H cases of requests and answers, over real sockets. (Those of form alone: framer_test.cc and
// target_test.cc; those of connections: listener_test.cc.)
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/http/test_server.h"

namespace vf {
namespace {

// Sends `request` on a new connection and expects a refusal that closes.
void ExpectRefused(TestServer& server, std::string_view request, int status) {
  RawClient client(server.port());
  const auto response = client.Ask(request);
  ASSERT_TRUE(response.has_value()) << request.substr(0, 100);
  EXPECT_EQ(response->status, status) << request.substr(0, 100);
  EXPECT_EQ(response->Field("Connection"), "close");
  EXPECT_EQ(response->Field("Content-Type"), "text/plain");
  EXPECT_EQ(response->body.find('\n'), response->body.size() - 1) << "one line";
  EXPECT_TRUE(client.ClosedByServer());
}

TEST(RequestsSocketTest, SetGetDelete) {
  TestServer server;
  RawClient client(server.port());
  EXPECT_EQ(client.StatusOf(Get("/get/?key=KEY")), 204);
  const auto stored = client.Ask(Post("/KEY", "VALUE"));
  EXPECT_EQ(stored->status, 200);
  EXPECT_EQ(stored->body, "");
  const auto got = client.Ask(Get("/get/?key=KEY"));
  EXPECT_EQ(got->body, "VALUE");
  EXPECT_EQ(got->Field("ETag"), stored->Field("ETag"));
  EXPECT_EQ(got->Field("ETag").size(), 18u);
  EXPECT_EQ(got->Field("Content-Type"), "application/octet-stream");
  EXPECT_EQ(client.StatusOf("PUT /KEY HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n2"), 200);
  EXPECT_EQ(client.Ask(Get("/get/?key=KEY"))->body, "2");
  EXPECT_EQ(client.StatusOf("DELETE /KEY HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
  EXPECT_EQ(client.StatusOf(Get("/get/?key=KEY")), 204);
}

TEST(RequestsSocketTest, HeadHasTheFieldsOfTheGet) {
  TestServer server;
  RawClient client(server.port());
  client.Ask(Post("/k", "hello"));
  const auto get = client.Ask(Get("/get/?key=k"));
  const auto head = client.Ask("HEAD /get/?key=k HTTP/1.1\r\nHost: h\r\n\r\n", true);
  EXPECT_EQ(head->head, get->head);
  EXPECT_EQ(client.Ask(Get("/get/?key=k"))->body, "hello") << "in step";
}

TEST(RequestsSocketTest, H26_NoContentAndNotModifiedKeepTheConnectionInStep) {
  TestServer server;
  RawClient client(server.port());
  const auto absent = client.Ask(Get("/get/?key=none"));
  EXPECT_EQ(absent->status, 204);
  EXPECT_FALSE(absent->HasField("Content-Length"));
  const std::string etag = client.Ask(Post("/k", "v"))->Field("ETag");
  const auto same = client.Ask(Get("/get/?key=k", "If-None-Match: " + etag + "\r\n"));
  EXPECT_EQ(same->status, 304);
  EXPECT_FALSE(same->HasField("Content-Length"));
  EXPECT_EQ(same->Field("ETag"), etag);
  EXPECT_EQ(client.Ask(Get("/get/?key=k", "If-None-Match: \"0\"\r\n"))->body, "v");
  EXPECT_EQ(client.StatusOf(Get("/healthz")), 200);
  EXPECT_TRUE(client.buffered().empty());
}

TEST(RequestsSocketTest, H1_BentRequestLinesRunNothing) {
  TestServer server;
  for (const std::string bent :
       {"POST  /evil HTTP/1.1\r\nHost: h\r\n", "POST /evil HTTP/1.1 \r\n",
        "POST\t/evil HTTP/1.1\r\n", "POST /evil HTTP/1.1\nHost: h\n", "POST /evil\rHTTP/1.1\r\n"}) {
    ExpectRefused(server, bent + "Host: h\r\nContent-Length: 0\r\n\r\n", 400);
  }
  EXPECT_EQ(server.store().Size(), 0u);
  server.ExpectServes();
}

TEST(RequestsSocketTest, H2_LongestKeyIsServedLongerTargetsAreNot) {
  TestServer server;
  std::string key;
  for (int i = 0; i < 2048; ++i) key += "%41";
  RawClient client(server.port());
  EXPECT_EQ(client.StatusOf(Post("/" + key, "v")), 200);
  EXPECT_EQ(client.Ask(Get("/get/?key=" + key))->body, "v");
  EXPECT_EQ(client.StatusOf(Get("/get/?key=" + key + "a")), 414);
  for (const std::size_t bytes : {8193u, 65536u, 10'000'000u}) {
    ExpectRefused(server, "GET /" + std::string(bytes, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414);
  }
  server.ExpectServes();
}

TEST(RequestsSocketTest, H3_KeysThatLookLikePatternsAndLongUnknownPages) {
  TestServer server;
  RawClient client(server.port());
  for (const std::string piece : {"a", "(", "/", ".*"}) {
    std::string key;
    while (key.size() < 2000) key += piece;
    EXPECT_EQ(client.StatusOf(Get("/get/?key=" + key)), 204);
    EXPECT_EQ(client.StatusOf(Post("/" + key, piece)), 200);
    EXPECT_EQ(client.Ask(Get("/get/?key=" + key))->body, piece);
  }
  EXPECT_EQ(client.StatusOf(Get("/" + std::string(8000, 'x'))), 404);
  EXPECT_EQ(client.StatusOf(Get("/healthz")), 200) << "a 404 keeps the connection";
}

TEST(RequestsSocketTest, H4_H5_HeadsOverTheLimits) {
  TestServer server;
  ExpectRefused(server, "GET / HTTP/1.1\r\nx: " + std::string(1 << 20, 'a'), 431);
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "a:b\r\n";
  ExpectRefused(server, Get("/healthz", fields), 431);
  for (int i = 0; i < 100'000; ++i) fields += "a:b\r\n";
  ExpectRefused(server, Get("/healthz", fields), 431);
  server.ExpectServes();
}

TEST(RequestsSocketTest, H6_RangesChangeNothing) {
  TestServer server;
  RawClient client(server.port());
  client.Ask(Post("/k", "whole value"));
  std::string many = "bytes=0-0";
  for (int i = 0; i < 2000; ++i) many += ",0-";
  for (const std::string& range :
       {many, std::string("bytes=-"), std::string("bytes=9-1"),
        std::string("bytes=0-99999999999999999999999"), std::string("lines=1")}) {
    const auto got = client.Ask(Get("/get/?key=k", "Range: " + range + "\r\n"));
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "whole value");
  }
}

TEST(RequestsSocketTest, H8_H9_KeysOfEveryByteRoundTrip) {
  TestServer server;
  RawClient client(server.port());
  constexpr char kDigits[] = "0123456789abcdef";
  for (int c = 0; c < 256; ++c) {
    const std::string code = {'%', kDigits[c >> 4], kDigits[c & 15]};
    EXPECT_EQ(client.StatusOf(Post("/x" + code, code)), 200);
    EXPECT_EQ(client.Ask(Get("/get/?key=x" + code))->body, code);
    EXPECT_EQ(server.store().Get("x" + std::string(1, static_cast<char>(c)))->value, code);
  }
  EXPECT_EQ(client.StatusOf(Post("/a+b", "plus")), 200);
  EXPECT_EQ(client.Ask(Get("/get/?key=a%2Bb"))->body, "plus");
  EXPECT_EQ(client.StatusOf(Get("/get/?key=a+b")), 204);
  for (const std::string bad : {"%zz", "%", "%4", "%u0041"}) {
    ExpectRefused(server, Post("/" + bad, "v"), 400);
  }
}

TEST(RequestsSocketTest, H10_RequestsWithoutAKeyAreNeverFine) {
  TestServer server;
  for (const std::string target :
       {"/get/", "/get/?key=", "/get/?key", "/get/?Key=x", "/get/?a=b"}) {
    ExpectRefused(server, Get(target), 400);
  }
  ExpectRefused(server, Post("/", "v"), 400);
  ExpectRefused(server, "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", 400);
  EXPECT_EQ(server.store().Size(), 0u);
}

TEST(RequestsSocketTest, H11_H12_ValuesOfAllSizesAndBytes) {
  TestServerOptions options;
  options.listener.framer.max_body_bytes = 1 << 20;
  TestServer server(std::move(options));
  RawClient client(server.port());
  std::string pattern = "\r\n\r\nPOST /evil HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
  for (int c = 0; c < 256; ++c) pattern.push_back(static_cast<char>(c));
  for (const std::size_t size : {0u, 1u, 8192u, 8193u, 100'000u, 1u << 20}) {
    std::string value;
    while (value.size() < size) value += pattern;
    value.resize(size);
    EXPECT_EQ(
        client.StatusOf(Post("/k", value, "Content-Type: application/x-www-form-urlencoded\r\n")),
        200);
    const auto got = client.Ask(Get("/get/?key=k"));
    EXPECT_TRUE(got->body == value) << size;
    EXPECT_EQ(got->Field("Content-Length"), std::to_string(size));
  }
  ExpectRefused(server, Post("/k", std::string((1 << 20) + 1, 'a')), 413);
  ExpectRefused(server, "POST /k HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000000\r\n\r\nabc",
                413);
  EXPECT_EQ(server.store().Size(), 1u);
  server.ExpectServes();
}

TEST(RequestsSocketTest, H13_H14_H15_LengthsThatAreNotOneNumber) {
  TestServer server;
  const auto post = [](std::string_view fields) {
    return "POST /k HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
           "\r\nPOST /evil HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  };
  ExpectRefused(server, post(""), 411);
  ExpectRefused(server, post("Content-Length: -1\r\n"), 400);
  ExpectRefused(server, post("Content-Length: 5, 6\r\n"), 400);
  ExpectRefused(server, post("Content-Length: 18446744073709551616\r\n"), 413);
  ExpectRefused(server, post("Content-Length: 1\r\nContent-Length: 2\r\n"), 400);
  ExpectRefused(server, post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400);
  ExpectRefused(server, post("Transfer-Encoding: xchunked\r\n"), 501);
  ExpectRefused(server, post("Transfer-Encoding : chunked\r\n"), 400);
  EXPECT_EQ(server.store().Size(), 0u);
  server.ExpectServes();
}

TEST(RequestsSocketTest, H16_H17_ChunkedBodies) {
  TestServerOptions options;
  options.listener.framer.max_body_bytes = 100'000;
  TestServer server(std::move(options));
  RawClient client(server.port());
  const std::string head = "POST /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(client.StatusOf(head + "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: t\r\n\r\n"), 200);
  EXPECT_EQ(client.Ask(Get("/get/?key=k"))->body, "hello world");
  ExpectRefused(server, head + "-2\r\nab\r\n0\r\n\r\n", 400);
  ExpectRefused(server, head + "5;" + std::string(1 << 20, 'e'), 400);
  std::string endless = head;
  for (int i = 0; i < 3000; ++i) endless += "64\r\n" + std::string(100, 'a') + "\r\n";
  ExpectRefused(server, endless, 413);
  EXPECT_EQ(server.store().Get("k")->value, "hello world");
}

TEST(RequestsSocketTest, H18_RequestsHiddenInBodiesOfGetAreNotRun) {
  TestServer server;
  RawClient client(server.port());
  const std::string evil = "POST /evil HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  for (const std::string method : {"GET", "HEAD", "OPTIONS", "DELETE"}) {
    const auto response = client.Ask(method + " /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                                         std::to_string(evil.size()) + "\r\n\r\n" + evil,
                                     method == "HEAD");
    ASSERT_TRUE(response.has_value()) << method;
  }
  EXPECT_EQ(client.StatusOf(Get("/healthz")), 200);
  EXPECT_FALSE(server.store().Get("evil").has_value());
}

TEST(RequestsSocketTest, H25_ContinueIsSentOnceTheHeadIsAccepted) {
  TestServer server;
  RawClient client(server.port());
  const std::string head =
      "POST /k HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n";
  EXPECT_EQ(client.StatusOf(head), 100);
  EXPECT_EQ(client.StatusOf("hello"), 200);
  EXPECT_EQ(server.store().Get("k")->value, "hello");
  ExpectRefused(server, "POST /k HTTP/1.1\r\nHost: h\r\nExpect: foo\r\nContent-Length: 5\r\n\r\n",
                417);
  ExpectRefused(server,
                "POST /k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                "Content-Length: 99999999999\r\n\r\n",
                413);
  ExpectRefused(server,
                "POST /k?bad=1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                "Content-Length: 5\r\n\r\n",
                400);
}

TEST(RequestsSocketTest, H27_ExceptionsOfTheServiceEndTheRequestOnly) {
  TestServer server;
  for (const auto& [key, status] : std::vector<std::pair<std::string, int>>{
           {"throw", 500}, {"throw-int", 500}, {"throw-memory", 503}}) {
    RawClient client(server.port());
    const auto response = client.Ask(Get("/get/?key=" + key));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->head.find("secret"), std::string::npos);
    EXPECT_EQ(response->body.find("secret"), std::string::npos);
    EXPECT_EQ(client.StatusOf(Get("/healthz")), 0) << "closed";
  }
  server.ExpectServes();
}

TEST(RequestsSocketTest, FailuresOfTheServiceHaveTheirStatuses) {
  TestServer server;
  RawClient client(server.port());
  const auto unavailable = client.Ask(Post("/unavailable", "v"));
  EXPECT_EQ(unavailable->status, 503);
  EXPECT_EQ(unavailable->body, "joining\n");
  EXPECT_EQ(unavailable->Field("Retry-After"), "1");
  EXPECT_EQ(client.StatusOf(Get("/get/?key=overloaded")), 503);
  const auto full = client.Ask(Post("/no-space", "v"));
  EXPECT_EQ(full->status, 507);
  EXPECT_EQ(full->body, "memory is full\n");
  const auto bad = client.Ask(Post("/bad", "v"));
  EXPECT_EQ(bad->status, 400);
  EXPECT_FALSE(bad->HasField("Injected"));
  EXPECT_EQ(bad->body, "bad\n");
  RawClient other(server.port());
  EXPECT_EQ(other.StatusOf(Post("/k?acks=4", "v")), 400);
}

TEST(RequestsSocketTest, OptionsThatAreWrongAreNamed) {
  TestServer server;
  for (const auto& [request, name] : std::vector<std::pair<std::string, std::string>>{
           {Post("/k?ttl=0", "v"), "ttl"},
           {Post("/k?ttl=1e3", "v"), "ttl"},
           {Post("/k?acks=0", "v"), "acks"},
           {Get("/get/?key=k&r=1"), "r"},
           {Get("/get/?key=k&r=2&local=1"), "local"},
           {Get("/get/?key=k&local=2"), "local"},
           {Get("/get/?key=k&key=k"), "key"},
           {Get("/get/?key=k&no%0asuch=1"), "no\\x0asuch"}}) {
    RawClient client(server.port());
    const auto response = client.Ask(request);
    EXPECT_EQ(response->status, 400);
    EXPECT_NE(response->body.find("\"" + name + "\""), std::string::npos) << response->body;
  }
  EXPECT_EQ(server.store().Size(), 0u);
}

TEST(RequestsSocketTest, ConditionalAndPartialWritesAreRefusedNotIgnored) {
  TestServer server;
  RawClient client(server.port());
  EXPECT_EQ(client.StatusOf(Post("/k", "v", "If-None-Match: *\r\n")), 501);
  EXPECT_EQ(client.StatusOf(Post("/k", "v", "If-Match: \"1\"\r\n")), 501);
  EXPECT_EQ(client.StatusOf(Post("/k", "v", "Content-Range: bytes 0-0/5\r\n")), 400);
  EXPECT_EQ(server.store().Size(), 0u);
}

TEST(RequestsSocketTest, MethodsNotServedNameThoseThatAre) {
  TestServer server;
  RawClient client(server.port());
  for (const std::string method : {"OPTIONS", "TRACE", "CONNECT", "PATCH"}) {
    const auto response = client.Ask(method + " /k HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(response->status, 405);
    EXPECT_EQ(response->Field("Allow"), "POST, PUT, DELETE");
  }
}

std::string Forget(std::string_view fields = "Content-Length: 0\r\n", std::string_view body = {}) {
  return "PATCH /forget?id=00112233445566778899aabbccddeeff HTTP/1.1\r\nHost: h\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

TEST(RequestsSocketTest, ForgetIsAnsweredWithWhatBecameOfIt) {
  TestServer server;
  RawClient client(server.port());
  EXPECT_EQ(client.StatusOf(Forget()), 202);
  EXPECT_EQ(client.StatusOf(Forget("")), 202);
  server.OnDataThread([&] {
    server.operators().forget = [](std::string_view id, const auto& done) {
      done({409, "member " + std::string(id) + " is alive"});
    };
  });
  const auto refused = client.Ask(Forget());
  EXPECT_EQ(refused->status, 409);
  EXPECT_EQ(refused->body, "member 00112233445566778899aabbccddeeff is alive\n");
  EXPECT_EQ(client.StatusOf(Get("/healthz")), 200) << "the connection goes on";
  EXPECT_EQ(client.StatusOf(Forget("If-Match: *\r\n")), 501);
  EXPECT_EQ(client.StatusOf(Forget("Content-Length: 1\r\n", "x")), 409) << "dropped, as GET's is";
}

TEST(RequestsSocketTest, LeaveIsAnsweredWithWhatBecameOfIt) {
  TestServer server;
  RawClient client(server.port());
  const std::string leave = "PATCH /leave HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(client.StatusOf(leave), 202);
  server.OnDataThread([&] {
    server.operators().leave = [](const auto& done) { done({409, "nowhere to go"}); };
  });
  const auto refused = client.Ask(leave);
  EXPECT_EQ(refused->status, 409);
  EXPECT_EQ(refused->body, "nowhere to go\n");
}

TEST(RequestsSocketTest, ForgetMayBeAnsweredByAnotherThreadOrNever) {
  TestServer server;
  std::function<void(const CommandResult&)> held;
  server.OnDataThread([&] {
    server.operators().forget = [&held](std::string_view, const auto& done) { held = done; };
  });
  RawClient client(server.port());
  client.Send(Forget() + Get("/healthz"));
  ASSERT_TRUE(Eventually([&] {
    bool there = false;
    server.OnDataThread([&] { there = held != nullptr; });
    return there;
  }));
  held({202, "done by another thread"});
  EXPECT_EQ(client.Receive()->status, 202);
  EXPECT_EQ(client.Receive()->status, 200) << "what was asked behind it comes behind it";
  held({409, "twice"});  // Nobody waits for it any more.
  EXPECT_EQ(client.StatusOf(Get("/healthz")), 200);

  client.Send(Forget());
  const auto late = client.Receive();
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late->status, 503);
  EXPECT_TRUE(client.ClosedByServer());
  held({202, "too late"});
  server.ExpectServes();
}

TEST(RequestsSocketTest, SafeToStopIsAnsweredWithALineAReason) {
  TestServer server;
  RawClient client(server.port());
  const auto safe = client.Ask(Get("/safe-to-stop"));
  EXPECT_EQ(safe->status, 200);
  EXPECT_EQ(safe->body, "safe to stop\n");
  EXPECT_EQ(safe->Field("Content-Type"), "text/plain");
  std::function<void(const CommandResult&)> held;
  server.OnDataThread(
      [&] { server.operators().safe_to_stop = [&held](const auto& done) { held = done; }; });
  client.Send(Get("/safe-to-stop") + Get("/healthz"));
  ASSERT_TRUE(Eventually([&] {
    bool there = false;
    server.OnDataThread([&] { there = held != nullptr; });
    return there;
  }));
  held({503, "one reason\nanother one"});
  const auto refused = client.Receive();
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->body, "one reason\nanother one\n");
  EXPECT_EQ(refused->Field("Retry-After"), "1");
  EXPECT_EQ(client.Receive()->status, 200);
}

TEST(RequestsSocketTest, Http10ClosesUnlessAskedNotTo) {
  TestServer server;
  RawClient old(server.port());
  EXPECT_EQ(old.Ask("GET /healthz HTTP/1.0\r\n\r\n")->Field("Connection"), "close");
  EXPECT_TRUE(old.ClosedByServer());
  RawClient keeping(server.port());
  const auto kept = keeping.Ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept->Field("Connection"), "keep-alive");
  EXPECT_EQ(keeping.StatusOf(Get("/healthz")), 200);
}

TEST(RequestsSocketTest, TheControllerHasPagesAndTellsWhereToGo) {
  TestServerOptions options;
  options.controller = true;
  TestServer server(std::move(options));
  RawClient client(server.port());
  for (const std::string page : {"/healthz", "/readyz", "/members", "/status", "/metrics"}) {
    EXPECT_EQ(client.StatusOf(Get(page)), 200) << page;
  }
  for (const std::string& request :
       {Get("/get/?key=k"), Get("/replicas?key=k"), Get("/"), Post("/k", "v")}) {
    const auto response = client.Ask(request);
    EXPECT_EQ(response->status, 404);
    EXPECT_EQ(response->body, "this is a controller; ask a node\n");
  }
  server.OnDataThread([&] { server.operators().no_such_page = "ask a node that came later"; });
  EXPECT_EQ(client.Ask(Get("/get/?key=k"))->body, "ask a node that came later\n");
}

// The same requests with and without the fast answers: the same bytes come back.
TEST(RequestsSocketTest, FastAnswersChangeNoByte) {
  std::string corpus = Post("/a", "1") + Post("/b", std::string(70'000, 'b')) + Post("/empty", "");
  for (const std::string target :
       {"/get/?key=a", "/get/?key=b", "/get/?key=empty", "/get/?key=none"}) {
    corpus += Get(target) + Get(target, "If-None-Match: *\r\n");
  }
  corpus += "DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n" + Get("/get/?key=a") + Get("/nothing");
  corpus += "HEAD /get/?key=b HTTP/1.1\r\nHost: h\r\n\r\n";
  corpus += "GET /get/?key=b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  corpus += Get("/get/?key=b", "Connection: close\r\n");
  std::string replies[2];
  for (const bool fast : {false, true}) {
    TestServerOptions options;
    options.listener.fast_answers = fast;
    TestServer server(std::move(options));
    RawClient client(server.port());
    client.Send(corpus);
    replies[fast ? 1 : 0] = client.ReceiveBytes(SIZE_MAX);
  }
  EXPECT_GT(replies[0].size(), 3u * 70'000);
  EXPECT_TRUE(replies[0] == replies[1]);
}

}  // namespace
}  // namespace vf
