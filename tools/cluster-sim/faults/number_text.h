// Numbers as people read them.
#pragma once

#include <string>

namespace vf::sim {

// The shortest text that reads back as the same number: "0.05", "3600".
std::string NumberText(double value);

}  // namespace vf::sim
