#include "gossip/address_log.h"

namespace vf {

bool AddressLog::IsNew(const Endpoint& from, DropReason reason) const {
  return !noted_.contains({from.WithPort(0), reason});
}

void AddressLog::Note(const Endpoint& from, DropReason reason) {
  const Item item{from.WithPort(0), reason};
  if (!noted_.insert(item).second) return;
  if (order_.size() < kMaxAddresses) {
    order_.push_back(item);
    return;
  }
  noted_.erase(order_[oldest_]);
  order_[oldest_] = item;
  oldest_ = (oldest_ + 1) % kMaxAddresses;
}

}  // namespace vf
