// A cluster of real processes on free ports of this machine.
//
// Thread: one, the main one (see process.h). Everything ends with the object: each process that
// still runs gets SIGTERM and must exit with 0 in time, or the test fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"
#include "tests/support/net/net_namespace.h"

namespace vf::e2e {

// A vfnode or vfcontroller. `port` is known once it is ready, or before if the test chose it.
class Member {
 public:
  // `host`: the network in which it runs, which must outlive this object; none: this machine's.
  Member(const std::string& program, std::uint16_t port, std::vector<std::string> arguments,
         std::vector<std::string> environment = {}, const NetNamespace* host = nullptr);

  Process& process() { return process_; }
  std::uint16_t port() const { return port_; }
  // For the command line of others and for curl.
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // Waits for the ready line and for 200 from /readyz.
  void WaitUntilReady(Clock::duration timeout = seconds(20) * kSlowdown);
  // SIGTERM; fails the test unless the exit status is 0 within 2 s (times kSlowdown).
  void Stop();

  // To its port, from its own machine.
  HttpConnection Connect() const;
  HttpResponse Get(std::string_view target) const { return Connect().Request("GET", target); }
  // The parsed answer of an operator page; fails the test unless it is 200 and JSON.
  nlohmann::json Page(std::string_view target) const;
  // The rows of its /members; none if it does not say.
  nlohmann::json Rows() const;

 private:
  const NetNamespace* host_;
  Process process_;
  std::uint16_t port_;
};

struct ClusterOptions {
  std::size_t nodes = 3;
  bool controller = false;                     // nodes join through it; else through the first node
  std::vector<std::string> node_options = {};  // of each node
};

class Cluster {
 public:
  // Returns when every process is ready and all agree about the members.
  explicit Cluster(const ClusterOptions& options);
  ~Cluster();

  std::size_t size() const { return nodes_.size(); }
  Member& node(std::size_t index) { return *nodes_[index]; }
  Member& controller() { return *controller_; }
  std::vector<std::uint16_t> ports() const;

  // Starts one more node (port 0), with these contacts and options; does not wait.
  Member& Add(std::vector<std::string> arguments);

  // Waits until every live process lists exactly the live ones as alive and ready.
  void WaitUntilMembersAgree(Clock::duration timeout = seconds(20) * kSlowdown);

  // The contact that nodes of this cluster were started with.
  std::string contact() const;

 private:
  std::vector<Member*> Live();

  std::unique_ptr<Member> controller_;
  std::vector<std::unique_ptr<Member>> nodes_;
};

}  // namespace vf::e2e
