// One regression test for each published defect that cpp-httplib 0.11.4 still has: none is
// reachable through this server. (Two rows of the list concern the library's client and its
// content readers; what is tested for them is that no user data gets there.)
#include <gtest/gtest.h>

#include <string>

#include "tests/http/test_server.h"

namespace vf {
namespace {

int StatusOf(TestServer& server, std::string_view request) {
  RawClient client(server.port());
  return client.StatusOf(request);
}

TEST(LibraryDefectsTest, Cve2025_46728_ChunkedBodiesAreLimited) {
  TestServerOptions options;
  options.listener.framer.max_body_bytes = 10'000;
  TestServer server(std::move(options));
  std::string request = "POST /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 200; ++i) request += "64\r\n" + std::string(100, 'a') + "\r\n";
  EXPECT_EQ(StatusOf(server, request + "0\r\n\r\n"), 413);
  EXPECT_EQ(server.store().Size(), 0u);
}

TEST(LibraryDefectsTest, Cve2025_53628_LinesAreLimited) {
  TestServer server;
  EXPECT_EQ(StatusOf(server, "GET / HTTP/1.1\r\nHost: h\r\nx: " + std::string(1 << 20, 'a')), 431);
  EXPECT_EQ(StatusOf(server, "GET /" + std::string(1 << 20, 'a')), 414);
}

TEST(LibraryDefectsTest, Cve2025_52887_FieldsAreCounted) {
  TestServer server;
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += "a:b\r\n";
  EXPECT_EQ(StatusOf(server, Get("/healthz", fields)), 431);
}

TEST(LibraryDefectsTest, Cve2025_53629_ChunksOfClaimedSizeTakeNoMemory) {
  TestServer server;
  RawClient client(server.port());
  client.Send("POST /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffff0\r\nabc");
  ASSERT_TRUE(Eventually([&] { return server.OpenConnections() == 1; }));
  EXPECT_EQ(server.shared().bodies.used(), 0u);
}

TEST(LibraryDefectsTest, Cve2025_66570_ClientFieldsDoNotShadowTheAddress) {
  TestServerOptions options;
  options.allow_list = AllowList();
  ASSERT_TRUE(options.allow_list.Add("10.0.0.0/8"));
  TestServer server(std::move(options));
  RawClient client(server.port());
  client.Send(Get("/healthz", "REMOTE_ADDR: 10.0.0.1\r\nLOCAL_ADDR: 10.0.0.1\r\n"));
  EXPECT_FALSE(client.Receive().has_value()) << "the socket's address counts";
}

TEST(LibraryDefectsTest, Cve2026_21428_NoLineBreakGetsIntoAnAnswer) {
  TestServer server;
  RawClient client(server.port());
  const auto response = client.Ask(Get("/get/?a%0d%0aSet-Cookie:%20x=1"));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 400);
  EXPECT_FALSE(response->HasField("Set-Cookie"));
}

TEST(LibraryDefectsTest, Cve2026_22776_And_28435_BodiesAreNeverInflated) {
  TestServer server;
  // 1 MiB of zeros as gzip is some hundred bytes; a broken stream is as good as a whole one here.
  const std::string gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xed\xc1\x01\x0d\x00\x00", 16);
  for (const std::string coding : {"gzip", "br", "deflate"}) {
    RawClient client(server.port());
    EXPECT_EQ(client.StatusOf(Post("/k", gzip, "Content-Encoding: " + coding + "\r\n")), 200);
    const auto got = client.Ask(Get("/get/?key=k", "Accept-Encoding: gzip, br\r\n"));
    EXPECT_EQ(got->body, gzip);
    EXPECT_FALSE(got->HasField("Content-Encoding"));
  }
}

TEST(LibraryDefectsTest, Cve2026_28434_ExceptionTextsDoNotLeak) {
  TestServer server;
  server.OnDataThread([&] { server.operators().throws = true; });
  RawClient client(server.port());
  for (const std::string target : {"/members", "/get/?key=throw"}) {
    const auto response = client.Ask(Get(target));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 500);
    EXPECT_EQ(response->head.find("EXCEPTION"), std::string::npos);
    EXPECT_EQ((response->head + response->body).find("secret"), std::string::npos);
  }
}

TEST(LibraryDefectsTest, Cve2026_29076_MultipartIsNotParsed) {
  TestServer server;
  const std::string body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''" +
                           std::string(100'000, 'a') + "\r\n\r\nx\r\n--b--\r\n";
  RawClient client(server.port());
  EXPECT_EQ(client.StatusOf(Post("/k", body, "Content-Type: multipart/form-data; boundary=b\r\n")),
            200);
  EXPECT_EQ(client.Ask(Get("/get/?key=k"))->body, body);
}

TEST(LibraryDefectsTest, Cve2026_34441_TheBodyOfAGetIsNoRequest) {
  TestServer server;
  RawClient client(server.port());
  const std::string evil = Post("/evil", "v");
  EXPECT_EQ(client.StatusOf(
                Get("/healthz", "Content-Length: " + std::to_string(evil.size()) + "\r\n") + evil),
            200);
  EXPECT_EQ(client.StatusOf(Get("/get/?key=evil")), 204);
}

TEST(LibraryDefectsTest, Cve2026_45352_NegativeChunkSizesAreRefused) {
  TestServer server;
  EXPECT_EQ(StatusOf(server,
                     "POST /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "-2\r\nab\r\n0\r\n\r\n"),
            400);
}

TEST(LibraryDefectsTest, Cve2026_45372_FieldValuesAreNotDecodedOrReflected) {
  TestServer server;
  RawClient client(server.port());
  const auto response =
      client.Ask(Get("/healthz", "x: %0d%0aInjected: 1\r\nIf-None-Match: %0d%0a\r\n"));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->head.find("Injected"), std::string::npos);
}

// Form bodies: over 8 KiB a 413 in the library, smaller ones become parameters.
TEST(LibraryDefectsTest, FormBodiesAreOpaque) {
  TestServer server;
  RawClient client(server.port());
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ(client.StatusOf(Post("/k", "key=other&acks=all", form)), 200);
  EXPECT_EQ(server.store().Get("k")->value, "key=other&acks=all");
  EXPECT_EQ(client.StatusOf(Post("/k", std::string(100'000, 'a'), form)), 200);
  EXPECT_EQ(server.store().Size(), 1u);
}

}  // namespace
}  // namespace vf
