#include "base/os/turned_away_log.h"

#include <gtest/gtest.h>

#include <string>

namespace vf {
namespace {

TEST(TurnedAwayLogTest, SaysEachAddressOnceAnHourWhateverItsPort) {
  TurnedAwayLog log;
  const Endpoint first = *Endpoint::ParseAddress("192.0.2.1", 1);
  const Endpoint second = *Endpoint::ParseAddress("2001:db8::7", 1);
  const TimePoint now{hours(100)};
  testing::internal::CaptureStderr();
  log.Note(now, first, "connection from", "closed");
  log.Note(now, first.WithPort(2), "connection from", "closed");
  log.Note(now + minutes(59), first, "connection from", "closed");
  log.Note(now, second, "datagrams from", "dropped");
  log.Note(now + hours(1), first, "connection from", "closed");
  const std::string text = testing::internal::GetCapturedStderr();
  const auto count = [&](const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  EXPECT_EQ(count("connection from 192.0.2.1 closed: "), 2u) << text;
  EXPECT_EQ(count("datagrams from 2001:db8::7 dropped: "), 1u) << text;
  EXPECT_EQ(count("--allow"), 3u) << text;
}

}  // namespace
}  // namespace vf
