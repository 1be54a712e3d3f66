// Command line, config file, environment and exit statuses of both programs.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"

namespace vf::e2e {
namespace {

using Words = std::vector<std::string>;

// Exit status 2, nothing on stdout, one line on stderr that contains `hint`.
void ExpectUsageError(const std::string& program, const Words& arguments, const std::string& hint,
                      const Words& environment = {}) {
  SCOPED_TRACE(program + " " + testing::PrintToString(arguments));
  const auto done = RunCommand(
      {.program = program, .arguments = arguments, .environment = environment}, seconds(10));
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
  EXPECT_NE(done.err.find(hint), std::string::npos) << "does not say " << hint << ": " << done.err;
}

TEST(OptionsTest, WrongCommandLinesOfBothProgramsExitWith2) {
  for (const std::string program : {"vfnode", "vfcontroller"}) {
    ExpectUsageError(program, {}, "PORT");
    ExpectUsageError(program, {"abc"}, "abc");
    ExpectUsageError(program, {"70000"}, "70000");
    ExpectUsageError(program, {"-1"}, "-1");
    ExpectUsageError(program, {"0", "--colour"}, "--colour");
    ExpectUsageError(program, {"0", "nocolon"}, "nocolon");
    ExpectUsageError(program, {"0", "host:0"}, "host:0");
    ExpectUsageError(program, {"0", "host:99999"}, "host:99999");
    ExpectUsageError(program, {"0", "--allow", "not-a-range"}, "not-a-range");
    ExpectUsageError(program, {"0", "--allow", "10.0.0.0/33"}, "10.0.0.0/33");
    ExpectUsageError(program, {"0", "--bind", "nowhere.invalid"}, "nowhere.invalid");
    ExpectUsageError(program, {"0", "--log-level", "loud"}, "loud");
    ExpectUsageError(program, {"0", "--cluster", ""}, "--cluster");
    ExpectUsageError(program, {"0", "--config", "/nonexistent/file"}, "/nonexistent/file");
    ExpectUsageError(program, {"0", "--advertise", ":"}, "--advertise");
  }
}

TEST(OptionsTest, WrongNumbersOfANodeExitWith2) {
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
           {"--replicas", "0"},
           {"--replicas", "-3"},
           {"--replicas", "x"},
           {"--replicas", "3x"},
           {"--replicas", ""},
           {"--partition-digits", "0"},
           {"--partition-digits", "5"},
           {"--min-acks", "0"},
           {"--threads", "0"},
           {"--threads", "-1"},
           {"--max-value-size", "-5"},
           {"--max-value-size", "1X"},
           {"--max-value-size", "99999999999999999999"},
           {"--max-memory", "-1"},
           {"--max-memory", "lots"},
           {"--tombstone-age", "-1"}}) {
    ExpectUsageError("vfnode", {"0", option, value}, option);
  }
  ExpectUsageError("vfnode", {"0", "--replicas", "2", "--min-acks", "3"}, "--min-acks");
}

TEST(OptionsTest, OptionsOfLaterReleasesAndOfTheOtherProgramAreRefused) {
  ExpectUsageError("vfnode", {"0", "--data-dir", "x"}, "--data-dir");
  ExpectUsageError("vfnode", {"0", "--fsync"}, "--fsync");
  ExpectUsageError("vfcontroller", {"0", "--fsync"}, "--fsync");
  ExpectUsageError("vfcontroller", {"0", "--frontend-only"}, "--frontend-only");
}

TEST(OptionsTest, HelpAndReleaseGoToStdout) {
  for (const std::string program : {"vfnode", "vfcontroller"}) {
    const auto help = RunCommand({.program = program, .arguments = {"--help"}});
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(help.err, "");
    for (const std::string option :
         {"--cluster", "--bind", "--advertise", "--allow", "--log-level", "--config"}) {
      EXPECT_NE(help.out.find(option), std::string::npos) << option;
    }
    const auto release = RunCommand({.program = program, .arguments = {"--version"}});
    EXPECT_EQ(release.status, 0);
    EXPECT_NE(release.out.find('.'), std::string::npos);
    EXPECT_EQ(release.err, "");
  }
}

TEST(OptionsTest, StdoutStaysEmptyAndTheReadyLineIsOne) {
  Member node("vfnode", 0, {});
  node.WaitUntilReady();
  EXPECT_EQ(Request(node.port(), "POST", "/a", "b").status, 200);
  node.Stop();
  EXPECT_EQ(node.process().Stdout(), "");
  const auto log = node.process().Stderr();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = log.find("ready", at)) != std::string::npos; at += 5) ++lines;
  EXPECT_EQ(lines, 1u) << log;
}

