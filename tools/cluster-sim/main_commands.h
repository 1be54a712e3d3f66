// The commands of cluster-sim. Each takes the arguments behind its name and returns the status to
// exit with.
#pragma once

#include <span>
#include <string>

namespace vf::sim {

// Exit statuses; see docs/simulator.md.
inline constexpr int kExitFine = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitCrash = 127;
inline constexpr int kExitNotConverged = 128;
inline constexpr int kExitViolation = 129;

int RunCommand(std::span<const std::string> args);
int FuzzCommand(std::span<const std::string> args);
int MembershipCommand(std::span<const std::string> args);
int ScenariosCommand(std::span<const std::string> args);

}  // namespace vf::sim
