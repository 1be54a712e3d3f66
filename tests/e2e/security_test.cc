// Who may talk to a cluster: --allow, --cluster-key-file, and how keys are changed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

constexpr char kKey[] = "a key that this cluster shares";
constexpr char kNewKey[] = "and another one, which follows it";

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++count;
  }
  return count;
}

bool LogSays(Member& member, const std::string& text) {
  return WaitUntil(seconds(10) * kSlowdown,
                   [&] { return member.process().Stderr().find(text) != std::string::npos; });
}

std::string KeyFile(const std::string& name, const std::string& content) {
  const auto path = TestFolder() / name;
  WriteFile(path, content);
  chmod(path.c_str(), 0600);
  return path.string();
}

// --- --allow ---

void ExpectOnlyFirstLoopbackAddressIsServed(Member& node) {
  node.WaitUntilReady();
  for (int i = 0; i < 3; ++i) {
    HttpConnection outside(node.port(), "127.0.0.1", "127.0.0.2");
    ASSERT_TRUE(outside.connected());
    EXPECT_TRUE(outside.WaitForClose(seconds(5) * kSlowdown).closed);
  }
  HttpConnection peer(node.port(), "127.0.0.1", "127.0.0.3");
  peer.Send("\xf6");
  EXPECT_TRUE(peer.WaitForClose(seconds(5) * kSlowdown).closed) << "peers, too";
  EXPECT_EQ(Request(node.port(), "POST", "/key", "value").status, 200);
  const std::string metrics = node.Get("/metrics").body;
  EXPECT_NE(metrics.find("connections_ended_total{reason=\"not_allowed\"} 4"), std::string::npos)
      << metrics;
  EXPECT_TRUE(LogSays(node, "127.0.0.3 closed"));
  const std::string log = node.process().Stderr();
  EXPECT_EQ(Count(log, "connection from 127.0.0.2 closed"), 1u) << log;
}

TEST(AllowTest, OthersGetTheirConnectionClosedAndOneLineInTheLog) {
  Member node("vfnode", 0, {"--allow", "127.0.0.1", "--allow", "10.0.0.0/8", "--threads", "2"});
  ExpectOnlyFirstLoopbackAddressIsServed(node);
  node.Stop();
}

TEST(AllowTest, TheEnvironmentAndTheConfigFileSayTheSame) {
  Member environment("vfnode", 0, {}, {"VF_ALLOW=127.0.0.1,10.0.0.0/8"});
  ExpectOnlyFirstLoopbackAddressIsServed(environment);
  environment.Stop();
  const auto path = TestFolder() / "allow.conf";
  WriteFile(path, "allow = 10.0.0.0/8\nallow = 127.0.0.1/32\n");
  Member file("vfnode", 0, {"--config", path.string()}, {"VF_ALLOW=0.0.0.0/0"});
  ExpectOnlyFirstLoopbackAddressIsServed(file);
  file.Stop();
}

TEST(AllowTest, V4ClientsOfAnIpv6SocketAreJudgedByTheirV4Address) {
  Member node("vfnode", 0, {"--bind", "::", "--allow", "127.0.0.1", "--allow", "::1"});
  ExpectOnlyFirstLoopbackAddressIsServed(node);
  node.Stop();
}

TEST(AllowTest, AMemberFromOutsideStaysOut) {
  Member node("vfnode", 0, {"--allow", "127.0.0.1"});
  node.WaitUntilReady();
  Member outside("vfnode", 0, {node.address(), "--bind", "127.0.0.4"});
  EXPECT_TRUE(LogSays(node, "datagrams from 127.0.0.4 dropped"));
  EXPECT_EQ(node.Page("/members").size(), 1u);
  EXPECT_NE(node.Get("/metrics").body.find("drops_total{reason=\"not_allowed\"}"),
            std::string::npos);
  outside.process().Signal(SIGTERM);
  EXPECT_EQ(outside.process().WaitForExit(seconds(3) * kSlowdown), 0);
  node.Stop();
}

// --- --cluster-key-file ---

TEST(ClusterKeyTest, AClusterWithAKeyWorks) {
  const std::string file = KeyFile("key", kKey);
  Member controller("vfcontroller", 0, {"--cluster-key-file", file});
  ASSERT_NE(controller.process().WaitForReadyLine(seconds(10) * kSlowdown), 0);
  const std::string contact =
      "127.0.0.1:" + std::to_string(controller.process().WaitForReadyLine(seconds(1)));
  std::vector<std::unique_ptr<Member>> nodes;
  for (int i = 0; i < 3; ++i) {
    nodes.push_back(std::make_unique<Member>(
        "vfnode", 0, std::vector<std::string>{contact, "--cluster-key-file", file}));
  }
  for (const auto& node : nodes) node->WaitUntilReady();
  EXPECT_EQ(nodes[0]->Page("/status")["cluster_key"], true);
  const std::string url = "http://" + nodes[0]->address();
  EXPECT_EQ(Curl({"-sS", "-f", "-d", "VALUE", url + "/KEY"}).status, 0);
  for (const auto& node : nodes) {
    EXPECT_EQ(Curl({"-sS", "http://" + node->address() + "/get/?key=KEY"}).out, "VALUE");
  }
  // The member exchange went over TCP, signed too.
  std::string metrics;
  for (const auto& node : nodes) metrics += node->Get("/metrics").body;
  EXPECT_NE(metrics.find("exchanges_total{transport=\"tcp\",result=\"done\"} 1"),
            std::string::npos);
  EXPECT_EQ(Count(metrics, "stream_ends_total{reason=\"other_key\"} 0"), nodes.size());
  for (const auto& node : nodes) node->Stop();
  controller.process().Signal(SIGTERM);
  EXPECT_EQ(controller.process().WaitForExit(seconds(3) * kSlowdown), 0);
}

