// Which code this is.
#pragma once

#include <string>

namespace vf::sim {

// The release and the commit that it was built from, as far as that is known: "0.1.0 (1a2b3c4d5e6f,
// changed)".
std::string VersionText();

}  // namespace vf::sim
