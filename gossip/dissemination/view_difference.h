// A member whose view differs from the own one, and when the two are to be compared.
//
// As a rule news is on its way and they agree by themselves, so it waits for view_may_differ, and
// longer while news is queued here that may be what the other lacks; but not for ever. A member
// that knows more members is looked into sooner, since no news of ours explains that. After a rush
// of newcomers the queue takes seconds while single records are missing, so comparing is sooner
// done than waiting.
//
// Thread: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

class ViewDifference {
 public:
  // A newcomer of a rush that came no longer ago than this: it is after a rush.
  static constexpr Duration kAfterRush = seconds(10);

  // `config` outlives it.
  explicit ViewDifference(const SwimConfig& config) : config_(config) {}

  // The own process, as it is now.
  struct Own {
    std::uint64_t view_hash = 0;
    std::size_t members = 0;
    std::size_t news = 0;   // queued
    bool rush = false;      // newcomers come by the hundred (ViewPace)
    bool was_rush = false;  // within kAfterRush
  };
  // The view of this member, of so many, differs. The first one is kept, unless it explains less.
  void OnDifference(TimePoint now, MemberKey member, std::size_t members, const Own& own);
  void OnAgreement(MemberKey member);
  // It is gone.
  void Forget(MemberKey member);
  void Clear();

  // With whom to compare now; none yet otherwise. Whoever is returned is forgotten here.
  MemberKey TakeDue(TimePoint now, const Own& own);
  TimePoint NextDeadline() const { return check_at_; }

 private:
  static constexpr std::size_t kMuchNews = 64;
  // By how much sooner views are compared after a rush, and with somebody who knows more members.
  static constexpr int kRushHaste = 8;
  static constexpr int kLackingHaste = 4;
  // How long it waits for queued news, in view_may_differ; how many differences may be out of date.
  static constexpr int kPatience = 5;
  // So much news of newcomers is queued that comparing tells what is missing sooner than the news.
  static bool IsAfterRush(const Own& own) { return own.news > kMuchNews && own.was_rush; }

  const SwimConfig& config_;
  MemberKey member_ = kNoMember;
  std::uint64_t own_hash_ = 0;  // at that moment
  TimePoint since_;
  bool lacking_ = false;  // it had more members
  TimePoint check_at_ = kNever;
  int stale_ = 0;  // differences in a row that were not looked into
};

}  // namespace vf
