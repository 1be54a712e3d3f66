// vfctl against real nodes: tables, JSON, forgetting a killed node, and what goes wrong.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/cluster.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"

namespace vf::e2e {
namespace {

Finished Vfctl(std::vector<std::string> arguments) {
  return RunCommand({.program = "vfctl", .arguments = std::move(arguments)});
}

Finished Ask(const Member& node, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--node", node.address()});
  return Vfctl(std::move(arguments));
}

// One line on stderr, none on stdout.
void ExpectFailure(const Finished& finished, int status, const std::string& part) {
  EXPECT_EQ(finished.status, status) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
  EXPECT_EQ(finished.err.find('\n'), finished.err.size() - 1) << finished.err;
  EXPECT_EQ(finished.err.find("vfctl: "), 0u) << finished.err;
}

nlohmann::json RowOf(const Member& observer, const std::string& address) {
  for (const auto& row : observer.Page("/members")) {
    if (row["address"] == address) return row;
  }
  return {};
}

// Answers each connection with the same bytes, whatever was asked.
class OtherServer {
 public:
  explicit OtherServer(std::string answer) : answer_(std::move(answer)) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OtherServer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve() {
    for (;;) {
      const int client = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      char request[4096];
      if (recv(client, request, sizeof(request), 0) > 0) {
        send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      }
      close(client);
    }
  }

  const std::string answer_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(VfctlTest, ShowsMembersStatusAndReplicas) {
  Cluster cluster({.nodes = 3, .controller = true});
  const auto members = Ask(cluster.node(0), {"members"});
  EXPECT_EQ(members.status, 0) << members.err;
  EXPECT_EQ(members.err, "");
  EXPECT_EQ(members.out.find("ID "), 0u);
  EXPECT_EQ(members.out.find('\x1b'), std::string::npos) << "colours, and no terminal";
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NE(members.out.find(cluster.node(i).address()), std::string::npos) << members.out;
  }
  EXPECT_NE(members.out.find("controller"), std::string::npos);

  const auto status = Ask(cluster.node(1), {"status"});
  EXPECT_EQ(status.status, 0) << status.err;
  EXPECT_NE(status.out.find("4 alive, 0 suspect, 0 dead, 0 left"), std::string::npos) << status.out;
  EXPECT_EQ(Ask(cluster.controller(), {"status"}).status, 0);

  const std::string key = "a b/\xff&c=%+#";
  const auto replicas = Ask(cluster.node(2), {"replicas", key});
  EXPECT_EQ(replicas.status, 0) << replicas.err;
  const auto page = cluster.node(2).Page("/replicas?key=" + PercentEncode(key));
  EXPECT_NE(replicas.out.find(page["sha1"].get<std::string>()), std::string::npos) << replicas.out;

