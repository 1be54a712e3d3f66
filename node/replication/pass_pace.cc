#include "node/replication/pass_pace.h"

#include <variant>

namespace vf {

void PassPace::OnReply(TimePoint now, const SyncReply& reply) {
  const bool serves = std::visit([](const auto& answer) { return answer.serves_clients; }, reply);
  if (serves) there_until_ = now + ClientWatch::kServedFor;
}

void PassPace::OnSent(TimePoint now, bool compares) {
  next_ = now + (compares ? config_.rest_after_comparison : config_.rest);
}

}  // namespace vf
