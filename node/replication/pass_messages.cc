#include "node/replication/pass_messages.h"

#include <utility>
#include <variant>

namespace vf {

PartitionSync::Direction DirectionOfPass(const PartitionList& list, MemberKey peer) {
  return list.HasPlace(peer) ? PartitionSync::Direction::kBoth
                             : PartitionSync::Direction::kFetchOnly;
}

void AddPassRequest(std::vector<PeerSend>& sends, MemberKey to, RequestId request,
                    std::uint64_t list_hash, PartitionSync& pass) {
  std::visit(
      [&](auto&& asked) {
        asked.request = request;
        asked.list_hash = list_hash;
        AddSend(sends, to, std::forward<decltype(asked)>(asked));
      },
      pass.TakeRequest());
}

RequestId RequestOf(const SyncReply& reply) {
  return std::visit([](const auto& answer) { return answer.request; }, reply);
}

const OtherList& OtherListOf(const SyncReply& reply) {
  return std::visit([](const auto& answer) -> const OtherList& { return answer.list; }, reply);
}

}  // namespace vf
