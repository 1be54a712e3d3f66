// When an introducer pushes the news of those whom it has let in.
//
// The first one's news goes at once (a coalescing window later, like all news); what comes after it
// is collected for a batch window, which is longer while many come. So a lonely newcomer is known
// everywhere within milliseconds, and a cold start of thousands makes some tens of batches instead
// of as many waves. The answer to a JOIN does not wait for any of this.
// Thread: none of its own.
#pragma once

#include <vector>

#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

class NewcomerBatches {
 public:
  // `config` outlives it.
  explicit NewcomerBatches(const SwimConfig& config) : config_(config) {}

  // At most once a newcomer and batch counts; more are harmless.
  void Add(TimePoint now, MemberKey newcomer);
  // The batch that is due, in the order in which its members came; empty if none is.
  std::vector<MemberKey> TakeDue(TimePoint now);
  void Clear();
  TimePoint NextDeadline() const { return due_; }

 private:
  // More newcomers than config.join_busy_rate came within this second or the one before.
  bool IsBusy() const;
  void CountJoin(TimePoint now);

  const SwimConfig& config_;
  std::vector<MemberKey> waiting_;
  TimePoint due_ = kNever;
  TimePoint last_batch_ = TimePoint::min();
  TimePoint second_began_ = TimePoint::min();
  int joins_this_second_ = 0;
  int joins_last_second_ = 0;
};

}  // namespace vf