TEST(OptionsTest, ATakenPortExitsWith1AndNamesIt) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof address;
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_TRUE(type == SOCK_DGRAM || listen(fd, 1) == 0);
    ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const auto port = std::to_string(ntohs(address.sin_port));
    for (const std::string program : {"vfnode", "vfcontroller"}) {
      const auto done = RunCommand({.program = program, .arguments = {port}});
      EXPECT_EQ(done.status, 1) << program;
      EXPECT_NE(done.err.find(port), std::string::npos) << done.err;
    }
    close(fd);
  }
}

TEST(OptionsTest, ASecondNodeOnThePortExitsWith1AndTheFirstServesOn) {
  Member node("vfnode", 0, {});
  node.WaitUntilReady();
  const auto second = RunCommand({.program = "vfnode", .arguments = {std::to_string(node.port())}});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find(std::to_string(node.port())), std::string::npos) << second.err;
  EXPECT_EQ(Request(node.port(), "POST", "/a", "b").status, 200);
  node.Stop();
}

TEST(OptionsTest, TheCommandLineBeatsTheConfigFileBeatsTheEnvironment) {
  const auto config = TestFolder() / "config";
  WriteFile(config, "# a comment\ncluster = from-file\nreplicas = 2\n");
  const Words environment = {"VF_CLUSTER=from-environment", "VF_REPLICAS=1",
                             "VF_PARTITION_DIGITS=1"};
  {
    Member node("vfnode", 0, {"--config", config.string(), "--cluster", "from-line"}, environment);
    node.WaitUntilReady();
    const auto status = node.Page("/status");
    EXPECT_EQ(status["cluster"], "from-line");
    EXPECT_EQ(status["replicas"], 2);
    EXPECT_EQ(status["partition_digits"], 1);
    node.Stop();
  }
  Member node("vfnode", 0, {}, environment);
  node.WaitUntilReady();
  EXPECT_EQ(node.Page("/status")["cluster"], "from-environment");
  node.Stop();
}

TEST(OptionsTest, WrongConfigFilesAndVariablesExitWith2) {
  const auto config = TestFolder() / "config";
  WriteFile(config, "colour = red\n");
  ExpectUsageError("vfnode", {"0", "--config", config.string()}, "colour");
  WriteFile(config, "replicas = many\n");
  ExpectUsageError("vfnode", {"0", "--config", config.string()}, "replicas");
  ExpectUsageError("vfnode", {"0"}, "REPLICAS", {"VF_REPLICAS=0"});
  ExpectUsageError("vfnode", {"0"}, "not-a-range", {"VF_ALLOW=127.0.0.0/8,not-a-range"});
}

TEST(OptionsTest, OnlyAllowedAddressesAreServed) {
  for (const bool by_environment : {false, true}) {
    Words arguments;
    Words environment;
    if (by_environment) {
      environment = {"VF_ALLOW=127.0.0.2/32,127.0.0.3/32"};
    } else {
      arguments = {"--allow", "127.0.0.2/32", "--allow", "127.0.0.3/32"};
    }
    Member node("vfnode", 0, arguments, environment);
    const auto port = node.process().WaitForReadyLine(seconds(10) * kSlowdown);
    for (const std::string from : {"127.0.0.2", "127.0.0.3"}) {
      HttpConnection allowed(port, "127.0.0.1", from);
      EXPECT_EQ(allowed.Request("GET", "/healthz").status, 200) << from;
    }
    HttpConnection refused(port, "127.0.0.1", "127.0.0.4");
    refused.Send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto end = refused.WaitForClose(seconds(5));
    EXPECT_TRUE(end.closed);
    EXPECT_EQ(end.rest, "");
    node.Stop();
  }
}

TEST(OptionsTest, LocalAndPrivateAddressesAreAllowedByDefault) {
  Member node("vfnode", 0, {});
  node.WaitUntilReady();
  HttpConnection connection(node.port(), "127.0.0.1", "127.9.9.9");
  EXPECT_EQ(connection.Request("GET", "/healthz").status, 200);
  node.Stop();
}

