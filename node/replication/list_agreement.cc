#include "node/replication/list_agreement.h"

#include <algorithm>
#include <utility>

namespace vf {

LearnTicket ListAgreement::OnOtherList(TimePoint now, const ClusterView& view, MemberKey from,
                                       Partition partition, OtherList list) {
  if (view.ListOf(partition).hash == list.hash) return 0;  // Learned while the answer travelled.
  for (const UnderWay& batch : under_way_) {
    if (batch.from == from && batch.foreign_hash == list.hash) return batch.ticket;
  }
  std::erase_if(known_, [&](const Known& k) { return k.view_number != view.number(); });
  const bool known = std::any_of(known_.begin(), known_.end(), [&](const Known& k) {
    return k.from == from && k.foreign_hash == list.hash;
  });
  if (known) {
    Notify(now, view, from, partition);
    return 0;
  }
  if (under_way_.size() == kMaxUnderWay) return 0;
  under_way_.push_back({++last_ticket_, from, partition, list.hash});
  learn_.push_back({last_ticket_, std::move(list.members)});
  return last_ticket_;
}

void ListAgreement::OnLearned(TimePoint now, const ClusterView& view, LearnTicket ticket) {
  const auto it = std::find_if(under_way_.begin(), under_way_.end(),
                               [&](const UnderWay& batch) { return batch.ticket == ticket; });
  if (it == under_way_.end()) return;
  const UnderWay batch = *it;
  under_way_.erase(it);
  if (!view.joined() || view.ListOf(batch.partition).hash == batch.foreign_hash) return;
  if (known_.size() < kMaxUnderWay) {
    known_.push_back({view.number(), batch.from, batch.foreign_hash});
  }
  Notify(now, view, batch.from, batch.partition);
}

void ListAgreement::Notify(TimePoint now, const ClusterView& view, MemberKey to,
                           Partition partition) {
  const bool queued = std::any_of(notices_.begin(), notices_.end(),
                                  [&](const NoticeWish& notice) { return notice.to == to; });
  if (queued) return;
  notices_.push_back({to, {view.RecordsOf(now, view.ListOf(partition))}});
}

void ListAgreement::TakeOutputs(std::vector<LearnWish>& learn, std::vector<NoticeWish>& notices) {
  std::move(learn_.begin(), learn_.end(), std::back_inserter(learn));
  std::move(notices_.begin(), notices_.end(), std::back_inserter(notices));
  learn_.clear();
  notices_.clear();
}

}  // namespace vf
