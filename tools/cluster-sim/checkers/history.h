// What happened in a run, as the checkers are told it: clients' operations, what every process
// held, what every process believed of every other, and which faults struck.
//
// Plain data on purpose: checkers share no code with the product, so that a bug there is not a bug
// here. Lists are in the order of time unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vf::sim {

// Virtual nanoseconds since the run began.
using SimTime = std::int64_t;
inline constexpr SimTime kNotYet = INT64_MAX;

// A process for its whole life. A restart is a new process of the same host, with a higher number.
using ProcessNumber = std::uint32_t;
inline constexpr ProcessNumber kNoProcess = UINT32_MAX;

// One record as a store holds it or an answer shows it.
struct SeenRecord {
  std::uint64_t version = 0;
  bool tombstone = false;
  std::uint64_t expiry_ms = 0;  // unix time; 0: never
  std::string value;
  bool operator==(const SeenRecord&) const = default;
};

enum class OperationKind : std::uint8_t { kWrite, kDelete, kRead, kLocalRead };

enum class Outcome : std::uint8_t {
  kOk,       // writes and deletes: acknowledged; reads: answered, found or not
  kUnknown,  // after sending it: 503, 507, timeout, or the frontend went away
  kRefused,  // before anything could be stored: joining, overloaded, a bad option
};

struct Operation {
  std::uint32_t client = 0;
  OperationKind kind = OperationKind::kRead;
  ProcessNumber frontend = 0;
  std::string key;
  SimTime began = 0;
  SimTime ended = kNotYet;  // kNotYet: never answered, outcome kUnknown
  Outcome outcome = Outcome::kUnknown;
  // Writes: what was sent; `value` names the write, since each writes another one.
  // Reads with kOk: the answer, if `found`.
  std::string value;
  std::uint64_t expiry_ms = 0;  // writes: as the frontend stored it, if they have a ttl
  int acks = 0;    // writes and deletes: how many replicas were asked for; `all` counts as K
  int owners = 0;  // reads: how many owners had to answer; 0: no such demand
  bool found = false;
  std::uint64_t version = 0;  // of the answer: acknowledged writes, reads that found something
  std::string text;           // of an answer that is not kOk
};

// What one process held of one key at one moment. Taken of every process and key that was written
// lately, in intervals and at the end of each process's life, and of all processes and a key right
// before a Drop and at a SyncReport of it; see `final_copies` for the end of the run.
struct CopySample {
  SimTime at = 0;
  ProcessNumber process = 0;
  std::string key;
  std::optional<SeenRecord> record;  // none: nothing
  bool owner = false;                // by its own view
  bool in_sync = false;              // by its own word
};

// What one process holds of one key when the run is over.
struct FinalCopy {
  ProcessNumber process = 0;
  std::string key;
  bool owner = false;    // by its own view
  bool in_sync = false;  // by its own word
  std::optional<SeenRecord> record;
};

// An acknowledged write that no living process held any more at `at`: an excused loss, if the mode
// of the run allows it (reliability by mode: an ack means that so many processes have it).
struct LastHolderGone {
  SimTime at = 0;
  std::string key;
  std::uint64_t version = 0;  // the greatest acknowledged one that was lost
};

enum class DropReason : std::uint8_t {
  kHandedOver,    // a copy that is not owned: each owner has confirmed that it has it
  kOldTombstone,  // the tombstone rule: nobody can have anything older any more
  kAway,          // the away rule: deleted while this copy was away
};

// A process let go of what it held of a key.
struct Drop {
  SimTime at = 0;
  ProcessNumber process = 0;
  std::string key;
  DropReason why = DropReason::kHandedOver;
  // Handed over to these: who owned the key then, by the view of the process, and who joined to.
  std::vector<ProcessNumber> owners;
};

// A process began to call its copy of the key's partition in sync, after passes with these
// processes that all began at `began` or later.
struct SyncReport {
  SimTime at = 0;
  SimTime began = 0;
  ProcessNumber process = 0;
  std::string key;
  std::vector<ProcessNumber> passed;
};

// A process shows on /conflicts that this acknowledged write lost to one that did not know it.
struct ShownConflict {
  ProcessNumber process = 0;
  std::string key;
  std::uint64_t kept = 0;  // versions
  std::uint64_t lost = 0;
};

enum class LifeEvent : std::uint8_t {
  kStarted,
  kReady,    // by its own word
  kCrashed,  // process or host
  kPaused,
  kResumed,
  kLeft,     // it was told to, and ended
  kLeaving,  // it was told to leave, and may say so from now on
};

struct ProcessEvent {
  SimTime at = 0;
  ProcessNumber process = 0;
  LifeEvent what = LifeEvent::kStarted;
  // kStarted: the earlier process whose data it found whole. None: it began with nothing, or with
  // less than that one had.
  ProcessNumber continues = kNoProcess;
};

enum class BelievedState : std::uint8_t { kUnknown, kAlive, kSuspect, kDead, kLeft };

// `observer` began to believe this of `subject`. kUnknown: it forgot it, or knows a later
// process in its place.
struct Belief {
  SimTime at = 0;
  ProcessNumber observer = 0;
  ProcessNumber subject = 0;
  BelievedState state = BelievedState::kUnknown;
};

// A fault that was planned. `struck`: how often it did something: packets that it lost, processes
// that it stopped, and so on. A fault that never strikes tests nothing.
struct FaultRecord {
  std::string kind;  // as the table of faults names it: "process-crash"
  SimTime from = 0;
  SimTime to = 0;  // from the end of which it has no effect any more
  std::uint64_t struck = 0;
  std::string text;                      // for people: whom, how strong
  std::vector<ProcessNumber> processes;  // that it struck, at any time; empty: everybody
  double strength = 0;
  // How often it should have struck on average, where that is a matter of chance; 0: it is not.
  double expected = 0;
  // Whom it was for had nothing that it could strike: nodes without a place in any partition's
  // list, which nobody connects to.
  bool idle = false;
};

// The members that one process believes to be alive when the run is over.
struct FinalView {
  ProcessNumber process = 0;
  std::vector<ProcessNumber> alive;  // sorted
  std::uint64_t view_hash = 0;
};

// The figure of the product's own digests, so that a comparison of the bytes can confirm it.
struct DivergenceSample {
  SimTime at = 0;
  std::uint64_t keys = 0;  // of which two owners hold different records, or one nothing
};

struct History {
  std::vector<Operation> operations;  // in the order of `began`
  std::vector<CopySample> samples;
  std::vector<FinalCopy> final_copies;
  std::vector<LastHolderGone> holders_gone;
  std::vector<Drop> drops;
  std::vector<SyncReport> sync_reports;
  std::vector<ShownConflict> conflicts;  // the last ones of each process
  std::vector<ProcessEvent> lives;
  std::vector<Belief> beliefs;
  std::vector<FaultRecord> faults;
  std::vector<FinalView> final_views;
  std::vector<DivergenceSample> divergence;  // the last one is taken at the end
  std::uint64_t epoch_ms = 0;                // unix time of moment 0, by a clock that is right
  SimTime workload_began = 0;  // the cluster serves; before it nothing is judged by its rate
  SimTime faults_end = 0;      // the second phase begins
  SimTime converged_at = kNotYet;
  SimTime end = 0;
};

}  // namespace vf::sim
