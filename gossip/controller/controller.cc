#include "gossip/controller/controller.h"

#include <tuple>

namespace vf {

bool ControllerMayServe(const MembershipSnapshot& membership, bool has_somebody_to_ask) {
  return !has_somebody_to_ask || membership.joined;
}

std::optional<Endpoint> NodeToAsk(const MembershipSnapshot& membership) {
  // Greater is better; members come in the order of their keys, so the first of equals wins.
  const auto rank = [](const MemberRecord& record) {
    return std::tuple(record.phase == Phase::kReady, record.IsStorage());
  };
  const MemberRecord* best = nullptr;
  for (const Member& member : membership.members) {
    const MemberRecord& record = member.record;
    const bool answers_for_keys = (record.roles & (kRoleStorage | kRoleFrontend)) != 0;
    if (!answers_for_keys || record.state != MemberState::kAlive) continue;
    if (best == nullptr || rank(record) > rank(*best)) best = &record;
  }
  if (best == nullptr) return std::nullopt;
  return best->endpoint;
}

std::string AskANodeText(const MembershipSnapshot& membership) {
  const std::string text = "this is the controller, which stores no keys; ";
  const auto node = NodeToAsk(membership);
  if (!node) return text + "no node has joined yet";
  return text + "ask a node: http://" + node->ToString();
}

}  // namespace vf
