// How processes come and go: joining, founding, refusals, leaving, dying, coming back.
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

// The state in which `observer` shows the member with this address; empty if it does not.
std::string StateOf(const Member& observer, const std::string& address) {
  for (const auto& row : observer.Rows()) {
    if (row.value("address", "") == address) return row.value("state", "");
  }
  return "";
}

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++count;
  return count;
}

TEST(JoiningTest, ANodeWaitsForItsContactAndSaysSo) {
  const auto contact_port = FreePort();
  const auto contact = "127.0.0.1:" + std::to_string(contact_port);
  Member waiting("vfnode", FreePort(), {contact});
  ASSERT_TRUE(
      WaitUntil(seconds(5) * kSlowdown, [&] { return waiting.Get("/healthz").status == 200; }));

  const auto unready = waiting.Get("/readyz");
  EXPECT_EQ(unready.status, 503);
  EXPECT_NE(unready.body.find("joining"), std::string::npos) << unready.body;
  EXPECT_NE(unready.body.find(contact), std::string::npos) << unready.body;
  for (const auto& [method, target] :
       {std::pair("GET", "/get/?key=a"), std::pair("POST", "/a"), std::pair("DELETE", "/a")}) {
    const auto refused = Request(waiting.port(), method, target, method[0] == 'P' ? "x" : "");
    EXPECT_EQ(refused.status, 503) << method;
    EXPECT_EQ(refused.Header("retry-after"), "1");
    EXPECT_NE(refused.body.find("joining"), std::string::npos) << refused.body;
  }
  const auto status = waiting.Page("/status");
  EXPECT_EQ(status["ready"], false);
  // Once in the log, and not again so soon, with the hint what else could be meant.
  std::this_thread::sleep_for(seconds(2));
  const auto log = waiting.process().Stderr();
  EXPECT_EQ(Count(log, contact), 1u) << log;
  EXPECT_NE(log.find("without contacts"), std::string::npos) << "no hint: " << log;
  EXPECT_EQ(log.find("ready"), std::string::npos) << log;

  Member founder("vfnode", contact_port, {});
  founder.WaitUntilReady();
  waiting.WaitUntilReady();
  EXPECT_EQ(Request(waiting.port(), "POST", "/a", "b").status, 200);
  EXPECT_EQ(founder.Get("/get/?key=a").body, "b");
  waiting.Stop();
  founder.Stop();
}

TEST(JoiningTest, NodesThatNameEachOtherFoundOneCluster) {
  const std::vector<std::uint16_t> ports = {FreePort(), FreePort(), FreePort()};
  std::vector<std::unique_ptr<Member>> nodes;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    std::vector<std::string> contacts;
    for (std::size_t j = 0; j < ports.size(); ++j) {
      if (j != i) contacts.push_back("127.0.0.1:" + std::to_string(ports[j]));
    }
    nodes.push_back(std::make_unique<Member>("vfnode", ports[i], contacts));
  }
  for (auto& node : nodes) node->WaitUntilReady();
  EXPECT_EQ(Request(ports[0], "POST", "/a", "one cluster").status, 200);
  EXPECT_EQ(nodes[1]->Get("/get/?key=a").body, "one cluster");
  EXPECT_EQ(nodes[2]->Get("/get/?key=a").body, "one cluster");
  for (auto& node : nodes) {
    EXPECT_EQ(node->Page("/members").size(), 3u);
    EXPECT_EQ(node->Page("/status")["partitions"]["owned"], 256);
  }
  for (auto& node : nodes) node->Stop();
}

TEST(JoiningTest, OtherSettingsAreRefusedWithBothNamed) {
  Cluster cluster({.nodes = 1});
  for (const auto& [option, other, ours] :
       {std::tuple("--replicas", "2", "3"), std::tuple("--partition-digits", "4", "2")}) {
    const auto refused =
        RunCommand({.program = "vfnode", .arguments = {"0", cluster.contact(), option, other}},
                   seconds(20) * kSlowdown);
    EXPECT_EQ(refused.status, 1) << refused.err;
    EXPECT_NE(refused.err.find(other), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find(ours), std::string::npos) << refused.err;
    EXPECT_EQ(Count(refused.err, "ready"), 0u) << refused.err;
  }
  Member& same = cluster.Add({cluster.contact(), "--replicas", "3", "--partition-digits", "2"});
  same.WaitUntilReady();
}

TEST(JoiningTest, MembersOfAnotherClusterAreIgnored) {
  Cluster cluster({.nodes = 1});
  Member stranger("vfnode", FreePort(), {cluster.contact(), "--cluster", "another"});
  ASSERT_TRUE(
      WaitUntil(seconds(5) * kSlowdown, [&] { return stranger.Get("/healthz").status == 200; }));
  std::this_thread::sleep_for(seconds(2));
  EXPECT_EQ(stranger.Get("/readyz").status, 503);
  EXPECT_EQ(cluster.node(0).Page("/members").size(), 1u);
  stranger.Stop();
}