  const auto json = Ask(cluster.node(0), {"replicas", key, "--json"});
  EXPECT_EQ(json.status, 0) << json.err;
  EXPECT_EQ(json.out, cluster.node(0).Get("/replicas?key=" + PercentEncode(key)).body);
  ExpectFailure(Ask(cluster.controller(), {"replicas", "k"}), 1, "controller");
}

TEST(VfctlTest, ForgetsAKilledNodeAndNobodyElse) {
  Cluster cluster({.nodes = 4});
  const std::string address = cluster.node(3).address();
  const std::string id = RowOf(cluster.node(0), address)["id"];
  const std::string own = cluster.node(0).Page("/status")["id"];
  ExpectFailure(Ask(cluster.node(0), {"forget", id}), 1, "is alive; stop it first");
  ExpectFailure(Ask(cluster.node(0), {"forget", own}), 1, "stop it, then ask another node");
  ExpectFailure(Ask(cluster.node(0), {"forget", std::string(32, 'a')}), 1, "no member has the id");

  cluster.node(3).process().Kill();
  ASSERT_TRUE(WaitUntil(seconds(20) * kSlowdown,
                        [&] { return RowOf(cluster.node(0), address)["state"] == "dead"; }));
  const auto forgotten = Ask(cluster.node(0), {"forget", id});
  EXPECT_EQ(forgotten.status, 0) << forgotten.err;
  EXPECT_NE(forgotten.out.find(id), std::string::npos) << forgotten.out;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        WaitUntil(seconds(5) * kSlowdown,
                  [&] { return RowOf(cluster.node(i), address)["incarnation"] == 0xFFFFFFFFu; }))
        << "node " << i;
  }
  EXPECT_EQ(Ask(cluster.node(1), {"forget", id}).status, 0) << "twice is harmless";
  const auto json = Ask(cluster.node(1), {"forget", id, "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["forgotten"], true);
}

// It hung while the operator gave it up, and hears so when it wakes.
TEST(VfctlTest, AForgottenNodeThatWakesSaysThatItWasRemoved) {
  Cluster cluster({.nodes = 4});
  Member& hung = cluster.node(3);
  const std::string id = RowOf(cluster.node(0), hung.address())["id"];
  hung.process().Signal(SIGSTOP);
  ASSERT_TRUE(WaitUntil(seconds(30) * kSlowdown,
                        [&] { return RowOf(cluster.node(0), hung.address())["state"] == "dead"; }));
  EXPECT_EQ(Ask(cluster.node(0), {"forget", id}).status, 0);
  hung.process().Signal(SIGCONT);
  EXPECT_TRUE(WaitUntil(seconds(10) * kSlowdown, [&] {
    const auto readiness = hung.Get("/readyz");
    return readiness.status == 503 &&
           readiness.body.find("the operator has removed") != std::string::npos;
  })) << hung.Get("/readyz").body;
  EXPECT_NE(hung.process().Stderr().find("the operator has removed this process"),
            std::string::npos);
  EXPECT_EQ(RowOf(cluster.node(0), hung.address())["state"], "dead");
}

TEST(VfctlTest, ForgetRequestsAreReadStrictly) {
  Cluster cluster({.nodes = 1});
  const std::uint16_t port = cluster.node(0).port();
  const std::string id(32, 'a');
  EXPECT_EQ(Request(port, "PATCH", "/forget?id=" + id).status, 404);
  for (const std::string target : {"/forget", "/forget?id=", "/forget?id=xyz", "/forget?key=a"}) {
    EXPECT_EQ(Request(port, "PATCH", target).status, 400) << target;
  }
  EXPECT_EQ(Request(port, "PATCH", "/forget?id=" + id + "&id=" + id).status, 400);
  EXPECT_EQ(Request(port, "PATCH", "/restore").status, 404);
  EXPECT_EQ(Request(port, "POST", "/forget", "a value").status, 200) << "the key stays free";
}

TEST(VfctlTest, WhatIsNoNodeIsAFailureWithItsReason) {
  const std::string nobody = "127.0.0.1:" + std::to_string(FreePort());
  ExpectFailure(Vfctl({"status", "--node", nobody}), 1, nobody + ": cannot connect");
  ExpectFailure(Vfctl({"status", "--node", "no-such-host.invalid:80"}), 1, "cannot connect");
  {
    OtherServer page("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    ExpectFailure(Vfctl({"members", "--node", page.address()}), 1, "not what a Velour Fog node");
    ExpectFailure(Vfctl({"members", "--json", "--node", page.address()}), 1, "not what");
    ExpectFailure(Vfctl({"forget", std::string(32, 'a'), "--node", page.address()}), 1,
                  "HTTP status 200");
  }
  OtherServer noise("SSH-2.0-Some\r\n");
  ExpectFailure(Vfctl({"status", "--node", noise.address()}), 1, noise.address());
}

TEST(VfctlTest, AWrongCommandLineIsStatus2) {
  ExpectFailure(Vfctl({}), 2, "needs a command");
  ExpectFailure(Vfctl({"members", "--node", "localhost"}), 2, "HOST:PORT");
  ExpectFailure(Vfctl({"forget", "x"}), 2, "32 lower-case hex digits");
  ExpectFailure(Vfctl({"backup", "f"}), 2, "later release");
  const auto help = Vfctl({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("forget ID"), std::string::npos);
}

}  // namespace
}  // namespace vf::e2e
