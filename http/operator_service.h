// What the operator pages (/members, /status, ...) show, as plain rows. vfnode and vfcontroller
// both implement it; http/pages turns it into JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vf {

struct MemberRow {
  std::string id;       // 32 lower-case hex digits
  std::string address;  // host:port
  std::string role;     // node, frontend, controller
  std::string state;    // alive, suspect, dead, left
  std::uint64_t boot = 0;
  std::uint32_t incarnation = 0;
  bool ready = false;
  std::int64_t since_ms = 0;  // time in this state
  bool udp_bad = false;       // answers the process that shows this over TCP only
  bool busy = false;      // says that its data threads stand still: the last choice for requests
  bool emptied = false;   // left, and what it held went elsewhere before
  bool degraded = false;  // alive, but avoided as a suspect is: `state` says suspect
};

struct ReplicaRow {
  std::string id;
  std::string address;
  std::string state;
};

struct ReplicasPage {
  std::string partition;              // hex digits
  std::string sha1;                   // 40 hex digits
  std::vector<ReplicaRow> owners;     // in preference order
  std::vector<ReplicaRow> fallbacks;  // the next two
};

struct StatusData {
  std::uint64_t keys = 0;   // live records here
  std::uint64_t bytes = 0;  // of keys and values
  std::uint32_t partitions_owned = 0;
  std::uint32_t partitions_in_sync = 0;
  // Buckets that differ from other owners' copies, and records that are here for others.
  std::uint64_t divergence = 0;
};

// What a process that hands over what it holds, to leave, has yet to hand over.
struct StatusLeaving {
  std::uint64_t records = 0;     // tombstones included
  std::uint32_t partitions = 0;  // that hold any of them
};

// What a process that makes its copies complete has done of that so far; how much has to travel is
// not known beforehand.
struct StatusMove {
  std::uint64_t partitions = 0;   // that it is about
  std::uint64_t complete = 0;     // of them; fewer
  std::uint64_t records = 0;      // that came from other nodes
  std::uint64_t bytes = 0;        // of their keys and values
  std::int64_t since_ms = 0;      // it began so long ago
  std::int64_t last_step_ms = 0;  // and went on so long ago
};

struct StatusPage {
  std::string id, address, role, cluster, release;
  std::string profile;       // timing of gossip: lan, cloud, wan
  bool cluster_key = false;  // gossip and peer connections are signed
  std::int64_t uptime_s = 0;
  bool ready = false;
  std::string waiting_for;                       // why not ready; empty when ready
  std::optional<int> replicas;                   // none until a founded cluster was met
  std::optional<int> partition_digits;           // the same
  std::map<std::string, std::uint32_t> members;  // all four states, 0 included
  std::vector<std::string> controllers;          // addresses
  std::vector<std::string> warnings;             // for example a wall clock far off the others
  std::optional<StatusLeaving> leaving;
  std::optional<StatusMove> move;  // none while all copies are complete
  std::optional<StatusData> data;  // storage and frontend processes; none on the controller
};

struct ConflictRow {
  struct Side {
    std::string version;   // 16 lower-case hex digits, as in ETags
    std::string frontend;  // id of the process that took the write; empty: nobody knows it any more
    std::string address;   // of that process; empty with it
  };
  std::string key;  // bytes
  Side kept;
  Side lost;
};

struct Readiness {
  bool ready = false;
  std::string reason;  // one line when not ready
};

// What became of a command of the operator.
struct CommandResult {
  int status = 500;  // 200 or 202: done, or under way; 4xx or 5xx: not, and why
  std::string text;  // one line, or one a reason; the last without its end
};

// Threads: any. Never waits for a lock that the data path holds.
class OperatorService {
 public:
  virtual ~OperatorService() = default;
  virtual Readiness GetReadiness() const = 0;
  virtual std::vector<MemberRow> GetMembers() const = 0;
  virtual StatusPage GetStatus() const = 0;
  virtual std::string GetMetrics() const = 0;  // Prometheus text format 0.0.4
  // Whether there are partitions and their copies: not on the controller, where the pages about
  // them are absent (404) and what is below is not asked for.
  virtual bool HasData() const = 0;
  // None while no founded cluster is known (503).
  virtual std::optional<ReplicasPage> GetReplicas(std::string_view key) const = 0;
  // Writes that this process took and acknowledged, and that were discarded in favour of others
  // that did not know them: the last 100, the newest first.
  virtual std::vector<ConflictRow> GetConflicts() const = 0;
  // Whether the process may be stopped: 200, or 503 and a line a reason. `done` as for Forget().
  virtual void AskSafeToStop(std::function<void(const CommandResult&)> done) const = 0;
  // Removes a member for good. `id`: 32 lower-case hex digits. `done` is called once, on any
  // thread, perhaps before this returns; not at all when the process is stopping.
  virtual void Forget(std::string_view id,
                      std::function<void(const CommandResult&)> done) const = 0;
  // Begins to hand over all that this process holds; then it leaves and ends by itself. `done` as
  // for Forget().
  virtual void Leave(std::function<void(const CommandResult&)> done) const = 0;
  // Empty on nodes; on the controller the 404 line for every other path, naming a node to ask.
  virtual std::string NoSuchPageText() const = 0;
};

}  // namespace vf
