#include "gossip/udp/waiting_text.h"

#include <cstddef>

namespace vf {

std::string WaitingText(const GossipOptions& options) {
  const bool controller = (options.self.roles & kRoleController) != 0;
  const std::size_t remembered = options.remembered.members.size();
  if (options.contacts.empty() && remembered > 0) {
    return "waiting for one of the " + std::to_string(remembered) +
           " members remembered to tell of the cluster";
  }
  if (options.contacts.empty()) {
    return controller ? "waiting for a node that names this controller as its contact"
                      : "waiting for a member that names this process as its contact";
  }
  std::string text = "waiting for a contact that is in a cluster (";
  for (std::size_t i = 0; i < options.contacts.size(); ++i) {
    if (i > 0) text += ", ";
    text += options.contacts[i].ToString();
  }
  return text +
         "); trying again until there is one. A new cluster is founded when all contacts answer "
         "and are in none, or by a node without contacts";
}

}  // namespace vf
