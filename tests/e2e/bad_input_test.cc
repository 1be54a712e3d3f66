// Bad input over raw sockets against a real node: each refusal of the contract, and what must not
// happen. While and after each case, a valid write and read on another connection work.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xxhash.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

using std::string_literals::operator""s;

class BadInputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<Cluster>(
        ClusterOptions{.nodes = 2, .node_options = {"--max-value-size", "1M", "--threads", "2"}});
  }
  static void TearDownTestSuite() { cluster_.reset(); }
  void TearDown() override {
    ExpectServing();
    EXPECT_EQ(Request(Port(), "GET", "/get/?key=evil").status, 204) << "a hidden request ran";
  }

  static std::uint16_t Port() { return cluster_->node(0).port(); }

  // A valid write and read, soon.
  static void ExpectServing() {
    static int count = 0;
    const auto value = std::to_string(++count);
    const auto began = Clock::now();
    EXPECT_EQ(Request(Port(), "POST", "/probe", value).status, 200);
    EXPECT_EQ(Request(Port(), "GET", "/get/?key=probe").body, value);
    EXPECT_LT(Clock::now() - began, milliseconds(1000) * kSlowdown);
  }

  // Sends `bytes`; expects one answer with one of these statuses, as one line of text, and the end
  // of the connection. `0` among the statuses: an end without an answer will do, too.
  static void ExpectRefused(const std::string& bytes, const std::set<int>& statuses) {
    SCOPED_TRACE(bytes.substr(0, 80));
    HttpConnection connection(Port());
    connection.Send(bytes);
    const auto answer = connection.Read(false, seconds(5));
    if (!answer) {
      EXPECT_TRUE(statuses.contains(0)) << "no answer";
    } else {
      EXPECT_TRUE(statuses.contains(answer->status)) << answer->status << " " << answer->body;
      EXPECT_TRUE(answer->Header("content-type").starts_with("text/plain"));
      EXPECT_FALSE(answer->body.empty());
      EXPECT_LE(std::count(answer->body.begin(), answer->body.end(), '\n'), 1) << answer->body;
      EXPECT_LT(answer->body.size(), 400u);
      if (answer->status == 405) {
        EXPECT_FALSE(answer->Header("allow").empty());
      }
    }
    const auto end = connection.WaitForClose(seconds(5));
    EXPECT_TRUE(end.closed) << "the connection stays open";
    EXPECT_EQ(end.rest, "") << "a second answer";
  }

  static std::unique_ptr<Cluster> cluster_;
};

std::unique_ptr<Cluster> BadInputTest::cluster_;

// What a process may grow by. AddressSanitizer keeps up to 256 MiB of freed memory.
std::int64_t RssSlackKib() { return (kSlowdown == 1 ? 100 : 512) * 1024; }

constexpr std::string_view kHidden = "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";

TEST_F(BadInputTest, RequestLines) {
  for (const std::string line :
       {"GET  /get/?key=a HTTP/1.1", "GET /get/?key=a  HTTP/1.1", "GET\t/get/?key=a HTTP/1.1",
        "GET /get/?key=a HTTP/1.1 ", "GET /get/?key=a", "GET", "GET /get/?key=a b HTTP/1.1",
        "G@T /get/?key=a HTTP/1.1", "GET /get/?key=a http/1.1", "GET get/?key=a HTTP/1.1",
        "GET /get/?key=a HTTP/1.1\rX: y", "GET /get/?key=\x01 HTTP/1.1", "GET /get/?key=a HTTP/1.",
        "GET /get/?key=a HTTP/11"}) {
    ExpectRefused(line + "\r\nHost: a\r\n\r\n" + std::string(kHidden), {400});
  }
  for (const std::string version : {"HTTP/2.0", "HTTP/0.9", "HTTP/3.1"}) {
    ExpectRefused("GET /get/?key=a " + version + "\r\nHost: a\r\n\r\n", {505});
  }
  ExpectRefused("GET /get/?key=a HTTP/1.1\nHost: a\n\n", {400});
  ExpectRefused("\r\n\r\nGET /get/?key=a HTTP/1.1\r\nHost: a\r\n\r\n", {400, 0});
}