TEST(JoiningTest, AStatelessFrontendServesAndStoresNothing) {
  Cluster cluster({.nodes = 2});
  Member& frontend = cluster.Add({cluster.contact(), "--frontend-only"});
  frontend.WaitUntilReady();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Request(frontend.port(), "POST", "/f" + std::to_string(i), "x").status, 200);
  }
  EXPECT_EQ(frontend.Get("/get/?key=f7").body, "x");
  EXPECT_EQ(frontend.Get("/get/?key=f7&local=1").status, 204);
  EXPECT_EQ(cluster.node(0).Get("/get/?key=f7&local=1").body, "x");
  const auto owners = frontend.Page("/replicas?key=f7")["owners"];
  EXPECT_EQ(owners.size(), 2u);
}

// It hears all, and nobody can ask it anything: dead to the others it stays, instead of coming back
// with every answer that it hears.
TEST(JoiningTest, WhoGivesAnAddressThatNobodyReachesSaysSo) {
  Cluster cluster({.nodes = 3});
  const std::uint16_t port = FreePort();
  Member node("vfnode", port,
              {cluster.contact(), "--bind", "127.0.0.1", "--advertise", "127.0.0.2"});
  EXPECT_TRUE(WaitUntil(seconds(30) * kSlowdown, [&] {
    return node.Get("/readyz").body.starts_with("unreached");
  })) << node.Get("/readyz").body;
  const HttpResponse answer = node.Get("/readyz");
  EXPECT_EQ(answer.status, 503);
  const std::string address = "127.0.0.2:" + std::to_string(port);
  for (const std::string& text : {answer.body, node.process().Stderr()}) {
    EXPECT_NE(text.find("reaches"), std::string::npos) << text;
    EXPECT_NE(text.find(address), std::string::npos) << text;
    EXPECT_NE(text.find("--advertise"), std::string::npos) << text;
  }
  const auto row = [&] {
    for (const auto& seen : cluster.node(0).Page("/members")) {
      if (seen["address"] == address) return seen;
    }
    return nlohmann::json();
  };
  // For longer than it took it to come back before.
  EXPECT_TRUE(WaitUntil(seconds(10) * kSlowdown, [&] {
    const auto seen = row();
    return seen.is_object() && seen["state"] == "dead" && seen["since_ms"] > 2000;
  })) << row();
  EXPECT_EQ(Request(cluster.node(0).port(), "POST", "/a", "x").status, 200);
  node.process().Kill();
}

TEST(LeavingTest, ATerminatedMemberIsShownAsLeft) {
  Cluster cluster({.nodes = 3, .controller = true});
  const auto address = cluster.node(2).address();
  cluster.node(2).Stop();
  for (Member* observer : {&cluster.node(0), &cluster.node(1), &cluster.controller()}) {
    EXPECT_TRUE(WaitUntil(seconds(2) * kSlowdown, [&] {
      return StateOf(*observer, address) == "left";
    })) << StateOf(*observer, address);
  }
  EXPECT_EQ(cluster.node(0).Page("/status")["members"]["left"], 1);
  EXPECT_EQ(Request(cluster.node(0).port(), "POST", "/a", "b").status, 200);
  EXPECT_EQ(cluster.node(1).Get("/get/?key=a").body, "b");
}

TEST(LeavingTest, AKilledMemberIsFoundDeadAndReplaced) {
  Cluster cluster({.nodes = 3});
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Request(cluster.node(0).port(), "POST", "/d" + std::to_string(i), "x").status, 200);
  }
  const auto port = cluster.node(2).port();
  const auto address = cluster.node(2).address();
  const auto old_id = cluster.node(2).Page("/status")["id"].get<std::string>();
  cluster.node(2).process().Kill();
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(WaitUntil(seconds(10) * kSlowdown, [&] {
      return StateOf(cluster.node(i), address) == "dead";
    })) << StateOf(cluster.node(i), address);
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(cluster.node(1).Get("/get/?key=d" + std::to_string(i)).body, "x");
  }
  // Another process at the same address is another member.
  Member again("vfnode", port, {cluster.contact()});
  again.WaitUntilReady();
  EXPECT_NE(again.Page("/status")["id"], old_id);
  EXPECT_TRUE(WaitUntil(seconds(5) * kSlowdown, [&] {
    const auto rows = nlohmann::json::parse(cluster.node(0).Get("/members").body);
    std::size_t alive = 0;
    for (const auto& row : rows)
      alive += row["address"] == address && row["state"] == "alive" ? 1 : 0;
    return alive == 1;
  }));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(again.Get("/get/?key=d" + std::to_string(i)).body, "x") << i;
    EXPECT_EQ(again.Get("/get/?key=d" + std::to_string(i) + "&local=1").body, "x") << i;
  }
  again.Stop();
}

