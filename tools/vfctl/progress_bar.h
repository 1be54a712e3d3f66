// How much of something is done, as a bar of text.
#pragma once

#include <cstdint>
#include <string>

namespace vf::ctl {

// Full only when all is done; also when there is nothing to do. More than all counts as all.
std::string ProgressBar(std::uint64_t done, std::uint64_t all);

}  // namespace vf::ctl
