// May this process be stopped without a record, or a read, losing its last good copy? Asks the
// other owners of what it owns, at the moment when the operator asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/placement/cluster_view.h"
#include "node/replication/message.h"
#include "node/replication/peer_send.h"
#include "node/replication/replica.h"

namespace vf {

struct StopCheckConfig {
  std::optional<int> min_acks;           // none: the cluster's default
  Duration answer_timeout = seconds(1);  // of each owner; one that is later counts as absent
};

// The caller's name for a check: rising numbers.
using StopCheckId = std::uint64_t;

struct StopCheckOutputs {
  struct Done {
    StopCheckId check = 0;
    std::vector<std::string> reasons;  // why it may not, a line each; none: it may
  };
  std::vector<PeerSend> sends;
  std::vector<std::vector<MemberRecord>> learn;  // of others' lists, for the membership
  std::vector<Done> done;
  void Clear();
};

// It may when each partition that it owns has max(1, min(min-acks, owners - 1)) other owners that
// are alive and in sync, and nothing that it holds for others is undelivered. Joining owners count
// among the owners, K at most, and never as in sync: they take the place of one that was
// restarted, and until they are ready there are fewer copies than the cluster is meant to have.
//
// What others told earlier is of no use: whether a copy is in sync changes without notice, most of
// all when its process starts again. So every check asks every owner, and one that has started
// again is another member, which the question does not reach. What becomes of the owners after
// they have answered, no answer can know: whoever stops several nodes stops one, waits until it is
// ready again, and asks the next.
//
// Thread: none of its own; one owner.
// Invariant: every check that is started is done once, after answer_timeout at the latest.
// Limits: kMaxChecks under way; one message an owner and check.
class StopChecks {
 public:
  static constexpr std::size_t kMaxChecks = 16;

  // `copies`: null without storage. The arguments outlive this object.
  StopChecks(const StopCheckConfig& config, LocalCopies* copies, ClusterViewSource& views)
      : config_(config), copies_(copies), views_(views) {}

  // `check` is above all before it.
  void Start(TimePoint now, StopCheckId check);
  void OnReply(TimePoint now, MemberKey from, InSyncReply reply);
  // What was sent to `member` and is not answered is lost.
  void OnPeerFailure(MemberKey member);
  void OnTimer(TimePoint now);
  TimePoint NextDeadline() const;
  // Swaps buffers.
  void TakeOutputs(StopCheckOutputs& out);

 private:
  enum class Answer : std::uint8_t { kAwaited, kCame, kLost };
  struct Owner {
    RequestId request = 0;
    Answer answer = Answer::kAwaited;
    std::vector<ListedPartition> asked;  // in order
    std::vector<bool> in_sync;           // of these, once the answer came
  };
  struct Check {
    TimePoint until;
    std::map<MemberKey, Owner> owners;
    std::size_t awaited = 0;
  };
  // What is told of one member that some partition lacks.
  enum class Lack : std::uint8_t { kAway, kJoining, kUnanswered, kListChanged, kNotInSync };
  using Checks = std::map<StopCheckId, Check>;

  std::optional<Lack> LackOf(const Check& check, const ClusterView& view, Partition partition,
                             MemberKey owner) const;
  std::vector<std::string> Judge(const Check& check) const;
  std::uint64_t UndeliveredRecords(const ClusterView& view) const;
  Checks::iterator Finish(Checks::iterator it);

  const StopCheckConfig config_;
  LocalCopies* const copies_;
  ClusterViewSource& views_;
  Checks checks_;
  RequestId requests_ = 0;
  StopCheckOutputs outputs_;
};

}  // namespace vf
