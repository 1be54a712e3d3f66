#include "tests/e2e/cluster.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace vf::e2e {
namespace {

Command MemberCommand(const std::string& program, std::uint16_t port,
                      std::vector<std::string> arguments, std::vector<std::string> environment) {
  arguments.insert(arguments.begin(), std::to_string(port));
  return {
      .program = program, .arguments = std::move(arguments), .environment = std::move(environment)};
}

Process Start(const Command& command, const NetNamespace* host) {
  if (host == nullptr) return Process(command);
  const InsideNamespace inside(*host);
  return Process(command);
}

// Addresses of the members that `member` believes alive and ready; empty if it does not say.
std::set<std::string> AliveAndReady(const Member& member) {
  std::set<std::string> addresses;
  for (const auto& row : member.Rows()) {
    if (row.value("state", "") == "alive" && row.value("ready", false)) {
      addresses.insert(row.value("address", ""));
    }
  }
  return addresses;
}

}  // namespace

Member::Member(const std::string& program, std::uint16_t port, std::vector<std::string> arguments,
               std::vector<std::string> environment, const NetNamespace* host)
    : host_(host),
      process_(
          Start(MemberCommand(program, port, std::move(arguments), std::move(environment)), host)),
      port_(port) {}

HttpConnection Member::Connect() const {
  if (host_ == nullptr) return HttpConnection(port_);
  const InsideNamespace inside(*host_);
  return HttpConnection(port_);
}

void Member::WaitUntilReady(Clock::duration timeout) {
  const auto port = process_.WaitForReadyLine(timeout);
  if (port_ == 0) port_ = port;
  EXPECT_EQ(port_, port) << "the ready line names another port";
  EXPECT_TRUE(WaitUntil(timeout, [&] { return port == 0 || Get("/readyz").status == 200; }))
      << "/readyz does not become 200";
}

void Member::Stop() {
  process_.Signal(SIGTERM);
  const auto status = process_.WaitForExit(seconds(2) * kSlowdown);
  EXPECT_EQ(status, 0) << "2 s after SIGTERM: " << process_.Stderr();
}

nlohmann::json Member::Rows() const {
  const HttpResponse answer = Get("/members");
  auto rows = nlohmann::json::parse(answer.body, nullptr, false);
  return answer.status == 200 && rows.is_array() ? rows : nlohmann::json::array();
}

nlohmann::json Member::Page(std::string_view target) const {
  const auto answer = Get(target);
  EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
  EXPECT_TRUE(answer.Header("content-type").starts_with("application/json"));
  auto page = nlohmann::json::parse(answer.body, nullptr, false);
  EXPECT_FALSE(page.is_discarded()) << target << " is not JSON: " << answer.body;
  return page;
}

Cluster::Cluster(const ClusterOptions& options) {
  if (options.controller) {
    controller_ =
        std::make_unique<Member>("vfcontroller", std::uint16_t{0}, std::vector<std::string>{});
    controller_->WaitUntilReady();
  }
  while (nodes_.size() < options.nodes) {
    auto arguments = options.node_options;
    const bool founder = nodes_.empty() && controller_ == nullptr;
    if (!founder) arguments.insert(arguments.begin(), contact());
    Add(std::move(arguments));
    // The founder's port must be known before the others can be told of it.
    if (founder) nodes_.front()->WaitUntilReady();
  }
  for (auto& node : nodes_) node->WaitUntilReady();
  WaitUntilMembersAgree();
}

Cluster::~Cluster() {
  const auto live = Live();
  for (Member* member : live) member->process().Signal(SIGTERM);
  for (Member* member : live) {
    const auto status = member->process().WaitForExit(seconds(4) * kSlowdown);
    if (status != 0) {
      ADD_FAILURE() << "the process on port " << member->port() << " ended with status "
                    << status.value_or(-1) << " on SIGTERM";
    }
  }
}

std::vector<std::uint16_t> Cluster::ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& node : nodes_) ports.push_back(node->port());
  return ports;
}

Member& Cluster::Add(std::vector<std::string> arguments) {
  nodes_.push_back(std::make_unique<Member>("vfnode", std::uint16_t{0}, std::move(arguments)));
  return *nodes_.back();
}

std::vector<Member*> Cluster::Live() {
  std::vector<Member*> live;
  if (controller_ && controller_->process().IsRunning()) live.push_back(controller_.get());
  for (auto& node : nodes_) {
    if (node->process().IsRunning()) live.push_back(node.get());
  }
  return live;
}

void Cluster::WaitUntilMembersAgree(Clock::duration timeout) {
  const auto live = Live();
  std::set<std::string> wanted;
  for (const Member* member : live) wanted.insert(member->address());
  for (const Member* member : live) {
    std::set<std::string> seen;
    EXPECT_TRUE(WaitUntil(timeout, [&] { return (seen = AliveAndReady(*member)) == wanted; }))
        << "port " << member->port() << " sees " << testing::PrintToString(seen) << ", not "
        << testing::PrintToString(wanted);
  }
}

std::string Cluster::contact() const {
  return controller_ ? controller_->address() : nodes_.front()->address();
}

}  // namespace vf::e2e