TEST_F(BadInputTest, OneEmptyLineBeforeARequestIsTolerated) {
  HttpConnection connection(Port());
  connection.Send("\r\nGET /get/?key=none HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(connection.Read()->status, 204);
}

TEST_F(BadInputTest, HeaderFields) {
  for (const std::string field : {"Name : x", " Name: x", "Name", ": x", "Na me: x", "Name: a\rb",
                                  "Na\x01me: x", "Host: b"}) {
    ExpectRefused("GET /get/?key=a HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n", {400});
  }
  ExpectRefused("GET /get/?key=a HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, {400});
  ExpectRefused("GET /get/?key=a HTTP/1.1\r\n\r\n", {400});  // no Host
  ExpectRefused("GET /get/?key=a HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n", {400});
  ExpectRefused("GET /get/?key=a HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", {400});
}

TEST_F(BadInputTest, HeadsThatAreTooLarge) {
  const std::string start = "GET /get/?key=a HTTP/1.1\r\nHost: a\r\n";
  for (const int count : {101, 10'000}) {
    std::string fields;
    for (int i = 0; i < count; ++i) fields += "X" + std::to_string(i) + ": y\r\n";
    ExpectRefused(start + fields + "\r\n", {431});
  }
  ExpectRefused(start + "X: " + std::string(8200, 'y') + "\r\n\r\n", {431});
  // Refused as soon as the limit is passed: no end of the line in sight.
  ExpectRefused(start + "X: " + std::string(20'000, 'y'), {431});
  std::string fields;
  for (int i = 0; i < 30; ++i)
    fields += "X" + std::to_string(i) + ": " + std::string(1000, 'y') + "\r\n";
  ExpectRefused(start + fields + "\r\n", {431});
}

TEST_F(BadInputTest, TargetsThatAreTooLong) {
  ExpectRefused("GET /get/?key=" + std::string(8200, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", {414});
  ExpectRefused("GET /get/?key=" + std::string(65'536, 'a'), {414});
  ExpectRefused("GET /get/?key=" + std::string(2049, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", {414});
  ExpectRefused(
      "POST /" + std::string(2049, 'a') + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
      {414});
  // The longest legal key, all of it encoded.
  std::string encoded;
  for (int i = 0; i < 2048; ++i) encoded += "%41";
  EXPECT_EQ(Request(Port(), "POST", "/" + encoded, "long").status, 200);
  EXPECT_EQ(Request(Port(), "GET", "/get/?key=" + encoded).body, "long");
}

TEST_F(BadInputTest, BadPercentCodesAndEmptyKeys) {
  for (const std::string key : {"%zz", "%", "%4", "a%", "%u0041", "%%", "% 1", "%-1"}) {
    if (key.find(' ') != std::string::npos) continue;
    ExpectRefused("GET /get/?key=" + key + " HTTP/1.1\r\nHost: a\r\n\r\n", {400});
    ExpectRefused("POST /" + key + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", {400});
  }
  EXPECT_EQ(Request(Port(), "POST", "/", "x").status, 400);
  EXPECT_EQ(Request(Port(), "PUT", "/", "x").status, 400);
  EXPECT_EQ(Request(Port(), "DELETE", "/").status, 400);
  EXPECT_EQ(Request(Port(), "POST", "/?acks=1", "x").status, 400);
}

TEST_F(BadInputTest, BodiesWithoutLength) {
  ExpectRefused("POST /evil HTTP/1.1\r\nHost: a\r\n\r\n", {411});
  ExpectRefused("PUT /evil HTTP/1.1\r\nHost: a\r\n\r\nx", {411});
  EXPECT_EQ(Request(Port(), "DELETE", "/nothing").status, 200);
}

TEST_F(BadInputTest, BadLengths) {
  for (const std::string length :
       {"-1", "+5", "0x10", "10abc", "5, 6", "", "1 1", "5,", "1e3", "\xb2"}) {
    ExpectRefused("POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\nxxxxx",
                  {400});
  }
  ExpectRefused("POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\nx",
                {400, 413});
  ExpectRefused(
      "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", {400});
}

TEST_F(BadInputTest, AmbiguousFraming) {
  const std::string post = "POST /evil2 HTTP/1.1\r\nHost: a\r\n";
  const std::string chunks = "0\r\n\r\n" + std::string(kHidden);
  ExpectRefused(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, {400});
  ExpectRefused(post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunks, {400});
  ExpectRefused(post + "Transfer-Encoding: xchunked\r\n\r\n" + chunks, {400, 501});
  ExpectRefused(post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunks, {400, 501});
  ExpectRefused(post + "Transfer-Encoding : chunked\r\n\r\n" + chunks, {400});
  ExpectRefused(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
                {400, 501});
  ExpectRefused(post + "Transfer-Encoding: identity\r\n\r\n" + chunks, {400, 501});
  EXPECT_EQ(Request(Port(), "GET", "/get/?key=evil2").status, 204);
}

TEST_F(BadInputTest, BadChunks) {
  const std::string post = "POST /evil HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string chunk :
       {"-2\r\nab\r\n0\r\n\r\n", "0x2\r\nab\r\n0\r\n\r\n", "\r\nab\r\n0\r\n\r\n",
        "00000000000000002\r\nab\r\n0\r\n\r\n", " 2\r\nab\r\n0\r\n\r\n", "2\nab\r\n0\r\n\r\n",
        "2\r\nabc\r\n0\r\n\r\n", "2\r\nab0\r\n\r\n", "2\r\nab\n0\r\n\r\n", "g\r\n"}) {
    ExpectRefused(post + chunk, {400});
  }
  ExpectRefused(post + "2;" + std::string(1 << 20, 'e'), {400, 431});
  ExpectRefused(post + "0\r\nT: " + std::string(1 << 20, 't'), {400, 431});
  ExpectRefused(post + "FFFFFFFFFFFFFFFF\r\nab", {400, 413});
}

TEST_F(BadInputTest, ValuesThatAreTooLarge) {
  const std::string post = "POST /evil HTTP/1.1\r\nHost: a\r\n";
  ExpectRefused(post + "Content-Length: 1048577\r\n\r\n", {413});
  ExpectRefused(post + "Content-Length: 10000000000\r\n\r\n", {413});
  ExpectRefused(post + "Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", {413});
  ExpectRefused(post + "Transfer-Encoding: chunked\r\n\r\n100001\r\n", {413});
  // A body that never ends is cut off at the limit.
  HttpConnection connection(Port());
  connection.Send(post + "Transfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
  for (int i = 0; i < 300 && connection.Send(chunk, seconds(2)); ++i) {
  }
  EXPECT_EQ(connection.Read().value_or(HttpResponse{}).status, 413);
  EXPECT_TRUE(connection.WaitForClose(seconds(5)).closed);
  EXPECT_EQ(Request(Port(), "POST", "/limit", std::string(1 << 20, 'x')).status, 200);
}

TEST_F(BadInputTest, MethodsInTheWrongPlace) {
  for (const std::string method : {"OPTIONS", "TRACE", "CONNECT"}) {
    SCOPED_TRACE(method);
    const auto answer = Request(Port(), method, "/a");
    EXPECT_EQ(answer.status, 405);
    EXPECT_FALSE(answer.Header("allow").empty());
  }
  for (const std::string method : {"BREW", "get", "PROPFIND", "X"}) {
    ExpectRefused(method + " /a HTTP/1.1\r\nHost: a\r\n\r\n", {501, 405});
  }
}

TEST_F(BadInputTest, UnknownExpectations) {
  ExpectRefused("POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: foo\r\n\r\n",
                {417});
}

TEST_F(BadInputTest, BodiesOfReadsAreNotRequests) {
  for (const std::string method : {"GET", "HEAD"}) {
    HttpConnection connection(Port());
    connection.Send(method + " /get/?key=none HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                    std::to_string(kHidden.size()) + "\r\n\r\n" + std::string(kHidden));
    EXPECT_EQ(connection.Read(method == "HEAD").value_or(HttpResponse{}).status / 100, 2);
    EXPECT_FALSE(connection.Read(false, milliseconds(200))) << "the body was taken for a request";
  }
}

TEST_F(BadInputTest, PartialRequestsStoreNothing) {
  const std::string request =
      "POST /partial HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345";
  for (std::size_t cut = 1; cut <= request.size(); cut += 7) {
    HttpConnection connection(Port());
    connection.Send(request.substr(0, cut));
    if (cut % 2 == 0) connection.ResetOnClose();
  }
  HttpConnection half(Port());
  half.Send(request);
  half.CloseSendSide();
  EXPECT_TRUE(half.WaitForClose(seconds(5)).closed);
  EXPECT_EQ(Request(Port(), "GET", "/get/?key=partial").status, 204);
}

TEST_F(BadInputTest, HalfCloseAfterARequestGetsItsAnswer) {
  HttpConnection connection(Port());
  connection.Send(RequestBytes("POST", "/half", "closed"));
  connection.CloseSendSide();
  EXPECT_EQ(connection.Read().value_or(HttpResponse{}).status, 200);
  EXPECT_TRUE(connection.WaitForClose(seconds(5)).closed);
}

TEST_F(BadInputTest, ConnectionsThatStartWithNeitherLetterNorPeerByteAreClosed) {
  for (const char first : {'\0', '\x16', '1', '{', '\x80', '\xff'}) {
    HttpConnection connection(Port());
    connection.Send(std::string(1, first) + "ET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(connection.WaitForClose(seconds(5)).closed) << static_cast<int>(first);
  }
}

TEST_F(BadInputTest, RandomBytesOverTcp) {
  std::mt19937 generator(20240601);
  for (int round = 0; round < 300; ++round) {
    std::string bytes(generator() % 3000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(generator());
    if (round % 3 == 0) bytes = "GET " + bytes;
    if (round % 3 == 1) bytes = "\xf6" + bytes;
    HttpConnection connection(Port());
    connection.Send(bytes);
    connection.CloseSendSide();
    if (round % 20 == 0) {
      EXPECT_TRUE(connection.WaitForClose(seconds(12)).closed) << round;
      ExpectServing();
    }
  }
}

// P1: the length of a peer frame is judged before anything is allocated.
TEST_F(BadInputTest, PeerFramesOfBadLengthsCloseTheConnection) {
  const auto rss_before = cluster_->node(0).process().StatusNumber("VmRSS");
  for (const std::uint32_t length : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0xfffffffeu}) {
    std::byte bytes[4];
    StoreBigEndian(bytes, length);
    HttpConnection connection(Port());
    connection.Send("\xf6" + std::string(AsText(bytes)) + std::string(64, '\xc1'));
    EXPECT_TRUE(connection.WaitForClose(seconds(12)).closed) << length;
    ExpectServing();
  }
  EXPECT_LT(cluster_->node(0).process().StatusNumber("VmRSS"), rss_before + RssSlackKib());
}

// U1 to U4: what is no valid datagram changes nothing. The frame around the bad contents is valid
// (magic, version, checksum), so that the decoder itself is reached.
TEST_F(BadInputTest, BadDatagramsAreDropped) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(Port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto send_raw = [&](const std::string& bytes) {
    sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  };
  const auto send_framed = [&](const std::string& contents) {
    std::byte checksum[4];
    StoreBigEndian(checksum,
                   static_cast<std::uint32_t>(XXH32(contents.data(), contents.size(), 0)));
    send_raw(std::string("VF\x01\0", 4) + std::string(AsText(checksum)) + contents);
  };
  const auto members_before = cluster_->node(0).Page("/members").size();
  const auto rss_before = cluster_->node(0).process().StatusNumber("VmRSS");

  std::mt19937 generator(20240602);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(generator() % 1400, '\0');
    for (char& byte : bytes) byte = static_cast<char>(generator());
    if (round % 2 == 0) {
      send_raw(bytes);
    } else {
      send_framed("\x98" + bytes);
    }
    if (round % 256 == 0) std::this_thread::sleep_for(milliseconds(5));
  }
  send_raw("");
  send_raw("V");
  send_raw("VF");
  send_raw(std::string(65'507, 'V'));
  for (const std::size_t depth : {7u, 100u, 1390u}) send_framed(std::string(depth, '\x91'));
  for (const std::string huge :
       {"\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff",
        "\xc6\xff\xff\xff\xff", "\xc9\xff\xff\xff\xff\x01"}) {
    send_framed(huge);
    send_framed("\x98" + huge);
  }
  std::string nested;
  for (int i = 0; i < 460; ++i) nested += "\xdc\xff\xff";
  send_framed(nested);
  close(fd);

  ExpectServing();
  EXPECT_EQ(cluster_->node(0).Page("/members").size(), members_before);
  EXPECT_LT(cluster_->node(0).process().StatusNumber("VmRSS"), rss_before + RssSlackKib());
  cluster_->WaitUntilMembersAgree();
}

// H20, H21, H25: clients that are too slow at once, for as long as the limits allow them.
TEST_F(BadInputTest, SlowClientsAreCutOffAndHinderNobody) {
  std::vector<HttpConnection> dripping;
  for (int i = 0; i < 500; ++i) dripping.emplace_back(Port());
  HttpConnection slow_body(Port());
  slow_body.Send("POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
  Request(Port(), "POST", "/large", std::string(1 << 20, 'v'));
  const auto rss_before = cluster_->node(0).process().StatusNumber("VmRSS");
  HttpConnection slow_reader(Port());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += RequestBytes("GET", "/get/?key=large");
  slow_reader.Send(many, seconds(1));

  const auto began = Clock::now();
  const std::string head = "GET /get/?key=a HTTP/1.1\r\nHost: a\r\nX: yyyyyyyy";
  for (std::size_t i = 0; Clock::now() - began < seconds(9); ++i) {
    for (auto& connection : dripping) connection.Send(head.substr(i % head.size(), 1));
    ExpectServing();
    std::this_thread::sleep_for(seconds(1));
  }
  // The head's 10 s begin with its first byte, not anew with each.
  std::size_t closed = 0;
  const auto deadline = Clock::now() + seconds(5) * kSlowdown;
  for (auto& connection : dripping)
    closed += connection.WaitForClose(deadline - Clock::now()).closed ? 1 : 0;
  EXPECT_EQ(closed, dripping.size());
  EXPECT_LT(cluster_->node(0).process().StatusNumber("VmRSS"), rss_before + RssSlackKib())
      << "a client that does not read fills the memory";
  // What the slow reader left unread was not even made: far less than the 1,000 MiB arrives.
  // Its 10 s begin when the kernels have taken over what they hold.
  std::this_thread::sleep_until(began + seconds(13));
  const auto end = slow_reader.WaitForClose(seconds(10) * kSlowdown);
  EXPECT_TRUE(end.closed);
  EXPECT_LT(end.rest.size(), 200u << 20);
  ExpectServing();
}

// H24: connections beyond the descriptor limit harm neither gossip nor those that were there.
TEST(DescriptorLimitTest, ExcessConnectionsAreRefusedAndLaterOnesWork) {
  const auto port = FreePort();
  Process process({.program = "sh",
                   .arguments = {"-c", "ulimit -n 128; exec \"$0\" \"$@\"",
                                 (BinaryFolder() / "vfnode").string(), std::to_string(port),
                                 "--threads", "2"}});
  ASSERT_EQ(process.WaitForReadyLine(seconds(10) * kSlowdown), port);
  HttpConnection early(port);
  EXPECT_EQ(early.Request("POST", "/early", "bird").status, 200);
  {
    std::vector<HttpConnection> excess;
    for (int i = 0; i < 300; ++i) {
      excess.emplace_back(port);
      excess.back().Send("GET /get/?key=early HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    EXPECT_EQ(early.Request("GET", "/get/?key=early").body, "bird");
  }
  EXPECT_TRUE(WaitUntil(seconds(5) * kSlowdown,
                        [&] { return Request(port, "GET", "/get/?key=early").body == "bird"; }));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(seconds(2) * kSlowdown), 0);
}

}  // namespace
}  // namespace vf::e2e