TEST(OptionsTest, BothFamiliesAreServedOnTheUnspecifiedAddress) {
  Member node("vfnode", 0, {"--bind", "::"});
  node.WaitUntilReady();
  const auto port = std::to_string(node.port());
  EXPECT_EQ(Curl({"-d", "six", "http://[::1]:" + port + "/family"}).status, 0);
  EXPECT_EQ(Curl({"-g", "http://127.0.0.1:" + port + "/get/?key=family"}).out, "six");
  node.Stop();
}

TEST(OptionsTest, AdvertiseSaysHowOthersReachTheProcess) {
  const auto port = FreePort();
  const auto address = "127.0.0.5:" + std::to_string(port);
  Member node("vfnode", port, {"--bind", "127.0.0.5", "--advertise", address});
  EXPECT_EQ(node.process().WaitForReadyLine(seconds(10) * kSlowdown), port);
  Member other("vfnode", 0, {address});
  other.WaitUntilReady();
  EXPECT_EQ(Request(other.port(), "POST", "/a", "b").status, 200);
  HttpConnection connection(port, "127.0.0.5");
  EXPECT_EQ(connection.Request("GET", "/get/?key=a").body, "b");
  EXPECT_NE(other.Get("/members").body.find('"' + address + '"'), std::string::npos);
  other.Stop();
  node.Stop();
}

TEST(OptionsTest, AdvertiseMayNameAHostOnly) {
  Member node("vfnode", 0, {"--advertise", "127.0.0.6"});
  node.WaitUntilReady();
  EXPECT_EQ(node.Page("/status")["address"], "127.0.0.6:" + std::to_string(node.port()));
  node.Stop();
}

TEST(OptionsTest, MaxValueSizeTakesUnits) {
  Member node("vfnode", 0, {"--max-value-size", "2K"});
  node.WaitUntilReady();
  EXPECT_EQ(Request(node.port(), "POST", "/a", std::string(2048, 'x')).status, 200);
  EXPECT_EQ(Request(node.port(), "POST", "/a", std::string(2049, 'x')).status, 413);
  node.Stop();
}

TEST(OptionsTest, AFullMemoryRefusesWritesButNotReadsAndDeletes) {
  Member node("vfnode", 0, {"--max-memory", "16M"});
  node.WaitUntilReady();
  const std::string value(1 << 20, 'x');
  int stored = 0;
  HttpResponse last;
  for (; stored < 64; ++stored) {
    last = Request(node.port(), "POST", "/" + std::to_string(stored), value);
    if (last.status != 200) break;
  }
  EXPECT_EQ(last.status, 507);
  EXPECT_NE(last.body, "");
  EXPECT_GE(stored, 4);
  EXPECT_EQ(Request(node.port(), "GET", "/get/?key=0").body.size(), value.size());
  for (int i = 0; i < stored; ++i) {
    EXPECT_EQ(Request(node.port(), "DELETE", "/" + std::to_string(i)).status, 200);
  }
  EXPECT_EQ(Request(node.port(), "POST", "/again", value).status, 200);
  node.Stop();
}

TEST(OptionsTest, AValueAboveTheWholeMemoryIsRefusedForGood) {
  Member node("vfnode", 0, {"--max-memory", "4M"});
  node.WaitUntilReady();
  const HttpResponse answer = Request(node.port(), "POST", "/a", std::string(12 << 20, 'x'));
  EXPECT_EQ(answer.status, 507) << answer.body;
  EXPECT_EQ(Request(node.port(), "POST", "/a", "x").status, 200);
  node.Stop();
}

TEST(OptionsTest, BothTerminationSignalsEndWith0) {
  for (const int number : {SIGTERM, SIGINT}) {
    for (const std::string program : {"vfnode", "vfcontroller"}) {
      Member member(program, 0, {});
      member.process().WaitForReadyLine(seconds(10) * kSlowdown);
      member.process().Signal(number);
      EXPECT_EQ(member.process().WaitForExit(seconds(2) * kSlowdown), 0) << program;
    }
  }
}

TEST(OptionsTest, ASecondSignalEndsAtOnce) {
  Cluster cluster({.nodes = 2});
  Process& process = cluster.node(1).process();
  process.Signal(SIGTERM);
  std::this_thread::sleep_for(milliseconds(20));
  process.Signal(SIGINT);
  const auto status = process.WaitForExit(seconds(1) * kSlowdown);
  EXPECT_EQ(status, 128 + SIGINT) << "or it had left within 20 ms of the first";
}

}  // namespace
}  // namespace vf::e2e
