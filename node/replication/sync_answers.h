// The answering side of a pass: what a copy says of itself, gives and takes.
//
// Lists and roles are the caller's: it asks only when both sides have the same list.
#pragma once

#include "node/replication/sync_limits.h"
#include "node/replication/sync_message.h"
#include "node/store/store.h"

namespace vf {

// Threads: any, as the store.
class SyncAnswers {
 public:
  SyncAnswers(const SyncLimits& limits, int partition_digits, Store& store)
      : limits_(limits), partition_digits_(partition_digits), store_(store) {}

  CompareReply On(const CompareRequest& request) const;
  VersionsReply On(const VersionsRequest& request) const;
  FetchReply On(const FetchRequest& request) const;
  // Records of other partitions are left out.
  GiveReply On(const GiveRequest& request);
  PullReply On(const PullRequest& request) const;

 private:
  const SyncLimits limits_;
  const int partition_digits_;
  Store& store_;
};

}  // namespace vf
