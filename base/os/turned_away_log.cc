#include "base/os/turned_away_log.h"

#include <string>

namespace vf {

void TurnedAwayLog::Note(TimePoint now, const Endpoint& from, std::string_view what,
                         std::string_view fate) {
  const std::string address = from.AddressText();
  const std::lock_guard lock(mutex_);
  if (!limiter_.Allow(now, address)) return;
  LogWarn(std::string(what) + " " + address + " " + std::string(fate) +
          ": the address is outside of --allow (said once an hour)");
}

}  // namespace vf
