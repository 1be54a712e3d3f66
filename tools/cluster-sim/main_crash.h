// What is said when the process crashes, also in a VF_CHECK.
#pragma once

#include <string>

namespace vf::sim {

// From now on a signal that would end the process with a core (abort, segmentation fault, ...)
// writes `last_words`, at most 4,000 bytes, to stderr and exits with kExitCrash. Another call
// changes the words. Thread: the main one.
void SayAtCrash(const std::string& last_words);

}  // namespace vf::sim
