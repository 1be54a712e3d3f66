// The tools of the end-to-end tests, tried without the programs that they are for.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "tests/e2e/bulk_client.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"

namespace vf::e2e {
namespace {

// Answers every request without body on one connection with 200 and `x`.
class TinyServer {
 public:
  TinyServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_, raw, size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, raw, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TinyServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void Serve() const {
    const int fd = accept(listener_, nullptr, nullptr);
    std::string pending;
    char chunk[65536];
    for (ssize_t got = 0; (got = recv(fd, chunk, sizeof chunk, 0)) > 0;) {
      pending.append(chunk, static_cast<std::size_t>(got));
      std::string out;
      std::size_t at = 0;
      for (std::size_t end = 0; (end = pending.find("\r\n\r\n", at)) != std::string::npos;) {
        at = end + 4;
        out += "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
      }
      pending.erase(0, at);
      send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    }
    close(fd);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(ProcessTest, GivesStatusAndOutput) {
  const auto done = RunCommand({.program = "sh",
                                .arguments = {"-c", "cat; echo error $NAME >&2; exit 3"},
                                .environment = {"NAME=fog"},
                                .input = "in"});
  EXPECT_EQ(done.status, 3);
  EXPECT_EQ(done.out, "in");
  EXPECT_EQ(done.err, "error fog\n");
}

TEST(ProcessTest, TellsTheSignalThatEndedIt) {
  Process process({.program = "sleep", .arguments = {"100"}});
  EXPECT_TRUE(process.IsRunning());
  EXPECT_EQ(process.WaitForExit(milliseconds(20)), std::nullopt);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(seconds(5)), 128 + SIGTERM);
}

TEST(ProcessTest, EndsWithItsObject) {
  pid_t pid = 0;
  {
    Process process({.program = "sleep", .arguments = {"100"}});
    pid = process.pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(ProcessTest, ReadsTheReadyLine) {
  Process process(
      {.program = "sh",
       .arguments = {"-c", "echo almost >&2; echo ready at http://127.0.0.1:4321 >&2; sleep 9"}});
  EXPECT_EQ(process.WaitForReadyLine(seconds(5)), 4321);
  EXPECT_EQ(process.StatusNumber("Threads"), 1);
}

TEST(HttpClientTest, ParsesAnswers) {
  EXPECT_FALSE(ParseAnswer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false));
  const auto whole = ParseAnswer("HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\n\r\nabcd", false);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->status, 200);
  EXPECT_EQ(whole->body, "abc");
  EXPECT_EQ(ParseAnswer("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1", false)->size, 27u);
  EXPECT_EQ(ParseAnswer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true)->body, "");
  EXPECT_EQ(ParseAnswer("SSH-2.0\r\n\r\n", false)->status, -1);
}

TEST(HttpClientTest, PercentEncodesAllButUnreserved) {
  EXPECT_EQ(PercentEncode(std::string_view("a-Z_9.~/ %\0\xff", 12)), "a-Z_9.~%2F%20%25%00%FF");
}

TEST(HttpClientTest, TalksToAServer) {
  TinyServer server;
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.Request("GET", "/a").body, "x");
  EXPECT_EQ(connection.Request("GET", "/b").status, 200);
  EXPECT_FALSE(connection.WaitForClose(milliseconds(20)).closed);
}

TEST(BulkClientTest, SendsOverAHundredThousandRequestsASecond) {
  TinyServer server;
  constexpr std::size_t kRequests = 200'000;
  std::size_t good = 0;
  const auto result =
      RunBulk({server.port()}, 512, seconds(30),
              {.next = [](std::size_t, std::size_t number, std::string& out) -> BulkNext {
                 if (number == kRequests) return BulkNext::kEnd;
                 out += "GET /get/?key=word HTTP/1.1\r\nHost: fog\r\n\r\n";
                 return BulkNext::kRequest;
               },
               .answer =
                   [&](std::size_t, std::size_t number, int status, std::string_view body) {
                     good += number == good && status == 200 && body == "x" ? 1 : 0;
                   }});
  EXPECT_EQ(good, kRequests);
  EXPECT_EQ(result.answers, kRequests);
  std::cout << kRequests / result.elapsed_s << " requests/s\n";
  EXPECT_GT(kRequests / result.elapsed_s, 50'000.0 / kSlowdown);
}

TEST(BulkClientTest, TellsBrokenConnections) {
  std::size_t unknown = 0;
  const auto result =
      RunBulk({FreePort()}, 4, seconds(5),
              {.next = [](std::size_t, std::size_t, std::string&) { return BulkNext::kRequest; },
               .answer = [&](std::size_t, std::size_t, int, std::string_view) { ++unknown; }});
  EXPECT_EQ(result.broken_lanes, 1u);
  EXPECT_EQ(unknown, 0u);
}

}  // namespace
}  // namespace vf::e2e
