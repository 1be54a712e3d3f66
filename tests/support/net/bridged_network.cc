#include "tests/support/net/bridged_network.h"

#include "base/check.h"

namespace vf {
namespace {

constexpr std::size_t kMaxHosts = 250;

// The bridge's end of a host's cable.
std::string PortOf(std::size_t host) { return "port" + std::to_string(host); }

std::string PortSet(const std::set<std::size_t>& hosts) {
  std::string names;
  for (const std::size_t host : hosts) {
    names += (names.empty() ? "\"" : ", \"") + PortOf(host) + "\"";
  }
  return "{ " + names + " }";
}

}  // namespace

BridgedNetwork::BridgedNetwork(std::size_t hosts) : hosts_(hosts) {
  VF_CHECK(hosts <= kMaxHosts, "too many hosts for one bridge");
  std::string links = "link add fog type bridge\nlink set fog up\n";
  for (std::size_t i = 0; i < hosts; ++i) {
    links += "link add " + PortOf(i) + " type veth peer name eth0 netns " + hosts_[i].path() +
             "\nlink set " + PortOf(i) + " master fog up\n";
  }
  {
    const InsideNamespace inside(bridge_);
    FeedCommand("ip -batch -", links);
  }
  for (std::size_t i = 0; i < hosts; ++i) {
    const InsideNamespace inside(hosts_[i]);
    FeedCommand("ip -batch -", "address add " + AddressOf(i) + "/24 dev eth0\nlink set eth0 up\n");
  }
}

void BridgedNetwork::AddAddress(std::size_t index, const std::string& address) {
  const InsideNamespace inside(hosts_[index]);
  // An IPv6 address is good at once, without asking whether others have it.
  const bool v6 = address.find(':') != std::string::npos;
  FeedCommand("ip -batch -",
              "address add " + address + (v6 ? "/64 dev eth0 nodad\n" : "/24 dev eth0\n"));
}

void BridgedNetwork::Set(const BridgeFaults& faults) {
  std::string rules;
  const auto drop = [&](const std::string& match) {
    rules += "    meta protocol ip " + match + " drop\n";
  };
  if (faults.loss_percent > 0) {
    drop("numgen random mod 100 < " + std::to_string(faults.loss_percent));
  }
  if (!faults.deaf.empty()) drop("oifname " + PortSet(faults.deaf));
  if (!faults.mute.empty()) drop("iifname " + PortSet(faults.mute));
  if (!faults.apart.empty()) {
    const std::string apart = PortSet(faults.apart);
    drop("iifname " + apart + " oifname != " + apart);
    drop("iifname != " + apart + " oifname " + apart);
  }
  // One transaction: there is no moment without rules.
  const InsideNamespace inside(bridge_);
  FeedCommand("nft -f -",
              "flush ruleset\n"
              "table bridge fog {\n"
              "  chain forward {\n"
              "    type filter hook forward priority 0; policy accept;\n" +
                  rules +
                  "  }\n"
                  "}\n");
}

}  // namespace vf
