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
  std::uint64_t expiry_ms = 0;
  bool found = false;
  std::uint64_t version = 0;  // of the answer: acknowledged writes, reads that found something
  std::string text;           // of an answer that is not kOk
};

// What one process held of one key at one moment. Taken of every process and key that was written
// lately, in intervals and at the end of each process's life; see `final_copies` for the end.
struct CopySample {
  SimTime at = 0;
  ProcessNumber process = 0;
  std::string key;
  std::optional<SeenRecord> record;  // none: nothing
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

enum class LifeEvent : std::uint8_t {
  kStarted,
  kReady,    // by its own word
  kCrashed,  // process or host
  kPaused,
  kResumed,
  kLeft,  // it was told to, and ended
};

struct ProcessEvent {
  SimTime at = 0;
  ProcessNumber process = 0;
  LifeEvent what = LifeEvent::kStarted;
};

enum class BelievedState : std::uint8_t { kUnknown, kAlive, kSuspect, kDead, kLeft };

// `observer` began to believe this of `subject`.
struct Belief {
  SimTime at = 0;
  ProcessNumber observer = 0;
  ProcessNumber subject = 0;
  BelievedState state = BelievedState::kUnknown;
};

// A fault that was planned. `struck`: how often it did something: packets that it lost, processes
// that it stopped, and so on. A fault that never strikes tests nothing.
struct FaultRecord {
  std::string kind;
  SimTime from = 0;
  SimTime to = 0;  // from the end of which it has no effect any more
  std::uint64_t struck = 0;
  std::string text;  // for people: whom, how strong
};

// The members that one process believes to be alive when the run is over.
struct FinalView {
  ProcessNumber process = 0;
  std::vector<ProcessNumber> alive;  // sorted
  std::uint64_t view_hash = 0;
};

struct DivergenceSample {
  SimTime at = 0;
  std::uint64_t keys = 0;  // of which two owners hold different records, or one nothing
};

struct History {
  std::vector<Operation> operations;  // in the order of `began`
  std::vector<CopySample> samples;
  std::vector<FinalCopy> final_copies;
  std::vector<LastHolderGone> holders_gone;
  std::vector<ProcessEvent> lives;
  std::vector<Belief> beliefs;
  std::vector<FaultRecord> faults;
  std::vector<FinalView> final_views;
  std::vector<DivergenceSample> divergence;
  SimTime workload_began = 0;  // the cluster serves; before it nothing is judged by its rate
  SimTime faults_end = 0;      // the second phase begins
  SimTime converged_at = kNotYet;
  SimTime end = 0;
};

}  // namespace vf::sim
