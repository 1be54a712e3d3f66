// What became of an operator's wish to remove a member for good (Swim::Forget).
#pragma once

#include <cstdint>

namespace vf {

enum class ForgetOutcome : std::uint8_t {
  kForgotten,  // it is, perhaps since earlier; the others hear of it
  kUnknown,    // no member of this id is known here
  kSelf,       // a process does not forget itself
  kAlive,      // it answers: stop it first
  kNoCluster,  // this process has not joined a cluster yet, or is excluded from it
  kHasLeft     // this process has left, and tells nobody anything any more
};

}  // namespace vf
