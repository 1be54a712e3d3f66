#include "base/os/signals.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

// Each case runs in a process of its own: handlers stay installed.
namespace vf {
namespace {

TEST(SignalsTest, TheFirstSignalAsksForAnOrderlyStop) {
  EXPECT_EXIT(
      {
        InstallStopSignals();
        std::raise(SIGTERM);
        std::exit(WaitForStop() == SIGTERM ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(SignalsTest, TheSecondEndsTheProcessAtOnce) {
  EXPECT_EXIT(
      {
        InstallStopSignals();
        std::raise(SIGTERM);
        std::raise(SIGINT);
      },
      ::testing::ExitedWithCode(128 + SIGINT), "");
}

TEST(SignalsTest, AStopCanBeAskedForFromInside) {
  EXPECT_EXIT(
      {
        InstallStopSignals();
        RequestStop();
        std::exit(WaitForStop() == 0 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(SignalsTest, AClosedPipeKillsNobody) {
  EXPECT_EXIT(
      {
        InstallStopSignals();
        std::raise(SIGPIPE);
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vf