TEST(ClusterKeyTest, ANodeWithoutOrWithAnotherKeyStaysOutAndBothSaySo) {
  Member keyed("vfnode", 0, {"--cluster-key-file", KeyFile("key", kKey)});
  keyed.WaitUntilReady();
  Member without("vfnode", FreePort(), {keyed.address()});
  Member other("vfnode", FreePort(),
               {keyed.address(), "--cluster-key-file", KeyFile("other", kNewKey)});
  for (Member* outside : {&without, &other}) {
    EXPECT_TRUE(LogSays(*outside, "the likely cause: " + keyed.address() + " signs with"));
    const auto answer = outside->Get("/readyz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("--cluster-key-file"), std::string::npos) << answer.body;
    EXPECT_TRUE(outside->process().IsRunning()) << "it goes on waiting";
  }
  EXPECT_TRUE(LogSays(keyed, without.address() + " does not sign"));
  EXPECT_TRUE(LogSays(keyed, other.address() + " signs with a cluster key that this process"));
  EXPECT_EQ(Count(keyed.process().Stderr(), without.address() + " does not sign"), 1u);
  EXPECT_EQ(keyed.Page("/members").size(), 1u);
  const std::string metrics = keyed.Get("/metrics").body;
  EXPECT_EQ(metrics.find("drops_total{reason=\"unsigned\"} 0"), std::string::npos);
  EXPECT_EQ(metrics.find("drops_total{reason=\"bad_tag\"} 0"), std::string::npos);
  for (Member* member : {&keyed, &without, &other}) {
    const std::string log = member->process().Stderr();
    EXPECT_EQ(log.find(kKey), std::string::npos) << "a key in a log";
    EXPECT_EQ(log.find(kNewKey), std::string::npos) << "a key in a log";
  }
  Member late("vfnode", FreePort(),
              {without.address(), "--cluster-key-file", KeyFile("late", kKey)});
  EXPECT_TRUE(LogSays(late, without.address() + " does not sign"));
  EXPECT_TRUE(LogSays(without, late.address() + " signs with a cluster key, and this process has"));
  for (Member* member : {&without, &other, &late, &keyed}) {
    member->process().Signal(SIGTERM);
    EXPECT_EQ(member->process().WaitForExit(seconds(3) * kSlowdown), 0);
  }
}

TEST(ClusterKeyTest, AWrongFileEndsTheStartWithALineThatSaysWhy) {
  for (const auto& [path, reason] : {std::pair(std::string("/does/not/exist"), "No such file"),
                                     std::pair(KeyFile("empty", "# nothing\n"), "no key"),
                                     std::pair(KeyFile("short", "hush hush\n"), "16 to")}) {
    for (const char* program : {"vfnode", "vfcontroller"}) {
      const Finished done = RunCommand({program, {"0", "--cluster-key-file", path}});
      EXPECT_EQ(done.status, 1) << done.err;
      EXPECT_NE(done.err.find(reason), std::string::npos) << done.err;
      EXPECT_NE(done.err.find(path), std::string::npos) << done.err;
      EXPECT_EQ(done.err.find("hush"), std::string::npos) << "a key in a log";
      EXPECT_EQ(Count(done.err, "\n"), 1u) << done.err;
    }
  }
  const Finished usage = RunCommand({"vfnode", {"0", "--cluster-key-file", ""}});
  EXPECT_EQ(usage.status, 2) << usage.err;
}

// docs/security.md, "Changing the key": no step loses anybody or anything.
TEST(ClusterKeyTest, AKeyIsChangedByThreeRoundsOfRestarts) {
  const std::vector<std::string> steps = {kKey, std::string(kKey) + "\n" + kNewKey,
                                          std::string(kNewKey) + "\n" + kKey, kNewKey};
  const std::vector<std::uint16_t> ports = {FreePort(), FreePort()};
  std::vector<std::unique_ptr<Member>> nodes(ports.size());
  const auto start = [&](std::size_t i, std::size_t step) {
    const std::string file = KeyFile("key" + std::to_string(i), steps[step] + "\n");
    nodes[i] = std::make_unique<Member>(
        "vfnode", ports[i],
        std::vector<std::string>{"127.0.0.1:" + std::to_string(ports[1 - i]), "--cluster-key-file",
                                 file});
  };
  for (std::size_t i = 0; i < ports.size(); ++i) start(i, 0);
  for (const auto& node : nodes) node->WaitUntilReady();
  ASSERT_EQ(Request(ports[0], "POST", "/kept", "from the beginning").status, 200);
  for (std::size_t step = 1; step < steps.size(); ++step) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
      nodes[i]->Stop();
      start(i, step);
      nodes[i]->WaitUntilReady(seconds(90) * kSlowdown);
      for (const std::uint16_t port : ports) {
        EXPECT_EQ(Request(port, "GET", "/get/?key=kept").body, "from the beginning")
            << "step " << step << ", after the restart of " << i;
      }
      ASSERT_EQ(Request(ports[i], "POST", "/written", std::to_string(step)).status, 200);
    }
  }
  for (const auto& node : nodes) {
    EXPECT_EQ(Count(node->process().Stderr(), "nothing that it says is taken"), 0u)
        << node->process().Stderr();
    node->Stop();
  }
}

}  // namespace
}  // namespace vf::e2e
