// Bugs that tests plant in the core, to see that the simulator finds them.
//
// VF_PLANTED(kName) is the constant false in every program that is shipped, and compiles to
// nothing. Only the twin libraries `..._planted` (cmake/vf_targets.cmake) are built with
// VF_PLANTED_BUGS; in them it asks whether this bug is planted. tests/sim/canary runs the simulator
// on each of them.
//
// Each is a mistake that somebody could really make, at the place where they would make it.
#pragma once

#include <cstdint>

namespace vf {

enum class PlantedBug : std::uint8_t {
  kNone,

  // --- Records and stores
  kFirstOfEqualVersionsWins,  // no tie-break: each replica keeps what it heard first
  kTombstoneBeforeVersion,  // tombstones win before versions are compared: no write after a delete
  kAckWithoutStore,         // a replica whose copy is not in sync says "stored", and stores nothing

  // --- Writes
  kJoiningNotWritten,   // members that join get no writes while they copy
  kAnsweredAtMinAcks,   // the client is answered before every replica believed alive has answered
  kJoiningAckCounts,    // towards --min-acks, though later owners do not compare themselves with it
  kOneAckIsEnough,      // whatever --min-acks says
  kNotStampedAgain,     // a write below what every replica holds is acknowledged, and lost
  kStampedAgainTooLow,  // stamped again by the own clock, which learns nothing from answers
  kOtherListIgnored,    // a frontend works on with its list when a replica has another one

  // --- Reads
  kNotInSyncAnswers,  // an owner answers alone although its copy is incomplete
  kAnyAnswerCounts,   // a frontend takes the first answer, of a copy in sync or not
  kNewestOfTooFew,    // while no owner is in sync, it does not wait for enough answers

  // --- Copies
  kCopiedWithAnyList,      // a page is given to a member whose list differs
  kCopyWithoutTombstones,  // pages leave out the deleted keys
  kLastPageDropped,        // the last page of a pass is not stored
  kOnePassIsEnough,        // one holder stands for all of them
  kDoubtsIgnored,          // copies stay in sync after a pause or a suspicion
  kLostCopyStaysInSync,    // a copy that is owned no longer, and then again, needs no pass
  kReadyTooEarly,          // "ready" is announced before the copies are in sync
  kDisplacedNotTold,       // those who lose partitions hear of it when everybody does

  // --- Placement
  kOrderOfItsOwn,  // each process has a rendezvous order of its own
  kNoGrace,        // dead owners lose their place at once

  // --- Membership
  kNoRefutation,            // a member does not answer when others suspect it
  kOlderHoldsAddress,       // of two members at one address, the one that started first stays
  kNobodyDies,              // suspicions never end in death
  kNewsStaysHere,           // news is neither pushed nor repaired nor carried by other datagrams
  kViewsNotCompared,        // view hashes that differ are not noticed
  kNoHealing,               // the dead are never contacted again
  kExchangedDeathBelieved,  // a death out of a member exchange is no suspicion first
  kOversleptJudges,         // a process that was paused judges others by what it did not hear
};

#ifdef VF_PLANTED_BUGS
// Set before a run; a run has one thread.
inline PlantedBug planted_bug = PlantedBug::kNone;
#define VF_PLANTED(name) (::vf::planted_bug == ::vf::PlantedBug::name)
#else
#define VF_PLANTED(name) (static_cast<void>(::vf::PlantedBug::name), false)
#endif

}  // namespace vf
