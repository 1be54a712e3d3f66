#include "node/replication/list_agreement.h"

#include <algorithm>
#include <utility>

namespace vf {

LearnTicket ListAgreement::OnOtherList(TimePoint now, const ClusterView& view, MemberKey from,
                                       Partition partition, OtherList list) {
  if (view.ListOf(partition).hash == list.hash) return 0;  // Learned while the answer travelled.
  const Source source(from, list.hash);
  for (const Batch* batch : {&under_way_, &next_}) {
    if (batch->sources.contains(source)) return batch->ticket;
  }
  if (known_view_ == view.number() && known_.contains(source)) {
    Notify(now, view, from, partition);
    return 0;
  }
  if (next_.ticket == 0) next_.ticket = ++last_ticket_;
  next_.sources.emplace(source, partition);
  for (MemberRecord& member : list.members) {
    const bool there =
        std::find(next_.members.begin(), next_.members.end(), member) != next_.members.end();
    if (!there) next_.members.push_back(std::move(member));
  }
  return next_.ticket;
}

void ListAgreement::OnLearned(TimePoint now, const ClusterView& view, LearnTicket ticket) {
  if (under_way_.ticket == 0 || under_way_.ticket != ticket) return;
  const Batch learned = std::exchange(under_way_, Batch());
  if (!view.joined()) return;
  if (known_view_ != view.number()) known_.clear();
  known_view_ = view.number();
  for (const auto& [source, partition] : learned.sources) {
    if (view.ListOf(partition).hash == source.second) continue;
    if (known_.size() < kMaxKnown) known_.insert(source);
    Notify(now, view, source.first, partition);
  }
}

void ListAgreement::Notify(TimePoint now, const ClusterView& view, MemberKey to,
                           Partition partition) {
  const bool queued = std::any_of(notices_.begin(), notices_.end(),
                                  [&](const PeerSend& notice) { return notice.to == to; });
  if (queued) return;
  AddSend(notices_, to, ListNotice{view.RecordsOf(now, partition)});
}

void ListAgreement::TakeOutputs(std::vector<LearnWish>& learn, std::vector<PeerSend>& sends) {
  if (under_way_.ticket == 0 && next_.ticket != 0) {
    under_way_ = std::exchange(next_, Batch());
    learn.push_back({under_way_.ticket, std::exchange(under_way_.members, {})});
  }
  std::move(notices_.begin(), notices_.end(), std::back_inserter(sends));
  notices_.clear();
}

}  // namespace vf