double PausesOf(const Member& member) {
  const std::string metrics = member.Get("/metrics").body;
  const std::string name = "\nvelourfog_pauses_total ";
  const std::size_t at = metrics.find(name);
  EXPECT_NE(at, std::string::npos);
  return at == std::string::npos ? 0 : std::stod(metrics.substr(at + name.size()));
}

// A process that stands still for 125 ms has copies in doubt, and of three it cannot compare them
// with anybody for a minute then. So where the machine has stopped the last one meanwhile, a new
// cluster shows what is asked.
TEST(LeavingTest, TheLastOfThreeReadsOnAndSaysWhatAWriteNeeds) {
  constexpr int kTries = 5;
  for (int attempt = 1;; ++attempt) {
    Cluster cluster({.nodes = 3});
    Member& last = cluster.node(0);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(Request(last.port(), "POST", "/l" + std::to_string(i), "x").status, 200);
    }
    const double pauses = PausesOf(last);
    cluster.node(1).process().Kill();
    cluster.node(2).process().Kill();
    const auto refused = Request(last.port(), "POST", "/one", "copy");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.Header("retry-after"), "1");
    EXPECT_NE(refused.body.find("unknown"), std::string::npos) << refused.body;
    EXPECT_NE(refused.body.find("--min-acks 1"), std::string::npos) << refused.body;
    EXPECT_EQ(Request(last.port(), "POST", "/two?acks=1", "copies").status, 200);
    std::vector<std::string> found = {last.Get("/get/?key=two").body};
    std::vector<std::string> expected = {"copies"};
    for (int i = 0; i < 20; ++i) {
      found.push_back(last.Get("/get/?key=l" + std::to_string(i)).body);
      expected.emplace_back("x");
    }
    if (found != expected && attempt < kTries && PausesOf(last) > pauses) continue;
    EXPECT_EQ(found, expected);
    return;
  }
}

// R4, P5: a process that stands still delays others little, and gives nothing old as new
// afterwards.
TEST(PauseTest, APausedNodeDelaysNobodyMuchAndServesNothingStaleAfterwards) {
  for (const auto pause : {seconds(1), seconds(8)}) {
    SCOPED_TRACE(pause.count());
    Cluster cluster({.nodes = 3});
    const std::uint16_t port = cluster.node(0).port();
    Member& paused = cluster.node(2);
    constexpr int kKeys = 40;
    for (int i = 0; i < kKeys; ++i) {
      ASSERT_EQ(Request(port, "POST", "/p" + std::to_string(i), "old").status, 200);
    }
    paused.process().Signal(SIGSTOP);
    const auto began = Clock::now();
    for (int i = 0; i < kKeys && Clock::now() - began < pause; ++i) {
      const auto sent = Clock::now();
      const auto answer = Request(port, "POST", "/p" + std::to_string(i), "new");
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_LT(Clock::now() - sent, seconds(1) * kSlowdown);
    }
    std::this_thread::sleep_until(began + pause);
    // These answers are ready to be given when the process wakes up.
    HttpConnection early(paused.port());
    for (int i = 0; i < kKeys; ++i)
      early.Send(RequestBytes("GET", "/get/?key=p" + std::to_string(i)));
    paused.process().Signal(SIGCONT);
    for (int i = 0; i < kKeys; ++i) {
      const auto expected = cluster.node(1).Get("/get/?key=p" + std::to_string(i));
      EXPECT_EQ(expected.status, 200) << expected.body;
      const auto answer = early.Read();
      ASSERT_TRUE(answer);
      EXPECT_TRUE(answer->status == 503 || answer->body == expected.body)
          << i << ": " << answer->status << " " << answer->body << ", not " << expected.body;
    }
    cluster.WaitUntilMembersAgree();
    EXPECT_TRUE(WaitUntil(seconds(10) * kSlowdown, [&] {
      return paused.Get("/get/?key=p0").body == "new" &&
             paused.Get("/get/?key=p0&local=1").body == "new";
    }));
  }
}

TEST(LeavingTest, WithoutTheControllerEverythingGoesOn) {
  Cluster cluster({.nodes = 2, .controller = true});
  cluster.controller().process().Kill();
  EXPECT_EQ(Request(cluster.node(0).port(), "POST", "/a", "b").status, 200);
  EXPECT_EQ(cluster.node(1).Get("/get/?key=a").body, "b");
  Member& newcomer = cluster.Add({cluster.node(1).address()});
  newcomer.WaitUntilReady();
  EXPECT_EQ(newcomer.Get("/get/?key=a").body, "b");
}

}  // namespace
}  // namespace vf::e2e
