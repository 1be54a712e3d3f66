// A cluster of the data path's pure objects in virtual time: same number, same run.
//
// Each process has its own store, clock and view of the membership. Messages take random times and
// keep their order on a connection; connections are reset, processes crash, members join, and the
// news of it reaches each process at another time. The membership itself is played: the cluster
// hands records to each process, which keeps the greater one by (boot, incarnation, state).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/rng.h"
#include "node/replication/replicator.h"
#include "node/replication/sync_plan.h"
#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {

struct DataClusterConfig {
  std::uint64_t seed = 1;
  int replicas = 3;
  int partition_digits = 1;
  Duration min_delay = microseconds(50);  // of a message
  Duration max_delay = milliseconds(2);
  Duration max_news_delay = milliseconds(50);  // of a member record, to each process
  Duration detection = milliseconds(800);      // from a crash to the first news of the death
  std::uint64_t max_memory_bytes = UINT64_MAX;
  ReplicatorConfig replicator;
  SyncConfig sync;
};

// What became of a client's operation.
struct ClientOperation {
  bool is_write = false;
  MemberKey frontend = kNoMember;
  std::string key;
  TimePoint began;
  std::optional<TimePoint> ended;  // none: its frontend crashed
  OperationResult result;
};

class DataCluster {
 public:
  explicit DataCluster(const DataClusterConfig& config);
  ~DataCluster();
  DataCluster(const DataCluster&) = delete;
  DataCluster& operator=(const DataCluster&) = delete;

  // Processes that know each other from the start; they begin as `phase` and are not in sync.
  void Found(int count, Phase phase = Phase::kReady);
  // A process that knows everybody and is joining. It becomes ready by itself.
  MemberKey Join(bool storage = true);
  // Its memory is gone. Others hear of it config.detection later.
  void Crash(MemberKey member);
  // Others take it for suspect; it hears of that, marks its copies and refutes.
  void Accuse(MemberKey member);
  // What is on its way between the two is lost, and both hear of it.
  void Reset(MemberKey a, MemberKey b);
  // Messages between the two vanish until Heal(), as in a network that was cut.
  void Cut(MemberKey a, MemberKey b);
  void Heal();

  // Returns the index into operations().
  std::size_t Write(MemberKey frontend, std::string_view key, std::string_view value,
                    AcksWanted acks = {});
  std::size_t Read(MemberKey frontend, std::string_view key);

  void Run(Duration duration);
  // Runs until `condition` holds, at most for `most`. Returns whether it does.
  bool RunUntil(const std::function<bool()>& condition, Duration most);

  TimePoint now() const { return now_; }
  const std::vector<ClientOperation>& operations() const { return operations_; }
  std::vector<MemberKey> live() const;  // storage or not
  std::vector<MemberKey> live_storage() const;
  bool IsReady(MemberKey member) const;  // by its own view
  const ClusterView& ViewOf(MemberKey member) const;
  MemoryEngine& StoreOf(MemberKey member) const;
  CopyStates& StatesOf(MemberKey member) const;
  SyncPlan& PlanOf(MemberKey member) const;
  // Every live storage member has all its copies in sync, is ready, all have the same lists, and
  // nobody in them is away.
  bool IsQuiet() const;
  Partition PartitionOfKey(std::string_view key) const;
  // Changes with every message that arrives: equal for equal runs.
  std::uint64_t trace_hash() const { return trace_hash_; }
  std::uint64_t messages() const { return messages_; }

 private:
  using Pair = std::pair<MemberKey, MemberKey>;
  struct Process;
  struct Event {
    TimePoint at;
    std::uint64_t number;
    MemberKey owner;  // dropped if it crashed; kNoMember: the cluster's own
    std::function<void()> run;
  };
  struct Later {
    bool operator()(const std::shared_ptr<Event>& a, const std::shared_ptr<Event>& b) const {
      return a->at != b->at ? a->at > b->at : a->number > b->number;
    }
  };
  struct Link {  // one direction between two processes
    std::uint64_t epoch = 0;
    TimePoint last_arrival;
  };

  Process& At(MemberKey member) const;
  Process& Add(const MemberRecord& self);
  bool IsUp(MemberKey member) const;
  bool IsCut(MemberKey a, MemberKey b) const;
  void After(Duration delay, MemberKey owner, std::function<void()> run);
  Duration Delay();
  MemberRecord WithAge(const Member& member) const;
  void ExchangeMembers();
  void Publish(const MemberRecord& record, MemberKey except = kNoMember);
  bool Merge(Process& process, const MemberRecord& record);
  void ShowView(Process& process);
  void Drain(Process& process);
  void Arm(Process& process);
  void Send(Process& from, MemberKey to, PeerRequest request);
  void Answer(MemberKey from, MemberKey to, PeerReply reply);
  void Serve(MemberKey from, MemberKey to, const PeerRequest& request);
  void Fail(MemberKey at, MemberKey peer, PeerFailure failure);
  void Learn(Process& process, const std::vector<MemberRecord>& records,
             std::function<void()> then);
  void AnnounceReady(Process& process, const std::vector<MemberKey>& first);
  WallTime Wall(const Process& process) const;

  const DataClusterConfig config_;
  Rng rng_;
  TimePoint now_ = TimePoint(hours(1));
  std::uint64_t events_made_ = 0;
  std::priority_queue<std::shared_ptr<Event>, std::vector<std::shared_ptr<Event>>, Later> events_;
  std::map<MemberKey, std::unique_ptr<Process>> processes_;
  std::map<Pair, Link> links_;  // from, to
  std::vector<Pair> cuts_;
  MemberKey last_key_ = 0;
  std::vector<ClientOperation> operations_;
  std::uint64_t trace_hash_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace vf
