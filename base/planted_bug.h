// Bugs that tests plant in the core, to see that the simulator finds them.
//
// VF_PLANTED(kName) is the constant false in every program that is shipped, and compiles to
// nothing. Only the twin libraries `..._planted` (cmake/vf_targets.cmake) are built with
// VF_PLANTED_BUGS; in them it asks whether this bug is planted. tests/sim/canary runs the simulator
// on each of them.
//
// Each is a mistake that somebody could really make, at the place where they would make it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vf {

enum class PlantedBug : std::uint8_t {
  kNone,

  // --- Records and stores
  kFirstOfEqualVersionsWins,  // no tie-break: each replica keeps what it heard first
  kTombstoneBeforeVersion,  // tombstones win before versions are compared: no write after a delete
  kTombstoneGivesWay,       // whatever comes after a deletion is stored, the older record too
  kAckWithoutStore,         // a replica whose copy is not in sync says "stored", and stores nothing

  // --- Writes
  kJoiningNotWritten,   // members that join get no writes while they copy
  kAnsweredAtMinAcks,   // the client is answered before every replica believed alive has answered
  kNotStampedAgain,     // a write below what every replica holds is acknowledged, and lost
  kStampedAgainTooLow,  // stamped again by the own clock, which learns nothing from answers
  kStampedAfterAnswer,  // stamped again, above a concurrent write, although the client was answered
  kRivalKept,           // a write that was stamped again still names the one that beat it before
  kOneAckTooMany,       // one acknowledgement more than min-acks is waited for
  kNotToldBehind,       // owners that lack a write are not told when the client is answered
  kOtherListIgnored,    // a frontend works on with its list when a replica has another one

  // --- Expiry
  kExpiredStays,     // nothing makes tombstones of what has expired: it stays in store and digest
  kExpiresTooEarly,  // compared in whole seconds: a value is gone up to a second too early
  kExpiryNotCopied,  // passes lose the expiry: what has expired lives on where it was copied to

  // --- Tombstones
  kOlderNotAnswered,    // a forgotten tombstone does not go to whoever still has an older record
  kCollectedUnasked,    // a tombstone goes although somebody who is away was not asked
  kLaterClockForgets,   // passes leave out, and rounds let go of, what is old by either clock
  kForgottenWhileAway,  // passes leave out deletions of which somebody who is away has not heard

  // --- Reads
  kFirstOfSeveral,    // a read of several owners answers with what the first of them holds
  kNotInSyncAnswers,  // an owner answers alone although its copy is incomplete

  // --- Copies
  kCopyWithoutTombstones,  // pages leave out the deleted keys
  kDeletedCopiedAsEmpty,   // pages lose the mark of deleted keys: they come back with empty values
  kLastPageDropped,        // the last page of a pass is not stored
  kOnlyMissingFetched,     // a pass fetches what is missing here, but not what is older here
  kOnePassIsEnough,        // one holder stands for all of them
  kKeptAlone,              // a copy from disk waits for nobody but those who are there
  kDroppedAfterOneOwner,   // what is not owned is dropped when one owner has it
  kLeftUnemptied,          // a process that is told to leave for good goes with what it holds

  // --- Placement
  kOrderOfItsOwn,    // each process has a rendezvous order of its own
  kOneOwnerTooMany,  // a list ends behind K + 1 owners

  // --- Membership
  kNoRefutation,            // a member does not answer when others suspect it
  kOlderHoldsAddress,       // of two members at one address, the one that started first stays
  kDeadOverridesNewerBoot,  // that a member died counts for its later lives too
  kNobodyDies,              // suspicions never end in death
  kNoHealing,               // the dead are never contacted again
  kAwayNotNamed,            // nobody is told of members that are away, and of what became of them
  kViewsNotCompared,        // news that was lost is never missed: views that differ stay so
};
inline constexpr std::size_t kPlantedBugs = static_cast<std::size_t>(PlantedBug::kViewsNotCompared);

#ifdef VF_PLANTED_BUGS
// Set before a run; a run has one thread.
inline PlantedBug planted_bug = PlantedBug::kNone;
#define VF_PLANTED(name) (::vf::planted_bug == ::vf::PlantedBug::name)
#else
#define VF_PLANTED(name) (static_cast<void>(::vf::PlantedBug::name), false)
#endif

}  // namespace vf
