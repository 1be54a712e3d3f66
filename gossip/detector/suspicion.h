// How long a suspicion lasts, and who has confirmed it.
// Source: Lifeguard (Dadgar, Phillips, Currey, DSN 2018), LHA-Suspicion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

// Min: what a fully confirmed suspicion lasts. `members`: alive and suspect, this one included.
Duration SuspicionMin(const SwimConfig& config, std::size_t members);

// Max: what one without any confirmation lasts.
Duration SuspicionMax(const SwimConfig& config, std::size_t members);

// Time until a suspicion becomes death. `members`: alive and suspect, this one included, >= 1.
// `confirmations`: distinct further accusers. The result falls with each, from Max to Min, which
// config.suspicion_confirmations of them reach; at once Min while fewer than 3 other members live
// besides the suspect, since nobody is left who could confirm.
Duration SuspicionTimeout(const SwimConfig& config, std::size_t members, int confirmations);

// The suspicions that run. Bounded by the number of members.
//
// All that were confirmed and refused as often last equally long, so each such group is kept in the
// order of its beginnings: the next deadline costs O(groups), and a change of the members one
// timeout a group, however many run at once.
class Suspicions {
 public:
  // `config` outlives it.
  explicit Suspicions(const SwimConfig& config);

  struct Life {
    std::uint64_t boot = 0;
    std::uint32_t incarnation = 0;
    bool operator==(const Life&) const = default;
  };

  enum class Worth : unsigned char {
    kNothing,  // of an accuser that is not believed (accuser_scores.h)
    kNoHaste,  // believed, but the accused may take all the time there is (flap_damping.h)
    kFull,     // confirms, so the suspicion lasts less
  };

  // An accusation of `key` by `from`. A new suspicion begins if none runs for this life. True if
  // it says anything new: it began one, is a confirmation that counts, or another refusal.
  bool Accuse(TimePoint now, MemberKey key, const Life& life, MemberKey from, bool refused,
              Worth worth = Worth::kFull);
  // Refuted, dead, left or gone.
  void End(MemberKey key);
  void Clear();
  bool Runs(MemberKey key) const { return running_.contains(key); }
  // It runs, and somebody believed has accused.
  bool IsFounded(MemberKey key) const;
  std::size_t size() const { return running_.size(); }

  // All last `factor` times as long (local_health.h).

  // The earliest end of a suspicion; kNever if none runs.
  TimePoint NextDeadline(std::size_t members, int factor = 1) const {
    return First(members, factor).first;
  }
  // The one whose time was up first, if any is up; of equals the smallest key. It stays until
  // End().
  struct Expired {
    MemberKey key;
    Life life;
    bool refused;  // some witness was refused
  };
  std::optional<Expired> FirstExpired(TimePoint now, std::size_t members, int factor = 1) const;
  // The driver overslept: nobody could be heard meanwhile.
  void Postpone(Duration lag);

 private:
  // Distinct witnesses of a refused address after which a suspicion lasts Min.
  static constexpr std::size_t kRefusalsForMin = 3;
  // So few members that one witness has to do.
  static constexpr std::size_t kFewMembers = 4;

  // What its length hangs on, besides the members: `confirmations` 0..suspicion_confirmations.
  enum class Refused : unsigned char { kByNone, kBySome, kByEnough };
  struct Group {
    int confirmations = 0;
    Refused refused = Refused::kByNone;
    std::set<std::pair<TimePoint, MemberKey>> running;  // by their beginnings
    // Computed when asked for: logarithms are dear, and it seldom changes.
    mutable Duration timeout{};
    mutable std::size_t timeout_for = 0;  // so many members; 0: not computed
  };
  struct Running {
    Life life;
    TimePoint began;
    bool founded = false;  // some accuser is believed
    std::vector<MemberKey>
        accusers;                    // of full worth, distinct; at most 1 + suspicion_confirmations
    std::vector<MemberKey> refused;  // distinct; at most kRefusalsForMin
    std::size_t group = 0;
  };
  std::size_t GroupOf(const Running& running) const;
  Duration TimeoutOf(const Group& group, std::size_t members) const;
  // The earliest end and whose it is; kNever if none runs.
  std::pair<TimePoint, MemberKey> First(std::size_t members, int factor) const;

  const SwimConfig& config_;
  std::map<MemberKey, Running> running_;
  std::vector<Group> groups_;  // by Refused, then by confirmations
};

}  // namespace vf
